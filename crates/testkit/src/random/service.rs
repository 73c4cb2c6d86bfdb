//! A service task with a retry policy.

use bpmn::executable::{OnError, Retry};
use model::Value;
use proptest::prelude::*;

use super::{Block, Canvas, Ends};
use crate::process;

#[derive(Debug, Clone)]
pub(super) struct Service {
    attempts: u32,
    goes_on: bool,
}

pub(super) fn strategy() -> BoxedStrategy<Block> {
    let service = (1..4_u32, prop::bool::weighted(0.2));
    service.prop_map(|(attempts, goes_on)| Block::Service(Service { attempts, goes_on })).boxed()
}

impl Service {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let id = canvas.id("service");
        let service = process::Service {
            input: Value::object([("total", "${vars.total}".into())]),
            output: vec![("last".to_owned(), "output".to_owned())],
            retry: Retry { max_attempts: self.attempts, ..Retry::default() },
            on_error: if self.goes_on { OnError::Continue } else { OnError::Fail },
            ..process::Service::default()
        };
        canvas.add(|process| process.service(&id, service));
        Ends::same(id)
    }
}

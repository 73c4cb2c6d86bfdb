//! A user task with a handling parameter.

use bpmn::executable::HandleParameter;
use model::Value;
use proptest::prelude::*;

use super::{Block, Canvas, Ends};
use crate::process;

#[derive(Debug, Clone)]
pub(super) struct User {
    has_default: bool,
}

pub(super) fn strategy() -> BoxedStrategy<Block> {
    any::<bool>().prop_map(|has_default| Block::User(User { has_default })).boxed()
}

impl User {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let id = canvas.id("user");
        let parameter = HandleParameter {
            key: "verdict".into(),
            name: "Verdict".into(),
            required: true,
            default: self.has_default.then(|| Value::from("pass")),
        };
        let user = process::User {
            due: Some("P2D".to_owned()),
            parameters: vec![parameter],
            output: vec![("verdict".to_owned(), "output.verdict".to_owned())],
            ..process::User::default()
        };
        canvas.add(|process| process.user(&id, user));
        Ends::same(id)
    }
}

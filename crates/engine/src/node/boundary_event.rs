//! `boundaryEvent`: goes on with what it caught, which is its input.

use std::sync::Arc;

use bpmn::executable::BoundaryEvent;
use expr::Program;
use model::Value;

use super::{At, Contract, Halt, Product, Progress, catch_event};
use crate::decide::Cx;

impl Contract for BoundaryEvent {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        Ok(Progress::Done(cx.state.active(at.no)?.input.clone()))
    }

    fn product(&self, result: Value) -> Product {
        catch_event::product(&self.catch, result)
    }

    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &self.catch.output
    }
}

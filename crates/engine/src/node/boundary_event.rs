//! `boundaryEvent`: goes on with the failure that it caught, which is its input.

use std::sync::Arc;

use bpmn::executable::{BoundaryEvent, Caught};
use model::Value;

use super::{At, Contract, Halt, Product, Progress};
use crate::decide::Cx;

impl Contract for BoundaryEvent {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        Ok(Progress::Done(cx.state.active(at.no)?.input.clone()))
    }

    fn product(&self, result: Value) -> Product {
        let Caught::Error { code_variable, message_variable, .. } = &self.catches;
        let assign = |variable: &Option<Arc<str>>, member| {
            variable.as_ref().map(|name| (name.clone(), result.get("error").get(member).clone()))
        };
        let assignments = [assign(code_variable, "code"), assign(message_variable, "message")];
        Product { assignments: assignments.into_iter().flatten().collect(), output: result }
    }
}

//! `intermediateCatchEvent`, `receiveTask`: waits for an event, whose payload is its output.

use std::sync::Arc;

use bpmn::executable::Catch;
use expr::Program;
use model::Value;

use super::{At, Contract, Halt, Product, Progress};
use crate::behaviour::catch;
use crate::decide::Cx;

impl Contract for Catch {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        let element = cx.state.active(at.no)?;
        // What has started a process has happened already.
        if element.attempt > 0 {
            return Ok(Progress::Done(element.input.clone()));
        }
        let own = at.graph.node_by_id[&at.node.id];
        catch::await_events(cx, at, &[own])?;
        Ok(Progress::Waits)
    }

    fn product(&self, result: Value) -> Product {
        product(self, result)
    }

    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &self.output
    }
}

/// What came is the output; the code and message of an error or escalation go into variables.
pub(super) fn product(catch: &Catch, result: Value) -> Product {
    let told = if result.get("error").is_null() { result.get("escalation") } else { result.get("error") };
    let assign =
        |variable: &Option<Arc<str>>, member| variable.as_ref().map(|name| (name.clone(), told.get(member).clone()));
    let assignments = [assign(&catch.code_variable, "code"), assign(&catch.message_variable, "message")];
    Product { assignments: assignments.into_iter().flatten().collect(), output: result }
}

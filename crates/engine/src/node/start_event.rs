//! `startEvent`: passes its token on; one with a trigger that nothing has started waits for it.

use bpmn::executable::StartEvent;
use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::behaviour::catch;
use crate::decide::Cx;

impl Contract for StartEvent {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        let element = cx.state.active(at.no)?;
        if self.catch.triggers.is_empty() || element.attempt > 0 {
            return Ok(Progress::Done(element.input.clone()));
        }
        let own = at.graph.node_by_id[&at.node.id];
        catch::await_events(cx, at, &[own])?;
        Ok(Progress::Waits)
    }

    fn product(&self, result: Value) -> super::Product {
        super::catch_event::product(&self.catch, result)
    }

    fn mappings(&self) -> &[(std::sync::Arc<str>, expr::Program)] {
        &self.catch.output
    }
}

//! `subProcess`, `transaction`, `adHocSubProcess`: the nodes of their own scope. They complete when nothing is left
//! inside.

use bpmn::executable::{Form, SubProcess};
use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::behaviour::catch::ScopeAt;
use crate::behaviour::{scope, work};
use crate::decide::Cx;
use crate::state::Phase;

impl Contract for SubProcess {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        let element = cx.state.active(at.no)?;
        let input = element.input.clone();
        if matches!(element.phase, Phase::Faulted { .. }) {
            work::start(cx, at, input.clone())?;
        }
        let inside = ScopeAt { graph: at.graph, ix: self.scope, process: at.process };
        let inner = at.graph.scope(self.scope);
        let trigger = match self.form {
            // Its start event has what started it.
            Form::Event => inner.triggered.first().map(|ix| (at.graph.node(*ix), input)),
            Form::Embedded | Form::Transaction | Form::AdHoc { .. } => None,
        };
        if trigger.is_none() && inner.starts.is_empty() {
            return Ok(Progress::Done(Value::Null));
        }
        scope::start(cx, at.no, &inside, trigger)?;
        Ok(Progress::Waits)
    }
}

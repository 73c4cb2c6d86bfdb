//! `subProcess`: the nodes of its own scope. It completes when nothing is left inside.

use bpmn::executable::ScopeIx;
use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::behaviour::{scope, work};
use crate::decide::Cx;
use crate::state::Phase;

/// The index names the scope inside the sub-process.
impl Contract for ScopeIx {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        if matches!(cx.state.active(at.no)?.phase, Phase::Faulted { .. }) {
            work::start(cx, at, Value::Null)?;
        }
        if at.graph.scope(*self).starts.is_empty() {
            return Ok(Progress::Done(Value::Null));
        }
        scope::start(cx, at.no, at.graph, *self)?;
        Ok(Progress::Waits)
    }
}

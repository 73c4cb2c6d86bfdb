//! `endEvent`: ends its token, everything in its scope, or throws an error.

use bpmn::executable::EndEvent;
use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::behaviour::{failure, scope};
use crate::decide::Cx;
use crate::event::Event;

impl Contract for EndEvent {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        match self {
            EndEvent::None => Ok(Progress::Done(Value::Null)),
            EndEvent::Terminate => {
                scope::end_others(cx, at.scope, at.no)?;
                cx.emit(Event::Completed { no: at.no, output: Value::Null, at: cx.env.now })?;
                scope::finish(cx, at.scope)?;
                Ok(Progress::Gone)
            }
            EndEvent::Error { code } => Err(Halt::Fault(failure::thrown(code))),
        }
    }
}

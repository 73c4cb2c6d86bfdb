//! `intermediateCatchEvent` with a timer: waits for an instant. One that has passed already holds nothing up.

use bpmn::executable::Timer;
use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::behaviour::catch;
use crate::behaviour::expression::Names;
use crate::decide::Cx;
use crate::event::Event;

impl Contract for Timer {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        let (due, _) = catch::armed(cx, &|| Names::of(cx.state, at), self)?;
        if due <= cx.env.now {
            return Ok(Progress::Done(Value::Null));
        }
        cx.emit(Event::TimerArmed { no: at.no, due })?;
        Ok(Progress::Waits)
    }

    fn due(&self, _cx: &mut Cx<'_>, _at: &At<'_>) -> Result<Progress, Halt> {
        Ok(Progress::Done(Value::Null))
    }
}

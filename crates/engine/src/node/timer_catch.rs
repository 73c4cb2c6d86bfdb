//! `intermediateCatchEvent` with a timer: waits for an instant. One that has passed already holds nothing up.

use bpmn::executable::Timer;
use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::behaviour::{failure, moment};
use crate::decide::Cx;
use crate::event::Event;

impl Contract for Timer {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        let due = match self {
            Timer::Date(template) => moment::instant(&cx.eval(at, template, "the timer's date")?)?,
            Timer::Cycle(template) => {
                let value = cx.eval(at, template, "the timer's cycle")?;
                let cycle = moment::cycle(&value)?;
                let first = cycle.start.or_else(|| cycle.after(cx.env.now));
                first.ok_or_else(|| failure::invalid_time(&value, "a cycle that is not over"))?
            }
            Timer::Duration(template) => moment::after(cx.env.now, &cx.eval(at, template, "the timer's duration")?)?,
        };
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

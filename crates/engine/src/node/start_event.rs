//! `startEvent` without a definition: passes its token on.

use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::decide::Cx;

pub(super) struct StartEvent;

impl Contract for StartEvent {
    fn begin(&self, _cx: &mut Cx<'_>, _at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        Ok(Progress::Done(Value::Null))
    }
}

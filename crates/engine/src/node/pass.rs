//! `intermediateThrowEvent` without a definition, `task`, `manualTask`: pass their token on.

use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::decide::Cx;

pub(super) struct Pass;

impl Contract for Pass {
    fn begin(&self, _cx: &mut Cx<'_>, _at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        Ok(Progress::Done(Value::Null))
    }
}

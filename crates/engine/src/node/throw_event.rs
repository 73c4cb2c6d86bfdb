//! `intermediateThrowEvent`, `endEvent`, `sendTask`: do what their definitions say; their token goes on, or ends where
//! no flow leads on.

use bpmn::executable::Throw;
use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::behaviour::throw;
use crate::decide::Cx;

impl Contract for Vec<Throw> {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        throw::all(cx, at, self)
    }
}

impl Contract for Throw {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        throw::one(cx, at, self)
    }

    fn is_task(&self) -> bool {
        true
    }
}

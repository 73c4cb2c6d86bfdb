//! `complexGateway`: activates by its condition (`behaviour/complex.rs`), takes each outgoing flow whose condition is true.

use model::Value;

use super::{At, Contract, Halt, Progress};
use crate::decide::Cx;

pub(super) struct ComplexGateway;

impl Contract for ComplexGateway {
    fn begin(&self, _cx: &mut Cx<'_>, _at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        Ok(Progress::Done(Value::Null))
    }
}

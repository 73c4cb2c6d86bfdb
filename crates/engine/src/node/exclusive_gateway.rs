//! `exclusiveGateway`: takes the first outgoing flow whose condition is true; merges token by token.

use model::Value;

use super::{At, Contract, Halt, Progress, Split};
use crate::decide::Cx;

pub(super) struct ExclusiveGateway;

impl Contract for ExclusiveGateway {
    fn begin(&self, _cx: &mut Cx<'_>, _at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        Ok(Progress::Done(Value::Null))
    }

    fn split(&self) -> Split {
        Split::First
    }
}

//! `parallelGateway`: joins one token from each incoming flow (`apply/token.rs`), takes all outgoing flows.

use model::Value;

use super::{At, Contract, Halt, Progress, Split};
use crate::decide::Cx;

pub(super) struct ParallelGateway;

impl Contract for ParallelGateway {
    fn begin(&self, _cx: &mut Cx<'_>, _at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        Ok(Progress::Done(Value::Null))
    }

    fn split(&self) -> Split {
        Split::All
    }
}

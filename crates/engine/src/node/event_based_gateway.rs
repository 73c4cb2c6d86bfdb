//! `eventBasedGateway`: waits for the first of the events behind it, or for all of them.

use model::Value;

use super::{At, Contract, Halt, Progress, Split};
use crate::behaviour::catch;
use crate::decide::Cx;

pub(super) struct EventBasedGateway;

impl Contract for EventBasedGateway {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        let events: Vec<_> = at.node.outgoing.iter().map(|ix| at.graph.flow(*ix).target).collect();
        catch::await_events(cx, at, &events)?;
        Ok(Progress::Waits)
    }

    fn split(&self) -> Split {
        Split::All
    }
}

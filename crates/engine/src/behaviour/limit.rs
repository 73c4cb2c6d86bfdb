//! The limits that are checked whenever a node starts.

use std::time::Duration;

use super::failure;
use crate::Corrupt;
use crate::command::Failure;
use crate::decide::Cx;
use crate::node::At;

/// The limit that the instance has exceeded; a node may not start then.
pub(crate) fn exceeded(cx: &Cx<'_>, at: &At<'_>) -> Result<Option<Failure>, Corrupt> {
    let (state, limits) = (&cx.state, cx.env.limits);
    if state.executed > limits.max_nodes {
        return Ok(Some(failure::nodes(limits.max_nodes)));
    }
    if state.started.is_some_and(|started| started.plus(limits.max_age) < cx.env.now) {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        return Ok(Some(failure::age(limits.max_age.as_secs() / DAY.as_secs())));
    }
    if state.bytes > limits.max_variable_bytes {
        return Ok(Some(failure::variables(limits.max_variable_bytes)));
    }
    let process = state.processes.get(&at.process).ok_or(Corrupt::Element(at.process))?;
    if process.activations.get(&at.node.id).is_some_and(|count| *count > limits.max_loop) {
        return Ok(Some(failure::repetition(&at.node.id, limits.max_loop)));
    }
    Ok(None)
}

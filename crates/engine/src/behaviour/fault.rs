//! What happens when a node fails: another attempt, a boundary event, an output that says so, or a fault that holds the
//! token.

use bpmn::executable::{Caught, Node, NodeIx, NodeKind, OnError};

use super::failure::as_output;
use super::{backoff, scope, transition, work};
use crate::command::Failure;
use crate::decide::Cx;
use crate::event::{Done, Event};
use crate::node::At;
use crate::{Corrupt, ElementNo};

/// An attempt of an effect failed.
pub(crate) fn attempt_failed(cx: &mut Cx<'_>, at: &At<'_>, failure: Failure) -> Result<(), Corrupt> {
    let element = cx.state.active(at.no)?;
    let failed = element.attempt - element.attempts_before;
    if let Some(policy) = at.contract().retry()
        && failure.retryable
        && failed < policy.max_attempts
    {
        let key = work::key(cx.state, at)?;
        let pause = backoff::pause(policy, key, element.attempt, failed, failure.retry_after_ms);
        return cx.emit(Event::RetryScheduled { no: at.no, failure, at: cx.env.now.plus(pause) });
    }
    fail(cx, at, failure, None)
}

/// A node has failed for good; `done` is its result when only leaving it failed.
pub(crate) fn fail(cx: &mut Cx<'_>, at: &At<'_>, failure: Failure, done: Option<Done>) -> Result<(), Corrupt> {
    if let Some((activity, boundary)) = catcher(cx, at, &failure.code)? {
        return interrupt(cx, &activity, boundary, &failure);
    }
    match at.contract().on_error() {
        OnError::Continue if done.is_none() => transition::leave(cx, at, as_output(&failure)),
        OnError::Continue | OnError::Fail => hold(cx, at, failure, done),
    }
}

/// The node holds its token until a person retries it.
pub(crate) fn hold(cx: &mut Cx<'_>, at: &At<'_>, failure: Failure, done: Option<Done>) -> Result<(), Corrupt> {
    cx.emit(Event::Faulted { no: at.no, failure, at: cx.env.now, done })
}

/// The nearest boundary event that catches the code: on the activity itself, on a sub-process around it, on the call
/// activity that called its process, and so on outwards.
fn catcher<'d>(cx: &Cx<'d>, at: &At<'d>, code: &str) -> Result<Option<(At<'d>, NodeIx)>, Corrupt> {
    let mut at = *at;
    loop {
        if let Some(boundary) = catching_event(&at, code) {
            return Ok(Some((at, boundary)));
        }
        let around: Option<ElementNo> = if at.scope == at.process {
            cx.state.instance(at.process).ok_or(Corrupt::Element(at.process))?.caller
        } else {
            Some(at.scope)
        };
        match around {
            Some(no) => at = cx.at(no)?,
            None => return Ok(None),
        }
    }
}

/// The activity's boundary event that names the code, else one that catches every code.
fn catching_event(at: &At<'_>, code: &str) -> Option<NodeIx> {
    let caught = |ix: &NodeIx| match &at.graph.node(*ix).kind {
        NodeKind::BoundaryEvent(event) => {
            let Caught::Error { code, .. } = &event.catches;
            Some(code.as_deref())
        }
        NodeKind::StartEvent
        | NodeKind::EndEvent(_)
        | NodeKind::Pass
        | NodeKind::UserTask(_)
        | NodeKind::ServiceTask(_)
        | NodeKind::ScriptTask(_)
        | NodeKind::ExclusiveGateway
        | NodeKind::ParallelGateway
        | NodeKind::InclusiveGateway
        | NodeKind::TimerCatch(_)
        | NodeKind::SubProcess(_)
        | NodeKind::CallActivity(_) => None,
    };
    let boundary = &at.node.boundary;
    let named = boundary.iter().find(|ix| caught(ix) == Some(Some(code)));
    named.or_else(|| boundary.iter().find(|ix| caught(ix) == Some(None))).copied()
}

/// Ends the activity and goes on at its boundary event.
fn interrupt(cx: &mut Cx<'_>, activity: &At<'_>, boundary: NodeIx, failure: &Failure) -> Result<(), Corrupt> {
    scope::end_element(cx, activity.no)?;
    let node: &Node = activity.graph.node(boundary);
    let no = cx.activate(activity.scope, node, Vec::new())?;
    cx.emit(Event::Started { no, input: as_output(failure), attempt: 1, generation: 0 })?;
    cx.enter_later(no);
    Ok(())
}

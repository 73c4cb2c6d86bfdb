//! What happens when a node fails: another attempt, a boundary event, an output that says so, or a fault that holds the
//! token.

use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{NodeIx, NodeKind, OnError, OnFailure, Trigger};
use model::Value;

use super::catch::{self, catch_of, is_event_sub_process};
use super::failure::as_output;
use super::{backoff, looping, scope, transition, work};
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
    let is_iteration = cx.state.active(at.no)?.iteration.is_some();
    if is_iteration && looping::on_failure(at) != OnFailure::Stop {
        // The loop goes on without it, whatever would catch the error around it.
        return leave_out(cx, at, &failure);
    }
    if let Some(catcher) = catcher(cx, at, &|trigger| catches_error(trigger, &failure.code))? {
        return go_on(cx, &catcher, as_output(&failure));
    }
    match at.contract().on_error() {
        OnError::Continue if done.is_none() => transition::leave(cx, at, as_output(&failure)),
        OnError::Continue | OnError::Fail => hold(cx, at, failure, done),
    }
}

/// A failed iteration ends; in the list of what iterations give, its place tells the error or is null.
fn leave_out(cx: &mut Cx<'_>, at: &At<'_>, failure: &Failure) -> Result<(), Corrupt> {
    let collected = match looping::on_failure(at) {
        OnFailure::Collect => as_output(failure),
        OnFailure::Continue | OnFailure::Stop => Value::Null,
    };
    scope::end_inside(cx, at.no)?;
    cx.emit(Event::Completed { no: at.no, output: Value::Null, at: cx.env.now, collected: Some(collected) })?;
    looping::iterated(cx, at.scope)
}

/// An event tells what is around of an escalation. Where nothing catches it, nothing happens.
pub(crate) fn escalate(cx: &mut Cx<'_>, at: &At<'_>, code: &Arc<str>) -> Result<(), Corrupt> {
    let catches = |trigger: &Trigger| match trigger {
        Trigger::Escalation { code: None } => Some(false),
        Trigger::Escalation { code: Some(wanted) } => (wanted == code).then_some(true),
        _ => None,
    };
    if let Some(catcher) = catcher(cx, at, &catches)? {
        let told = Value::object([("escalation", Value::object([("code", Value::String(code.clone()))]))]);
        go_on(cx, &catcher, told)?;
    }
    Ok(())
}

/// Whether a trigger catches an error; `true` for one that names its code.
fn catches_error(trigger: &Trigger, code: &str) -> Option<bool> {
    match trigger {
        Trigger::Error { code: None } => Some(false),
        Trigger::Error { code: Some(wanted) } => (&**wanted == code).then_some(true),
        Trigger::Timer(_)
        | Trigger::Message { .. }
        | Trigger::Signal { .. }
        | Trigger::Condition(_)
        | Trigger::Escalation { .. }
        | Trigger::Compensation
        | Trigger::Cancel => None,
    }
}

/// The node holds its token until a person retries it.
pub(crate) fn hold(cx: &mut Cx<'_>, at: &At<'_>, failure: Failure, done: Option<Done>) -> Result<(), Corrupt> {
    cx.emit(Event::Faulted { no: at.no, failure, at: cx.env.now, done })
}

/// Who catches something that was thrown.
enum Catcher<'d> {
    /// An event on the border of an activity.
    Boundary(At<'d>, NodeIx),
    /// The start event of an event sub-process of a scope.
    EventSubProcess { scope: ElementNo, graph: &'d Executable, start: NodeIx },
}

/// Whether and how a trigger catches what was thrown: `true` for one that names it.
type Catches<'c> = dyn Fn(&Trigger) -> Option<bool> + 'c;

/// The nearest event that catches: on the activity itself, in an event sub-process beside it, on the sub-process around
/// them, on the call activity that called their process, and so on outwards. In each place, one that names what was
/// thrown comes before one that catches everything.
fn catcher<'d>(cx: &Cx<'d>, at: &At<'d>, catches: &Catches<'_>) -> Result<Option<Catcher<'d>>, Corrupt> {
    let mut at = *at;
    loop {
        let is_iteration = cx.state.active(at.no)?.iteration.is_some();
        // Events on the border of a loop are on the border of its body.
        if !is_iteration && let Some(ix) = catching_event(at.graph, &at.node.boundary.iter().copied(), catches) {
            return Ok(Some(Catcher::Boundary(at, ix)));
        }
        if is_iteration {
            at = cx.at(at.scope)?;
            continue;
        }
        // What happens in an event sub-process is not handled by another one of the same scope.
        if !is_event_sub_process(at.node) {
            let inside = at.node.scope;
            let starts =
                at.graph.scope(inside).event_sub_processes.iter().flat_map(|ix| match &at.graph.node(*ix).kind {
                    NodeKind::SubProcess(inside) => at.graph.scope(inside.scope).triggered.as_slice(),
                    _ => &[],
                });
            if let Some(start) = catching_event(at.graph, &starts.copied(), catches) {
                return Ok(Some(Catcher::EventSubProcess { scope: at.scope, graph: at.graph, start }));
            }
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

/// Of some events the one that catches by name, else one that catches everything.
fn catching_event(
    graph: &Executable,
    events: &(impl Iterator<Item = NodeIx> + Clone),
    catches: &Catches<'_>,
) -> Option<NodeIx> {
    let caught = |ix: &NodeIx| catch_of(graph.node(*ix)).and_then(|catch| catch.triggers.iter().find_map(catches));
    let named = events.clone().find(|ix| caught(ix) == Some(true));
    named.or_else(|| events.clone().find(|ix| caught(ix) == Some(false)))
}

/// Goes on where something was caught.
fn go_on(cx: &mut Cx<'_>, catcher: &Catcher<'_>, payload: Value) -> Result<(), Corrupt> {
    match catcher {
        Catcher::Boundary(activity, ix) => {
            let node = activity.graph.node(*ix);
            let NodeKind::BoundaryEvent(event) = &node.kind else { return Err(Corrupt::Node(node.id.clone())) };
            catch::go_on_at_boundary(cx, activity, node, event, None, payload)
        }
        Catcher::EventSubProcess { scope, graph, start } => {
            let node = graph.node(*start);
            let NodeKind::StartEvent(event) = &node.kind else { return Err(Corrupt::Node(node.id.clone())) };
            catch::start_event_sub_process(cx, *scope, node, event, None, payload)
        }
    }
}

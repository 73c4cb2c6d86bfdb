//! Undoing what was completed: handlers run one after the other, the last completed activity's first, each once.
//!
//! What has to be undone lies in the state of the element that has it undone, and goes from there with the event that
//! activates its handler; so nothing is undone twice, whenever a crash comes.

use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{Node, NodeKind, ScopeIx, Throw, Trigger};
use model::Value;

use super::catch::{self, catch_of};
use super::{scope, transition};
use crate::decide::Cx;
use crate::event::Event;
use crate::node::{At, Progress};
use crate::state::find_node;
use crate::{Corrupt, ElementNo};

/// An element begins to have undone what was completed in a scope; only one activity, if it is named.
pub(crate) fn begin(
    cx: &mut Cx<'_>,
    at: &At<'_>,
    of: ElementNo,
    activity: Option<Arc<str>>,
) -> Result<Progress, Corrupt> {
    cx.emit(Event::CompensationStarted { no: at.no, scope: of, activity })?;
    next(cx, at.no)?;
    Ok(Progress::Gone)
}

/// Undoes the next activity, or goes on when nothing is left.
pub(crate) fn next(cx: &mut Cx<'_>, no: ElementNo) -> Result<(), Corrupt> {
    // Who had it undone may have been ended with what it was undone in.
    if cx.state.element(no).is_none() {
        return Ok(());
    }
    let at = cx.at(no)?;
    let Some(last) = cx.state.active(no)?.undo.last().cloned() else { return finish(cx, &at) };
    let activity = find_node(at.graph, &last.node)?;
    // Handlers run where the activity did: beside it, or, of what lies inside a sub-process, inside that.
    let place = if cx.state.active(no)?.compensates.is_some() && is_in(at.node, activity, &at) {
        at.no
    } else {
        place_of(cx, &at, activity)?
    };
    let handler = activity.handler.filter(|_| last.is_handled);
    let target = handler.map_or(activity, |ix| at.graph.node(ix));
    let undoing = cx.activate_handler(place, target, no)?;
    cx.enter_later(undoing);
    Ok(())
}

fn is_in(around: &Node, inner: &Node, at: &At<'_>) -> bool {
    match &around.kind {
        NodeKind::SubProcess(inside) => inside.scope == inner.scope,
        _ => at.node.id == inner.id,
    }
}

/// The scope, at the element or around it, that the activity lies in.
fn place_of(cx: &Cx<'_>, at: &At<'_>, activity: &Node) -> Result<ElementNo, Corrupt> {
    let mut scope = at.scope;
    loop {
        let ix = if scope == at.process {
            ScopeIx(0)
        } else {
            match &cx.at(scope)?.node.kind {
                NodeKind::SubProcess(inside) => inside.scope,
                _ => activity.scope,
            }
        };
        if ix == activity.scope || scope == at.process {
            return Ok(scope);
        }
        scope = cx.state.active(scope)?.scope;
    }
}

/// A sub-process or loop is undone from inside: by its own event sub-process if it has one, else activity by activity.
pub(crate) fn undo_inside(cx: &mut Cx<'_>, at: &At<'_>) -> Result<Progress, Corrupt> {
    let NodeKind::SubProcess(inside) = &at.node.kind else { return begin(cx, at, at.no, None) };
    match undoing(at.graph, inside.scope) {
        Some(node) => {
            cx.begin_with(at.no, node, Value::Null)?;
            Ok(Progress::Waits)
        }
        None => begin(cx, at, at.no, None),
    }
}

/// The event sub-process of a scope that undoes it.
pub(crate) fn undoing(graph: &Executable, scope: ScopeIx) -> Option<&Node> {
    let is_undoing = |node: &&Node| {
        let NodeKind::SubProcess(inside) = &node.kind else { return false };
        let starts = graph.scope(inside.scope).triggered.iter().filter_map(|ix| catch_of(graph.node(*ix)));
        starts.flat_map(|catch| &catch.triggers).any(|trigger| matches!(trigger, Trigger::Compensation))
    };
    graph.scope(scope).event_sub_processes.iter().map(|ix| graph.node(*ix)).find(is_undoing)
}

/// Everything is undone.
fn finish(cx: &mut Cx<'_>, at: &At<'_>) -> Result<(), Corrupt> {
    let is_cancel = match &at.node.kind {
        NodeKind::EndEvent(throws) => throws.iter().any(|throw| matches!(throw, Throw::Cancel)),
        _ => false,
    };
    if is_cancel { cancelled(cx, at) } else { transition::leave(cx, at, Value::Null) }
}

/// A transaction is undone: it ends, and its token goes on at its cancel event.
fn cancelled(cx: &mut Cx<'_>, at: &At<'_>) -> Result<(), Corrupt> {
    let mut transaction = cx.at(at.scope)?;
    if cx.state.active(at.scope)?.iteration.is_some() {
        // The cancel event is on the border of the whole loop.
        transaction = cx.at(transaction.scope)?;
    }
    cx.emit(Event::Completed { no: at.no, output: Value::Null, at: cx.env.now, collected: None })?;
    for ix in &transaction.node.boundary {
        let node = transaction.graph.node(*ix);
        if let NodeKind::BoundaryEvent(event) = &node.kind
            && event.catch.triggers.iter().any(|trigger| matches!(trigger, Trigger::Cancel))
        {
            return catch::go_on_at_boundary(cx, &transaction, node, event, None, Value::Null);
        }
    }
    scope::finish(cx, at.scope)
}

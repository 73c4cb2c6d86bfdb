//! What was completed is kept as long as it can be undone, and handed to who has it undone.

use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{Form, Node, NodeKind, SubProcess};

use crate::behaviour::compensation::undoing;
use crate::state::{Compensable, Element, Inside, Phase, find_node};
use crate::{Corrupt, Definitions, ElementNo, State};

/// Notes that an element was completed, if that can be undone. Called before the element goes.
pub(super) fn note(state: &mut State, definitions: &dyn Definitions, no: ElementNo) -> Result<(), Corrupt> {
    let Element { process, node, scope, compensates, looping, .. } = state.active(no)?;
    if compensates.is_some() {
        return Ok(());
    }
    let graph = state.graph(*process, definitions)?;
    let node = find_node(graph, node)?;
    let is_body = looping.is_some();
    let inside = match state.scopes.get(&no) {
        Some(inner) if !inner.compensable.is_empty() || !is_body && undoes_itself(graph, node) => {
            Some(Inside { variables: inner.variables.clone(), compensable: inner.compensable.clone() })
        }
        Some(_) | None => None,
    };
    // Of a loop, each iteration is undone by itself.
    let has_handler = !is_body && node.handler.is_some();
    if has_handler || inside.is_some() {
        let (scope, node) = (*scope, node.id.clone());
        let around = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
        around.compensable.push(Compensable { node, is_handled: has_handler, inside });
    }
    Ok(())
}

/// Whether a sub-process has an event sub-process that undoes it.
fn undoes_itself(graph: &Executable, node: &Node) -> bool {
    let NodeKind::SubProcess(SubProcess { scope, form: Form::Embedded | Form::Transaction | Form::AdHoc { .. } }) =
        &node.kind
    else {
        return false;
    };
    undoing(graph, *scope).is_some()
}

pub(super) fn started(
    state: &mut State,
    no: ElementNo,
    scope: ElementNo,
    activity: Option<&Arc<str>>,
) -> Result<(), Corrupt> {
    let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
    let (undo, kept) = std::mem::take(&mut holder.compensable)
        .into_iter()
        .partition(|done| activity.is_none_or(|activity| done.node == *activity));
    holder.compensable = kept;
    state.elements.get_mut(&no).ok_or(Corrupt::Element(no))?.undo = undo;
    state.set_phase(no, Phase::Compensating)
}

/// Takes what is undone next from who has it undone.
pub(super) fn next(state: &mut State, thrower: ElementNo) -> Result<Compensable, Corrupt> {
    let element = state.elements.get_mut(&thrower).ok_or(Corrupt::Element(thrower))?;
    element.undo.pop().ok_or(Corrupt::Element(thrower))
}

//! Nodes become active, start, fail, end.

use std::sync::Arc;

use bpmn::executable::{Loop, MultiInstance, NodeKind};
use model::{Timestamp, Value};

use super::{compensation, instance, looping, subscription, token};
use crate::command::Failure;
use crate::event::Done;
use crate::node::{Work, contract};
use crate::state::{Element, Phase, Scope, Step, find_node};
use crate::{Corrupt, Definitions, ElementNo, State};

/// The content of [`crate::Event::Activated`].
pub(super) struct Activated<'e> {
    pub(super) scope: ElementNo,
    pub(super) node: &'e Arc<str>,
    pub(super) at: Timestamp,
    pub(super) iteration: Option<u32>,
    pub(super) compensates: Option<ElementNo>,
}

pub(super) fn activated(
    state: &mut State,
    definitions: &dyn Definitions,
    no: ElementNo,
    activated: &Activated<'_>,
) -> Result<(), Corrupt> {
    let Activated { scope, node: id, at, iteration, compensates } = *activated;
    state.number(no)?;
    let undone = match compensates {
        Some(thrower) => Some(compensation::next(state, thrower)?),
        None => None,
    };
    let around = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
    let process = around.process;
    around.children.insert(no);
    let node = find_node(state.graph(process, definitions)?, id)?;
    let is_body = node.looping.is_some() && iteration.is_none() && compensates.is_none();
    // A handler is another node than the one that it undoes; what is undone from inside is there again.
    let inside = undone.filter(|undone| undone.node == *id).and_then(|undone| undone.inside);
    let is_scope = is_body || iteration.is_some() || inside.is_some() || matches!(node.kind, NodeKind::SubProcess(_));
    if is_scope {
        let mut inner = Scope::new(process, Arc::default());
        if let Some(inside) = inside {
            inner.variables = inside.variables;
            inner.compensable = inside.compensable;
            inner.was_completed = true;
        } else if let Some(index) = iteration
            && let Some(Loop::MultiInstance(MultiInstance { element: Some(name), .. })) = &node.looping
        {
            let looping = state.active(scope)?.looping.as_deref().ok_or(Corrupt::Element(scope))?;
            let item = looping.items.get(index as usize).cloned().unwrap_or(Value::Null);
            Arc::make_mut(&mut inner.variables).insert(name.clone(), item);
        }
        state.bytes += inner.variables.values().map(Value::size).sum::<usize>();
        state.scopes.insert(no, inner);
    }
    if node.incoming.is_empty() && iteration.is_none() && compensates.is_none() {
        state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?.begun += 1;
    }
    if iteration.is_none() {
        let activations = &mut state.processes.get_mut(&process).ok_or(Corrupt::Element(process))?.activations;
        match activations.get_mut(id) {
            Some(count) => *count += 1,
            None => _ = activations.insert(id.clone(), 1),
        }
    }
    state.executed += 1;
    state.started.get_or_insert(at);
    let element = Element {
        scope,
        process,
        node: id.clone(),
        activated: at,
        input: Value::Null,
        attempt: 0,
        attempts_before: 0,
        generation: 0,
        phase: Phase::Active,
        iteration,
        looping: None,
        compensates,
        undo: Vec::new(),
    };
    state.elements.insert(no, element);
    if iteration.is_some() { looping::begun(state, definitions, scope) } else { Ok(()) }
}

pub(super) fn started(
    state: &mut State,
    definitions: &dyn Definitions,
    no: ElementNo,
    input: &Value,
    attempt: u32,
    generation: u32,
) -> Result<(), Corrupt> {
    let element = state.elements.get_mut(&no).ok_or(Corrupt::Element(no))?;
    // Only an automatic retry counts on; anything else gives the policy a new start.
    if !matches!(element.phase, Phase::Retrying { .. }) {
        element.attempts_before = attempt.saturating_sub(1);
    }
    element.input = input.clone();
    element.attempt = attempt;
    element.generation = generation;
    let (process, node) = (element.process, element.node.clone());
    let phase = match contract(&find_node(state.graph(process, definitions)?, &node)?.kind).work() {
        Work::Inside => Phase::Active,
        Work::Effect => Phase::Effect,
        Work::Call => Phase::Resolving,
    };
    state.set_phase(no, phase)
}

pub(super) fn faulted(
    state: &mut State,
    no: ElementNo,
    failure: &Failure,
    at: Timestamp,
    done: Option<&Done>,
) -> Result<(), Corrupt> {
    if done.is_some() && state.scopes.contains_key(&no) {
        // The sub-process is over (a terminate end event may have left tokens); only its way out failed.
        token::clear(state, no)?;
    }
    state.set_phase(no, Phase::Faulted { failure: failure.clone(), at, done: done.cloned() })
}

pub(super) fn completed(
    state: &mut State,
    definitions: &dyn Definitions,
    no: ElementNo,
    output: &Value,
    collected: &Option<Value>,
) -> Result<(), Corrupt> {
    compensation::note(state, definitions, no)?;
    let element = gone(state, no)?;
    if let Some(index) = element.iteration {
        looping::ended(state, definitions, element.scope, Some((index, collected)))?;
    }
    let process = state.processes.get_mut(&element.process).ok_or(Corrupt::Element(element.process))?;
    let nodes = Arc::make_mut(&mut process.nodes);
    let before = nodes.get(&element.node).map_or(0, |node| node.get("output").size());
    if output.is_null() {
        // Most nodes have no output: they take no place, and `nodes.<id>.output` is null all the same.
        if nodes.shift_remove(&element.node).is_some() {
            state.bytes = state.bytes.saturating_sub(before);
        }
        return Ok(());
    }
    nodes.insert(element.node, Value::object([("output", output.clone())]));
    state.bytes = state.bytes.saturating_sub(before) + output.size();
    Ok(())
}

pub(super) fn terminated(state: &mut State, definitions: &dyn Definitions, no: ElementNo) -> Result<(), Corrupt> {
    let element = gone(state, no)?;
    // The body may be ending too, and then nothing more begins.
    if element.iteration.is_some() { looping::ended(state, definitions, element.scope, None) } else { Ok(()) }
}

/// Removes an element with everything inside it.
pub(super) fn gone(state: &mut State, no: ElementNo) -> Result<Element, Corrupt> {
    if state.scopes.contains_key(&no) {
        instance::remove_scope(state, no)?;
    }
    subscription::clear(state, no);
    let element = state.elements.remove(&no).ok_or(Corrupt::Element(no))?;
    if let Some(looping) = &element.looping {
        state.bytes = state.bytes.saturating_sub(looping::size(looping));
        state.agenda.retain(|step| *step != Step::Iterate { body: no });
    }
    if let Some(at) = element.phase.due() {
        state.due.remove(&(at, no));
    }
    let around = state.scopes.get_mut(&element.scope).ok_or(Corrupt::Element(element.scope))?;
    around.children.remove(&no);
    Ok(element)
}

//! Nodes become active, start, fail, end.

use std::sync::Arc;

use bpmn::executable::NodeKind;
use model::{Timestamp, Value};

use super::{instance, token};
use crate::command::Failure;
use crate::event::Done;
use crate::node::{Work, contract};
use crate::state::{Element, Phase, Scope, find_node};
use crate::{Corrupt, Definitions, ElementNo, State};

pub(super) fn activated(
    state: &mut State,
    definitions: &dyn Definitions,
    no: ElementNo,
    scope: ElementNo,
    node: &Arc<str>,
    at: Timestamp,
) -> Result<(), Corrupt> {
    state.number(no)?;
    let around = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
    let process = around.process;
    around.children.insert(no);
    let kind = &find_node(state.graph(process, definitions)?, node)?.kind;
    if matches!(kind, NodeKind::SubProcess(_)) {
        state.scopes.insert(no, Scope::new(process, Arc::default()));
    }
    let activations = &mut state.processes.get_mut(&process).ok_or(Corrupt::Element(process))?.activations;
    match activations.get_mut(node) {
        Some(count) => *count += 1,
        None => _ = activations.insert(node.clone(), 1),
    }
    state.executed += 1;
    state.started.get_or_insert(at);
    let element = Element {
        scope,
        process,
        node: node.clone(),
        activated: at,
        input: Value::Null,
        attempt: 0,
        attempts_before: 0,
        generation: 0,
        iteration: None,
        phase: Phase::Active,
    };
    state.elements.insert(no, element);
    Ok(())
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

pub(super) fn completed(state: &mut State, no: ElementNo, output: &Value) -> Result<(), Corrupt> {
    let element = gone(state, no)?;
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

/// Removes an element with everything inside it.
pub(super) fn gone(state: &mut State, no: ElementNo) -> Result<Element, Corrupt> {
    if state.scopes.contains_key(&no) {
        instance::remove_scope(state, no)?;
    }
    let element = state.elements.remove(&no).ok_or(Corrupt::Element(no))?;
    if let Some(at) = element.phase.due() {
        state.due.remove(&(at, no));
    }
    let around = state.scopes.get_mut(&element.scope).ok_or(Corrupt::Element(element.scope))?;
    around.children.remove(&no);
    Ok(element)
}

//! Process instances come and go.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{InstanceId, Map, Value, VersionId};

use super::{subscription, token};
use crate::event::Outcome;
use crate::state::{Phase, Process, Scope};
use crate::{Corrupt, ElementNo, State};

/// The content of [`crate::Event::InstanceCreated`].
pub(super) struct Created<'e> {
    pub(super) caller: Option<ElementNo>,
    pub(super) instance: InstanceId,
    pub(super) definition: VersionId,
    pub(super) context: &'e Value,
    pub(super) variables: &'e Value,
    pub(super) debug: bool,
}

pub(super) fn created(state: &mut State, no: ElementNo, process: &Created<'_>) -> Result<(), Corrupt> {
    state.number(no)?;
    if let Some(caller) = process.caller {
        state.set_phase(caller, Phase::Calling { child: no })?;
    }
    let variables = match process.variables {
        Value::Map(members) => members.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => Arc::new(Map::new()),
    };
    state.bytes += variables.values().map(Value::size).sum::<usize>();
    state.scopes.insert(no, Scope::new(no, variables));
    state.processes.insert(
        no,
        Process {
            instance: process.instance,
            definition: process.definition,
            caller: process.caller,
            context: process.context.clone(),
            debug: process.debug,
            outcome: None,
            nodes: Arc::new(Map::new()),
            activations: BTreeMap::new(),
        },
    );
    Ok(())
}

pub(super) fn ended(state: &mut State, no: ElementNo, outcome: Outcome) -> Result<(), Corrupt> {
    remove_scope(state, no)?;
    let process = state.processes.get_mut(&no).ok_or(Corrupt::Element(no))?;
    let outputs = std::mem::take(&mut process.nodes);
    state.bytes = state.bytes.saturating_sub(outputs.values().map(|node| node.get("output").size()).sum());
    process.activations.clear();
    process.context = Value::Null;
    process.outcome = Some(outcome);
    Ok(())
}

/// Removes the inside of a process or sub-process: its variables and the tokens that are left.
pub(super) fn remove_scope(state: &mut State, no: ElementNo) -> Result<(), Corrupt> {
    token::clear(state, no)?;
    subscription::clear(state, no);
    let scope = state.scopes.remove(&no).ok_or(Corrupt::Element(no))?;
    if !scope.children.is_empty() {
        return Err(Corrupt::Element(no));
    }
    state.bytes = state.bytes.saturating_sub(scope.variables.values().map(Value::size).sum());
    Ok(())
}

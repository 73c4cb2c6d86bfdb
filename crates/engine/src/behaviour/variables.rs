//! Which scope a variable is set in, and whether there is room for it.

use std::sync::Arc;

use model::Value;

use super::failure;
use crate::decide::Cx;
use crate::node::{At, Halt};
use crate::{ElementNo, State};

/// The nearest scope that has the variable, else the process.
pub(crate) fn holder(state: &State, at: &At<'_>, name: &str) -> ElementNo {
    let mut scope = state.own_scope(at.no, at.scope);
    while let Some(outer) = state.outer(scope) {
        if state.scopes.get(&scope).is_some_and(|scope| scope.variables.contains_key(name)) {
            return scope;
        }
        scope = outer;
    }
    at.process
}

/// Refuses a completion whose variables and output would exceed the limit.
pub(crate) fn check_room(
    cx: &Cx<'_>,
    at: &At<'_>,
    assignments: &[(Arc<str>, Value)],
    output: &Value,
) -> Result<(), Halt> {
    if assignments.is_empty() && output.is_null() {
        return Ok(());
    }
    let state = &cx.state;
    let mut bytes = state.bytes + if output.is_null() { 0 } else { output.size() };
    for (name, value) in assignments {
        bytes += value.size();
        let held = state.scopes.get(&holder(state, at, name)).and_then(|scope| scope.variables.get(name));
        bytes = bytes.saturating_sub(held.map_or(0, Value::size));
    }
    let limit = cx.env.limits.max_variable_bytes;
    if bytes > limit { Err(Halt::Limit(failure::variables(limit))) } else { Ok(()) }
}

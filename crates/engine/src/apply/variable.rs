//! Variables change.

use std::sync::Arc;

use model::Value;

use crate::{Corrupt, ElementNo, State};

pub(super) fn set(state: &mut State, scope: ElementNo, name: &Arc<str>, value: &Value) -> Result<(), Corrupt> {
    let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
    let before = Arc::make_mut(&mut holder.variables).insert(name.clone(), value.clone());
    state.bytes = state.bytes.saturating_sub(before.map_or(0, |value| value.size())) + value.size();
    Ok(())
}

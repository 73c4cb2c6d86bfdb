//! The effects that are under way.

use super::{Phase, State};
use crate::node::At;
use crate::{Corrupt, Definitions, Effect, ElementNo};

impl State {
    /// Every effect that was requested and has not ended, with the same key and attempt as when it was requested:
    /// what a process that takes the instance over has to dispatch (again).
    pub fn pending_effects(&self, definitions: &dyn Definitions) -> Result<Vec<Effect>, Corrupt> {
        let mut effects = Vec::new();
        for no in self.elements.keys() {
            effects.extend(self.pending_effect(*no, definitions)?);
        }
        Ok(effects)
    }

    /// The effect that an element waits for; `None` when it waits for none or is gone.
    pub(crate) fn pending_effect(
        &self,
        no: ElementNo,
        definitions: &dyn Definitions,
    ) -> Result<Option<Effect>, Corrupt> {
        match self.elements.get(&no).map(|element| &element.phase) {
            Some(Phase::Effect | Phase::Resolving) => {
                let at = At::find(self, definitions, no)?;
                at.contract().effect(self, &at)
            }
            Some(
                Phase::Active
                | Phase::Held
                | Phase::Calling { .. }
                | Phase::Task { .. }
                | Phase::Timer { .. }
                | Phase::Event
                | Phase::Compensating
                | Phase::Retrying { .. }
                | Phase::Faulted { .. },
            )
            | None => Ok(None),
        }
    }
}

//! `Tick`: timers, due dates and retries whose instant has come.

use model::Timestamp;

use super::Cx;
use crate::behaviour::{transition, work};
use crate::state::Phase;
use crate::{Corrupt, ElementNo, State};

impl State {
    /// The element that has been due longest.
    pub(super) fn due_at(&self, now: Timestamp) -> Option<ElementNo> {
        self.due.first().filter(|(at, _)| *at <= now).map(|(_, no)| *no)
    }
}

/// Fires what an element waits for.
pub(super) fn fire(cx: &mut Cx<'_>, no: ElementNo) -> Result<(), Corrupt> {
    let at = cx.at(no)?;
    let element = cx.state.active(no)?;
    match &element.phase {
        Phase::Retrying { .. } => {
            let input = element.input.clone();
            work::start(cx, &at, input)
        }
        Phase::Task { .. } | Phase::Timer { .. } => {
            let progress = at.contract().due(cx, &at);
            transition::settle(cx, &at, progress)
        }
        Phase::Active
        | Phase::Held
        | Phase::Effect
        | Phase::Resolving
        | Phase::Calling { .. }
        | Phase::Faulted { .. } => Err(Corrupt::Element(no)),
    }
}

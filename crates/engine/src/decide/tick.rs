//! `Tick`: timers, due dates and retries whose instant has come.

use model::{Timestamp, Value};

use super::Cx;
use crate::behaviour::{catch, transition, work};
use crate::state::Phase;
use crate::{Corrupt, ElementNo, State};

/// What is due.
#[derive(Clone, Copy)]
pub(super) enum Due {
    /// What an element waits for.
    Element(ElementNo),
    /// The timer of a subscription, by its owner and number.
    Timer(ElementNo, u32),
}

impl State {
    /// What has been due longest.
    pub(super) fn due_at(&self, now: Timestamp) -> Option<Due> {
        let element = self.due.first().map(|(at, no)| (*at, Due::Element(*no)));
        let timer = self.timers.first().map(|(at, owner, no)| (*at, Due::Timer(*owner, *no)));
        let first = match (element, timer) {
            (Some(element), Some(timer)) => {
                if timer.0 < element.0 {
                    timer
                } else {
                    element
                }
            }
            (one, other) => one.or(other)?,
        };
        (first.0 <= now).then_some(first.1)
    }
}

/// Fires what is due.
pub(super) fn fire(cx: &mut Cx<'_>, due: Due) -> Result<(), Corrupt> {
    match due {
        Due::Element(no) => fire_element(cx, no),
        Due::Timer(owner, no) => {
            let found = cx.state.subscriptions_of(owner).iter().find(|subscription| subscription.no == no);
            let subscription = found.cloned().ok_or(Corrupt::Element(owner))?;
            catch::happened(cx, owner, &subscription, Value::Null)
        }
    }
}

/// Fires what an element waits for.
fn fire_element(cx: &mut Cx<'_>, no: ElementNo) -> Result<(), Corrupt> {
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
        | Phase::Event
        | Phase::Compensating
        | Phase::Faulted { .. } => Err(Corrupt::Element(no)),
    }
}

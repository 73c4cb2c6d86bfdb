//! A root instance: its state, and a copy that follows event by event.
//!
//! A turn only shows what is left at its end. The copy shows every element and every variable as it was at each event.

use std::collections::BTreeMap;

use engine::state::{EventWait, Phase};
use engine::{Command, ElementNo, State};

/// A root instance, started or waiting for the trigger of a start event.
#[derive(Debug)]
pub(super) struct Root {
    /// Its process, as a place among the deployed ones.
    pub(super) process: usize,
    pub(super) state: State,
    /// Follows the events of the turns one by one.
    pub(super) shown: State,
    /// Which of the outcome's instances each process instance is.
    pub(super) instances: BTreeMap<ElementNo, usize>,
}

impl Root {
    pub(super) fn new(process: usize, instance: usize) -> Self {
        let instances = BTreeMap::from([(ElementNo::ROOT, instance)]);
        Self { process, state: State::new(), shown: State::new(), instances }
    }

    /// The process instance that a scope lies in.
    pub(super) fn process_of(&self, scope: ElementNo) -> ElementNo {
        self.shown.element(scope).map_or(scope, |element| element.process)
    }

    /// Whether a node still waits for this answer.
    pub(super) fn awaits(&self, answer: &Command) -> bool {
        match answer {
            Command::EffectDone { key, attempt, .. } => {
                self.state.element(key.element).is_some_and(|element| element.attempt == *attempt)
            }
            Command::TaskAnswered { element, .. } | Command::CallResolved { element, .. } => {
                self.state.element(*element).is_some()
            }
            Command::Start(_)
            | Command::Tick
            | Command::Continue
            | Command::Terminate { .. }
            | Command::Message { .. }
            | Command::Signal { .. }
            | Command::Retry { .. }
            | Command::Skip { .. }
            | Command::Debug { .. } => false,
        }
    }

    /// Whether something falls due by itself. The due date of a to-do does not count: where nobody answers, a rehearsal
    /// ends and says so.
    pub(super) fn has_timer(&self) -> bool {
        let timer = |phase: &Phase| matches!(phase, Phase::Timer { .. } | Phase::Retrying { .. });
        let Some(next) = self.state.next_due() else { return false };
        !self.state.open_tasks().any(|task| task.due == next)
            || self.state.elements().any(|(_, element)| timer(&element.phase))
            || self.state.subscriptions().any(|(_, it)| matches!(it.wait, EventWait::Timer { .. }))
    }
}

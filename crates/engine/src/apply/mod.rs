//! The only code that changes a [`State`]: one file per family of events. It evaluates nothing.

mod instance;
mod lifecycle;
mod token;
mod variable;

use crate::state::Phase;
use crate::{Corrupt, Definitions, ElementNo, Event, State};

impl State {
    /// Carries an event out, live and on replay. After an error the state is half changed and must be thrown away.
    pub fn apply(&mut self, event: &Event, definitions: &dyn Definitions) -> Result<(), Corrupt> {
        match event {
            Event::InstanceCreated { no, caller, instance, definition, context, variables, debug } => {
                let process = instance::Created {
                    caller: *caller,
                    instance: *instance,
                    definition: *definition,
                    context,
                    variables,
                    debug: *debug,
                };
                instance::created(self, *no, &process)
            }
            Event::InstanceEnded { no, outcome } => instance::ended(self, *no, *outcome),
            Event::FlowTaken { scope, flow } => token::put(self, definitions, *scope, flow),
            Event::Activated { no, scope, node, consumed, at } => {
                token::take(self, definitions, *scope, node, consumed)?;
                lifecycle::activated(self, definitions, *no, *scope, node, *at)
            }
            Event::Held { no } => self.set_phase(*no, Phase::Held),
            Event::Started { no, input, attempt, generation } => {
                lifecycle::started(self, definitions, *no, input, *attempt, *generation)
            }
            Event::TaskOpened { no, task, due, .. } => self.set_phase(*no, Phase::Task { task: *task, due: *due }),
            Event::TaskClosed { no, .. } => self.set_phase(*no, Phase::Active),
            Event::TimerArmed { no, due } => self.set_phase(*no, Phase::Timer { due: *due }),
            Event::VariableSet { scope, name, value } => variable::set(self, *scope, name, value),
            Event::RetryScheduled { no, failure, at } => {
                self.set_phase(*no, Phase::Retrying { failure: failure.clone(), at: *at })
            }
            Event::Faulted { no, failure, at, done } => lifecycle::faulted(self, *no, failure, *at, done.as_ref()),
            Event::Completed { no, output, .. } => lifecycle::completed(self, *no, output),
            Event::Terminated { no, .. } => lifecycle::gone(self, *no).map(|_| ()),
        }
    }

    /// Moves an element to another phase and keeps the index of due instants true.
    fn set_phase(&mut self, no: ElementNo, phase: Phase) -> Result<(), Corrupt> {
        let element = self.elements.get_mut(&no).ok_or(Corrupt::Element(no))?;
        if let Some(at) = element.phase.due() {
            self.due.remove(&(at, no));
        }
        if let Some(at) = phase.due() {
            self.due.insert((at, no));
        }
        element.phase = phase;
        Ok(())
    }

    /// Reserves an element's number.
    fn number(&mut self, no: ElementNo) -> Result<(), Corrupt> {
        if no.0 < self.next {
            return Err(Corrupt::Element(no));
        }
        self.next = no.0 + 1;
        Ok(())
    }
}

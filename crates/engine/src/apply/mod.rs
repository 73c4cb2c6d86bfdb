//! The only code that changes a [`State`]: one file per family of events. It evaluates nothing.

mod compensation;
mod instance;
mod lifecycle;
mod looping;
mod subscription;
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
            Event::Activated { no, scope, node, consumed, at, iteration, compensates } => {
                token::take(self, definitions, *scope, node, consumed)?;
                let activated = lifecycle::Activated {
                    scope: *scope,
                    node,
                    at: *at,
                    iteration: *iteration,
                    compensates: *compensates,
                };
                lifecycle::activated(self, definitions, *no, &activated)
            }
            Event::LoopStarted { no, total, items } => looping::started(self, definitions, *no, *total, items),
            Event::LoopOver { no } => looping::over(self, *no),
            Event::Subscribed { owner, subscription } => subscription::added(self, *owner, subscription),
            Event::Unsubscribed { owner, no } => subscription::removed(self, *owner, *no),
            Event::ConditionSeen { owner, no, value } => subscription::seen(self, *owner, *no, *value),
            Event::Waits { no } => self.set_phase(*no, Phase::Event),
            // What becomes of them is told by those who get them.
            Event::MessageSent { .. } | Event::SignalSent { .. } => Ok(()),
            Event::TokensCleared { scope } => token::clear(self, *scope),
            Event::GatewayReset { scope, node, consumed } => {
                token::reset_gateway(self, definitions, *scope, node, consumed)
            }
            Event::CompensationStarted { no, scope, activity } => {
                compensation::started(self, *no, *scope, activity.as_ref())
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
            Event::Completed { no, output, collected, .. } => {
                lifecycle::completed(self, definitions, *no, output, collected)
            }
            Event::Terminated { no, .. } => lifecycle::terminated(self, definitions, *no),
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

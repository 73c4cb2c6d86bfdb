//! How a process instance is doing.

use std::collections::BTreeSet;

use super::{Phase, State};
use crate::ElementNo;
use crate::event::Outcome;

/// How a process instance is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Something can advance or waits for the outside.
    Running,
    /// Only faults remain, or joins whose tokens will never come.
    Failed,
    /// Ended by itself, also through a terminate end event.
    Finished,
    /// Ended by command, by a handler's answer, or together with its caller.
    Terminated,
}

impl State {
    /// The root's status, its children counted in. Between the parts of a turn that stopped at its event limit it is
    /// preliminary. An instance that has not started is running.
    pub fn status(&self) -> Status {
        self.instance_status(ElementNo::ROOT).unwrap_or(Status::Running)
    }

    /// The status of a process instance, its own children counted in; `None` when there is no such instance.
    pub fn instance_status(&self, no: ElementNo) -> Option<Status> {
        self.statuses().find(|(other, _)| *other == no).map(|(_, status)| status)
    }

    /// The status of every process instance, in the order of their creation. One pass over the state.
    pub fn statuses(&self) -> impl Iterator<Item = (ElementNo, Status)> {
        let live = self.live();
        self.processes.iter().map(move |(no, process)| {
            let status = match process.outcome {
                Some(Outcome::Finished) => Status::Finished,
                Some(Outcome::Terminated) => Status::Terminated,
                None if live.contains(no) => Status::Running,
                None => Status::Failed,
            };
            (*no, status)
        })
    }

    /// The processes in which something can advance or waits for the outside, and their callers.
    fn live(&self) -> BTreeSet<ElementNo> {
        let mut live = BTreeSet::new();
        let moving = self.agenda.iter().filter_map(|step| self.scopes.get(&step.scope())).map(|scope| scope.process);
        let waiting = self.elements.values().filter(|element| element.phase.waits()).map(|element| element.process);
        // An event on the border of something faulted can still lead on.
        let subscribed = self.subscriptions.keys().filter_map(|owner| Some(self.elements.get(owner)?.process));
        for mut process in moving.chain(waiting).chain(subscribed) {
            while live.insert(process) {
                let caller = self.processes.get(&process).and_then(|process| process.caller);
                match caller.and_then(|caller| self.elements.get(&caller)) {
                    Some(caller) => process = caller.process,
                    None => break,
                }
            }
        }
        live
    }
}

impl Phase {
    /// Whether the node itself waits for something from outside that is not a repair. A sub-process and a call activity
    /// do not: what is inside them does.
    fn waits(&self) -> bool {
        match self {
            Self::Held
            | Self::Effect
            | Self::Resolving
            | Self::Task { .. }
            | Self::Timer { .. }
            | Self::Event
            | Self::Retrying { .. } => true,
            Self::Active | Self::Calling { .. } | Self::Compensating | Self::Faulted { .. } => false,
        }
    }
}

impl super::Step {
    /// The scope in which the step happens.
    pub(crate) fn scope(&self) -> ElementNo {
        match self {
            Self::Token { scope, .. } => *scope,
            Self::Join(join) => join.scope,
            Self::Iterate { body } => *body,
        }
    }
}

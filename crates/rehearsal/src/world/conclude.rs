//! The outcome of a world in which nothing can advance any more.

use std::sync::Arc;

use engine::state::{Status as Engine, Wait};
use engine::{ElementNo, State};
use model::Value;

use super::World;
use super::record::Slot;
use crate::{Fault, Instance, Outcome, Status};

impl World<'_> {
    pub(super) fn conclude(mut self) -> Outcome {
        let exhausted = self.is_exhausted();
        let instances: Vec<Instance> = self.record.slots.iter().map(|slot| self.instance(slot, exhausted)).collect();
        for letter in std::mem::take(&mut self.kept) {
            let key = letter.key.map(|key| format!(" with the key '{key}'")).unwrap_or_default();
            self.notes.push(format!("nobody waited for the message '{}'{key}", letter.name));
        }
        for left in self.plan.deliveries.iter().skip(self.delivered) {
            let (crate::Delivery::Message { name, .. } | crate::Delivery::Signal { name, .. }) = left;
            self.notes.push(format!("'{name}' was not delivered any more"));
        }
        self.note_what_waits(&instances);
        self.notes.extend(self.player.unused().map(|key| format!("nothing asked for the mock '{key}'")));
        let status = instances.first().map_or(Status::Waiting, |first| first.status);
        Outcome { status, instances, trace: self.record.trace, notes: self.notes, taken: self.record.taken }
    }

    /// Says which nodes the instances wait at. What is around them waits for them, and needs no mention.
    fn note_what_waits(&mut self, instances: &[Instance]) {
        for (slot, instance) in self.record.slots.iter().zip(instances) {
            let state = &self.roots[slot.root].shown;
            if instance.status != Status::Waiting {
                continue;
            }
            if state.instance(slot.no).is_none() {
                self.notes.push(format!("'{}' was not started: nothing triggered a start event", slot.process));
                continue;
            }
            let waiting = state.waiting(&self.deployed.definitions).unwrap_or_default();
            let within = waiting.into_iter().filter(|waiting| waiting.process == slot.no);
            let leaves = within.filter(|waiting| !matches!(waiting.wait, Wait::Inside | Wait::Child(_)));
            self.notes.extend(leaves.map(|leaf| format!("'{}' waits at '{}'", slot.process, leaf.node)));
        }
    }

    fn instance(&self, slot: &Slot, exhausted: bool) -> Instance {
        let state = &self.roots[slot.root].shown;
        let mut status = match state.instance_status(slot.no) {
            // Not even started: it waits for the trigger of a start event.
            None | Some(Engine::Running) => Status::Waiting,
            Some(Engine::Failed) => Status::Failed,
            Some(Engine::Finished) => Status::Finished,
            Some(Engine::Terminated) => Status::Terminated,
        };
        let mut fault = self.fault(state, slot.no).filter(|_| status != Status::Finished);
        if exhausted && status == Status::Waiting {
            status = Status::Failed;
            fault = Some(self.exhausted(state, slot));
        }
        let variables = match (&slot.last, state.variables(slot.no)) {
            (Some(last), _) => last.clone(),
            (None, Some(variables)) => Value::map(variables.clone()),
            (None, None) => Value::map(self.plan.variables.clone()),
        };
        Instance { process: Arc::clone(&slot.process), status, variables, fault }
    }

    /// The instance's own first fault, else the first of one that it called, else a join that waits for ever.
    fn fault(&self, state: &State, no: ElementNo) -> Option<Fault> {
        let found = state
            .faults()
            .find(|fault| fault.process == no)
            .or_else(|| state.faults().find(|fault| is_inside(state, fault.process, no)));
        if let Some(found) = found {
            let failure = found.failure.clone();
            return Some(Fault { node: Arc::clone(found.node), code: failure.code, message: failure.message });
        }
        if state.instance_status(no) != Some(Engine::Failed) {
            return None;
        }
        let waiting = state.waiting(&self.deployed.definitions).ok()?;
        waiting.into_iter().find_map(|waiting| {
            let Wait::Tokens { missing, .. } = waiting.wait else { return None };
            (waiting.process == no || is_inside(state, waiting.process, no)).then(|| Fault {
                node: waiting.node,
                code: "Join.Waits".to_owned(),
                message: format!("the join waits for a token on '{}', which never comes", missing.join("', '")),
            })
        })
    }

    fn exhausted(&self, state: &State, slot: &Slot) -> Fault {
        let active = state.elements().find(|(_, element)| element.process == slot.no);
        let node = active.map_or_else(|| Arc::clone(&slot.process), |(_, element)| Arc::clone(&element.node));
        let message = format!("the rehearsal has executed more than {} nodes", self.plan.max_steps);
        Fault { node, code: "Limit.Nodes".to_owned(), message }
    }
}

/// Whether a process instance was called by another, or by one that this called, and so on.
fn is_inside(state: &State, mut process: ElementNo, outer: ElementNo) -> bool {
    while let Some(caller) = state.instance(process).and_then(|process| process.caller) {
        let Some(element) = state.element(caller) else { return false };
        process = element.process;
        if process == outer {
            return true;
        }
    }
    false
}

//! Messages and signals between the roots of a world, and from outside.

use std::sync::Arc;

use engine::{Command, Corrupt};
use model::Value;

use super::{Work, World};
use crate::plan::Delivery;

/// A message under way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Letter {
    pub(super) name: Arc<str>,
    pub(super) key: Option<Arc<str>>,
    pub(super) payload: Value,
}

impl World<'_> {
    /// Sends a message; it is kept when nobody waits for it.
    pub(super) fn post(&mut self, letter: Letter) -> Result<(), Corrupt> {
        if !self.hand_over(&letter)? {
            self.kept.push(letter);
        }
        Ok(())
    }

    /// Gives a message to the first that waits for it: an instance, else a start event.
    fn hand_over(&mut self, letter: &Letter) -> Result<bool, Corrupt> {
        let (name, key, payload) = (letter.name.clone(), letter.key.clone(), letter.payload.clone());
        let command = Command::Message { name, key, payload };
        for root in 0..self.roots.len() {
            if self.send(root, &command)? {
                return Ok(true);
            }
        }
        match self.starts.message(&self.deployed, &letter.name) {
            Some(triggered) => {
                self.trigger(triggered, &letter.payload);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Tries the kept messages again, oldest first; whether one was taken.
    pub(super) fn retry_kept(&mut self) -> Result<bool, Corrupt> {
        for index in 0..self.kept.len() {
            let letter = self.kept[index].clone();
            if self.hand_over(&letter)? {
                self.kept.remove(index);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives a signal to everybody that waits for it; whether anybody did.
    pub(super) fn broadcast(&mut self, name: &Arc<str>, payload: &Value) -> Result<bool, Corrupt> {
        let command = Command::Signal { name: name.clone(), payload: payload.clone() };
        let mut heard = false;
        for root in 0..self.roots.len() {
            heard |= self.send(root, &command)?;
        }
        for triggered in self.starts.signal(&self.deployed, name) {
            heard = true;
            self.trigger(triggered, payload);
        }
        Ok(heard)
    }

    /// Delivers what comes next from outside. A signal for nobody is not delivered yet: somebody may wait for it when
    /// time has passed. Whether anything was delivered.
    pub(super) fn deliver_next(&mut self) -> Result<bool, Corrupt> {
        let plan = self.plan;
        let Some(next) = plan.deliveries.get(self.delivered) else { return Ok(false) };
        let delivered = match next {
            Delivery::Message { name, key, payload } => {
                let letter = Letter { name: name.clone(), key: key.clone(), payload: payload.clone() };
                self.post(letter)?;
                true
            }
            Delivery::Signal { name, payload } => self.broadcast(name, payload)?,
        };
        self.delivered += usize::from(delivered);
        Ok(delivered)
    }

    /// Gives up the signal that nobody waits for and nobody ever will; whether there was one.
    pub(super) fn give_up(&mut self) -> bool {
        let plan = self.plan;
        let Some(next) = plan.deliveries.get(self.delivered) else { return false };
        let (Delivery::Signal { name, .. } | Delivery::Message { name, .. }) = next;
        self.notes.push(format!("nobody waited for the signal '{name}'"));
        self.delivered += 1;
        true
    }

    /// Starts the root of a start event that was triggered.
    pub(super) fn trigger(&mut self, triggered: super::starts::Triggered, payload: &Value) {
        let root = triggered.root.unwrap_or_else(|| self.add_root(triggered.process));
        let trigger = engine::command::StartTrigger { node: triggered.node, payload: payload.clone() };
        self.queue.push_back(Work::Start { root, trigger: Some(trigger) });
    }
}

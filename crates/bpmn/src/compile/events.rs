//! Event definitions.

use std::sync::Arc;

use model::Value;

use super::lower::Lowering;
use super::tasks::all;
use super::{node_ix, timer};
use crate::ast::{Catches, EventText, Node, TimerText, declared};
use crate::executable::{Catch, NodeIx, Throw, Timer, Trigger};
use crate::problem::rule;
use crate::settings::Settings;

impl Lowering<'_> {
    pub(super) fn catch(&mut self, node: &Node, catches: &Catches, settings: &mut Settings) -> Option<Catch> {
        let is_of = |wanted: fn(&EventText) -> bool| catches.events.iter().any(wanted);
        let mut catch = Catch { all: catches.all && catches.events.len() > 1, ..Catch::default() };
        let tells = is_of(|event| matches!(event, EventText::Error(_) | EventText::Escalation(_)));
        if tells {
            catch.code_variable = self.variable(settings.code_variable.take(), node);
            catch.message_variable = self.variable(settings.message_variable.take(), node);
        }
        let mut triggers = Some(Vec::new());
        for event in &catches.events {
            match (self.trigger(node, event, settings), &mut triggers) {
                (Some(trigger), Some(triggers)) => triggers.push(trigger),
                _ => triggers = None,
            }
        }
        if !catches.events.is_empty() {
            catch.output = self.output(settings, node)?;
        }
        catch.triggers = triggers?;
        Some(catch)
    }

    fn trigger(&mut self, node: &Node, event: &EventText, settings: &mut Settings) -> Option<Trigger> {
        Some(match event {
            EventText::Timer(text) => Trigger::Timer(self.timer(node, text)?),
            EventText::Message(reference) => {
                let name = self.message(node, reference.as_deref())?;
                let key = settings.key.take().map(|key| self.template(&Value::string(key), node, "the key"));
                Trigger::Message { name, key: all(key)? }
            }
            EventText::Signal(reference) => Trigger::Signal { name: self.signal(node, reference.as_deref())? },
            EventText::Conditional(text) => Trigger::Condition(self.program(text, node.at(), "the condition")?),
            // An error without a code cannot be told from others, so it stands for all of them.
            EventText::Error(reference) => {
                let code = reference.as_deref().and_then(|error| self.process.error_code(error));
                Trigger::Error { code: code.filter(|code| !code.is_empty()).cloned() }
            }
            EventText::Escalation(reference) => {
                let code = reference.as_deref().and_then(|id| declared(&self.process.escalations, id));
                Trigger::Escalation { code: code.filter(|code| !code.is_empty()).cloned() }
            }
            EventText::Compensation { .. } => Trigger::Compensation,
            EventText::Cancel => Trigger::Cancel,
            EventText::Link(_) | EventText::Terminate => {
                let message = format!("'{}' cannot stand beside other event definitions", event.name());
                self.problems.error(rule::UNKNOWN_ELEMENT, node.at(), message);
                return None;
            }
        })
    }

    pub(super) fn throws(&mut self, node: &Node, events: &[EventText], settings: &mut Settings) -> Option<Vec<Throw>> {
        let throws: Vec<Option<Throw>> = events.iter().map(|event| self.throw(node, event, settings)).collect();
        throws.into_iter().collect()
    }

    pub(super) fn throw(&mut self, node: &Node, event: &EventText, settings: &mut Settings) -> Option<Throw> {
        Some(match event {
            EventText::Message(reference) => {
                let name = self.message(node, reference.as_deref())?;
                let key = settings.key.take().map(|key| self.template(&Value::string(key), node, "the key"));
                let payload = settings.payload.take().map(|value| self.template(&value, node, "the payload"));
                Throw::Message { name, key: all(key)?, payload: all(payload)? }
            }
            EventText::Signal(reference) => {
                let name = self.signal(node, reference.as_deref())?;
                let payload = settings.payload.take().map(|value| self.template(&value, node, "the payload"));
                Throw::Signal { name, payload: all(payload)? }
            }
            EventText::Error(reference) => {
                let code = reference.as_deref().and_then(|error| self.process.error_code(error));
                Throw::Error { code: code.cloned().unwrap_or_default() }
            }
            EventText::Escalation(reference) => {
                let code = reference.as_deref().and_then(|id| declared(&self.process.escalations, id));
                Throw::Escalation { code: code.cloned().unwrap_or_default() }
            }
            EventText::Compensation { activity, wait } => Throw::Compensation {
                activity: match activity {
                    None => None,
                    Some(id) => Some(self.compensated(node, id)?),
                },
                wait: *wait,
            },
            EventText::Cancel => Throw::Cancel,
            EventText::Terminate => Throw::Terminate,
            EventText::Timer(_) | EventText::Conditional(_) | EventText::Link(_) => {
                let message = format!("'{}' cannot stand beside other event definitions", event.name());
                self.problems.error(rule::UNKNOWN_ELEMENT, node.at(), message);
                return None;
            }
        })
    }

    pub(super) fn timer(&mut self, node: &Node, text: &TimerText) -> Option<Timer> {
        match timer::timer(text) {
            Ok(timer) => {
                let (Timer::Date(when) | Timer::Duration(when) | Timer::Cycle(when)) = &timer;
                self.uses(node.at(), when.names());
                Some(timer)
            }
            Err(message) => {
                self.problems.error(rule::TIMER, node.at(), message);
                None
            }
        }
    }

    fn message(&mut self, node: &Node, reference: Option<&str>) -> Option<Arc<str>> {
        let found = reference.and_then(|id| declared(&self.process.messages, id)).cloned();
        self.must_be_declared(node, found, "messageRef", reference, "message")
    }

    fn signal(&mut self, node: &Node, reference: Option<&str>) -> Option<Arc<str>> {
        let found = reference.and_then(|id| declared(&self.process.signals, id)).cloned();
        self.must_be_declared(node, found, "signalRef", reference, "signal")
    }

    fn must_be_declared<T>(
        &mut self,
        node: &Node,
        found: Option<T>,
        attribute: &str,
        reference: Option<&str>,
        what: &str,
    ) -> Option<T> {
        if found.is_none() {
            let message = match reference {
                None => format!("the {what} is not told: '{attribute}' is missing"),
                Some(id) => format!("'{attribute}' names '{id}', which is not a {what} of the document"),
            };
            self.problems.error(rule::REFERENCE, node.at(), message);
        }
        found
    }

    /// The activity that a compensation event names.
    fn compensated(&mut self, node: &Node, id: &str) -> Option<NodeIx> {
        let found = self.process.nodes.iter().position(|other| &*other.id == id);
        self.must_be_declared(node, found, "activityRef", Some(id), "flow node").map(node_ix)
    }
}

//! Events as a compact table, for tests and for people who read a journal.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::state::EventWait;
use crate::{ElementNo, Event};

/// Writes one line for each event. Keeps the names of the elements between calls.
#[derive(Debug, Default)]
pub struct Trace {
    nodes: HashMap<ElementNo, Arc<str>>,
}

impl Trace {
    /// The lines of these events, which follow those of the calls before.
    pub fn lines(&mut self, events: &[Event]) -> String {
        let mut text = String::new();
        for event in events {
            let (what, detail) = self.describe(event);
            let line = format!("{what:<11} {detail}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn describe(&mut self, event: &Event) -> (&'static str, String) {
        match event {
            Event::InstanceCreated { no, caller, variables, debug, .. } => {
                let mut detail = format!("#{}", no.0);
                if let Some(caller) = caller {
                    _ = write!(detail, " by {}", self.name(*caller));
                }
                _ = write!(detail, " {}{}", variables.to_json(), if *debug { " debug" } else { "" });
                ("created", detail)
            }
            Event::InstanceEnded { no, outcome } => ("ended", format!("#{} {outcome:?}", no.0)),
            Event::FlowTaken { flow, .. } => ("flow", flow.to_string()),
            Event::Activated { no, node, consumed, iteration, compensates, .. } => {
                self.nodes.insert(*no, node.clone());
                let joined = if consumed.len() > 1 { format!(" joins {}", consumed.join(" ")) } else { String::new() };
                let iteration = iteration.map(|index| format!(" [{index}]")).unwrap_or_default();
                let undoes = if compensates.is_some() { " undoes" } else { "" };
                ("activated", format!("{}{iteration}{joined}{undoes}", self.name(*no)))
            }
            Event::LoopStarted { no, total, .. } => {
                let total = total.map(|total| format!(" of {total}")).unwrap_or_default();
                ("loop", format!("{}{total}", self.name(*no)))
            }
            Event::LoopOver { no } => ("loop over", self.name(*no)),
            Event::Subscribed { owner, subscription } => {
                let what = match &subscription.wait {
                    EventWait::Timer { due, .. } => format!("timer {}", due.to_rfc3339()),
                    EventWait::Message { name, key: None } => format!("message {name}"),
                    EventWait::Message { name, key: Some(key) } => format!("message {name} of {key}"),
                    EventWait::Signal { name } => format!("signal {name}"),
                    EventWait::Condition { .. } => "condition".to_owned(),
                };
                ("subscribed", format!("{} {} {what}", self.name(*owner), subscription.node))
            }
            Event::Unsubscribed { owner, no } => ("unsubscribed", format!("{} {no}", self.name(*owner))),
            Event::ConditionSeen { owner, value, .. } => ("condition", format!("{} {value}", self.name(*owner))),
            Event::Waits { no } => ("waits", self.name(*no)),
            Event::MessageSent { name, key, payload, .. } => {
                let key = key.as_ref().map(|key| format!(" of {key}")).unwrap_or_default();
                ("message", format!("{name}{key} {}", payload.to_json()))
            }
            Event::SignalSent { name, payload, .. } => ("signal", format!("{name} {}", payload.to_json())),
            Event::TokensCleared { scope } => ("cleared", format!("#{}", scope.0)),
            Event::GatewayReset { node, .. } => ("reset", node.to_string()),
            Event::CompensationStarted { no, activity, .. } => {
                let activity = activity.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
                ("undoing", format!("{}{activity}", self.name(*no)))
            }
            Event::Held { no } => ("held", self.name(*no)),
            Event::Started { no, input, attempt, generation } => {
                let generation = if *generation > 0 { format!(" generation {generation}") } else { String::new() };
                ("started", format!("{} attempt {attempt}{generation} {}", self.name(*no), input.to_json()))
            }
            Event::TaskOpened { no, description, view_parameters, due, .. } => {
                let detail = format!(
                    "{} {description:?} {} until {}",
                    self.name(*no),
                    view_parameters.to_json(),
                    due.to_rfc3339()
                );
                ("task", detail)
            }
            Event::TaskClosed { no, expired, .. } => {
                ("task closed", format!("{}{}", self.name(*no), if *expired { " expired" } else { "" }))
            }
            Event::TimerArmed { no, due } => ("timer", format!("{} {}", self.name(*no), due.to_rfc3339())),
            Event::VariableSet { scope, name, value } => ("set", format!("#{} {name} = {}", scope.0, value.to_json())),
            Event::RetryScheduled { no, failure, at } => {
                ("retry", format!("{} {} at {}", self.name(*no), failure.code, at.to_rfc3339()))
            }
            Event::Faulted { no, failure, done, .. } => {
                let done = if done.is_some() { " when leaving" } else { "" };
                ("faulted", format!("{} {}{done}: {}", self.name(*no), failure.code, failure.message))
            }
            Event::Completed { no, output, .. } => {
                let output = if output.is_null() { String::new() } else { format!(" {}", output.to_json()) };
                ("completed", format!("{}{output}", self.name(*no)))
            }
            Event::Terminated { no, .. } => ("terminated", self.name(*no)),
        }
    }

    fn name(&self, no: ElementNo) -> String {
        format!("{}#{}", self.nodes.get(&no).map_or("?", |id| id), no.0)
    }
}

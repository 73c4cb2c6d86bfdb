//! Events as a compact table, for tests and for people who read a journal.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

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
            Event::Activated { no, node, consumed, .. } => {
                self.nodes.insert(*no, node.clone());
                let joined = if consumed.len() > 1 { format!(" joins {}", consumed.join(" ")) } else { String::new() };
                ("activated", format!("{}{joined}", self.name(*no)))
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

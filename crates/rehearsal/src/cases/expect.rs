//! What a case expects, and what of it is not so.

use model::Map;

use crate::trace::Happened;
use crate::{Outcome, Status};

/// What a case expects of the first instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub(super) status: Status,
    /// Nodes that are started in this order; others may lie between.
    pub(super) path: Vec<String>,
    /// Nodes that are not started.
    pub(super) avoids: Vec<String>,
    /// Variables with their values; others may be there.
    pub(super) variables: Map,
    /// The code of the fault.
    pub(super) fault: Option<String>,
}

impl Expected {
    /// What is not as expected, a sentence each.
    pub(super) fn compare(&self, outcome: &Outcome) -> Vec<String> {
        let mut failures = Vec::new();
        let Some(first) = outcome.instances.first() else { return vec!["nothing was started".to_owned()] };
        let fault = first.fault.as_ref();
        if first.status != self.status {
            let why = fault.map(|fault| format!(" ({}: {}: {})", fault.node, fault.code, fault.message));
            let (expected, found) = (self.status.word(), first.status.word());
            failures.push(format!("status: expected {expected}, found {found}{}", why.unwrap_or_default()));
        }
        if let Some(code) = &self.fault
            && fault.is_none_or(|fault| fault.code != *code)
        {
            let found = fault.map_or("none", |fault| &fault.code);
            failures.push(format!("fault: expected {code}, found {found}"));
        }
        let started = outcome.trace.iter().filter(|entry| entry.instance == 0 && entry.event == Happened::Started);
        let started: Vec<&str> = started.map(|entry| &*entry.node).collect();
        let mut rest = started.iter();
        if let Some(missing) = self.path.iter().find(|node| !rest.any(|started| started == node)) {
            failures.push(format!("path: '{missing}' was not reached in its turn; it went {}", started.join(" ")));
        }
        for node in self.avoids.iter().filter(|node| started.contains(&node.as_str())) {
            failures.push(format!("avoids: '{node}' was reached"));
        }
        for (name, expected) in &self.variables {
            let found = first.variables.get(name);
            // A variable that is not there is null; members of objects may come in any order.
            if found != expected {
                failures.push(format!("variables.{name}: expected {}, found {}", expected.to_json(), found.to_json()));
            }
        }
        failures
    }
}

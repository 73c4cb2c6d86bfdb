//! What came of a rehearsal.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use model::Value;
use serde::Serialize;

use crate::trace::Entry;

/// What came of a rehearsal. As JSON it is `status`, `instances` and `trace`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The status of the first instance.
    pub status: Status,
    /// The process instances: those that were to be started in their order, then the others as they came to be.
    pub instances: Vec<Instance>,
    /// What happened to the nodes, in order.
    pub trace: Vec<Entry>,
    /// What a person who wrote the plan should know: messages that nobody took, mocks that nothing asked for …
    #[serde(skip)]
    pub notes: Vec<String>,
    /// The flows that were taken and the boundary events that fired in the workflow's own file, by id.
    #[serde(skip)]
    pub taken: BTreeSet<Arc<str>>,
}

/// How an instance stands at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It has ended by itself.
    Finished,
    /// Only faults are left, or it has used up its steps.
    Failed,
    /// It waits for something that does not come in this rehearsal.
    Waiting,
    /// It was ended by a person, a due date or its caller.
    Terminated,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 4] = [Status::Finished, Status::Failed, Status::Waiting, Status::Terminated];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Waiting => "WAITING",
            Self::Terminated => "TERMINATED",
        }
    }
}

/// A process instance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instance {
    /// The id of its process.
    pub process: Arc<str>,
    /// How it stands.
    pub status: Status,
    /// Its variables, at its end or now.
    pub variables: Value,
    /// Its first fault: why it failed, or what holds a part of it while the rest waits.
    pub fault: Option<Fault>,
}

/// Why an instance failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The node.
    pub node: Arc<str>,
    /// A stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

impl Outcome {
    /// The outcome as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an outcome has only string keys and cannot fail to serialise")
    }

    /// The outcome for people: a line for everything that happened, then each instance.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let width = self.trace.iter().map(|entry| label(entry).chars().count()).max().unwrap_or(0);
        for entry in &self.trace {
            let (at, label, event) = (entry.at.to_rfc3339(), label(entry), entry.event.word());
            let pad = width - label.chars().count();
            let line = format!("{at}  {}  {event:<11}  {label}{:pad$}  {}", entry.instance, "", entry.element);
            text.push_str(line.trim_end());
            text.push('\n');
        }
        for (index, instance) in self.instances.iter().enumerate() {
            let variables = instance.variables.to_json();
            _ = writeln!(text, "{index}  {}  {}  {variables}", instance.process, instance.status.word());
            if let Some(fault) = &instance.fault {
                _ = writeln!(text, "   {}: {}: {}", fault.node, fault.code, fault.message);
            }
        }
        text
    }
}

fn label(entry: &Entry) -> String {
    match entry.iteration {
        Some(index) => format!("{}[{index}]", entry.node),
        None => entry.node.to_string(),
    }
}

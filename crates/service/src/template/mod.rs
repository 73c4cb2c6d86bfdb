//! What every workspace is born with besides its data classes: workflows and playbooks for common patterns, disabled.
//!
//! A template is a folder with the graph as BPMN 2.0 XML, the settings of its nodes, and the playbook that runs it. Several
//! may share one graph and differ in the settings. They are copied into the workspace and are its own from then on.

mod playbook;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use bpmn::{Document, Form};
use model::Value;

use crate::content::Uses;

pub(crate) use rows::{Rows, rows};

/// A template as it is written.
struct Source {
    workflow: &'static str,
    settings: &'static str,
    playbook: &'static str,
}

macro_rules! source {
    ($folder:literal) => {
        source!($folder, $folder)
    };
    ($graph:literal, $folder:literal) => {
        Source {
            workflow: include_str!(concat!($graph, "/workflow.bpmn")),
            settings: include_str!(concat!($folder, "/settings.json")),
            playbook: include_str!(concat!($folder, "/playbook.json")),
        }
    };
}

const SOURCES: &[Source] = &[
    source!("close-repeated-alerts"),
    source!("close-low-risk-alerts"),
    source!("handling-history", "handling-history/host"),
    source!("handling-history", "handling-history/waf"),
    source!("handling-history", "handling-history/identity"),
    source!("handling-history", "handling-history/network"),
    source!("extract-indicators"),
    source!("tag-alert-addresses"),
    source!("rename-alerts"),
    source!("unclosed-alert-digest"),
    source!("asset-protection-statistics"),
    source!("approve-then-act"),
];

/// A template that has been read.
#[derive(Debug)]
struct Template {
    /// The name of the workflow and of the playbook.
    name: String,
    description: String,
    /// The class whose objects it works on.
    dataclass: String,
    trigger: Trigger,
    /// The graph, in the form that the contract knows.
    taskflow: String,
    taskconfig: String,
    uses: Uses,
}

/// What sets a playbook off.
#[derive(Debug)]
struct Trigger {
    /// `EVENT` or `TIMER`.
    kind: String,
    /// Whether new objects do.
    create: bool,
    /// Whether changed objects do.
    update: bool,
    /// The rule, JSON.
    rule: String,
}

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| SOURCES.iter().map(Template::read).collect());

impl Template {
    /// Reads a template of this crate, which its tests have looked at.
    fn read(source: &Source) -> Self {
        let document = Document::from_text(source.workflow, Form::Xml).expect("a template is BPMN");
        let executable = bpmn::compile(&document, source.settings).executable.expect("a template compiles");
        let playbook = Value::from_json(source.playbook).expect("a template's playbook is JSON");
        let trigger = playbook.get("trigger");
        let text = |value: &Value| value.as_str().expect("a text of a template's playbook").to_owned();
        Self {
            name: text(playbook.get("name")),
            description: text(playbook.get("description")),
            dataclass: text(trigger.get("dataclass")),
            trigger: Trigger {
                kind: text(trigger.get("type")),
                create: trigger.get("create").as_bool().unwrap_or(false),
                update: trigger.get("update").as_bool().unwrap_or(false),
                rule: trigger.get("rule").to_json(),
            },
            taskflow: document.to_taskflow(Form::Json).expect("a template has no character that JSON lacks"),
            taskconfig: source.settings.to_owned(),
            uses: Uses::of(&executable),
        }
    }
}

//! A workflow's file: read in any form, checked, and compiled for rehearsal.
//!
//! A rehearsal does not need what it puts a mock in the place of: components, actions and connections that are missing
//! or unknown are warnings here, though the server refuses them.

use std::sync::Arc;

use bpmn::problem::rule;
use bpmn::validate::Catalogue;
use bpmn::{Document, Executable, Form, Mode, Problem, Severity};
use model::{Map, Value};

use crate::Error;
use crate::outline::Outline;

/// The component of a service task that names none.
const STAND_IN: &str = "rehearsal";

/// A workflow as its file and its settings say it.
#[derive(Debug)]
pub struct Workflow {
    document: Document,
    settings: String,
    outline: Outline,
}

/// A workflow that has been checked and compiled.
#[derive(Debug)]
pub struct Prepared {
    /// Everything that was found; without an error unless `executables` is empty.
    pub problems: Vec<Problem>,
    pub(crate) outline: Outline,
    /// The executable processes, in the order of the document.
    pub(crate) executables: Vec<Arc<Executable>>,
    /// Processes that are not marked executable and can be called all the same.
    pub(crate) callable: Vec<Arc<Executable>>,
}

impl Prepared {
    /// Whether there is an error, so that nothing can be rehearsed.
    pub fn has_error(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

impl Workflow {
    /// Reads BPMN 2.0 XML, its JSON form, or Base64 of either; `settings` is the `taskconfig`, or empty.
    ///
    /// # Errors
    /// [`Error::NoForm`], [`Error::Document`].
    pub fn read(text: &str, settings: &str) -> Result<Self, Error> {
        let document = match text.trim_start_matches('\u{FEFF}').trim_start().chars().next() {
            Some('<') => Document::from_text(text, Form::Xml)?,
            Some('{') => Document::from_text(text, Form::Json)?,
            Some(_) => from_base64(text)?,
            None => return Err(Error::NoForm),
        };
        let outline = Outline::of(&document);
        Ok(Self { document, settings: settings.to_owned(), outline })
    }

    /// Everything that the server would find, too.
    pub fn validate(&self, catalogue: &dyn Catalogue) -> Vec<Problem> {
        bpmn::validate(&self.document, &self.settings, &Mode::ALL, catalogue)
    }

    /// Checks and compiles the workflow for rehearsal.
    pub fn prepare(self, catalogue: &dyn Catalogue) -> Prepared {
        let mut problems = self.validate(catalogue);
        let mut bare = Vec::new();
        for problem in &mut problems {
            let Some(node) = &problem.node else { continue };
            if problem.severity != Severity::Error || !self.outline.is(node, "serviceTask") || !is_replaced(problem) {
                continue;
            }
            if problem.rule == rule::REQUIRED_SETTING && !bare.contains(node) {
                bare.push(node.clone());
            }
            problem.severity = Severity::Warning;
            problem.message.push_str(" (the rehearsal answers in its place)");
        }
        let settings = stand_in(&self.settings, &bare);
        let ids = bpmn::executable_processes(&self.document);
        let compile = |id: &Arc<str>| bpmn::compile_process(&self.document, id, &settings);
        let mut executables = Vec::new();
        for compiled in ids.iter().map(compile) {
            let errors = compiled.problems.into_iter().filter(|problem| problem.severity == Severity::Error);
            for error in errors {
                if !problems.contains(&error) {
                    problems.push(error);
                }
            }
            executables.extend(compiled.executable.map(Arc::new));
        }
        let drawn = self.outline.processes.iter().filter(|(id, _)| !ids.contains(id));
        let callable = drawn.filter_map(|(id, _)| compile(id).executable).map(Arc::new).collect();
        if executables.is_empty() && !problems.iter().any(|problem| problem.severity == Severity::Error) {
            let message = "there is no process that can run".to_owned();
            problems.push(Problem { node: None, rule: rule::PROCESS, severity: Severity::Error, message, line: None });
        }
        Prepared { problems, outline: self.outline, executables, callable }
    }
}

fn from_base64(text: &str) -> Result<Document, Error> {
    let packed: String = text.split_whitespace().collect();
    match Document::from_taskflow(&packed, Form::Xml) {
        Err(bpmn::Error::OtherForm(form)) => Ok(Document::from_taskflow(&packed, form)?),
        Err(bpmn::Error::NotBase64(_) | bpmn::Error::NotUtf8) => Err(Error::NoForm),
        other => Ok(other?),
    }
}

/// Whether the problem is about something that a mock stands in for.
fn is_replaced(problem: &Problem) -> bool {
    let rules = [rule::REQUIRED_SETTING, rule::UNKNOWN_COMPONENT, rule::UNKNOWN_ACTION, rule::UNKNOWN_CONNECTION];
    rules.contains(&problem.rule)
}

/// The settings, with a component and an action for these nodes.
fn stand_in(settings: &str, nodes: &[String]) -> String {
    if nodes.is_empty() {
        return settings.to_owned();
    }
    let members = |value: &Value| value.as_map().cloned().unwrap_or_default();
    let mut sections: Map = Value::from_json(settings).map(|value| members(&value)).unwrap_or_default();
    let mut entries = sections.get("node_info").map(members).unwrap_or_default();
    for node in nodes {
        let mut entry = entries.get(node.as_str()).map(members).unwrap_or_default();
        entry.entry("component".into()).or_insert_with(|| Value::string(STAND_IN));
        entry.entry("action".into()).or_insert_with(|| Value::string(node));
        entries.insert(node.as_str().into(), Value::map(entry));
    }
    sections.insert("node_info".into(), Value::map(entries));
    Value::map(sections).to_json()
}

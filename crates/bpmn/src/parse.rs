//! From the element tree to the [`Process`] that can run. Nothing is dropped in silence: what is not understood is a
//! problem, what is understood but not run yet is the problem `unsupported_element`.

pub(crate) mod table;

mod containers;
mod events;
mod gateways;
mod tasks;

use std::collections::HashMap;
use std::sync::Arc;

use crate::ast::{Kind, Node, Process};
use crate::dialect;
use crate::document::{Document, Element, Namespace};
use crate::problem::{At, Problems, rule};
use crate::settings::Settings;
use table::{Entry, Support};

/// Reads the process that can run; `None` when the document does not have exactly one.
pub(crate) fn parse(document: &Document) -> (Option<Process>, Problems) {
    let mut problems = Problems::default();
    check_unique_ids(document.root(), &mut problems);
    match choose_process(document.root(), &mut problems) {
        Some(element) => read(document, element, problems),
        None => (None, problems),
    }
}

/// Reads the process of an id.
pub(crate) fn parse_process(document: &Document, id: &str) -> (Option<Process>, Problems) {
    let mut problems = Problems::default();
    check_unique_ids(document.root(), &mut problems);
    match processes(document.root()).find(|process| process.attribute("id") == Some(id)) {
        Some(element) => read(document, element, problems),
        None => {
            problems.error(rule::PROCESS, At::default(), format!("there is no process '{id}'"));
            (None, problems)
        }
    }
}

/// The processes marked executable, or the only one, in the order of the document.
pub(crate) fn executable_processes(document: &Document) -> Vec<Arc<str>> {
    let all: Vec<&Element> = processes(document.root()).collect();
    let only = all.len() == 1;
    let runs = |process: &&Element| only || process.attribute("isExecutable") == Some("true");
    all.into_iter().filter(runs).filter_map(|process| process.attribute("id")).map(Arc::from).collect()
}

fn processes(root: &Element) -> impl Iterator<Item = &Element> {
    root.elements().filter(|child| child.is_bpmn("process"))
}

fn read(document: &Document, element: &Element, problems: Problems) -> (Option<Process>, Problems) {
    let mut parser = Parser { process: Process::default(), problems };
    parser.declared_errors(document.root());
    parser.process(element);
    (Some(parser.process), parser.problems)
}

/// Every id of a BPMN element names one element of the document.
fn check_unique_ids(root: &Element, problems: &mut Problems) {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    // Depth is bounded, breadth is not: an explicit stack keeps the order of the document.
    let mut open: Vec<&Element> = vec![root];
    while let Some(element) = open.pop() {
        if element.namespace() != Namespace::Bpmn || element.local() == "extensionElements" {
            continue;
        }
        if let Some(id) = element.attribute("id").filter(|id| !id.is_empty()) {
            if let Some(first) = seen.get(id) {
                let message = format!("the id of this '{}' is also that of a '{first}'", element.local());
                problems.error(rule::DUPLICATE_ID, At { id: Some(id), line: element.line() }, message);
            } else {
                seen.insert(id, element.local());
            }
        }
        let children = open.len();
        open.extend(element.elements());
        open[children..].reverse();
    }
}

/// The process marked executable, or the only one.
fn choose_process<'d>(root: &'d Element, problems: &mut Problems) -> Option<&'d Element> {
    let processes: Vec<&Element> = processes(root).collect();
    let executable: Vec<&Element> =
        processes.iter().copied().filter(|process| process.attribute("isExecutable") == Some("true")).collect();
    match (executable.as_slice(), processes.as_slice()) {
        ([process], _) | ([], [process]) => return Some(process),
        ([], []) => problems.error(rule::PROCESS, At::default(), "there is no process"),
        ([], several) => problems.error(
            rule::PROCESS,
            At::default(),
            format!("none of the {} processes is marked isExecutable=\"true\"", several.len()),
        ),
        (several, _) => {
            for process in several {
                let message = format!("{} processes are executable; there must be exactly one", several.len());
                problems.error(rule::PROCESS, At { id: process.attribute("id"), line: process.line() }, message);
            }
        }
    }
    None
}

/// Where an element is, for problems.
fn at(element: &Element) -> At<'_> {
    At { id: element.attribute("id").filter(|id| !id.is_empty()), line: element.line() }
}

/// Builds the process.
pub(crate) struct Parser {
    process: Process,
    problems: Problems,
}

impl Parser {
    fn declared_errors(&mut self, root: &Element) {
        for error in root.elements().filter(|child| child.is_bpmn("error")) {
            if let Some(id) = error.attribute("id") {
                let code = error.attribute("errorCode").unwrap_or_default();
                self.process.errors.insert(id.to_owned(), code.into());
            }
        }
    }

    /// Reads a flow node and, for a sub-process, everything inside.
    fn node(&mut self, element: &Element, entry: &'static Entry, scope: usize) {
        let at = at(element);
        if at.id.is_none() {
            self.problems.error(rule::MISSING_ID, at, format!("a '{}' has no id", entry.tag));
        }
        let settings = dialect::read(element, at, &mut self.problems);
        let index = self.process.nodes.len();
        self.process.nodes.push(Node {
            id: at.id.unwrap_or_default().into(),
            name: element.attribute("name").unwrap_or_default().into(),
            tag: entry.tag,
            line: at.line,
            scope,
            kind: Kind::Pass,
            default: element.attribute("default").filter(|id| !id.is_empty()).map(str::to_owned),
            settings,
        });
        let kind = match &entry.support {
            Support::Node(parse) => {
                self.attributes(element, entry, at);
                let kind = parse(self, element, index);
                tasks::placed(element, kind)
            }
            Support::UnsupportedNode(parse) => {
                self.unsupported(at, format!("'{}' is not supported yet", entry.tag));
                parse(self, element, index)
            }
            Support::Flow | Support::Part | Support::Ignored | Support::Unsupported => {
                unreachable!("the caller looked up a flow node")
            }
        };
        self.process.nodes[index].kind = kind;
    }

    /// Reports attributes that this element does not have.
    fn attributes(&mut self, element: &Element, entry: &Entry, at: At<'_>) {
        for attribute in element.attributes() {
            let name = attribute.name();
            match attribute.namespace() {
                Namespace::None if matches!(name, "id" | "name") || entry.attributes.contains(&name) => {}
                Namespace::None if table::IGNORED_ATTRIBUTES.contains(&name) => {}
                Namespace::None | Namespace::Bpmn | Namespace::Diagram => self.problems.warning(
                    rule::UNKNOWN_ATTRIBUTE,
                    at,
                    format!("the attribute '{name}' of '{}' is not understood and is ignored", entry.tag),
                ),
                Namespace::Soar
                | Namespace::Flowable
                | Namespace::Camunda
                | Namespace::Zeebe
                | Namespace::Xml
                | Namespace::Other => {}
            }
        }
    }

    /// Goes over the children of a flow node: `parts` are those that its own parser reads; the rest is legal and
    /// ignored, unsupported, or unknown.
    fn children(&mut self, element: &Element, parts: &[&str]) {
        let at = at(element);
        for child in element.elements() {
            let name = child.local();
            if child.namespace() != Namespace::Bpmn {
                self.problems.foreign(child.name(), at);
                continue;
            }
            let place = format!("'{name}' in '{}'", element.local());
            match table::find(name).map(|entry| &entry.support) {
                Some(Support::Part) if parts.contains(&name) => {}
                Some(Support::Ignored) => {}
                Some(Support::Part | Support::Unsupported) => {
                    self.unsupported(at, format!("{place} is not supported yet"));
                }
                Some(Support::Node(_) | Support::UnsupportedNode(_) | Support::Flow) | None => {
                    self.problems.error(rule::UNKNOWN_ELEMENT, at, format!("{place} is not BPMN 2.0"));
                }
            }
        }
    }

    /// Reads a part of a flow node: its attributes, with the settings that it adds to the node.
    fn part(&mut self, part: &Element, node: usize) {
        let line = self.process.nodes[node].line;
        let id = Arc::clone(&self.process.nodes[node].id);
        let at = At { id: Some(&*id).filter(|id| !id.is_empty()), line };
        if let Some(entry) = table::find(part.local()) {
            self.attributes(part, entry, at);
        }
        let added = dialect::read(part, at, &mut self.problems);
        let settings = std::mem::take(&mut self.process.nodes[node].settings);
        self.process.nodes[node].settings = settings.over(added);
    }

    fn unsupported(&mut self, at: At<'_>, message: String) {
        self.problems.error(rule::UNSUPPORTED_ELEMENT, at, message);
    }

    /// The settings of a node, for parsers that add to them.
    fn settings(&mut self, node: usize) -> &mut Settings {
        &mut self.process.nodes[node].settings
    }
}

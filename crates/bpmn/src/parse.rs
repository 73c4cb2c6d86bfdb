//! From the element tree to the [`Process`] that can run. Nothing is dropped in silence: what is not understood is a
//! problem, what is understood but not run yet is the problem `unsupported_element`.

pub(crate) mod table;

mod containers;
pub(crate) mod events;
mod gateways;
mod tasks;

use std::collections::HashMap;
use std::sync::Arc;

use crate::ast::{Catches, EventText, Flow, Kind, Node, Process};
use crate::dialect;
use crate::document::{Document, Element, Namespace};
use crate::problem::{At, Problems, rule};
use crate::settings::Settings;
use table::{Entry, Support};

/// Reads the process that can run, or another one by its id; `None` when the document does not have it.
pub(crate) fn parse(document: &Document, process: Option<&str>) -> (Option<Process>, Problems) {
    let mut problems = Problems::default();
    check_unique_ids(document.root(), &mut problems);
    let Some(element) = choose_process(document.root(), process, &mut problems) else {
        return (None, problems);
    };
    let mut parser = Parser { root: document.root(), process: Process::default(), problems };
    parser.declarations();
    parser.decisions();
    parser.process(element);
    parser.link_events();
    (Some(parser.process), parser.problems)
}

/// The ids of the processes that can run, in the order of the document.
pub fn executable_processes(document: &Document) -> Vec<Arc<str>> {
    let processes: Vec<&Element> = document.root().elements().filter(|child| child.is_bpmn("process")).collect();
    let marked = |process: &&&Element| process.attribute("isExecutable") == Some("true");
    let mut executable: Vec<&Element> = processes.iter().filter(marked).copied().collect();
    if executable.is_empty() && processes.len() == 1 {
        executable = processes;
    }
    executable.iter().filter_map(|process| process.attribute("id")).map(Arc::from).collect()
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

/// The process of an id; without one, the first that is marked executable, or the only one.
fn choose_process<'d>(root: &'d Element, wanted: Option<&str>, problems: &mut Problems) -> Option<&'d Element> {
    let processes: Vec<&Element> = root.elements().filter(|child| child.is_bpmn("process")).collect();
    if let Some(id) = wanted {
        let found = processes.into_iter().find(|process| process.attribute("id") == Some(id));
        if found.is_none() {
            problems.error(rule::PROCESS, At::default(), format!("there is no process '{id}'"));
        }
        return found;
    }
    let executable = processes.iter().copied().find(|process| process.attribute("isExecutable") == Some("true"));
    match (executable, processes.as_slice()) {
        (Some(process), _) => return Some(process),
        (None, [process]) => return Some(*process),
        (None, []) => problems.error(rule::PROCESS, At::default(), "there is no process"),
        (None, several) => problems.error(
            rule::PROCESS,
            At::default(),
            format!("none of the {} processes is marked isExecutable=\"true\"", several.len()),
        ),
    }
    None
}

/// Where an element is, for problems.
fn at(element: &Element) -> At<'_> {
    At { id: element.attribute("id").filter(|id| !id.is_empty()), line: element.line() }
}

/// Builds the process.
pub(crate) struct Parser<'d> {
    /// `definitions`.
    root: &'d Element,
    process: Process,
    problems: Problems,
}

impl<'d> Parser<'d> {
    /// What events refer to by id.
    fn declarations(&mut self) {
        for declared in self.root.elements().filter(|child| child.namespace() == Namespace::Bpmn) {
            let Some(id) = declared.attribute("id") else { continue };
            let named = |name: &str| declared.attribute(name).filter(|text| !text.is_empty());
            let process = &mut self.process;
            match declared.local() {
                "error" => process.errors.insert(id.to_owned(), named("errorCode").unwrap_or_default().into()),
                "escalation" => {
                    process.escalations.insert(id.to_owned(), named("escalationCode").unwrap_or_default().into())
                }
                // What has no name is known by its id.
                "message" => process.messages.insert(id.to_owned(), named("name").unwrap_or(id).into()),
                "signal" => process.signals.insert(id.to_owned(), named("name").unwrap_or(id).into()),
                _ => None,
            };
        }
    }

    /// Decisions travel inside the document, among its extension elements.
    fn decisions(&mut self) {
        for extensions in self.root.elements().filter(|child| child.is_bpmn("extensionElements")) {
            let inside = extensions.elements().filter(|child| child.local() == "definitions");
            for decisions in inside.filter(|child| child.namespace() == Namespace::Other) {
                let text = decisions.to_xml(&[self.root, extensions]).map_err(|error| error.to_string());
                self.process.decisions.push(text);
            }
        }
    }

    /// Whether a node lies directly in an event sub-process.
    fn is_in_event_sub_process(&self, node: usize) -> bool {
        self.process.scopes[self.process.nodes[node].scope].by_event
    }

    /// A token that reaches a throwing link goes on at the catching link of the same name in the same scope: a flow
    /// that is not drawn (BPMN 2.0.2, 10.5.4).
    fn link_events(&mut self) {
        let link = |kind: &Kind| match kind {
            Kind::ThrowEvent(events) | Kind::CatchEvent(Catches { events, .. }) => match events.as_slice() {
                [EventText::Link(name)] => Some(name.clone()),
                _ => None,
            },
            _ => None,
        };
        let mut targets: HashMap<(usize, String), usize> = HashMap::new();
        let nodes = &self.process.nodes;
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| matches!(node.kind, Kind::CatchEvent(_))) {
            if let Some(name) = link(&node.kind)
                && targets.insert((node.scope, name.clone()), index).is_some()
            {
                let message = format!("there are several catching link events named '{name}'");
                self.problems.error(rule::REFERENCE, node.at(), message);
            }
        }
        let mut flows = Vec::new();
        for node in nodes.iter().filter(|node| matches!(node.kind, Kind::ThrowEvent(_))) {
            let Some(name) = link(&node.kind) else { continue };
            match targets.get(&(node.scope, name.clone())) {
                Some(target) => flows.push(Flow {
                    id: format!("{}->{}", node.id, nodes[*target].id).into(),
                    source: node.id.to_string(),
                    target: nodes[*target].id.to_string(),
                    condition: None,
                    scope: node.scope,
                    line: node.line,
                }),
                None => {
                    let message = format!("there is no catching link event named '{name}' in this scope");
                    self.problems.error(rule::REFERENCE, node.at(), message);
                }
            }
        }
        self.process.flows.extend(flows);
    }

    /// Reads a flow node and, for a sub-process, everything inside.
    fn node(&mut self, element: &'d Element, entry: &'static Entry, scope: usize) {
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
            looping: None,
            compensates: false,
            quantities: (1, 1),
            default: element.attribute("default").filter(|id| !id.is_empty()).map(str::to_owned),
            settings,
        });
        let kind = match &entry.support {
            Support::Node(parse) => {
                self.attributes(element, entry, at);
                parse(self, element, index)
            }
            Support::UnsupportedNode(parse) => {
                self.unsupported(at, format!("'{}' is not supported yet", entry.tag));
                parse(self, element, index)
            }
            Support::Flow | Support::Part | Support::Marker | Support::Ignored | Support::Unsupported => {
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
                Some(Support::Part | Support::Marker) if parts.contains(&name) => {}
                Some(Support::Ignored) => {}
                Some(Support::Part | Support::Marker | Support::Unsupported) => {
                    self.unsupported(at, format!("{place} is not supported yet"));
                }
                Some(Support::Node(_) | Support::UnsupportedNode(_) | Support::Flow) | None => {
                    self.problems.error(rule::UNKNOWN_ELEMENT, at, format!("{place} is not BPMN 2.0"));
                }
            }
        }
    }

    /// The same for an event, whose definitions are read one by one.
    fn event_children(&mut self, element: &Element) {
        let parts: Vec<&str> =
            element.elements().filter(|child| events::is_definition(child)).map(Element::local).collect();
        self.children(element, &parts);
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

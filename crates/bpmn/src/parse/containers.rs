//! The process, sub-processes and the sequence flows in them.

use super::tasks::{activity_attributes, loop_marker};
use super::{Parser, at, table};
use crate::ast::{Flow, Form, Kind, Scope};
use crate::dialect;
use crate::document::{Element, Namespace};
use crate::problem::rule;
use table::Support;

impl<'d> Parser<'d> {
    pub(super) fn process(&mut self, element: &'d Element) {
        let at = at(element);
        if at.id.is_none() {
            self.problems.error(rule::MISSING_ID, at, "the process has no id");
        }
        if let Some(entry) = table::find("process") {
            self.attributes(element, entry, at);
        }
        dialect::read(element, at, &mut self.problems);
        self.process.id = at.id.unwrap_or_default().into();
        self.process.name = element.attribute("name").unwrap_or_default().into();
        self.process.line = at.line;
        if let Some(inputs) = element.child("ioSpecification") {
            let names = inputs.elements().filter(|child| child.is_bpmn("dataInput"));
            self.process.inputs = names.filter_map(|input| input.attribute("name")).map(Into::into).collect();
        }
        self.process.scopes.push(Scope { node: None, by_event: false });
        self.container(element, 0);
    }

    /// Reads the children of a process or sub-process. Recursion is bounded by the nesting limit.
    fn container(&mut self, element: &'d Element, scope: usize) {
        for child in element.elements() {
            let name = child.local();
            if child.namespace() != Namespace::Bpmn {
                self.problems.foreign(child.name(), at(element));
                continue;
            }
            let entry = table::find(name);
            match entry.map(|entry| (entry, &entry.support)) {
                Some((entry, Support::Node(_) | Support::UnsupportedNode(_))) => self.node(child, entry, scope),
                Some((entry, Support::Flow)) => self.flow(child, entry, scope),
                Some((_, Support::Marker)) if scope > 0 => {}
                Some((_, Support::Ignored)) => self.association(child),
                Some((_, Support::Unsupported)) => {
                    // A marker such as a loop belongs to the container; anything else has a place of its own.
                    let at = at(if scope == 0 { child } else { element });
                    self.unsupported(at, format!("'{name}' in '{}' is not supported yet", element.local()));
                }
                Some((_, Support::Part | Support::Marker)) | None => {
                    let message = format!("'{name}' in '{}' is not BPMN 2.0", element.local());
                    self.problems.error(rule::UNKNOWN_ELEMENT, at(child), message);
                }
            }
        }
    }

    fn flow(&mut self, element: &Element, entry: &table::Entry, scope: usize) {
        let at = at(element);
        if at.id.is_none() {
            self.problems.error(rule::MISSING_ID, at, "a 'sequenceFlow' has no id");
        }
        self.attributes(element, entry, at);
        dialect::read(element, at, &mut self.problems);
        self.children(element, &["conditionExpression"]);
        let condition = element.child("conditionExpression");
        self.process.flows.push(Flow {
            id: at.id.unwrap_or_default().into(),
            source: element.attribute("sourceRef").unwrap_or_default().to_owned(),
            target: element.attribute("targetRef").unwrap_or_default().to_owned(),
            // An empty condition is what modellers leave behind: no condition.
            condition: condition.map(|it| it.text().trim().to_owned()).filter(|text| !text.is_empty()),
            scope,
            line: at.line,
        });
    }
}

impl Parser<'_> {
    /// What compensates an activity is found by an association.
    fn association(&mut self, element: &Element) {
        if element.local() == "association"
            && let (Some(from), Some(to)) = (element.attribute("sourceRef"), element.attribute("targetRef"))
        {
            self.process.associations.push((from.to_owned(), to.to_owned()));
        }
    }
}

pub(super) fn sub_process<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    let by_event = element.attribute("triggeredByEvent") == Some("true");
    let scope = inside(parser, element, node, by_event);
    Kind::SubProcess { scope, form: if by_event { Form::Event } else { Form::Embedded } }
}

pub(super) fn transaction<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    Kind::SubProcess { scope: inside(parser, element, node, false), form: Form::Transaction }
}

pub(super) fn ad_hoc<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    let completion = element.child("completionCondition").map(|condition| condition.text().trim().to_owned());
    let form = Form::AdHoc {
        sequential: element.attribute("ordering") == Some("Sequential"),
        completion: completion.filter(|text| !text.is_empty()),
        cancel_remaining: element.attribute("cancelRemainingInstances") != Some("false"),
    };
    Kind::SubProcess { scope: inside(parser, element, node, false), form }
}

fn inside<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize, by_event: bool) -> usize {
    activity_attributes(parser, element, node);
    loop_marker(parser, element, node);
    let scope = parser.process.scopes.len();
    parser.process.scopes.push(Scope { node: Some(node), by_event });
    parser.container(element, scope);
    scope
}

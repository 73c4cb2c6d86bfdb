//! Events. An event with a definition that its position cannot have yet is unsupported, and stays in the graph.

use super::{Parser, at};
use crate::ast::{End, Kind, Role, TimerText};
use crate::document::{Element, Namespace};

pub(super) fn start(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    match definition(parser, element, &[]) {
        Definition::None => Kind::StartEvent,
        Definition::Known(_) | Definition::Unsupported => Kind::Unsupported(Role::Start),
    }
}

pub(super) fn end(parser: &mut Parser, element: &Element, node: usize) -> Kind {
    match definition(parser, element, &["terminateEventDefinition", "errorEventDefinition"]) {
        Definition::None => Kind::EndEvent(End::None),
        Definition::Known(definition) => {
            parser.part(definition, node);
            if definition.local() == "terminateEventDefinition" {
                Kind::EndEvent(End::Terminate)
            } else {
                Kind::EndEvent(End::Error(error_ref(definition)))
            }
        }
        Definition::Unsupported => Kind::Unsupported(Role::End),
    }
}

pub(super) fn throw(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    match definition(parser, element, &[]) {
        Definition::None => Kind::Pass,
        Definition::Known(_) | Definition::Unsupported => Kind::Unsupported(Role::Activity),
    }
}

pub(super) fn catch(parser: &mut Parser, element: &Element, node: usize) -> Kind {
    match definition(parser, element, &["timerEventDefinition"]) {
        Definition::None => {
            parser.unsupported(at(element), "an 'intermediateCatchEvent' without a definition".to_owned());
            Kind::Unsupported(Role::Activity)
        }
        Definition::Known(definition) => {
            parser.part(definition, node);
            Kind::TimerCatch(timer(parser, definition, element))
        }
        Definition::Unsupported => Kind::Unsupported(Role::Activity),
    }
}

pub(super) fn boundary(parser: &mut Parser, element: &Element, node: usize) -> Kind {
    let attached_to = element.attribute("attachedToRef").unwrap_or_default().to_owned();
    match definition(parser, element, &["errorEventDefinition"]) {
        Definition::None => {
            parser.unsupported(at(element), "a 'boundaryEvent' without a definition".to_owned());
            Kind::Unsupported(Role::Boundary(attached_to))
        }
        Definition::Known(definition) => {
            parser.part(definition, node);
            if element.attribute("cancelActivity") == Some("false") {
                let message = "an error boundary event always interrupts; cancelActivity=\"false\" is not possible";
                parser.unsupported(at(element), message.to_owned());
            }
            Kind::BoundaryEvent { attached_to, error: error_ref(definition) }
        }
        Definition::Unsupported => Kind::Unsupported(Role::Boundary(attached_to)),
    }
}

enum Definition<'e> {
    None,
    /// One of those that the caller runs.
    Known(&'e Element),
    /// Reported.
    Unsupported,
}

/// The one event definition of an event, out of those that are run in this position.
fn definition<'e>(parser: &mut Parser, element: &'e Element, known: &[&str]) -> Definition<'e> {
    parser.children(element, known);
    let mut definitions = element.elements().filter(|child| is_definition(child));
    match (definitions.next(), definitions.next()) {
        (None, _) => Definition::None,
        (Some(only), None) if known.contains(&only.local()) => Definition::Known(only),
        (Some(_), None) => Definition::Unsupported, // reported as a child
        (Some(_), Some(_)) => {
            parser.unsupported(at(element), format!("a '{}' with several definitions", element.local()));
            Definition::Unsupported
        }
    }
}

fn is_definition(child: &Element) -> bool {
    child.namespace() == Namespace::Bpmn
        && (child.local().ends_with("EventDefinition") || child.local() == "eventDefinitionRef")
}

fn error_ref(definition: &Element) -> Option<String> {
    definition.attribute("errorRef").filter(|id| !id.is_empty()).map(str::to_owned)
}

fn timer(parser: &mut Parser, definition: &Element, event: &Element) -> TimerText {
    let mut timers = definition.elements().filter(|child| {
        child.namespace() == Namespace::Bpmn && matches!(child.local(), "timeDate" | "timeDuration" | "timeCycle")
    });
    match (timers.next(), timers.next()) {
        (Some(timer), None) if timer.local() != "timeCycle" => {
            let text = timer.text().trim().to_owned();
            if timer.local() == "timeDate" { TimerText::Date(text) } else { TimerText::Duration(text) }
        }
        (Some(_), None) => {
            parser.unsupported(at(event), "'timeCycle' in an intermediate event is not supported".to_owned());
            TimerText::Missing
        }
        (None, _) => TimerText::Duration(String::new()),
        (Some(_), Some(_)) => {
            parser.unsupported(at(event), "a timer with several times".to_owned());
            TimerText::Missing
        }
    }
}

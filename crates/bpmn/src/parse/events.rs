//! Events: each is a list of event definitions, inline or by reference, out of those that its position can have.

use super::{Parser, at};
use crate::ast::{Catches, EventText, Kind, TimerText};
use crate::document::{Element, Namespace};
use crate::problem::rule;

const TIMER: &str = "timerEventDefinition";
const MESSAGE: &str = "messageEventDefinition";
const SIGNAL: &str = "signalEventDefinition";
const ERROR: &str = "errorEventDefinition";
const ESCALATION: &str = "escalationEventDefinition";
const COMPENSATION: &str = "compensateEventDefinition";
const CONDITIONAL: &str = "conditionalEventDefinition";
const LINK: &str = "linkEventDefinition";
const CANCEL: &str = "cancelEventDefinition";
const TERMINATE: &str = "terminateEventDefinition";

/// Which definitions an event may have, by its position (BPMN 2.0.2, table 10.93).
const START: &[&str] = &[TIMER, MESSAGE, SIGNAL, CONDITIONAL];
const EVENT_SUB_PROCESS: &[&str] = &[TIMER, MESSAGE, SIGNAL, CONDITIONAL, ERROR, ESCALATION, COMPENSATION];
const CATCH: &[&str] = &[TIMER, MESSAGE, SIGNAL, CONDITIONAL, LINK];
const THROW: &[&str] = &[MESSAGE, SIGNAL, ESCALATION, COMPENSATION, LINK];
const BOUNDARY: &[&str] = &[TIMER, MESSAGE, SIGNAL, CONDITIONAL, ERROR, ESCALATION, COMPENSATION, CANCEL];
const END: &[&str] = &[MESSAGE, SIGNAL, ERROR, ESCALATION, COMPENSATION, CANCEL, TERMINATE];

/// Which event definitions run in which position, as `docs/bpmn-support.md` shows it.
pub fn event_positions() -> [(&'static str, &'static [&'static str]); 6] {
    [
        ("start", START),
        ("start of an event sub-process", EVENT_SUB_PROCESS),
        ("intermediate, catching", CATCH),
        ("intermediate, throwing", THROW),
        ("boundary", BOUNDARY),
        ("end", END),
    ]
}

pub(super) fn start<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    let legal = if parser.is_in_event_sub_process(node) { EVENT_SUB_PROCESS } else { START };
    let catches = catches(parser, element, node, legal);
    let interrupting = element.attribute("isInterrupting") != Some("false");
    must_interrupt(parser, element, &catches, interrupting, "isInterrupting");
    Kind::StartEvent { catches, interrupting }
}

pub(super) fn end<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    Kind::EndEvent(definitions(parser, element, node, END))
}

pub(super) fn throw<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    let throws = definitions(parser, element, node, THROW);
    if throws.is_empty() { Kind::Pass } else { Kind::ThrowEvent(throws) }
}

pub(super) fn catch<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    let catches = catches(parser, element, node, CATCH);
    if catches.events.is_empty() {
        needs_definition(parser, element);
    }
    Kind::CatchEvent(catches)
}

pub(super) fn boundary<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize) -> Kind {
    let attached_to = element.attribute("attachedToRef").unwrap_or_default().to_owned();
    let catches = catches(parser, element, node, BOUNDARY);
    if catches.events.is_empty() {
        needs_definition(parser, element);
    }
    let interrupting = element.attribute("cancelActivity") != Some("false");
    must_interrupt(parser, element, &catches, interrupting, "cancelActivity");
    Kind::BoundaryEvent { attached_to, catches, interrupting }
}

/// An error has ended what it comes from, and a cancelled transaction is over: there is nothing to go on beside.
fn must_interrupt(parser: &mut Parser<'_>, element: &Element, catches: &Catches, interrupting: bool, attribute: &str) {
    let must = catches.events.iter().find(|event| matches!(event, EventText::Error(_) | EventText::Cancel));
    if let Some(event) = must.filter(|_| !interrupting) {
        let what = if element.local() == "startEvent" { "start" } else { "boundary" };
        let message =
            format!("a {what} event with '{}' always interrupts; {attribute}=\"false\" is not possible", event.name());
        parser.problems.error(rule::EVENT_FLOW, at(element), message);
    }
}

fn needs_definition(parser: &mut Parser<'_>, element: &Element) {
    let message = format!("a '{}' needs an event definition", element.local());
    parser.problems.error(rule::UNKNOWN_ELEMENT, at(element), message);
}

fn catches<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize, legal: &[&str]) -> Catches {
    let events = definitions(parser, element, node, legal);
    Catches { events, all: element.attribute("parallelMultiple") == Some("true") }
}

/// The definitions of an event. Those that its position cannot have are reported and left out.
fn definitions<'d>(parser: &mut Parser<'d>, element: &'d Element, node: usize, legal: &[&str]) -> Vec<EventText> {
    parser.event_children(element);
    let mut events = Vec::new();
    for child in element.elements().filter(|child| is_definition(child)) {
        let Some(definition) = resolve(parser, child, element) else { continue };
        if !legal.contains(&definition.local()) {
            let message = format!("'{}' is not possible in this '{}'", definition.local(), element.local());
            parser.problems.error(rule::UNKNOWN_ELEMENT, at(element), message);
            continue;
        }
        parser.part(definition, node);
        events.extend(read(parser, definition, element));
    }
    events
}

/// The definition that a reference means; anything else is one itself.
fn resolve<'e>(parser: &mut Parser<'e>, child: &'e Element, event: &Element) -> Option<&'e Element> {
    if child.local() != "eventDefinitionRef" {
        return Some(child);
    }
    let text = child.text();
    let id = text.trim().rsplit(':').next().unwrap_or_default();
    let shared = parser.root.elements().find(|other| is_definition(other) && other.attribute("id") == Some(id));
    if shared.is_none() {
        let message = format!("'eventDefinitionRef' names '{id}', which is not an event definition of the document");
        parser.problems.error(rule::REFERENCE, at(event), message);
    }
    shared
}

pub(super) fn is_definition(child: &Element) -> bool {
    child.namespace() == Namespace::Bpmn
        && (child.local().ends_with("EventDefinition") || child.local() == "eventDefinitionRef")
}

fn read(parser: &mut Parser<'_>, definition: &Element, event: &Element) -> Option<EventText> {
    let reference = |name: &str| definition.attribute(name).filter(|id| !id.is_empty()).map(str::to_owned);
    Some(match definition.local() {
        TIMER => EventText::Timer(timer(parser, definition, event)),
        MESSAGE => EventText::Message(reference("messageRef")),
        SIGNAL => EventText::Signal(reference("signalRef")),
        ERROR => EventText::Error(reference("errorRef")),
        ESCALATION => EventText::Escalation(reference("escalationRef")),
        COMPENSATION => EventText::Compensation {
            activity: reference("activityRef"),
            wait: definition.attribute("waitForCompletion") != Some("false"),
        },
        CONDITIONAL => {
            let condition = definition.child("condition").map(|condition| condition.text().trim().to_owned());
            EventText::Conditional(condition.unwrap_or_default())
        }
        LINK => {
            EventText::Link(definition.attribute("name").or(event.attribute("name")).unwrap_or_default().to_owned())
        }
        CANCEL => EventText::Cancel,
        TERMINATE => EventText::Terminate,
        _ => return None,
    })
}

fn timer(parser: &mut Parser<'_>, definition: &Element, event: &Element) -> TimerText {
    let mut timers = definition.elements().filter(|child| {
        child.namespace() == Namespace::Bpmn && matches!(child.local(), "timeDate" | "timeDuration" | "timeCycle")
    });
    match (timers.next(), timers.next()) {
        (Some(timer), None) => {
            let text = timer.text().trim().to_owned();
            match timer.local() {
                "timeDate" => TimerText::Date(text),
                "timeCycle" => TimerText::Cycle(text),
                _ => TimerText::Duration(text),
            }
        }
        (None, _) => TimerText::Duration(String::new()),
        (Some(_), Some(_)) => {
            parser.problems.error(rule::TIMER, at(event), "a timer with several times");
            TimerText::Missing
        }
    }
}

//! Tasks and call activities.

use super::{Parser, at};
use crate::ast::{Kind, LoopText};
use crate::document::Element;
use crate::problem::rule;

/// `task` and `manualTask`: nothing is done, the token goes on.
pub(super) fn pass(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &[]);
    Kind::Pass
}

pub(super) fn user(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &[]);
    // The vendor's editor keeps the description of a manual review here.
    let documentation = element.child("documentation").map(|documentation| documentation.text().trim().to_owned());
    let description = documentation.filter(|text| !text.is_empty());
    let settings = parser.settings(node);
    if settings.description.is_none() {
        settings.description = description;
    }
    Kind::UserTask
}

pub(super) fn service(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &[]);
    Kind::ServiceTask
}

pub(super) fn script(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &["script"]);
    Kind::ScriptTask {
        format: element.attribute("scriptFormat").unwrap_or_default().trim().to_owned(),
        source: element.child("script").map(|script| script.text().into_owned()).unwrap_or_default(),
    }
}

pub(super) fn call(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &[]);
    if let Some(called) = element.attribute("calledElement").filter(|called| !called.trim().is_empty()) {
        parser.settings(node).workflow = Some(called.trim().to_owned());
    }
    Kind::CallActivity
}

pub(super) fn send(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &[]);
    Kind::SendTask(message_ref(element))
}

pub(super) fn receive(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &[]);
    Kind::ReceiveTask { message: message_ref(element), instantiate: element.attribute("instantiate") == Some("true") }
}

pub(super) fn business_rule(parser: &mut Parser<'_>, element: &Element, node: usize) -> Kind {
    activity(parser, element, node, &[]);
    Kind::BusinessRuleTask
}

fn message_ref(element: &Element) -> Option<String> {
    element.attribute("messageRef").filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Choreographies, which tell what processes say to each other and do not run.
pub(super) fn unsupported(_parser: &mut Parser<'_>, _element: &Element, _node: usize) -> Kind {
    Kind::Unsupported
}

/// What all activities have in common.
fn activity(parser: &mut Parser<'_>, element: &Element, node: usize, parts: &[&str]) {
    let parts: Vec<&str> = parts.iter().chain(&LOOP_MARKERS).copied().collect();
    parser.children(element, &parts);
    activity_attributes(parser, element, node);
    loop_marker(parser, element, node);
}

const LOOP_MARKERS: [&str; 2] = ["multiInstanceLoopCharacteristics", "standardLoopCharacteristics"];

/// Attributes of activities that change how they run.
pub(super) fn activity_attributes(parser: &mut Parser<'_>, element: &Element, node: usize) {
    parser.process.nodes[node].compensates = element.attribute("isForCompensation") == Some("true");
    let [start, completion] = ["startQuantity", "completionQuantity"].map(|name| {
        let Some(text) = element.attribute(name) else { return 1 };
        let quantity = text.trim().parse::<u32>().ok().filter(|quantity| (1..=MOST_TOKENS).contains(quantity));
        if quantity.is_none() {
            let message = format!("'{name}' must be a number from 1 to {MOST_TOKENS}, not '{text}'");
            parser.problems.error(rule::QUANTITY, at(element), message);
        }
        quantity.unwrap_or(1)
    });
    parser.process.nodes[node].quantities = (start, completion);
}

/// Most tokens that an activity takes or gives at once.
const MOST_TOKENS: u32 = 1_000;

/// The loop marker of an activity.
pub(super) fn loop_marker(parser: &mut Parser<'_>, element: &Element, node: usize) {
    let mut markers = element.elements().filter(|child| LOOP_MARKERS.iter().any(|marker| child.is_bpmn(marker)));
    let (Some(marker), more) = (markers.next(), markers.next()) else { return };
    if more.is_some() {
        parser.problems.error(rule::UNKNOWN_ELEMENT, at(element), "an activity has several loop markers");
    }
    let text = |name: &str| {
        let text = marker.child(name).map(|child| child.text().trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    let looping = if marker.local() == "standardLoopCharacteristics" {
        LoopText::Standard {
            test_before: marker.attribute("testBefore") == Some("true"),
            maximum: marker.attribute("loopMaximum").filter(|text| !text.trim().is_empty()).map(str::to_owned),
            condition: text("loopCondition"),
        }
    } else {
        let item = |name: &str| {
            let item = marker.child(name);
            item.and_then(|item| item.attribute("name").or(item.attribute("id"))).map(str::to_owned)
        };
        LoopText::MultiInstance {
            sequential: marker.attribute("isSequential") == Some("true"),
            cardinality: text("loopCardinality"),
            completion: text("completionCondition"),
            collection: text("loopDataInputRef"),
            element: item("inputDataItem"),
            output_collection: text("loopDataOutputRef"),
            output_element: item("outputDataItem"),
        }
    };
    parser.part(marker, node);
    parser.process.nodes[node].looping = Some(looping);
}

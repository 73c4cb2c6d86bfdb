//! Tasks and call activities.

use super::{Parser, at};
use crate::ast::{Kind, Role};
use crate::document::Element;

/// `task` and `manualTask`: nothing is done, the token goes on.
pub(super) fn pass(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    activity(parser, element, &[]);
    Kind::Pass
}

pub(super) fn user(parser: &mut Parser, element: &Element, node: usize) -> Kind {
    activity(parser, element, &[]);
    // The vendor's editor keeps the description of a manual review here.
    let documentation = element.child("documentation").map(|documentation| documentation.text().trim().to_owned());
    let description = documentation.filter(|text| !text.is_empty());
    let settings = parser.settings(node);
    if settings.description.is_none() {
        settings.description = description;
    }
    Kind::UserTask
}

pub(super) fn service(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    activity(parser, element, &[]);
    Kind::ServiceTask
}

pub(super) fn script(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    activity(parser, element, &["script"]);
    Kind::ScriptTask {
        format: element.attribute("scriptFormat").unwrap_or_default().trim().to_owned(),
        source: element.child("script").map(|script| script.text().into_owned()).unwrap_or_default(),
    }
}

pub(super) fn call(parser: &mut Parser, element: &Element, node: usize) -> Kind {
    activity(parser, element, &[]);
    if let Some(called) = element.attribute("calledElement").filter(|called| !called.trim().is_empty()) {
        parser.settings(node).workflow = Some(called.trim().to_owned());
    }
    Kind::CallActivity
}

/// Tasks that do not run yet.
pub(super) fn unsupported(_parser: &mut Parser, _element: &Element, _node: usize) -> Kind {
    Kind::Unsupported(Role::Activity)
}

/// What all activities have in common.
pub(super) fn activity(parser: &mut Parser, element: &Element, parts: &[&str]) {
    parser.children(element, parts);
    activity_attributes(parser, element);
}

/// What the graph makes of an activity: one that only compensates is not on any path.
pub(super) fn placed(element: &Element, kind: Kind) -> Kind {
    if compensates(element) { Kind::Unsupported(Role::Detached) } else { kind }
}

fn compensates(element: &Element) -> bool {
    element.attribute("isForCompensation") == Some("true")
}

/// Attributes of activities that change how they run and are not supported.
pub(super) fn activity_attributes(parser: &mut Parser, element: &Element) {
    if compensates(element) {
        parser.unsupported(at(element), format!("a '{}' for compensation is not supported yet", element.local()));
    }
    for name in ["startQuantity", "completionQuantity"] {
        if element.attribute(name).is_some_and(|quantity| quantity != "1") {
            parser.unsupported(at(element), format!("'{name}' other than 1 in '{}'", element.local()));
        }
    }
}

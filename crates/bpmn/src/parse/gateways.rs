//! Gateways.

use super::Parser;
use crate::ast::Kind;
use crate::document::Element;

pub(super) fn exclusive(parser: &mut Parser<'_>, element: &Element, _node: usize) -> Kind {
    parser.children(element, &[]);
    Kind::ExclusiveGateway
}

pub(super) fn parallel(parser: &mut Parser<'_>, element: &Element, _node: usize) -> Kind {
    parser.children(element, &[]);
    Kind::ParallelGateway
}

pub(super) fn inclusive(parser: &mut Parser<'_>, element: &Element, _node: usize) -> Kind {
    parser.children(element, &[]);
    Kind::InclusiveGateway
}

pub(super) fn complex(parser: &mut Parser<'_>, element: &Element, _node: usize) -> Kind {
    parser.children(element, &["activationCondition"]);
    let activation = element.child("activationCondition").map(|condition| condition.text().trim().to_owned());
    Kind::ComplexGateway { activation: activation.filter(|text| !text.is_empty()) }
}

pub(super) fn event_based(parser: &mut Parser<'_>, element: &Element, _node: usize) -> Kind {
    parser.children(element, &[]);
    Kind::EventBasedGateway {
        parallel: element.attribute("eventGatewayType") == Some("Parallel"),
        instantiate: element.attribute("instantiate") == Some("true"),
    }
}

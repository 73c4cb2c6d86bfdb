//! Gateways.

use super::Parser;
use crate::ast::{Kind, Role};
use crate::document::Element;

pub(super) fn exclusive(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    parser.children(element, &[]);
    Kind::ExclusiveGateway
}

pub(super) fn parallel(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    parser.children(element, &[]);
    Kind::ParallelGateway
}

pub(super) fn inclusive(parser: &mut Parser, element: &Element, _node: usize) -> Kind {
    parser.children(element, &[]);
    Kind::InclusiveGateway
}

/// Event-based and complex gateways.
pub(super) fn choice(_parser: &mut Parser, _element: &Element, _node: usize) -> Kind {
    Kind::Unsupported(Role::Choice)
}

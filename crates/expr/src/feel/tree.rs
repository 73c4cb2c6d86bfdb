//! What a text of S-FEEL says, as a tree. Chains of operators are flat, so that only brackets make it high.

use std::sync::Arc;

use super::datum::Datum;
use crate::compile::Comparison;

/// An expression and the byte of the text where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

/// What an expression does.
#[derive(Debug)]
pub(super) enum Kind {
    /// A constant.
    Literal(Datum),
    /// `name.member.member`
    Path { name: Arc<str>, members: Box<[Arc<str>]> },
    /// `-x`
    Negate(Box<Node>),
    /// `first + a - b …`, `first * a / b …`, `first ** a …`
    Chain { first: Box<Node>, rest: Box<[(Operator, Node)]> },
    /// `left < right` and the like.
    Compare { left: Box<Node>, right: Box<Node>, by: Relation },
    /// `[a, b, …]`
    List(Box<[Node]>),
}

/// An operator of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// An operator of comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Order(Comparison),
}

/// What a cell asks for.
#[derive(Debug)]
pub(super) struct Tests {
    /// The tests of which one must hold; none when anything does.
    pub(super) any_of: Option<Box<[Test]>>,
    /// Whether it stands in `not(…)`.
    pub(super) negated: bool,
}

/// One test.
#[derive(Debug)]
pub(super) enum Test {
    /// `< endpoint` and the like.
    Compare(Comparison, Node),
    /// `[low..high]` and the like.
    Interval { low: Endpoint, high: Endpoint },
    /// An expression: the input equals it, or is one of the items when it is a list.
    Equal(Node),
}

/// One end of an interval.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) node: Node,
    /// Whether the interval has the endpoint in it.
    pub(super) closed: bool,
}

impl Operator {
    /// The operator as it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "**",
        }
    }
}

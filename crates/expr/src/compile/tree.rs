//! Our own tree: nodes in one array, children named by index, chains flat.

use std::cmp::Ordering;
use std::sync::Arc;

use model::Value;

use crate::condition::{Condition, Path};
use crate::functions::Function;
use crate::functions::pattern::Pattern;

/// Index into [`Tree::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ix(pub(crate) u32);

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The nodes, children before parents.
    pub(crate) nodes: Box<[Node]>,
    /// For each node the byte of the text that it came from.
    pub(crate) places: Box<[u32]>,
    /// The node whose value is the expression's.
    pub(crate) root: Ix,
    /// The top-level names, in the order of their first use.
    pub(crate) names: Box<[Arc<str>]>,
    /// Whether it puts lists or objects together, so that its value may be larger or deeper than what it read.
    pub(crate) builds: bool,
}

/// What an expression does at one place.
#[derive(Debug)]
pub(crate) enum Node {
    /// A constant.
    Literal(Value),
    /// A name of the scope.
    Name(Arc<str>),
    /// A name that a macro binds: an index into the bound values, outermost first.
    Local(u32),
    /// `of.a.b.c`
    Path { of: Ix, members: Box<[Arc<str>]> },
    /// `of[index]`
    Index { of: Ix, index: Ix },
    /// `has(of.member)`, `has(of[member])`
    Has { of: Ix, member: Ix },
    /// `[…]`
    List(Box<[Ix]>),
    /// `{key: value, …}`
    Object(Box<[(Ix, Ix)]>),
    /// `!x`
    Not(Ix),
    /// `-x`
    Negate(Ix),
    /// `a && b && …`
    And(Box<[Ix]>),
    /// `a || b || …`
    Or(Box<[Ix]>),
    /// `a == b`, or `a != b` when negated.
    Equal { left: Ix, right: Ix, negated: bool },
    /// `a < b` and the like.
    Compare { left: Ix, right: Ix, by: Comparison },
    /// `item in of`
    In { item: Ix, of: Ix },
    /// `first + a - b …`, `first * a / b …`
    Chain { first: Ix, rest: Box<[(Arithmetic, Ix)]> },
    /// `test ? yes : no`
    Choose { test: Ix, yes: Ix, no: Ix },
    /// `over.map(x, body)` and the like; `x` is the local with the number `slot`.
    Each { each: Each, over: Ix, slot: u32, filter: Option<Ix>, body: Ix },
    /// `coalesce(a, b, …)`
    Coalesce(Box<[Ix]>),
    /// `changed(path)`
    Changed(Path),
    /// A condition of a rule that was not written as an expression.
    Condition(Box<Condition>),
    /// `matches(text, 'constant')`
    Matches { text: Ix, pattern: Box<Pattern> },
    /// Any other function.
    Call { function: &'static Function, arguments: Box<[Ix]> },
}

/// An operator of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// `+`, also for strings and lists.
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// An operator that asks for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A macro that evaluates an expression for each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Each {
    /// `all`
    All,
    /// `exists`
    Exists,
    /// `exists_one`
    ExistsOne,
    /// `map`
    Map,
    /// `filter`
    Filter,
}

impl Arithmetic {
    /// The operator as it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

impl Comparison {
    /// The operator as it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it holds for a left side that is in this order to the right side.
    pub(crate) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEqual => order != Ordering::Less,
        }
    }
}

impl Each {
    /// The macro's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exists => "exists",
            Self::ExistsOne => "exists_one",
            Self::Map => "map",
            Self::Filter => "filter",
        }
    }
}

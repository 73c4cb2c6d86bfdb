//! A decision table: what its columns and rules say.

mod decide;
mod hit;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use expr::feel::{Expression, UnaryTests};

pub(crate) use decide::{shortened, shown};

use crate::problem::Place;

/// Which of the rules that match have a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HitPolicy {
    /// At most one rule matches.
    Unique,
    /// The first that matches.
    First,
    /// Any of those that match, which have the same outputs.
    Any,
    /// The one whose outputs come first among the values of their columns.
    Priority,
    /// All, in the order of the table.
    RuleOrder,
    /// All, in the order of the values of their columns.
    OutputOrder,
    /// All, in the order of the table, or what they come to together.
    Collect(Option<Aggregation>),
}

/// What many outputs come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregation {
    /// Their sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// How many there are.
    Count,
}

impl fmt::Display for HitPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "UNIQUE",
            Self::First => "FIRST",
            Self::Any => "ANY",
            Self::Priority => "PRIORITY",
            Self::RuleOrder => "RULE ORDER",
            Self::OutputOrder => "OUTPUT ORDER",
            Self::Collect(_) => "COLLECT",
        })
    }
}

impl fmt::Display for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sum => "SUM",
            Self::Min => "MIN",
            Self::Max => "MAX",
            Self::Count => "COUNT",
        })
    }
}

/// A decision table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) policy: HitPolicy,
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) rules: Vec<Rule>,
}

/// A column that is tested.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) expression: Expression,
    /// The values that it may have.
    pub(crate) values: Option<UnaryTests>,
}

/// A column of results.
#[derive(Debug)]
pub(crate) struct Output {
    /// Empty when there is only one.
    pub(crate) name: Arc<str>,
    /// The values that it may have, the most important first.
    pub(crate) values: Option<UnaryTests>,
    pub(crate) default: Option<Expression>,
}

/// A rule, with a cell for each column.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) place: Place,
    pub(crate) inputs: Vec<UnaryTests>,
    /// An empty cell is null.
    pub(crate) outputs: Vec<Option<Expression>>,
    pub(crate) annotations: Vec<Arc<str>>,
}

impl Table {
    /// The top-level names that it reads, in the order of their first use.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        let mut seen = BTreeSet::new();
        let mut names = Vec::new();
        let mut add = |read: Vec<Arc<str>>| names.extend(read.into_iter().filter(|name| seen.insert(name.clone())));
        for input in &self.inputs {
            add(input.expression.names());
            input.values.iter().for_each(|values| add(values.names()));
        }
        for rule in &self.rules {
            rule.inputs.iter().for_each(|cell| add(cell.names()));
            rule.outputs.iter().flatten().for_each(|cell| add(cell.names()));
        }
        for output in &self.outputs {
            output.values.iter().for_each(|values| add(values.names()));
            output.default.iter().for_each(|default| add(default.names()));
        }
        names
    }

    /// What a column is called in messages.
    pub(crate) fn output_name(&self, column: usize) -> String {
        match &*self.outputs[column].name {
            "" => format!("output {}", column + 1),
            name => format!("output '{name}'"),
        }
    }
}

impl Input {
    /// What the column is called in messages.
    pub(crate) fn name(&self) -> &str {
        self.expression.source().trim()
    }
}

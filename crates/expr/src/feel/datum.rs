//! A value while an expression is evaluated: a JSON value, or a time that is not yet text.

use std::cmp::Ordering;

use model::Value;

use super::temporal::Temporal;
use crate::{Budget, Fault, walk};

/// A value inside an expression.
#[derive(Debug, Clone)]
pub(super) enum Datum {
    /// As it is outside.
    Plain(Value),
    /// A date, a time or a duration; outside it is text.
    Temporal(Temporal),
}

/// Steps that reading a text as a time costs.
const READING: u64 = 8;

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        Self::Plain(value)
    }
}

impl Datum {
    /// What leaves the expression.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Plain(value) => value,
            Self::Temporal(temporal) => Value::from(temporal.to_string()),
        }
    }

    /// What users call this kind of value.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Plain(value) => value.kind(),
            Self::Temporal(temporal) => temporal.kind(),
        }
    }

    /// Whether two are equal; `None` when they are of different kinds, of which nothing but null is comparable to all.
    pub(super) fn equals(&self, other: &Self, budget: &mut Budget) -> Result<Option<bool>, Fault> {
        match (self, other) {
            (Self::Plain(Value::Null), Self::Plain(Value::Null)) => Ok(Some(true)),
            (Self::Plain(Value::Null), _) | (_, Self::Plain(Value::Null)) => Ok(Some(false)),
            (Self::Plain(a), Self::Plain(b)) if a.kind() == b.kind() => walk::equal(a, b, budget).map(Some),
            (Self::Plain(_), Self::Plain(_)) => Ok(None),
            (Self::Temporal(_), _) | (_, Self::Temporal(_)) => {
                Ok(self.order(other, budget)?.map(|order| order == Ordering::Equal))
            }
        }
    }

    /// The order of two numbers, texts or times; `None` when they have none. Beside a time, what else there is is read
    /// as one.
    pub(super) fn order(&self, other: &Self, budget: &mut Budget) -> Result<Option<Ordering>, Fault> {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => walk::order(a, b, budget),
            (Self::Temporal(a), Self::Temporal(b)) => Ok(a.order(*b)),
            (Self::Temporal(a), Self::Plain(b)) => {
                budget.step(READING)?;
                Ok(a.read_alike(b).and_then(|b| a.order(b)))
            }
            (Self::Plain(_), Self::Temporal(_)) => Ok(other.order(self, budget)?.map(Ordering::reverse)),
        }
    }
}

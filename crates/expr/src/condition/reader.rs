//! How values of a field are read: as text, numbers, times or truth values.

use std::borrow::Cow;
use std::sync::Arc;

use model::time::Zone;
use model::{Number, Timestamp, Value};

use super::Kind;
use crate::{Budget, Fault, number};

/// How values of a field are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Reader {
    /// What the field holds; none when each value is read as what it is.
    pub(super) kind: Option<Kind>,
    /// Where times are that have no offset.
    pub(super) zone: Zone,
}

/// Longer texts are no times.
const TIME_BYTES: usize = 64;

/// The value that a condition compares with, in every way in which it can be read.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    pub(super) text: Arc<str>,
    pub(super) number: Option<Number>,
    /// Microseconds since 1970.
    pub(super) time: Option<i64>,
    pub(super) truth: Option<bool>,
}

impl Reader {
    /// Reads a condition's value; `None` when it is none that the field could have.
    pub(super) fn operand(self, value: &Value, budget: &mut Budget) -> Result<Option<Operand>, Fault> {
        let Some(text) = text(value) else { return Ok(None) };
        let time = match (self.kind, value) {
            (Some(Kind::Time), _) => self.time(value, budget)?,
            (None, Value::String(text)) => self.moment(text),
            (Some(Kind::Text | Kind::Number | Kind::Boolean) | None, _) => None,
        };
        let number = number(value, budget)?;
        let truth = truth(value);
        let fits = match self.kind {
            Some(Kind::Number) => number.is_some(),
            Some(Kind::Time) => time.is_some(),
            Some(Kind::Boolean) => truth.is_some(),
            Some(Kind::Text) | None => true,
        };
        Ok(fits.then(|| Operand { text: text.into(), number, time, truth }))
    }

    /// The instant that a value of a time field is, in microseconds since 1970.
    pub(super) fn time(self, value: &Value, budget: &mut Budget) -> Result<Option<i64>, Fault> {
        match value {
            Value::String(text) if text.len() > TIME_BYTES => return Ok(None),
            Value::Number(number) => budget.scan(number::length(number))?,
            Value::Null | Value::Bool(_) | Value::String(_) | Value::List(_) | Value::Map(_) => {}
        }
        Ok(Timestamp::from_value(value, self.zone).ok().map(|time| time.0))
    }

    /// The instant that a text is which is not known to be one: it has a date and a time of the day.
    pub(super) fn moment(self, text: &str) -> Option<i64> {
        let looks_so = text.len() <= TIME_BYTES && text.contains(':');
        looks_so.then(|| Timestamp::parse(text, self.zone).ok().map(|time| time.0))?
    }
}

/// The text of a value; none of an object.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(value.to_text()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// The number that a value is, or that its text spells.
pub(super) fn number(value: &Value, budget: &mut Budget) -> Result<Option<Number>, Fault> {
    match value {
        Value::Number(number) => Ok(Some(number.clone())),
        Value::String(text) => {
            budget.scan(text.len())?;
            Ok(Number::parse(text.trim()))
        }
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => Ok(None),
    }
}

/// The truth value that a value is, or that its text spells.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => {
            [true, false].into_iter().find(|truth| text.trim().eq_ignore_ascii_case(spelling(*truth)))
        }
        Value::Null | Value::Number(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// A truth value as text.
pub(super) fn spelling(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

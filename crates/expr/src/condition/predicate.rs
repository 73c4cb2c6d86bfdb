//! One condition: where it looks and what it asks of the values there.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use model::{Number, Value};

use super::path::{Path, Reading};
use super::reader::{self, Operand, Reader};
use super::{Kind, OBJECT, OLD};
use crate::compile::Comparison;
use crate::functions::network::{self, Network};
use crate::functions::pattern::Pattern;
use crate::{Budget, Fault, number};

/// A condition. It holds when one of the values does that the object has at the path.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(super) of: Of,
    pub(super) path: Path,
    pub(super) reader: Reader,
    pub(super) test: Test,
}

/// Which object a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The object.
    Object,
    /// The object before the update.
    Old,
}

/// What is asked of a value.
#[derive(Debug)]
pub(super) enum Test {
    /// That it is there.
    Exists,
    /// That it equals one of these.
    OneOf(Values),
    /// That it lies on this side of the operand.
    Order(Comparison, Operand),
    /// Something of its text.
    Text(TextTest),
    /// That it is an address of one of these networks.
    Within(Box<[Network]>),
}

/// What is asked of a text.
#[derive(Debug)]
pub(super) enum TextTest {
    /// That it is this one.
    Is(Arc<str>),
    /// That it has this part.
    Contains(Arc<str>),
    /// That it begins so.
    StartsWith(Arc<str>),
    /// That it ends so.
    EndsWith(Arc<str>),
    /// That the pattern matches; it can do so only if the text begins as told.
    Matches { pattern: Box<Pattern>, start: Arc<str> },
}

/// A set of values, in every way in which the field's kind reads them.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) texts: HashSet<Arc<str>>,
    /// In ascending order.
    pub(super) numbers: Vec<Number>,
    /// Microseconds since 1970, in ascending order.
    pub(super) times: Vec<i64>,
    pub(super) truths: Vec<bool>,
}

impl Of {
    /// The name of the object in expressions, alone in a list.
    pub(super) fn names(self) -> &'static [&'static str; 1] {
        match self {
            Self::Object => &[OBJECT],
            Self::Old => &[OLD],
        }
    }
}

impl Condition {
    /// The name of the object that it looks at.
    pub(crate) fn subject(&self) -> &'static str {
        self.of.names()[0]
    }

    /// Whether it holds for the object.
    pub(crate) fn holds(&self, object: &Value, budget: &mut Budget) -> Result<bool, Fault> {
        self.path.any(object, Reading::Longest, budget, &mut |value, budget| match &self.test {
            Test::Exists => Ok(true),
            Test::OneOf(values) => values.have(value, self.reader, budget),
            Test::Order(by, than) => Ok(order(value, than, self.reader, budget)?.is_some_and(|order| by.holds(order))),
            Test::Text(test) => reader::text(value).map_or(Ok(false), |text| test.holds(&text, budget)),
            Test::Within(networks) => match reader::text(value).and_then(|text| network::parse_address(&text)) {
                Some(address) => within(networks, address, budget),
                None => Ok(false),
            },
        })
    }
}

impl TextTest {
    fn holds(&self, text: &str, budget: &mut Budget) -> Result<bool, Fault> {
        match self {
            Self::Is(whole) => {
                budget.scan(whole.len())?;
                Ok(text == &**whole)
            }
            Self::Contains(part) => {
                budget.scan(text.len() + part.len())?;
                Ok(text.contains(&**part))
            }
            Self::StartsWith(start) => {
                budget.scan(start.len())?;
                Ok(text.starts_with(&**start))
            }
            Self::EndsWith(end) => {
                budget.scan(end.len())?;
                Ok(text.ends_with(&**end))
            }
            Self::Matches { pattern, .. } => pattern.is_in(text, budget),
        }
    }
}

impl Values {
    /// The set of these operands of a field.
    pub(super) fn new(operands: Vec<Operand>, reader: Reader) -> Self {
        let mut values = Self::default();
        for Operand { text, number, time, truth } in operands {
            let (texts, numbers, times, truths) = match reader.kind {
                Some(Kind::Text) => (Some(text), None, None, None),
                Some(Kind::Number) => (None, number, None, None),
                Some(Kind::Time) => (None, None, time, None),
                Some(Kind::Boolean) => (None, None, None, truth),
                None => (Some(text), number, time, truth),
            };
            values.texts.extend(texts);
            values.numbers.extend(numbers);
            values.times.extend(times);
            values.truths.extend(truths);
        }
        values.numbers.sort_by(number::compare);
        values.times.sort_unstable();
        values
    }

    fn have(&self, value: &Value, reader: Reader, budget: &mut Budget) -> Result<bool, Fault> {
        match (reader.kind, value) {
            (Some(Kind::Text), _) => reader::text(value).map_or(Ok(false), |text| self.have_text(&text, budget)),
            (Some(Kind::Number), _) => self.have_number(reader::number(value, budget)?.as_ref(), budget),
            (Some(Kind::Time), _) => Ok(self.have_time(reader.time(value, budget)?)),
            (Some(Kind::Boolean), _) | (None, Value::Bool(_)) => {
                Ok(reader::truth(value).is_some_and(|truth| self.truths.contains(&truth)))
            }
            (None, Value::Number(number)) => self.have_number(Some(number), budget),
            (None, Value::String(text)) => Ok(self.have_text(text, budget)?
                // Times are read only where there is one to compare with.
                || !self.times.is_empty() && self.have_time(reader.moment(text))),
            (None, Value::Null | Value::List(_) | Value::Map(_)) => Ok(false),
        }
    }

    fn have_text(&self, text: &str, budget: &mut Budget) -> Result<bool, Fault> {
        budget.scan(text.len())?;
        Ok(self.texts.contains(text))
    }

    fn have_number(&self, number: Option<&Number>, budget: &mut Budget) -> Result<bool, Fault> {
        let Some(number) = number else { return Ok(false) };
        let rounds = self.numbers.len().checked_ilog2().map_or(0, |rounds| rounds as usize + 1);
        budget.scan(number::length(number).saturating_mul(rounds))?;
        Ok(self.numbers.binary_search_by(|other| number::compare(other, number)).is_ok())
    }

    fn have_time(&self, time: Option<i64>) -> bool {
        time.is_some_and(|time| self.times.binary_search(&time).is_ok())
    }
}

fn within(networks: &[Network], address: IpAddr, budget: &mut Budget) -> Result<bool, Fault> {
    budget.step(networks.len() as u64 / 8)?;
    Ok(networks.iter().any(|network| network.contains(address)))
}

/// The order of a value and an operand; `None` when they have none.
fn order(value: &Value, than: &Operand, reader: Reader, budget: &mut Budget) -> Result<Option<Ordering>, Fault> {
    match (reader.kind, value) {
        (Some(Kind::Number), _) | (None, Value::Number(_)) => {
            let number = reader::number(value, budget)?;
            numbers(number.as_ref(), than, budget)
        }
        (Some(Kind::Time), _) => Ok(reader.time(value, budget)?.zip(than.time).map(|(a, b)| a.cmp(&b))),
        (Some(Kind::Boolean), _) | (None, Value::Bool(_)) => {
            Ok(reader::truth(value).zip(than.truth).map(|(a, b)| a.cmp(&b)))
        }
        (Some(Kind::Text), _) | (None, Value::String(_)) => {
            let Some(text) = reader::text(value) else { return Ok(None) };
            // Ports and counts often come as text: 9 is before 10.
            let number = if than.number.is_some() { reader::number(value, budget)? } else { None };
            if let Some(order) = numbers(number.as_ref(), than, budget)? {
                return Ok(Some(order));
            }
            if let Some(time) = than.time
                && let Some(own) = reader.moment(&text)
            {
                return Ok(Some(own.cmp(&time)));
            }
            budget.scan(text.len().min(than.text.len()))?;
            Ok(Some((*text).cmp(&than.text)))
        }
        (None, Value::Null | Value::List(_) | Value::Map(_)) => Ok(None),
    }
}

fn numbers(number: Option<&Number>, than: &Operand, budget: &mut Budget) -> Result<Option<Ordering>, Fault> {
    let (Some(a), Some(b)) = (number, &than.number) else { return Ok(None) };
    budget.scan(number::length(a) + number::length(b))?;
    Ok(Some(number::compare(a, b)))
}

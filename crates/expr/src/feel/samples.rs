//! Inputs that show what tests do, for finding out what they have in common.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Map, Number, Value};

use super::UnaryTests;
use super::datum::Datum;
use super::evaluate::Walk;
use super::temporal::Temporal;
use super::tree::{Node, Test};
use crate::compile::Arithmetic;
use crate::{Budget, number};

/// Inputs among which there is one for every way in which the tests can turn out together: two tests that no sample
/// passes have no number, text, time or boolean in common, nor null. Values that people would write come first, null
/// last. `None` when that cannot be told: a test reads names, or the kinds of what they compare with do not go together.
pub fn samples(tests: &[&UnaryTests]) -> Option<Vec<Value>> {
    let mut constants = Constants::default();
    for tests in tests {
        constants.add(tests)?;
    }
    let mut found = Vec::new();
    constants.sample_numbers(&mut found)?;
    constants.sample_texts(&mut found);
    constants.sample_times(&mut found)?;
    found.extend([Value::Bool(true), Value::Bool(false), Value::Null]);
    Some(found)
}

/// What tests compare with.
#[derive(Default)]
struct Constants {
    numbers: Vec<Number>,
    texts: BTreeSet<Arc<str>>,
    times: Vec<Temporal>,
}

impl Constants {
    fn add(&mut self, tests: &UnaryTests) -> Option<()> {
        if !tests.0.names.is_empty() {
            return None;
        }
        for test in tests.0.tree.any_of.iter().flatten() {
            match test {
                Test::Compare(_, endpoint) => self.node(endpoint, tests)?,
                Test::Interval { low, high } => {
                    self.node(&low.node, tests)?;
                    self.node(&high.node, tests)?;
                }
                Test::Equal(expression) => self.node(expression, tests)?,
            }
        }
        // Times compare with texts and numbers, too, which then have more ends than their own.
        let others = !self.texts.is_empty() || !self.numbers.is_empty();
        let kinds = self.times.iter().any(|time| time.order(self.times[0]).is_none());
        (self.times.is_empty() || !others && !kinds).then_some(())
    }

    fn node(&mut self, node: &Node, tests: &UnaryTests) -> Option<()> {
        let mut budget = Budget::default();
        let mut walk = Walk { text: &tests.0.text, scope: &Map::new(), budget: &mut budget };
        match walk.value(node).ok()? {
            Datum::Temporal(time) => self.times.push(time),
            Datum::Plain(Value::List(items)) => items.iter().try_for_each(|item| self.value(item))?,
            Datum::Plain(value) => self.value(&value)?,
        }
        Some(())
    }

    fn value(&mut self, value: &Value) -> Option<()> {
        match value {
            Value::Number(number) => self.numbers.push(number.clone()),
            Value::String(text) => drop(self.texts.insert(text.clone())),
            Value::Null | Value::Bool(_) => {}
            Value::List(_) | Value::Map(_) => return None,
        }
        Some(())
    }

    /// Each number, one between two neighbours, one on either side.
    fn sample_numbers(&mut self, found: &mut Vec<Value>) -> Option<()> {
        let numbers = &mut self.numbers;
        numbers.sort_by(number::compare);
        numbers.dedup_by(|a, b| number::compare(a, b) == Ordering::Equal);
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
            found.push(Value::int(0));
            return Some(());
        };
        found.extend(numbers.iter().cloned().map(Value::Number));
        for pair in numbers.windows(2) {
            let sum = number::calculate(Arithmetic::Add, &pair[0], &pair[1]).ok()?;
            let middle = number::calculate(Arithmetic::Divide, &sum, &Number::Int(2)).ok()?;
            let within = number::compare(&pair[0], &middle) == Ordering::Less
                && number::compare(&middle, &pair[1]) == Ordering::Less;
            found.push(Value::Number(within.then_some(middle)?));
        }
        let below = number::calculate(Arithmetic::Subtract, first, &Number::Int(1)).ok()?;
        let above = number::calculate(Arithmetic::Add, last, &Number::Int(1)).ok()?;
        let outside =
            number::compare(&below, first) == Ordering::Less && number::compare(last, &above) == Ordering::Less;
        found.extend(outside.then_some([Value::Number(below), Value::Number(above)])?);
        Some(())
    }

    /// Each text, one that is none of them, and for each the next longer one, which lies between it and its neighbour
    /// if anything does.
    fn sample_texts(&self, found: &mut Vec<Value>) {
        found.extend(self.texts.iter().cloned().map(Value::String));
        let other = (1..).map(|number: u64| if number == 1 { "other".to_owned() } else { format!("other{number}") });
        found.extend(other.into_iter().find(|other| !self.texts.contains(other.as_str())).map(Value::from));
        found.push(Value::string(""));
        found.extend(self.texts.iter().map(|text| Value::from(format!("{text}0"))));
        found.extend(self.texts.iter().map(|text| Value::from(format!("{text}\0"))));
    }

    /// As numbers. Neighbours that are less than a millisecond apart have nothing between them when written.
    fn sample_times(&mut self, found: &mut Vec<Value>) -> Option<()> {
        let times = &mut self.times;
        times.sort_by(|a, b| a.order(*b).unwrap_or(Ordering::Equal));
        times.dedup_by(|a, b| a.order(*b) == Some(Ordering::Equal));
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return Some(()) };
        let (below, above) = (first.before()?, last.after()?);
        let between: Option<Vec<_>> = times.windows(2).map(|pair| pair[0].between(pair[1])).collect();
        let all = times.iter().copied().chain(between?).chain([below, above]);
        found.extend(all.map(|time| Value::from(time.to_string())));
        Some(())
    }
}

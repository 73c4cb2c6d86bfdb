//! The way to a field, and what objects have there.

use std::sync::Arc;

use model::Value;

use crate::{Budget, Fault, limits};

/// Keys joined by dots.
///
/// A key of an object may itself have dots in it, so several readings of a path are possible. Through lists a path
/// leads to what each of their items has.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    text: Arc<str>,
    /// Where each key ends in the text.
    ends: Box<[usize]>,
}

/// Which readings of a path count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// At each object the longest key that it has.
    Longest,
    /// All keys that it has.
    Every,
}

impl Path {
    /// The path of a known field.
    pub(crate) fn new(text: &str) -> Self {
        let dots = text.bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
        Self { text: text.into(), ends: dots.chain([text.len()]).collect() }
    }

    /// The path that leads nowhere but to the object itself.
    pub(crate) fn to_all() -> Self {
        Self { text: "".into(), ends: Box::default() }
    }

    /// Reads a path that a client wrote; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        let path = Self::new(text);
        if text.len() > limits::PATH_BYTES || path.ends.len() > limits::PATH_KEYS {
            return Err(format!("has more than {} bytes or {} keys", limits::PATH_BYTES, limits::PATH_KEYS));
        }
        Ok(path)
    }

    /// As it is written.
    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Hands each value that is there to `found`, the items of lists one by one, until it says true. Null is not there.
    pub(crate) fn any(
        &self,
        object: &Value,
        reading: Reading,
        budget: &mut Budget,
        found: &mut dyn FnMut(&Value, &mut Budget) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        self.any_from(0, object, reading, budget, found)
    }

    /// The same from the key with this number on.
    fn any_from(
        &self,
        key: usize,
        value: &Value,
        reading: Reading,
        budget: &mut Budget,
        found: &mut dyn FnMut(&Value, &mut Budget) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        budget.step(1)?;
        match value {
            Value::Null => Ok(false),
            Value::List(items) => {
                for item in items.iter() {
                    if self.any_from(key, item, reading, budget, found)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ if key == self.ends.len() => found(value, budget),
            Value::Map(members) => {
                budget.step((self.ends.len() - key) as u64)?;
                let start = key.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
                for last in (key..self.ends.len()).rev() {
                    if let Some(member) = members.get(&self.text[start..self.ends[last]]) {
                        let holds = self.any_from(last + 1, member, reading, budget, found)?;
                        if holds || reading == Reading::Longest {
                            return Ok(holds);
                        }
                    }
                }
                Ok(false)
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(false),
        }
    }

    /// Whether two objects have different values there, or the same ones in another order.
    pub(crate) fn differs(&self, a: &Value, b: &Value, budget: &mut Budget) -> Result<bool, Fault> {
        let a = self.all(a, budget)?;
        let b = self.all(b, budget)?;
        Ok(!crate::walk::equal(&Value::list(a), &Value::list(b), budget)?)
    }

    fn all(&self, object: &Value, budget: &mut Budget) -> Result<Vec<Value>, Fault> {
        let mut values = Vec::new();
        self.any(object, Reading::Longest, budget, &mut |value, budget| {
            budget.take_items(1)?;
            values.push(value.clone());
            Ok(false)
        })?;
        Ok(values)
    }
}

/// The texts, numbers and truth values that an object has where a condition on the path looks, each once, at most `most`.
///
/// # Errors
/// What is wrong with the path, or with how much the object has there.
pub fn values_at(object: &Value, path: &str, most: usize) -> Result<Vec<Value>, String> {
    let mut values: Vec<Value> = Vec::new();
    let found = Path::parse(path)?.any(object, Reading::Longest, &mut Budget::default(), &mut |value, budget| {
        budget.step(values.len() as u64)?;
        let is_plain = !matches!(value, Value::Null | Value::List(_) | Value::Map(_));
        if is_plain && !values.contains(value) {
            values.push(value.clone());
        }
        Ok(values.len() >= most)
    });
    found.map(|_| values).map_err(|fault| fault.to_string())
}

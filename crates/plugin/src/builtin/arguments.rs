//! Reads the input of a function. The manifest has been checked before, so a wrong type here is the exception.

use model::{Map, Value};

use crate::error::ActionError;
use crate::manifest::PURE_LIMIT;

pub(super) fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, ActionError> {
    input.get(name).as_str().ok_or_else(|| expected(input, name, "string"))
}

pub(super) fn list<'a>(input: &'a Value, name: &str) -> Result<&'a [Value], ActionError> {
    input.get(name).as_list().ok_or_else(|| expected(input, name, "list"))
}

pub(super) fn object<'a>(input: &'a Value, name: &str) -> Result<&'a Map, ActionError> {
    input.get(name).as_map().ok_or_else(|| expected(input, name, "object"))
}

pub(super) fn flag(input: &Value, name: &str) -> bool {
    input.get(name).as_bool().unwrap_or(false)
}

/// An integer in a range.
pub(super) fn integer(input: &Value, name: &str, range: std::ops::RangeInclusive<i64>) -> Result<i64, ActionError> {
    let int = input.get(name).as_i64().filter(|int| range.contains(int));
    int.ok_or_else(|| {
        ActionError::input(name, format!("expected an integer from {} to {}", range.start(), range.end()))
    })
}

/// Texts of a list; what is no text counts as its JSON.
pub(super) fn texts<'a>(input: &'a Value, name: &str) -> Result<Vec<std::borrow::Cow<'a, str>>, ActionError> {
    Ok(list(input, name)?.iter().map(Value::to_text).collect())
}

fn expected(input: &Value, name: &str, kind: &str) -> ActionError {
    ActionError::input(name, format!("expected {kind}, got {}", input.get(name).kind()))
}

/// A text under construction that cannot outgrow the limit.
#[derive(Default)]
pub(super) struct Bounded(String);

impl Bounded {
    pub(super) fn push(&mut self, part: &str) -> Result<(), ActionError> {
        if self.0.len() + part.len() > PURE_LIMIT {
            return Err(ActionError::permanent(crate::error::INPUT_INVALID, "the result is larger than 4 MiB"));
        }
        self.0.push_str(part);
        Ok(())
    }

    pub(super) fn into_value(self) -> Value {
        Value::from(self.0)
    }
}

//! Conversions between kinds of values.

use model::{Number, Value};

use super::{Call, Function};
use crate::{Fault, number, text};

pub(super) const FUNCTIONS: [Function; 6] = [
    Function::new("int", "int(x)", 1..=1, int),
    Function::new("double", "double(x)", 1..=1, double),
    Function::new("string", "string(x)", 1..=1, string),
    Function::new("bool", "bool(x)", 1..=1, bool),
    Function::new("type", "type(x)", 1..=1, kind),
    Function::new("empty", "empty(x)", 1..=1, empty),
];

/// The number that a number or a text is; `None` for null.
fn numeric(call: &mut Call<'_>) -> Result<Option<Number>, Fault> {
    match call.subject() {
        Value::Null => Ok(None),
        Value::Number(number) => {
            call.budget.scan(number::length(number))?;
            Ok(Some(number.clone()))
        }
        Value::String(text) => {
            call.budget.scan(text.len())?;
            match Number::parse(text.trim()) {
                Some(number) => Ok(Some(number)),
                None => Err(call.fault(&format!("cannot read '{}' as a number", excerpt(text)))),
            }
        }
        other @ (Value::Bool(_) | Value::List(_) | Value::Map(_)) => Err(call.wrong("a number or a string", 0, other)),
    }
}

/// The beginning of a text, for a message.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Drops the fraction.
fn int(call: &mut Call<'_>) -> Result<Value, Fault> {
    let Some(number) = numeric(call)? else { return Ok(Value::Null) };
    let whole = number.as_i64().or_else(|| Number::Float(number.as_f64().trunc()).as_i64());
    whole.map(Value::int).ok_or_else(|| call.fault("cannot make an integer of 64 bits of so large a number"))
}

fn double(call: &mut Call<'_>) -> Result<Value, Fault> {
    let Some(number) = numeric(call)? else { return Ok(Value::Null) };
    let float = Number::from_f64(number.as_f64());
    float.map(Value::Number).ok_or_else(|| call.fault("cannot make a double of so large a number"))
}

/// The text that interpolation writes.
fn string(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(Value::String(text::text(call.subject(), call.budget)?))
}

fn bool(call: &mut Call<'_>) -> Result<Value, Fault> {
    match call.subject() {
        Value::Null => Ok(Value::Bool(false)),
        Value::Bool(truth) => Ok(Value::Bool(*truth)),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        Value::String(text) => Err(call.fault(&format!("cannot read '{}' as a boolean", excerpt(text)))),
        other @ (Value::Number(_) | Value::List(_) | Value::Map(_)) => {
            Err(call.wrong("a boolean, 'true' or 'false'", 0, other))
        }
    }
}

fn kind(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(Value::string(call.subject().kind()))
}

/// Null, and a string, list or object without content.
fn empty(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(Value::Bool(match call.subject() {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }))
}

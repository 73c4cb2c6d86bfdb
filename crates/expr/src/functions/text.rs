//! Functions on strings. Positions and sizes count characters (Unicode code points).

use model::{Number, Value};

use super::{Call, Function};
use crate::{Fault, text, walk};

pub(super) const FUNCTIONS: [Function; 13] = [
    Function::new("size", "size(x)", 1..=1, size),
    Function::new("contains", "contains(x, part)", 2..=2, contains),
    Function::new("startsWith", "startsWith(text, start)", 2..=2, starts_with),
    Function::new("endsWith", "endsWith(text, end)", 2..=2, ends_with),
    Function::new("lower", "lower(text)", 1..=1, lower),
    Function::new("upper", "upper(text)", 1..=1, upper),
    Function::new("lowerAscii", "lowerAscii(text)", 1..=1, lower_ascii),
    Function::new("upperAscii", "upperAscii(text)", 1..=1, upper_ascii),
    Function::new("trim", "trim(text)", 1..=1, trim),
    Function::new("split", "split(text, separator)", 2..=2, split),
    Function::new("replace", "replace(text, old, new)", 3..=3, replace),
    Function::new("substring", "substring(text, start, end?)", 2..=3, substring),
    Function::new("indexOf", "indexOf(text, part)", 2..=2, index_of),
];

fn count(number: usize) -> Value {
    Value::Number(i64::try_from(number).map_or(Number::Float(number as f64), Number::Int))
}

fn size(call: &mut Call<'_>) -> Result<Value, Fault> {
    match call.subject() {
        Value::Null => Ok(Value::int(0)),
        Value::String(text) => {
            call.budget.scan(text.len())?;
            Ok(count(text.chars().count()))
        }
        Value::List(items) => Ok(count(items.len())),
        Value::Map(members) => Ok(count(members.len())),
        other @ (Value::Bool(_) | Value::Number(_)) => Err(call.wrong("a string, a list or an object", 0, other)),
    }
}

/// A part of a string, an item of a list or a key of an object.
fn contains(call: &mut Call<'_>) -> Result<Value, Fault> {
    let Value::String(text) = call.subject() else {
        let found = walk::member_of(&call.arguments[1], call.subject(), call.budget)?;
        return found.map(Value::Bool).ok_or_else(|| call.wrong("a string, a list or an object", 0, call.subject()));
    };
    let part = call.text_at(1)?;
    call.budget.scan(text.len() + part.len())?;
    Ok(Value::Bool(text.contains(&**part)))
}

fn starts_with(call: &mut Call<'_>) -> Result<Value, Fault> {
    let start = call.text_at(1)?;
    call.budget.scan(start.len())?;
    Ok(Value::Bool(call.text()?.is_some_and(|text| text.starts_with(&**start))))
}

fn ends_with(call: &mut Call<'_>) -> Result<Value, Fault> {
    let end = call.text_at(1)?;
    call.budget.scan(end.len())?;
    Ok(Value::Bool(call.text()?.is_some_and(|text| text.ends_with(&**end))))
}

/// The string made from the subject, for results no longer than it in bytes times `growth`; null of null.
fn mapped(call: &mut Call<'_>, growth: usize, map: impl FnOnce(&str) -> String) -> Result<Value, Fault> {
    let Some(text) = call.text()? else { return Ok(Value::Null) };
    call.budget.take(text.len() * growth)?;
    call.budget.scan(text.len())?;
    Ok(map(text).into())
}

fn lower(call: &mut Call<'_>) -> Result<Value, Fault> {
    mapped(call, 2, str::to_lowercase)
}

fn upper(call: &mut Call<'_>) -> Result<Value, Fault> {
    mapped(call, 3, str::to_uppercase)
}

fn lower_ascii(call: &mut Call<'_>) -> Result<Value, Fault> {
    mapped(call, 1, str::to_ascii_lowercase)
}

fn upper_ascii(call: &mut Call<'_>) -> Result<Value, Fault> {
    mapped(call, 1, str::to_ascii_uppercase)
}

fn trim(call: &mut Call<'_>) -> Result<Value, Fault> {
    mapped(call, 1, |text| text.trim().to_owned())
}

/// An empty separator splits into characters.
fn split(call: &mut Call<'_>) -> Result<Value, Fault> {
    let separator = call.text_at(1)?;
    let Some(text) = call.text()? else { return Ok(Value::list(Vec::new())) };
    call.budget.scan(text.len())?;
    let mut parts = Vec::new();
    let mut part = |part: &str| {
        call.budget.step(1)?;
        call.budget.take_items(1)?;
        call.budget.take(part.len())?;
        parts.push(Value::string(part));
        Ok(())
    };
    if separator.is_empty() {
        text.chars().try_for_each(|c| part(c.encode_utf8(&mut [0; 4])))?;
    } else {
        text.split(&**separator).try_for_each(part)?;
    }
    Ok(Value::list(parts))
}

fn replace(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (old, new) = (call.text_at(1)?, call.text_at(2)?);
    let Some(text) = call.text()? else { return Ok(Value::Null) };
    if old.is_empty() {
        return Err(call.fault("cannot replace an empty string"));
    }
    call.budget.scan(2 * text.len())?;
    let found = text.matches(&**old).count();
    let length = (text.len() - found * old.len()).saturating_add(found.saturating_mul(new.len()));
    call.budget.take(length)?;
    call.budget.scan(length)?;
    Ok(text.replace(&**old, new).into())
}

/// Positions outside the string are its ends.
fn substring(call: &mut Call<'_>) -> Result<Value, Fault> {
    let position = |number: i64| usize::try_from(number).unwrap_or(0);
    let start = position(call.int_at(1)?);
    let end = if call.arguments.len() > 2 { position(call.int_at(2)?) } else { usize::MAX };
    let Some(text) = call.text()? else { return Ok(Value::Null) };
    call.budget.scan(text.len())?;
    let byte = |position: usize| text.char_indices().nth(position).map_or(text.len(), |(byte, _)| byte);
    let part = text.get(byte(start)..byte(end)).unwrap_or("");
    call.budget.take(part.len())?;
    Ok(Value::string(part))
}

/// The position of the first occurrence, -1 when there is none.
fn index_of(call: &mut Call<'_>) -> Result<Value, Fault> {
    let part = call.text_at(1)?;
    let Some(text) = call.text()? else { return Ok(Value::int(-1)) };
    call.budget.scan(text.len() + part.len())?;
    Ok(text.find(&**part).map_or(Value::int(-1), |byte| count(text[..byte].chars().count())))
}

/// The items' texts with the separator between them; used by the list functions.
pub(super) fn joined(call: &mut Call<'_>, items: &[Value], separator: &str) -> Result<Value, Fault> {
    let mut written = String::new();
    for (index, item) in items.iter().enumerate() {
        call.budget.step(1)?;
        if index > 0 {
            text::append_str(separator, &mut written, call.budget)?;
        }
        text::append(item, &mut written, call.budget)?;
    }
    Ok(written.into())
}

//! JSON as text.

use model::Value;

use super::{Call, Function};
use crate::{Fault, text};

pub(super) const FUNCTIONS: [Function; 2] = [
    Function::new("toJson", "toJson(x)", 1..=1, to_json),
    Function::new("fromJson", "fromJson(text)", 1..=1, from_json),
];

/// Bytes that one value takes in memory while JSON is read.
const BYTES_A_VALUE: usize = 64;

fn to_json(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(text::json(call.subject(), call.budget)?.into())
}

fn from_json(call: &mut Call<'_>) -> Result<Value, Fault> {
    let Some(text) = call.text()? else { return Ok(Value::Null) };
    // `0,0,0,…` takes far more in memory than as text, so each value is paid for, too.
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{' | b':')).count();
    call.budget.scan(text.len())?;
    call.budget.step(values as u64 / 4)?;
    call.budget.take(text.len().saturating_add(values.saturating_mul(BYTES_A_VALUE)))?;
    Value::from_json(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        call.fault(&format!("cannot read the text as JSON (line {line}, column {column} of it)"))
    })
}

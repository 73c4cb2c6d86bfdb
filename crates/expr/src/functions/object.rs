//! Functions on objects.

use model::{Map, Value};

use super::{Call, Function};
use crate::Fault;

pub(super) const FUNCTIONS: [Function; 2] =
    [Function::new("keys", "keys(object)", 1..=1, keys), Function::new("values", "values(object)", 1..=1, values)];

fn keys(call: &mut Call<'_>) -> Result<Value, Fault> {
    items(call, |members| members.keys().map(|key| Value::String(key.clone())).collect())
}

fn values(call: &mut Call<'_>) -> Result<Value, Fault> {
    items(call, |members| members.values().cloned().collect())
}

fn items(call: &mut Call<'_>, collect: impl FnOnce(&Map) -> Vec<Value>) -> Result<Value, Fault> {
    match call.subject() {
        Value::Null => Ok(Value::list(Vec::new())),
        Value::Map(members) => {
            call.budget.step(members.len() as u64)?;
            call.budget.take_items(members.len())?;
            Ok(Value::list(collect(members)))
        }
        other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_)) => {
            Err(call.wrong("an object", 0, other))
        }
    }
}

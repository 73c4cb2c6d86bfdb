//! Answers in the form of the API's.

use model::Value;

use crate::records::{Found, Search};

/// What the API answers when all went well.
const SUCCESS: &str = "00000000";

/// One object.
pub(super) fn single(object: Value) -> Value {
    answer(200, vec![("code", SUCCESS.into()), ("message", "".into()), ("data", enveloped(object))])
}

/// A page of objects.
pub(super) fn listed(found: Found, search: &Search) -> Value {
    let data: Vec<Value> = found.objects.into_iter().map(enveloped).collect();
    let body = vec![
        ("code", SUCCESS.into()),
        ("message", "".into()),
        ("total", Value::int(found.total)),
        ("size", Value::int(search.limit)),
        ("page", Value::int(search.offset / search.limit + 1)),
        ("data", Value::list(data)),
    ];
    answer(200, body)
}

/// A refusal.
pub(super) fn refused(status: i64, code: &str, message: &str) -> Value {
    answer(status, vec![("code", code.into()), ("message", message.into())])
}

fn enveloped(object: Value) -> Value {
    Value::object([("id", object.get("id").clone()), ("data_object", object)])
}

fn answer(status: i64, body: Vec<(&str, Value)>) -> Value {
    let headers = Value::object([("content-type", "application/json".into())]);
    Value::object([("headers", headers), ("code", Value::int(status)), ("body", Value::object(body))])
}

//! The failures that the engine itself makes, with their stable codes.

use model::Value;

use crate::command::Failure;

/// No condition of an outgoing flow is true and there is no default flow.
const NO_FLOW_TAKEN: &str = "NoFlowTaken";
/// An error end event without a code of its own.
const UNNAMED_ERROR: &str = "Error";
/// A timer or due date is not a time.
const INVALID_TIME: &str = "Timer.Invalid";
/// A mapping gave a value of the wrong kind.
const MAPPING_TYPE: &str = "Mapping.Type";
/// A task fell due, and a required handling parameter has no default.
const OVERDUE: &str = "Task.Overdue";

/// A failure that a repetition does not mend.
pub(crate) fn failure(code: &str, message: String) -> Failure {
    Failure { code: code.to_owned(), message, retryable: false, retry_after_ms: None }
}

pub(crate) fn no_flow_taken(node: &str) -> Failure {
    let message = format!("no condition of the outgoing flows of '{node}' is true, and it has no default flow");
    failure(NO_FLOW_TAKEN, message)
}

/// The error of an error end event. Where nothing catches it, it is the end event's fault.
pub(crate) fn thrown(code: &str) -> Failure {
    let code = if code.is_empty() { UNNAMED_ERROR } else { code };
    failure(code, format!("the error '{code}' was thrown"))
}

pub(crate) fn invalid_time(value: &Value, expected: &str) -> Failure {
    failure(INVALID_TIME, format!("expected {expected}, not {}", excerpt(value)))
}

pub(crate) fn not_an_object(what: &str, value: &Value) -> Failure {
    failure(MAPPING_TYPE, format!("{what} must be an object, not a {}", value.kind()))
}

pub(crate) fn not_a_boolean(flow: &str, value: &Value) -> Failure {
    failure("Expression.Type", format!("the condition of flow '{flow}' must be true or false, not a {}", value.kind()))
}

pub(crate) fn not_true_or_false(what: &str, value: &Value) -> Failure {
    failure("Expression.Type", format!("{what} must be true or false, not a {}", value.kind()))
}

pub(crate) fn not_a_list(value: &Value) -> Failure {
    failure("Loop.Collection", format!("the collection must be a list, not a {}", value.kind()))
}

pub(crate) fn not_a_count(what: &str, value: &Value) -> Failure {
    failure("Loop.Cardinality", format!("{what} must be a whole number above zero, not {}", excerpt(value)))
}

pub(crate) fn no_transaction() -> Failure {
    failure("Transaction.None", "a cancel event has no transaction around it".to_owned())
}

pub(crate) fn overdue(parameter: &str) -> Failure {
    failure(OVERDUE, format!("the task fell due, and the required parameter '{parameter}' has no default"))
}

pub(crate) fn nodes(limit: u64) -> Failure {
    failure("Limit.Nodes", format!("the instance has executed more than {limit} nodes"))
}

pub(crate) fn age(days: u64) -> Failure {
    failure("Limit.Age", format!("the instance is older than {days} days"))
}

pub(crate) fn variables(limit: usize) -> Failure {
    failure("Limit.Variables", format!("the instance's variables and outputs take more than {limit} bytes"))
}

pub(crate) fn call_depth(limit: u32) -> Failure {
    failure("Limit.CallDepth", format!("call activities are nested more than {limit} deep"))
}

pub(crate) fn repetition(node: &str, limit: u32) -> Failure {
    failure("Limit.Loop", format!("'{node}' was executed more than {limit} times"))
}

/// What output a node has that goes on after a failure, and what a boundary event gets.
pub(crate) fn as_output(failure: &Failure) -> Value {
    let error = [("code", Value::string(&failure.code)), ("message", Value::string(&failure.message))];
    Value::object([("error", Value::object(error))])
}

/// The first characters of a value, for messages.
fn excerpt(value: &Value) -> String {
    const LENGTH: usize = 60;
    let text = value.to_json();
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

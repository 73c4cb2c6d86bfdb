//! What users of S-FEEL notice, as tables of cells and expressions.

mod cells;
mod collecting;
mod errors;
mod expressions;
mod hostile;
mod properties;
mod sampling;
mod times;

use model::{Map, Value};

use super::{Expression, UnaryTests};
use crate::{Budget, Fault};

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The names that the tables use.
fn scope() -> Map {
    let scope = json(
        r#"{
        "alert": {"severity": "High", "score": 7.5, "count": 3, "ok": true, "none": null, "告警": "名",
                  "created": "2025-07-18T14:44:46.735Z+0800", "lasted": "PT90M"},
        "allowed": ["ssh", "rdp", 22],
        "limit": 5,
        "time": "noon",
        "date": 1,
        "größe": 12
    }"#,
    );
    scope.as_map().expect("an object").clone()
}

/// Whether an input, given as JSON, passes a cell.
#[track_caller]
fn check_cell(cell: &str, input: &str, expected: bool) {
    let tests = UnaryTests::compile(cell).unwrap_or_else(|error| panic!("{cell}: {error}"));
    let found = tests.matches(&json(input), &scope(), &mut Budget::default());
    assert_eq!(found, Ok(expected), "{input} in {cell}");
}

fn eval(source: &str) -> Result<Value, Fault> {
    let expression = Expression::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    expression.eval(&scope(), &mut Budget::default())
}

/// The value of an expression, as JSON.
#[track_caller]
fn check(source: &str, expected: &str) {
    match eval(source) {
        Ok(value) => assert_eq!(value.to_json(), expected, "{source}"),
        Err(fault) => panic!("{source}: {fault}"),
    }
}

/// The message of the fault that an expression ends with.
#[track_caller]
fn check_fault(source: &str, expected: &str) {
    match eval(source) {
        Ok(value) => panic!("{source} is {value:?}"),
        Err(fault) => assert_eq!(fault.to_string(), expected, "{source}"),
    }
}

/// The message that an expression is refused with.
#[track_caller]
fn check_error(source: &str, expected: &str) {
    match Expression::compile(source) {
        Ok(expression) => panic!("{expression:?} compiles"),
        Err(error) => assert_eq!(error.to_string(), expected, "{source}"),
    }
}

/// The message that a cell is refused with.
#[track_caller]
fn check_cell_error(cell: &str, expected: &str) {
    match UnaryTests::compile(cell) {
        Ok(tests) => panic!("{tests:?} compiles"),
        Err(error) => assert_eq!(error.to_string(), expected, "{cell}"),
    }
}

//! What users of the language notice, as tables of expressions.

mod docs;
mod errors;
mod faults;
mod functions;
mod hostile;
mod language;
mod macros;
mod properties;
mod templates;
mod words;

use model::{Map, Value};

use crate::{Budget, Fault, Program, Template};

/// The names that the tables use.
fn scope() -> Map {
    let json = r#"{
        "data_object": {
            "title": "Brute force on web-01", "severity": "High", "count": 3, "score": 7.5, "ok": true, "gone": null,
            "in": "member", "tags": ["ssh", "brute", "ssh"], "ports": [22, 80, 443],
            "alert": {"severity": 3, "src_ip": "10.1.2.3"}, "odd-key": "dash", "告警": "名"
        },
        "nodes": {"lookup": {"output": {"found": true, "hits": [{"n": 1}, {"n": 2}]}}},
        "vars": {"name": "web", "empty": "", "none": null, "limit": 2, "list": [], "obj": {}},
        "loop": {"index": 4},
        "empty": 1,
        "name": "web",
        "x": 5
    }"#;
    Value::from_json(json).expect("the scope is JSON").as_map().expect("and an object").clone()
}

fn eval(source: &str) -> Result<Value, Fault> {
    let program = Program::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    program.eval(&scope(), &mut Budget::default())
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

/// The message that a text is refused with.
#[track_caller]
fn check_error(source: &str, expected: &str) {
    match Program::compile(source) {
        Ok(program) => panic!("{program:?} compiles"),
        Err(error) => assert_eq!(error.to_string(), expected, "{source}"),
    }
}

/// The value of a template, both as JSON.
#[track_caller]
fn check_template(template: &str, expected: &str) {
    let value = Value::from_json(template).expect("the template is JSON");
    let compiled = Template::compile(&value).unwrap_or_else(|error| panic!("{template}: {error}"));
    match compiled.eval(&scope(), &mut Budget::default()) {
        Ok(value) => assert_eq!(value.to_json(), expected, "{template}"),
        Err(fault) => panic!("{template}: {fault}"),
    }
}

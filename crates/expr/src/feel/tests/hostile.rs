//! Texts and values made to hurt.

use model::Value;

use super::{json, scope};
use crate::feel::{Expression, UnaryTests};
use crate::{Budget, Error, Fault, Scope};

#[track_caller]
fn check_refused(source: &str, expected: &str) {
    for result in [Expression::compile(source).map(drop), UnaryTests::compile(source).map(drop)] {
        match result {
            Ok(()) => panic!("{} bytes compile", source.len()),
            Err(Error { message }) => assert!(message.starts_with(expected), "{message}"),
        }
    }
}

#[test]
fn nesting_is_limited() {
    let expression = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    let list = |depth: usize| format!("1 + {}1{}", "[".repeat(depth), "]".repeat(depth));
    check_refused(&expression(97), "nested more than 96 deep at 1:98");
    check_refused(&expression(10_000), "more than 10000 names");
    check_refused(&"(".repeat(9_000), "nested more than 96 deep");
    check_refused(&list(97), "nested more than 96 deep");
    check_refused(&format!("{}5", "-".repeat(97)), "nested more than 96 deep");
    assert!(Expression::compile(&list(96)).is_ok());
    let deep = Expression::compile(&expression(96)).expect("compiles");
    assert_eq!(deep.eval(&scope(), &mut Budget::default()), Ok(Value::int(1)));
    assert!(UnaryTests::compile(&format!("not({})", expression(96))).is_ok());
    assert!(UnaryTests::compile(&format!("{}1", "]".repeat(5_000))).is_err());
}

#[test]
fn length_is_limited() {
    check_refused(&" ".repeat(64 * 1024 + 1), "the expression is longer than 65536 bytes");
    check_refused(&"1+".repeat(5_001), "more than 10000 names, literals and operators at 1:10001");
    let long = format!("1{}", "+1".repeat(4_999));
    let sum = Expression::compile(&long).expect("compiles").eval(&scope(), &mut Budget::default());
    assert_eq!(sum, Ok(Value::int(5_000)));
    let power = format!("1{}", "**1".repeat(4_999));
    assert_eq!(
        Expression::compile(&power).expect("compiles").eval(&scope(), &mut Budget::default()),
        Ok(Value::int(1))
    );
    assert!(Expression::compile(&format!("a{}", ".a".repeat(4_999))).is_ok());
    assert!(UnaryTests::compile(&format!("\"{}\"", "a".repeat(60_000))).is_ok());
    // Each bracket looks for the dots of an interval, and stops at its own end.
    assert!(UnaryTests::compile(&format!("(1){}", ",(1)".repeat(2_000))).is_ok());
}

#[test]
fn work_is_paid_for() {
    let text = Value::from("a".repeat(1 << 20));
    let scope = Value::object([("t", text), ("n", json(&format!("1{}", "0".repeat(100_000))))]);
    let scope = scope.as_map().expect("an object");
    let eval = |source: &str, budget: Budget| {
        Expression::compile(source).expect(source).eval(scope as &dyn Scope, &mut { budget })
    };
    let doubled = format!("t{}", " + t".repeat(100));
    assert_eq!(eval(&doubled, Budget::default()), Err(Fault::Budget("bytes")));
    let digits = format!("[n{}]", " = n, n".repeat(50));
    assert_eq!(eval(&digits, Budget { steps: 50_000, bytes: 1 << 20 }), Err(Fault::Budget("steps")));
    let many = format!("[t{}]", ", t".repeat(100));
    assert_eq!(eval(&many, Budget::default()), Err(Fault::Budget("bytes")));
    let tests = UnaryTests::compile(&format!("1{}", ", 1".repeat(1_000))).expect("compiles");
    let found = tests.matches(&Value::int(2), scope, &mut Budget { steps: 500, bytes: 0 });
    assert_eq!(found, Err(Fault::Budget("steps")));
}

#[test]
fn a_long_text_is_no_time() {
    let long = Value::from(format!("2020-01-01{}", " ".repeat(1 << 20)));
    let tests = UnaryTests::compile("< date(\"2025-01-01\")").expect("compiles");
    assert_eq!(tests.matches(&long, &scope(), &mut Budget { steps: 50, bytes: 0 }), Ok(false));
}

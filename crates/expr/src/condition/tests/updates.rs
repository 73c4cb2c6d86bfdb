//! Rules that look at the object before the update, as conditions and as expressions.

use super::{json, rule};
use crate::condition::{Rule, Subject};
use crate::{Budget, Fault};

/// Whether the conditions and the expression, which say the same, hold for an update.
#[track_caller]
fn check(old: Option<&str>, object: &str, conditions: &str, expression: &str, expected: bool) {
    let (old, object) = (old.map(json), json(object));
    let subject = Subject { object: &object, old: old.as_ref() };
    let rules = [rule(conditions, &[]), Rule::expression(expression).expect(expression)];
    for rule in rules {
        assert!(rule.reads_old(), "{rule:?}");
        let found = rule.matches(&subject, &mut Budget::default());
        assert_eq!(found, Ok(expected), "{old:?} {object:?} {conditions} {expression}");
    }
}

#[test]
fn old_is_the_object_before() {
    let closed = (
        r#"[["old.status", "!=", "Closed"], ["status", "=", "Closed"]]"#,
        "old.status != 'Closed' && data_object.status == 'Closed'",
    );
    check(Some(r#"{"status": "Open"}"#), r#"{"status": "Closed"}"#, closed.0, closed.1, true);
    check(Some(r#"{"status": "Closed"}"#), r#"{"status": "Closed"}"#, closed.0, closed.1, false);
    check(None, r#"{"status": "Closed"}"#, closed.0, closed.1, true);
    check(None, r#"{"old": {"status": "x"}}"#, r#"[["old.status", "exists"]]"#, "has(old.status)", false);
    check(Some("{}"), "{}", r#"[["old", "exists"]]"#, "old != null", true);
    check(None, "{}", r#"[["old", "exists"]]"#, "old != null", false);
}

#[test]
fn changed_compares_what_is_at_the_path() {
    let check = |old: Option<&str>, object: &str, expected: bool| {
        check(old, object, r#"[["a.b", "changed"]]"#, "changed('a.b')", expected);
        check(old, object, r#"[["a.b", "not changed", ""]]"#, "!changed('a.b')", !expected);
    };
    check(Some(r#"{"a": {"b": 1}}"#), r#"{"a": {"b": 2}}"#, true);
    check(Some(r#"{"a": {"b": 1}}"#), r#"{"a": {"b": 1.0, "c": 3}}"#, false);
    check(Some(r#"{"a": {"b": 1}}"#), r#"{"a": {"b": "1"}}"#, true);
    check(Some(r#"{"a": {"b": 1}}"#), r#"{"a": {}}"#, true);
    check(Some(r#"{"a": {"b": null}}"#), r#"{"a": {}}"#, false);
    check(Some(r#"{"a": {"b": {"c": 1}}}"#), r#"{"a": {"b": {"c": 2}}}"#, true);
    check(Some(r#"{"a": [{"b": 1}, {"b": 2}]}"#), r#"{"a": [{"b": 1}, {"b": 2}]}"#, false);
    check(Some(r#"{"a": [{"b": 1}, {"b": 2}]}"#), r#"{"a": [{"b": 2}, {"b": 1}]}"#, true);
    check(Some(r#"{"a": {"b": [1]}}"#), r#"{"a": {"b": [1, 2]}}"#, true);
    check(None, r#"{"a": {"b": 1}}"#, true);
    check(None, r#"{"a": 1}"#, false);
}

#[test]
fn rules_that_do_not_look_back_say_so() {
    assert!(!rule(r#"[["older", "=", 1], ["a.old", "exists"]]"#, &[]).reads_old());
    assert!(!Rule::expression("data_object.old == 1").expect("compiles").reads_old());
}

#[track_caller]
fn check_expression(text: &str, object: &str, expected: Result<bool, &str>) {
    let rule = Rule::expression(text).expect(text);
    let found = rule.matches(&Subject::new(&json(object)), &mut Budget::default());
    assert_eq!(found.map_err(|fault| fault.to_string()), expected.map_err(str::to_owned), "{text}");
}

#[test]
fn an_expression_is_true_false_or_a_fault() {
    check_expression(
        "data_object.count > 3 and data_object.severity in ['High']",
        r#"{"count": 4, "severity": "High"}"#,
        Ok(true),
    );
    check_expression("${data_object.flag}", r#"{"flag": true}"#, Ok(true));
    check_expression("data_object.flag", "{}", Ok(false));
    check_expression("data_object.count", r#"{"count": 4}"#, Err("a rule is true or false, not number"));
    check_expression("data_object.count + 1 > 2", "{}", Err("'+' cannot be applied to null and number at 1:21"));
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    assert_eq!(Rule::expression(text).expect_err(text).to_string(), expected);
}

#[test]
fn expressions_read_the_object_and_the_old_one_only() {
    check_refused(
        "data_object.a == 1 &&\n severity == 'High'",
        "unknown name 'severity' ('data_object' and 'old' are known) at 2:2",
    );
    check_refused("data_object.a ==", "the expression ends too early at 1:17");
    check_refused(
        "changed(data_object.a)",
        "changed() needs the path of a field as text, like changed('severity') at 1:1",
    );
    check_refused("changed()", "wrong number of arguments for changed(path) at 1:1");
    check_refused("changed('')", "the path is empty at 1:1");
}

#[test]
fn what_knows_no_old_object_cannot_ask_what_changed() {
    let program = crate::Program::compile("changed('a')").expect("compiles");
    assert_eq!(program.names().iter().map(|name| &**name).collect::<Vec<_>>(), ["data_object", "old"]);
    let scope = json(r#"{"data_object": {}}"#);
    let found = program.eval(scope.as_map().expect("an object"), &mut Budget::default());
    assert_eq!(found, Err(Fault::UnknownName("old".to_owned())));
}

//! Conditions that are none.

use model::Value;

use super::{conditions, fields, logics};
use crate::condition::{Place, Problem, Rule};

/// All problems of conditions and their logic.
#[track_caller]
fn check(list: &str, items: &[&str], expected: &[&str]) {
    let found = match Rule::conditions(&conditions(list), &logics(items), &fields()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(Problem::to_string).collect(),
    };
    assert_eq!(found, expected, "{list} {items:?}");
}

#[test]
fn everything_wrong_is_told_at_once() {
    check(
        r#"[["a", ["count", ">", "many"]], ["b", ["title", "is", "x"]], ["c", ["title", "=", "x"]], ["d", [1]]]"#,
        &["a", "and", "e", "or", "(", "c"],
        &[
            "conditions[0] 'a': 'count' compares with a number and not with 'many'",
            "conditions[1] 'b': unknown operator 'is'; an operator is one of =, ==, !=, <>, >, >=, <, <=, in, not-in, \
             contains, not-contains, startswith, endswith, like, regex, cidr, exists, not-exists, changed",
            "conditions[3] '': must be a field, an operator and what the operator asks for, like [\"severity\", \"=\", \
             \"High\"]",
            "conditions[3] '': needs a name that logics can use",
            "logics: there is no condition 'e'",
            "conditions[1] 'b': is not used in logics; leave logics out to ask for all conditions",
            "logics: a '(' is not closed",
        ],
    );
}

/// The problem of one condition.
#[track_caller]
fn check_condition(condition: &str, expected: &str) {
    check(&format!("[{condition}]"), &[], &[&format!("conditions[0] '': {expected}")]);
}

#[test]
fn a_condition_is_a_field_an_operator_and_values() {
    let shape = r#"must be a field, an operator and what the operator asks for, like ["severity", "=", "High"]"#;
    check_condition("[]", shape);
    check_condition(r#"["severity"]"#, shape);
    check_condition(r#"[5, "=", "x"]"#, shape);
    check_condition(r#"["severity", null, "x"]"#, shape);
    check_condition(r#"["  ", "=", "x"]"#, "the field is empty");
    let long = format!(r#"["{}", "exists"]"#, "a".repeat(513));
    check_condition(&long, "the field has more than 512 bytes or 32 keys");
    let deep = format!(r#"["a{}", "exists"]"#, ".a".repeat(32));
    check_condition(&deep, "the field has more than 512 bytes or 32 keys");
}

#[test]
fn values_fit_the_operator() {
    check_condition(r#"["severity", "="]"#, "'=' needs one value, not 0");
    check_condition(r#"["severity", "=", "a", "b"]"#, "'=' needs one value, not 2");
    check_condition(r#"["severity", "exists", "yes"]"#, "'exists' takes no value");
    check_condition(r#"["severity", "in"]"#, "'in' needs values, like Low,High");
    check_condition(r#"["severity", "in", " , "]"#, "'in' needs values, like Low,High");
    check_condition(r#"["severity", "in", []]"#, "'in' needs values, like Low,High");
    check_condition(r#"["severity", "contains", null]"#, "'contains' needs text, not null");
    check_condition(r#"["severity", "contains", ["a"]]"#, "'contains' needs text, not list");
    check_condition(
        r#"["severity", "=", {"a": 1}]"#,
        "'severity' compares with text, a number, true or false and not with object",
    );
    check_condition(r#"["x", ">", null]"#, "'x' compares with text, a number, true or false and not with null");
    check_condition(r#"["net.src_ip", "cidr", ""]"#, "'cidr' needs networks, like 10.0.0.0/8");
    check_condition(
        r#"["net.src_ip", "cidr", "10.0.0.0/8,10.0.0.0/33"]"#,
        "'cidr' needs a network, like 10.0.0.0/8, not '10.0.0.0/33'",
    );
    check_condition(r#"["net.src_ip", "cidr", 5]"#, "'cidr' needs a network, like 10.0.0.0/8, not 5");
    check_condition(r#"["title", "regex", "("]"#, "not a regular expression (unclosed group)");
    check_condition(r#"["title", "regex", "(\\w{100}){100}"]"#, "the regular expression is too large when compiled");
}

#[test]
fn values_fit_the_field() {
    check_condition(r#"["count", "in", "1,x"]"#, "'count' compares with a number and not with 'x'");
    check_condition(r#"["count", "=", ""]"#, "'count' compares with a number and not with ''");
    check_condition(r#"["count", "=", true]"#, "'count' compares with a number and not with boolean");
    check_condition(r#"["closed", "=", "yes"]"#, "'closed' compares with true or false and not with 'yes'");
    let time = "'seen' compares with a time, like 2025-07-18T14:44:46.735Z+0800, and not with";
    check_condition(r#"["seen", ">", "yesterday"]"#, &format!("{time} 'yesterday'"));
    check_condition(r#"["old.seen", ">", 1e30]"#, &format!("{time} 1e+30"));
}

#[test]
fn logics_are_names_words_and_brackets() {
    let list = r#"[["a", ["x", "=", 1]], ["b", ["y", "=", 1]]]"#;
    let check = |items: &[&str], expected: &str| check(list, items, &[expected]);
    check(&["a", "and", "b", "and"], "logics: ends too early");
    check(&["a", "and", "or", "b"], "logics: unexpected 'or'");
    check(&["and", "a", "b"], "logics: unexpected 'and'");
    check(&["a", "b", ")"], "logics: unexpected ')'");
    check(&["(a", "b"], "logics: a '(' is not closed");
    check(&["a", "(", ")", "b"], "logics: unexpected ')'");
    check(&["a", "b", "not"], "logics: ends too early");
    check(&["a && b"], "logics: there is no condition '&&'");
    check(&["A", "a", "b"], "logics: there is no condition 'A'");
    check(&["a"], "conditions[1] 'b': is not used in logics; leave logics out to ask for all conditions");
}

#[test]
fn logics_need_names_that_tell_conditions_apart() {
    check(
        r#"[["a", ["x", "=", 1]], ["a", ["y", "=", 1]], ["Or", ["y", "=", 1]], ["", ["y", "=", 1]]]"#,
        &["a"],
        &[
            "conditions[1] 'a': has the same name as a condition before",
            "conditions[2] 'Or': has the name of an operator of logics",
            "conditions[3] '': needs a name that logics can use",
        ],
    );
}

#[test]
fn problems_know_their_place() {
    let many = vec![("c".to_owned(), vec![Value::from("x"), "=".into(), 1.into()]); 10_000];
    let problems = Rule::conditions(&many, &[], &fields()).expect_err("too many");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].place, Place::Conditions);
    assert_eq!(problems[0].to_string(), "conditions: there may be 1000 at most, not 10000");
    let long = vec![("n".repeat(200), vec![Value::from("x")])];
    let problems = Rule::conditions(&long, &[], &fields()).expect_err("no operator");
    assert_eq!(problems[0].place, Place::Condition { index: 0, name: format!("{}…", "n".repeat(40)) });
}

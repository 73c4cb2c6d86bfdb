//! Conditions put together.

use super::{conditions, fields, json, logics, matches, rule};
use crate::condition::Rule;

/// Whether the logic holds for the truth values of `a`, `b` and `c`.
#[track_caller]
fn check(items: &[&str], truths: [bool; 3], expected: bool) {
    let rule = rule(r#"[["a", ["a", "=", 1]], ["b", ["b", "=", 1]], ["c", ["c", "=", 1]]]"#, items);
    let [a, b, c] = truths.map(u8::from);
    assert_eq!(
        matches(&rule, &json(&format!(r#"{{"a": {a}, "b": {b}, "c": {c}}}"#))),
        expected,
        "{items:?} {truths:?}"
    );
}

/// Whether two logics agree on all truth values.
#[track_caller]
fn check_same(items: &[&str], expected: impl Fn(bool, bool, bool) -> bool) {
    for case in 0..8 {
        let truths = [case & 1 == 1, case & 2 == 2, case & 4 == 4];
        check(items, truths, expected(truths[0], truths[1], truths[2]));
    }
}

#[test]
fn without_a_logic_all_conditions_hold() {
    check_same(&[], |a, b, c| a && b && c);
    check_same(&["", "  "], |a, b, c| a && b && c);
    check_same(&["a", "b", "c"], |a, b, c| a && b && c);
    assert!(matches(&rule("[]", &[]), &json("{}")));
}

#[test]
fn words_bind_as_everywhere() {
    check_same(&["a", "AND", "b", "and", "c"], |a, b, c| a && b && c);
    check_same(&["a", "or", "b", "and", "c"], |a, b, c| a || b && c);
    check_same(&["a", "and", "b", "OR", "c"], |a, b, c| a && b || c);
    check_same(&["not", "a", "or", "b", "c"], |a, b, c| !a || b && c);
    check_same(&["Not", "not", "a", "and", "not", "b", "or", "c"], |a, b, c| a && !b || c);
}

#[test]
fn brackets_group() {
    check_same(&["(", "a", "or", "b", ")", "and", "c"], |a, b, c| (a || b) && c);
    check_same(&["(a", "or", "b)", "and", "c"], |a, b, c| (a || b) && c);
    check_same(&["not", "(", "a", "or", "b", ")", "c"], |a, b, c| !(a || b) && c);
    check_same(&["not(a and not (b or c))"], |a, b, c| !(a && !(b || c)));
    check_same(&["((a)) and (b or (c))"], |a, b, c| a && (b || c));
}

#[test]
fn a_condition_may_be_used_twice() {
    check_same(&["a and b or not a and c"], |a, b, c| if a { b } else { c });
}

#[test]
fn names_with_spaces_and_brackets_are_items_of_their_own() {
    let rule = rule(
        r#"[["source (ip)", ["a", "=", 1]], ["not me", ["b", "=", 1]], ["严重", ["c", "=", 1]]]"#,
        &["source (ip)", "or", "not me", "and 严重"],
    );
    assert!(matches(&rule, &json(r#"{"a": 1}"#)));
    assert!(matches(&rule, &json(r#"{"b": 1, "c": 1}"#)));
    assert!(!matches(&rule, &json(r#"{"b": 1, "c": 2}"#)));
}

#[test]
fn names_do_not_matter_without_a_logic() {
    let twice = conditions(r#"[["and", ["a", "=", 1]], ["and", ["b", "=", 1]], ["", ["c", "=", 1]]]"#);
    let rule = Rule::conditions(&twice, &logics(&[]), &fields()).expect("names are not used");
    assert!(matches(&rule, &json(r#"{"a": 1, "b": 1, "c": 1}"#)));
}

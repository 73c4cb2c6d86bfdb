//! Which inputs pass which cells.

use model::{Map, Value};

use super::{check_cell, json, scope};
use crate::feel::UnaryTests;
use crate::{Budget, Fault};

/// A cell with the inputs that pass and those that do not, each a JSON list.
#[track_caller]
fn check(cell: &str, pass: &str, fail: &str) {
    for (inputs, expected) in [(pass, true), (fail, false)] {
        for input in json(inputs).as_list().expect("a list") {
            check_cell(cell, &input.to_json(), expected);
        }
    }
}

#[test]
fn a_dash_and_an_empty_cell_take_anything() {
    for cell in ["-", " - ", "", "  \n\t "] {
        check(cell, r#"[null, true, 1, "a", [1], {"a": 1}]"#, "[]");
        assert!(UnaryTests::compile(cell).expect("compiles").is_any());
    }
    assert!(!UnaryTests::compile("not(null)").expect("compiles").is_any());
}

#[test]
fn literals_are_compared_for_equality() {
    check(r#""High""#, r#"["High"]"#, r#"["high", "", null, 1, true, ["High"]]"#);
    check("5", "[5, 5.0, 5.00]", r#"[5.1, -5, "5", null, true]"#);
    check("-1.50", "[-1.5]", "[1.5, null]");
    check("007.10", "[7.1]", "[710]");
    check(".5", "[0.5]", "[5]");
    check("true", "[true]", r#"[false, null, "true", 1]"#);
    check("null", "[null]", r#"[false, 0, "", "null", []]"#);
    check("12345678901234567891", "[12345678901234567891]", "[12345678901234567890]");
    check(r#""a\"b\\\u00e9\n\uD83D\uDE00\U01F600""#, r#"["a\"b\\é\n😀😀"]"#, r#"["a"]"#);
}

#[test]
fn commas_mean_or() {
    check(r#""High", "Fatal", 3"#, r#"["High", "Fatal", 3]"#, r#"["Low", 4, null]"#);
    check("< 0, [5..7], null", "[-1, 5, 7, null]", "[0, 4, 8]");
}

#[test]
fn not_turns_the_answer_around() {
    check(r#"not("High", "Fatal")"#, r#"["Low", "", null]"#, r#"["High", "Fatal"]"#);
    check("not([1..5])", "[0, 6]", "[1, 5]");
    check("not(null)", r#"[1, "a", false]"#, "[null]");
    check("not (true)", "[false, null]", "[true]");
}

#[test]
fn endpoints_and_intervals_take_their_ends_as_written() {
    check("< 5", "[4.99, -1]", "[5, 6, null]");
    check("<= 5", "[5]", "[5.01]");
    check("> 5", "[5.01]", "[5]");
    check(">= 5", "[5]", "[4.99]");
    check("[1..5]", "[1, 3, 5]", "[0.9, 5.1]");
    check("(1..5)", "[1.1, 4.9]", "[1, 5]");
    check("]1..5[", "[1.1, 4.9]", "[1, 5]");
    check("[1..5[", "[1, 4.9]", "[5]");
    check("]1..5]", "[5, 1.1]", "[1]");
    check("(1..5]", "[5]", "[1]");
    check("[1..5)", "[1]", "[5]");
    check("[1.5..2.5]", "[1.5, 2.5]", "[1.4]");
    check("[-5..-1]", "[-3]", "[3]");
    check("[5..1]", "[]", "[1, 3, 5]");
    check(r#"["a".."c"]"#, r#"["a", "b", "c"]"#, r#"["d", 1, null]"#);
    check("[1..2], [4..5]", "[1, 5]", "[3]");
}

#[test]
fn values_of_different_kinds_match_neither_a_test_nor_its_opposite() {
    check("< 5", "[]", r#"["4", null, true, [1], {"a": 1}]"#);
    check("not(< 5)", "[5]", r#"["4", null, true, [9], {"a": 1}]"#);
    check(r#"not("High")"#, r#"["Low"]"#, r#"[3, true, ["High"]]"#);
    // One test that holds is enough, whatever the others cannot tell.
    check(r#"< 5, "a""#, r#"[4, "a"]"#, r#"["b", null]"#);
    check(r#"not(< 5, "a")"#, "[]", r#"[4, "a", 6, "b"]"#);
    check("[1..null]", "[]", "[0, 1, 2]");
    check("not([1..null])", "[0]", "[1, 2]");
    check("< true", "[]", "[false, true]");
}

#[test]
fn names_are_read_from_the_scope() {
    check("alert.severity", r#"["High"]"#, r#"["Low"]"#);
    check("> limit", "[6]", "[5]");
    check("[limit..größe]", "[5, 12]", "[4, 13]");
    check("(limit..limit * 2)", "[6]", "[5, 10]");
    check("limit + 1, limit - 1", "[6, 4]", "[5]");
    check("(limit + 1) * 2", "[12]", "[6]");
    check("alert.absent", "[null]", r#"["", 0]"#);
    check("alert.absent.deeper", "[null]", "[0]");
    check("alert.告警", r#"["名"]"#, "[null]");
    check("time", r#"["noon"]"#, "[null]");
    check("(alert.score > limit)", "[true]", "[false]");
}

#[test]
fn a_name_of_a_list_stands_for_the_values_in_it() {
    check("allowed", r#"["ssh", 22, ["ssh", "rdp", 22]]"#, r#"["ftp", 23, null, ["ssh"]]"#);
    check("not(allowed)", "[null]", r#"["ssh", 22, "ftp"]"#);
    let scope: Map = json(r#"{"good": ["ssh", "rdp"]}"#).as_map().expect("an object").clone();
    let tests = UnaryTests::compile("not(good)").expect("compiles");
    let passes = |input: &str| tests.matches(&Value::from(input), &scope, &mut Budget::default());
    assert_eq!((passes("ftp"), passes("ssh")), (Ok(true), Ok(false)));
}

#[test]
fn the_position_of_the_first_test_that_holds_is_known() {
    let tests = UnaryTests::compile(r#""High", [1..5], "Low", 3"#).expect("compiles");
    let position = |input: &str| tests.position(&json(input), &Map::new(), &mut Budget::default());
    assert_eq!(position(r#""High""#), Ok(Some(0)));
    assert_eq!(position("3"), Ok(Some(1)));
    assert_eq!(position(r#""Low""#), Ok(Some(2)));
    assert_eq!(position("null"), Ok(None));
}

#[test]
fn an_unknown_name_is_a_fault_and_the_names_are_known_before() {
    let tests = UnaryTests::compile("[nobody.low..limit], date, limit").expect("compiles");
    let names = tests.names();
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["nobody", "limit", "date"]);
    let found = tests.matches(&Value::int(1), &scope(), &mut Budget::default());
    assert_eq!(found, Err(Fault::UnknownName("nobody".to_owned())));
    assert_eq!(tests.source(), "[nobody.low..limit], date, limit");
}

#[test]
fn faults_in_a_cell_say_where() {
    let tests = UnaryTests::compile("1,\n < limit / 0").expect("compiles");
    let found = tests.matches(&Value::int(2), &scope(), &mut Budget::default());
    assert_eq!(found, Err(Fault::Type("division by zero at 2:12".to_owned())));
}

//! What expressions are worth.

use super::{check, check_fault, scope};
use crate::feel::{self, Expression};
use crate::{Budget, Fault};

#[test]
fn literals_are_values() {
    check("5", "5");
    check("1.10", "1.10");
    check("12345678901234567890", "12345678901234567890");
    check(r#""a \"b\"""#, r#""a \"b\"""#);
    check("true", "true");
    check("null", "null");
    check(r#"[1, "a", [2, true], limit + 1]"#, r#"[1,"a",[2,true],6]"#);
    check("[]", "[]");
}

#[test]
fn names_lead_to_members_and_what_is_absent_is_null() {
    check("alert.score", "7.5");
    check("alert.absent", "null");
    check("alert.absent.more", "null");
    check("limit.more", "null");
    check("größe", "12");
    // Words of the language are names where they mean nothing else.
    check("time", "\"noon\"");
    check("date - 1", "0");
    check("alert.none", "null");
}

#[test]
fn arithmetic_has_the_precedence_of_the_standard() {
    check("1 + 2 * 3", "7");
    check("(1 + 2) * 3", "9");
    check("10 - 3 - 2", "5");
    check("2 * 3 ** 2", "18");
    check("2 ** 3 ** 2", "64");
    check("-2 ** 2", "4");
    check("2 ** -1", "0.5");
    check("10 / 4", "2.5");
    check("6 / 3", "2");
    check("-(limit)", "-5");
    check("--5", "5");
    check("5--5", "10");
    check("0.1 + 0.2 = 0.3", "false");
    check("9223372036854775807 + 1 > 9223372036854775807", "true");
    check("2 ** 62", "4611686018427387904");
    check("(-2) ** 63", "-9223372036854775808");
    check("0 ** 0", "1");
    check(r#""High" + "/" + alert.severity"#, r#""High/High""#);
}

#[test]
fn comparisons_are_true_false_or_unknown() {
    check("limit = 5.0", "true");
    check("limit != 5", "false");
    check("alert.score >= 7.5", "true");
    check(r#""a" < "b""#, "true");
    check("alert.none = null", "true");
    check("limit = null", "false");
    check("limit != null", "true");
    check("[1, 2] = [1.0, 2]", "true");
    // Different kinds, and an order with null or of booleans: the standard has no answer, which is null.
    check(r#"limit = "5""#, "null");
    check(r#"limit != "5""#, "null");
    check("limit < null", "null");
    check(r#"limit > "4""#, "null");
    check("true < false", "null");
    check("(limit > 4) = true", "true");
}

#[test]
fn arithmetic_that_means_nothing_is_a_fault() {
    check_fault("alert.absent + 1", "'+' cannot be applied to null and number at 1:16");
    check_fault("limit * \"a\"", "'*' cannot be applied to number and string at 1:9");
    check_fault("\"a\" - \"b\"", "'-' cannot be applied to string and string at 1:7");
    check_fault("1 + [2]", "'+' cannot be applied to number and list at 1:5");
    check_fault("-alert.severity", "'-' needs a number, not string at 1:2");
    check_fault("1 / 0", "division by zero at 1:5");
    check_fault("0 ** -1", "division by zero at 1:6");
    check_fault("(-8) ** 0.5", "the root of a negative number is not a number at 1:9");
    check_fault("10 ** 400", "the result is too large for a number at 1:7");
    check_fault("nobody.home", "unknown name 'nobody'");
}

#[test]
fn a_path_is_told_apart_from_what_computes() {
    let path = |source: &str| Expression::compile(source).expect(source).path().map(|names| names.join("."));
    assert_eq!(path("alert . score").as_deref(), Some("alert.score"));
    assert_eq!(path("(limit)").as_deref(), Some("limit"));
    assert_eq!(path("limit + 1"), None);
    assert_eq!(path("5"), None);
    assert!(feel::is_name("größe") && feel::is_name("_a1") && feel::is_name("date"));
    for text in ["", "1a", "a b", "a.b", "a-b", "null", "if", "é "] {
        assert!(!feel::is_name(text), "{text}");
    }
}

#[test]
fn evaluations_share_one_budget() {
    let expression = Expression::compile("limit + limit + limit").expect("compiles");
    let mut budget = Budget { steps: 10, bytes: 100 };
    assert!(expression.eval(&scope(), &mut budget).is_ok());
    assert!(expression.eval(&scope(), &mut budget).is_ok());
    assert_eq!(expression.eval(&scope(), &mut budget), Err(Fault::Budget("steps")));
    assert_eq!(budget.steps, 0);
}

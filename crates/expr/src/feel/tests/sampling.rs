//! Samples cover what tests can tell apart.

use model::{Map, Value};

use crate::Budget;
use crate::feel::{UnaryTests, samples};

fn cells(sources: &[&str]) -> Vec<UnaryTests> {
    sources.iter().map(|source| UnaryTests::compile(source).expect(source)).collect()
}

/// The first sample that passes all the cells, as JSON.
#[track_caller]
fn check(sources: &[&str], expected: Option<&str>) {
    let cells = cells(sources);
    let samples = samples(&cells.iter().collect::<Vec<_>>()).unwrap_or_else(|| panic!("{sources:?} cannot be told"));
    let passes = |cell: &UnaryTests, value: &Value| cell.matches(value, &Map::new(), &mut Budget::default());
    let common = samples.iter().find(|value| cells.iter().all(|cell| passes(cell, value) == Ok(true)));
    assert_eq!(common.map(Value::to_json).as_deref(), expected, "{sources:?}");
}

#[test]
fn a_value_that_tests_have_in_common_is_found() {
    check(&["[1..5]", "[5..9]"], Some("5"));
    check(&["[1..5)", "[5..9]"], None);
    check(&["(1..2)", "(1..2)"], Some("1.5"));
    check(&["> 5", "> 7"], Some("8"));
    check(&["< 5", "not([1..9])"], Some("0"));
    check(&["not(1)", "not(2)"], Some("1.5"));
    check(&["[5..1]"], None);
    check(&[r#""a", "b""#, r#""b", "c""#], Some(r#""b""#));
    check(&[r#""a""#, "5"], None);
    check(&[r#"not("a")"#, r#"not("other")"#], Some(r#""other2""#));
    check(&[r#"("a".."b")"#], Some(r#""a0""#));
    check(&[r#"("a".."a0")"#], Some(r#""a\u0000""#));
    check(&[r#"< "a""#, r#"not("")"#], Some(r#""0""#));
    check(&["true", "not(false)"], Some("true"));
    check(&["not(true)", "not(false)"], Some("null"));
    check(&["null", "not(5)"], Some("null"));
    check(&["-", "-"], Some("0"));
    check(&[r#"< date("2025-01-02")"#, r#"> date("2025-01-01")"#], Some(r#""2025-01-01T12:00:00.000Z""#));
    check(&[r#"< date("2025-01-01")"#, r#"> date("2025-01-01")"#], None);
    check(&[r#"> duration("PT4H")"#, r#"> duration("PT8H")"#], Some(r#""PT8H1M""#));
    check(&[r#"< time("08:00:00")"#, r#"not(time("08:00:00"))"#], Some(r#""00:00:00""#));
}

#[test]
fn what_cannot_be_told_is_not() {
    for sources in [
        &["> limit"][..],
        &[r#"< date("2025-01-01")"#, "5"],
        &[r#"< date("2025-01-01")"#, r#""a""#],
        &[r#"< date("2025-01-01")"#, r#"< duration("P1D")"#],
        &["< 1 / 0"],
        &["< 1000000000000000000000000000000"],
        &["([[1]])"],
    ] {
        let cells = cells(sources);
        assert_eq!(samples(&cells.iter().collect::<Vec<_>>()), None, "{sources:?}");
    }
}

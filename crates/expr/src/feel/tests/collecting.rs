//! Sums, least and greatest values.

use super::json;
use crate::Budget;
use crate::feel::{greatest, least, sum};

/// What a list comes to: the sum, the least and the greatest, as JSON or the message of the fault.
#[track_caller]
fn check(list: &str, expected: [&str; 3]) {
    let list = json(list);
    let values = list.as_list().expect("a list");
    let found = [sum, least, greatest].map(|collect| match collect(values, &mut Budget::default()) {
        Ok(value) => value.to_json(),
        Err(fault) => fault.to_string(),
    });
    assert_eq!(found, expected, "{}", list.to_json());
}

#[test]
fn numbers_and_times_are_collected() {
    check("[]", ["null", "null", "null"]);
    check("[3, 1, 2.50]", ["6.5", "1", "3"]);
    check("[2.50, 2.5]", ["5.0", "2.50", "2.50"]);
    check("[9223372036854775807, -1]", ["9223372036854775806", "-1", "9223372036854775807"]);
    check(r#"["PT12H", "PT4H", "P1D"]"#, [r#""P1DT16H""#, r#""PT4H""#, r#""P1D""#]);
    check(r#"["P1Y", "P6M"]"#, [r#""P1Y6M""#, r#""P6M""#, r#""P1Y""#]);
    let dates = r#"["2025-03-01", "2025-02-01T10:00:00Z"]"#;
    check(dates, ["a date cannot be added to another", r#""2025-02-01T10:00:00Z""#, r#""2025-03-01""#]);
}

#[test]
fn what_has_no_order_is_refused() {
    let needed = "numbers, durations or times are needed, not a value of the kind";
    let all = |message: &str| [message; 3].map(str::to_owned);
    for (list, message) in [
        (r#"["High", "Low"]"#, format!("{needed} string")),
        ("[null, 1]", format!("{needed} null")),
        ("[true]", format!("{needed} boolean")),
        ("[[1]]", format!("{needed} list")),
        ("[1, null]", "a number and a value of the kind null have no order and no sum".to_owned()),
        (r#"[1, "2"]"#, "a number and a value of the kind string have no order and no sum".to_owned()),
        (r#"["PT1H", 5]"#, "a duration and a value of the kind number have no order and no sum".to_owned()),
        (r#"["PT1H", "P1M"]"#, "'PT1H' and 'P1M' have no order and no sum, since they are of two kinds".to_owned()),
    ] {
        let expected = all(&message);
        check(list, [&expected[0], &expected[1], &expected[2]]);
    }
}

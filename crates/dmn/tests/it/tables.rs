//! Columns and cells.

use expr::Budget;

use crate::support::{check, definitions, names, outcome, read, sheet, table};

#[test]
fn inputs_are_expressions_over_the_names() {
    check(
        r#"UNIQUE
        in alert.score * 10
        in alert.asset.owner
        out y
        [70..100] | "finance" => alert.score + limit
        [70..100] | null => "nobody's""#,
        &[
            (r#"{"alert": {"score": 7.5, "asset": {"owner": "finance"}}, "limit": 1}"#, "8.5 by 1"),
            (r#"{"alert": {"score": 7.5}, "limit": 1}"#, r#""nobody's" by 2"#),
            (
                r#"{"alert": null, "limit": 1}"#,
                "Decision.Expression: decision 'D', input 'alert.score * 10': '*' cannot be applied to null and number at 1:15",
            ),
            ("{}", "Decision.Expression: decision 'D', input 'alert.score * 10': unknown name 'alert'"),
        ],
    );
}

#[test]
fn cells_may_read_names() {
    check(
        "FIRST\nin score\nout y\n> limits.high => 2\n(limits.low..limits.high] => 1\n- => 0",
        &[
            (r#"{"score": 9, "limits": {"high": 8, "low": 4}}"#, "2 by 1"),
            (r#"{"score": 8, "limits": {"high": 8, "low": 4}}"#, "1 by 2"),
            (r#"{"score": 9, "limits": null}"#, "0 by 3"),
            (r#"{"score": 9}"#, "Decision.Expression: decision 'D', rule 1, input 'score': unknown name 'limits'"),
        ],
    );
}

#[test]
fn an_input_must_be_one_of_its_values() {
    check(
        r#"UNIQUE
        in severity : "Low", "High"
        in score : [0..10]
        out y
        "High" | - => 1
        "Low" | - => 0"#,
        &[
            (r#"{"severity": "High", "score": 3}"#, "1 by 1"),
            (
                r#"{"severity": "Urgent", "score": 3}"#,
                r#"Decision.InputNotAllowed: decision 'D': input 'severity' is "Urgent"; it may be "Low", "High""#,
            ),
            (
                r#"{"severity": "Low", "score": 10.01}"#,
                "Decision.InputNotAllowed: decision 'D': input 'score' is 10.01; it may be [0..10]",
            ),
            (
                r#"{"severity": null, "score": 3}"#,
                r#"Decision.InputNotAllowed: decision 'D': input 'severity' is null; it may be "Low", "High""#,
            ),
            (
                r#"{"severity": ["Low"], "score": 3}"#,
                r#"Decision.InputNotAllowed: decision 'D': input 'severity' is a value of the kind list; it may be "Low", "High""#,
            ),
        ],
    );
    check("UNIQUE\nin x : -\nout y\n- => 1", &[(r#"{"x": {}}"#, "1 by 1")]);
    check("UNIQUE\nin x : 1, null\nout y\n- => 1", &[(r#"{"x": null}"#, "1 by 1")]);
}

#[test]
fn the_result_of_one_output_is_its_value_and_of_several_an_object() {
    check("UNIQUE\nin x\nout _\n- => [x, x + 1]", &[(r#"{"x": 1}"#, "[1,2] by 1")]);
    check("UNIQUE\nin x\nout b\nout a\n- => 1 | ", &[(r#"{"x": 1}"#, r#"{"b":1,"a":null} by 1"#)]);
}

#[test]
fn a_table_without_inputs_always_matches() {
    check("UNIQUE\nout y\n => 5", &[("{}", "5 by 1")]);
}

#[test]
fn faults_in_outputs_say_which() {
    check(
        "UNIQUE\nin x\nout a\nout b ? 1 / 0\n1 => 1 | x.y + 1",
        &[
            (
                r#"{"x": 1}"#,
                "Decision.Expression: decision 'D', rule 1, output 'b': '+' cannot be applied to null and number at 1:7",
            ),
            (r#"{"x": 2}"#, "Decision.Expression: decision 'D', the default of output 'b': division by zero at 1:5"),
        ],
    );
}

#[test]
fn times_compare_as_times() {
    check(
        r#"FIRST
        in alert.created
        in alert.open
        out y
        < date("2025-01-01") | - => "old"
        - | > duration("PT4H") => "late"
        - | - => "fine""#,
        &[
            (r#"{"alert": {"created": "2024-12-31T23:00:00.000Z+0000", "open": "PT1H"}}"#, r#""old" by 1"#),
            (r#"{"alert": {"created": "2025-12-31T23:00:00Z", "open": "PT12H"}}"#, r#""late" by 2"#),
            (r#"{"alert": {"created": 1767139200000, "open": 14400}}"#, r#""fine" by 3"#),
        ],
    );
}

#[test]
fn a_decision_is_found_by_id_before_name() {
    let one = |attributes: &str, text: &str| {
        format!("<decision {attributes}><literalExpression><text>{text}</text></literalExpression></decision>")
    };
    let all = [one("id='a' name='first'", "1"), one("name='b'", "x + 1"), one("id='first' name='third'", "3")];
    let definitions = read(&definitions(&all.concat()));
    assert_eq!(outcome(&definitions, "a", "{}"), "1 by -");
    assert_eq!(outcome(&definitions, "first", "{}"), "3 by -");
    assert_eq!(outcome(&definitions, "b", r#"{"x": 2}"#), "3 by -");
    assert_eq!(definitions.decision("b").unwrap().id(), None);
    assert_eq!(definitions.decision("a").unwrap().name(), "first");
    assert_eq!(
        outcome(&definitions, "c", "{}"),
        "Decision.Unknown: there is no decision 'c'; there is: first, b, third"
    );
    assert!(definitions.decision("c").is_none() && definitions.names("c").is_none());
}

#[test]
fn the_names_that_are_read_are_known_before() {
    let definitions = read(&table(
        "UNIQUE\nin alert.score : [0..most]\nout y : 1, top ? base\n> limits.high => alert.x + bonus\n< score => 1",
    ));
    let names = definitions.names("d").unwrap();
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    assert_eq!(names, ["alert", "most", "limits", "bonus", "score", "top", "base"]);
}

#[test]
fn work_is_taken_off_the_budget() {
    let rules = "[1..2], [3..4], 5 => x\n".repeat(200);
    let xml =
        definitions(&format!(r#"<decision name="d">{}</decision>"#, sheet(&format!("COLLECT\nin x\nout y\n{rules}"))));
    let definitions = read(&xml);
    let run = |json: &str, steps, bytes| {
        let mut budget = Budget { steps, bytes };
        let result = definitions.evaluate("d", &names(json), &mut budget).map_err(|fault| fault.code);
        (result.map(|decided| decided.rules.len()), budget.steps)
    };
    assert_eq!(run(r#"{"x": 5}"#, 1_000_000, 1_000_000).0, Ok(200));
    assert_eq!(run(r#"{"x": 5}"#, 500, 1_000_000), (Err("Decision.Budget"), 0));
    // What is small in memory, since it is shared, is large when it is written.
    let large = format!(r#"{{"x": ["{}"]}}"#, "a".repeat(100_000));
    let any = read(&xml.replace("[1..2], [3..4], 5", "-"));
    let result = any.evaluate("d", &names(&large), &mut Budget::default());
    assert_eq!(result.map_err(|fault| fault.code).map(|_| ()), Err("Decision.Budget"));
}

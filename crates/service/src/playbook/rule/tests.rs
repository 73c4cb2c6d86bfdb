//! Rules of events: what is refused, with every field named, and what the others hold for.

use expr::Budget;
use expr::condition::{Fields as ClassFields, Kind, Subject};
use model::Value;
use model::time::Zone;

use super::{Rule, read};
use crate::field::Fields;

fn class() -> ClassFields {
    let mut class = ClassFields::new(Zone::DEFAULT);
    class.add("count", Kind::Number);
    class
}

/// Reads a rule: what it is, or all that is wrong with it, in English and Chinese.
fn rule(trigger_type: &str, rule_enable: bool, json: &str) -> Result<Option<Rule>, (String, String)> {
    let document = (!json.is_empty()).then(|| Value::from_json(json).unwrap_or_else(|error| panic!("{json}: {error}")));
    let mut fields = Fields::new();
    let rule = read(&mut fields, trigger_type, rule_enable, document.as_ref(), &class(), Zone::DEFAULT);
    fields.finish().map(|()| rule).map_err(|error| (error.message().en.clone(), error.message().zh.clone()))
}

/// The violations of a rule that is refused.
fn refused(json: &str) -> String {
    let (en, zh) = rule("EVENT", true, json).expect_err(json);
    assert_eq!(en.matches("rule").count(), zh.matches("rule").count(), "{en} | {zh}");
    en
}

/// Whether a rule holds for an object.
fn holds(json: &str, object: &str) -> bool {
    let Ok(Some(Rule::Event(Some(rule)))) = rule("EVENT", true, json) else { panic!("{json} is no rule of events") };
    let object = Value::from_json(object).expect("JSON");
    rule.matches(&Subject::new(&object), &mut Budget::default()).expect("decides")
}

#[test]
fn what_is_no_rule_is_refused_with_the_field_named() {
    for (json, expected) in [
        ("[]", "rule must be an object, or text that holds one as JSON"),
        ("5", "rule must be an object, or text that holds one as JSON"),
        (r#"{"conditions": {}}"#, "rule.conditions must be a list"),
        (r#"{"conditions": [], "logics": "a"}"#, "rule.logics must be a list"),
        (r#"{"conditions": [], "logics": [1]}"#, "rule.logics must be a list of texts"),
        (r#"{"conditions": [{"name": 1, "data": ["a", "=", "b"]}]}"#, "rule.conditions[0].name must be text"),
        (
            r#"{"conditions": [{"name": "a", "data": "severity = High"}]}"#,
            "rule.conditions[0].data must be a list of a field, an operator and a value",
        ),
        (
            r#"{"conditions": [{"name": "a", "data": ["a", "=", "b"]}, {"name": "b", "data": ["severity"]}]}"#,
            "rule.conditions[1].data (b): must be a field, an operator and what the operator asks for",
        ),
        (
            r#"{"conditions": [{"name": "a", "data": ["severity", "resembles", "High"]}]}"#,
            "rule.conditions[0].data (a): unknown operator 'resembles'",
        ),
        (
            r#"{"conditions": [{"name": "a", "data": ["count", ">", "many"]}]}"#,
            "rule.conditions[0].data (a): 'count' compares with a number",
        ),
        (r#"{"conditions": [{"name": "a", "data": ["a", "=", "b"]}], "logics": ["c"]}"#, "rule.logics: "),
        (r#"{"expression_type": "special"}"#, "rule.expression_type must be one of: common, custom"),
        (r#"{"expression_type": "custom"}"#, "rule.expression is required"),
        (r#"{"expression_type": "custom", "expression": 5}"#, "rule.expression must be text"),
        (r#"{"expression": "data_object.count >"}"#, "rule.expression: "),
        (r#"{"expression": "objekt.count > 1"}"#, "rule.expression: unknown name 'objekt'"),
        (
            r#"{"expression": "true", "conditions": [{"name": "a", "data": ["a", "=", "b"]}]}"#,
            "rule has either conditions or an expression, not both",
        ),
    ] {
        let found = refused(json);
        assert!(found.starts_with(expected), "{json}: {found}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let found = refused(
        r#"{"expression_type": "common", "logics": ["a", "and"], "conditions": [
            {"name": "a", "data": ["severity", "resembles", "High"]},
            {"name": "b", "data": ["count", ">", "many"]}
        ]}"#,
    );
    for part in ["rule.conditions[0].data (a): ", "rule.conditions[1].data (b): ", "rule.logics: "] {
        assert!(found.contains(part), "{part} is not in: {found}");
    }
}

#[test]
fn a_rule_has_at_most_a_thousand_conditions() {
    let conditions = vec![r#"{"name": "", "data": ["a", "=", "b"]}"#; 10_000].join(",");
    let found = refused(&format!(r#"{{"conditions": [{conditions}]}}"#));
    assert_eq!(found, "rule.conditions: there may be 1000 at most, not 10000");
}

#[test]
fn conditions_decide() {
    let official = r#"{"expression_type": "common", "logics": ["condition1", "AND", "condition2"], "conditions": [
        {"name": "condition1", "detail": "cn-x", "data": ["environment.region_id", "==", "cn-x"]},
        {"name": "condition2", "detail": "3", "data": ["count", ">", "3"]}
    ]}"#;
    assert!(holds(official, r#"{"environment": {"region_id": "cn-x"}, "count": 4}"#));
    assert!(!holds(official, r#"{"environment": {"region_id": "cn-x"}, "count": 3}"#));
    let brackets = r#"{"logics": ["(", "a", "or", "b", ")", "and", "not", "c"], "conditions": [
        {"name": "a", "data": ["severity", "=", "High"]},
        {"name": "b", "data": ["severity", "=", "Fatal"]},
        {"name": "c", "data": ["handle_status", "=", "Closed"]}
    ]}"#;
    assert!(holds(brackets, r#"{"severity": "Fatal"}"#));
    assert!(!holds(brackets, r#"{"severity": "Fatal", "handle_status": "Closed"}"#));
    let expression = r#"{"expression_type": "custom", "expression": "data_object.count > 3 || changed('severity')"}"#;
    assert!(holds(expression, r#"{"count": 4}"#));
    assert!(!holds(expression, r#"{"count": 3}"#));
}

#[test]
fn nulls_and_empty_texts_are_as_if_they_were_not_there() {
    let terraform = r#"{"conditions":[{"data":["waf.alarm.level",">","3"],"detail":"123","name":"condition_0"}],
        "cron":null,"end_time":null,"end_type":null,"execution_type":null,"expression_type":"common",
        "logics":["condition_0"],"only_once":null,"repeat_range":"","schedule_type":null,"start_type":null}"#;
    assert!(holds(terraform, r#"{"waf": {"alarm": {"level": 4}}}"#));
    assert!(holds(r#"{"conditions": null, "logics": null, "expression_type": null, "expression": ""}"#, "{}"));
}

#[test]
fn a_version_may_have_no_rule() {
    assert!(matches!(rule("EVENT", false, ""), Ok(Some(Rule::Event(None)))));
    assert!(matches!(rule("EVENT", false, r#"{"conditions": 5}"#), Ok(Some(Rule::Event(None)))));
    assert!(matches!(rule("EVENT", true, ""), Ok(None)));
    assert!(matches!(rule("TIMER", true, ""), Ok(None)));
    assert!(matches!(rule("TIMER", false, r#"{"cron": "0 9 * * *"}"#), Ok(Some(Rule::Timer(_)))));
}

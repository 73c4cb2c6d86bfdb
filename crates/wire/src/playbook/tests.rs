//! The bodies that the vendor's clients send, and the answers they read.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::action::PlaybookActionIn;
use super::approval::{PlaybookApprovalIn, PlaybookApprovalOut};
use super::instance::{PlaybookInstanceOut, PlaybookInstancesOut, PlaybookOperationIn};
use super::rule::{RuleIn, RuleOut};
use super::version::{PlaybookVersionIn, PlaybookVersionOut, PlaybookVersionPatch, PlaybookVersionRowOut};
use super::*;
use crate::envelope::{ShortPage, ShortReply};
use crate::text_or_number::TextOrNumber;

fn read<T: DeserializeOwned>(body: &str) -> T {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn write(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).expect("serialises")
}

/// The rule in a body, as the document that the service reads.
fn rule(body: &str) -> Option<Value> {
    read::<RuleIn>(body).rule.and_then(|rule| rule.into_json().expect("a rule is JSON"))
}

#[test]
fn a_playbook_is_made_without_naming_the_workspace() {
    let body: PlaybookIn = read(r#"{"description":"created by terraform","name":"test"}"#);
    assert_eq!((body.name.as_deref(), body.workspace_id), (Some("test"), None));
    let body: PlaybookPatch = read(r#"{"description":"created by terraform","name":"test"}"#);
    assert_eq!((body.enabled, body.active_version_id), (None, None));
    let body: PlaybookPatch = read(r#"{"active_version_id":"0198a1","enabled":true,"name":"test"}"#);
    assert_eq!((body.enabled, body.active_version_id.as_deref()), (Some(true), Some("0198a1")));
    let body: PlaybookPatch = read(r#"{"enabled":false,"name":"test"}"#);
    assert_eq!(body.enabled, Some(false));
}

#[test]
fn a_rule_is_a_document_or_text_that_holds_one() {
    let expected = json!({
        "expression_type": "common",
        "conditions": [{"name": "condition_0", "detail": "123", "data": ["waf.alarm.level", ">", "3"]}],
        "logics": ["condition_0"],
    });
    assert_eq!(rule(&json!({ "rule": &expected }).to_string()), Some(expected.clone()));
    assert_eq!(rule(&json!({ "rule": expected.to_string() }).to_string()), Some(expected));
    assert_eq!(rule(r#"{"rule":""}"#), None);
    assert_eq!(rule("{}"), None);
}

#[test]
fn a_rule_in_text_may_hold_nulls() {
    // The vendor's Terraform provider drops nulls from bodies, but not from the text within.
    let text = concat!(
        r#"{"conditions":[{"data":["waf.alarm.level","\u003e","3"],"detail":"123","name":"condition_0"}],"cron":null,"#,
        r#""end_time":null,"end_type":null,"execution_type":null,"expression_type":"common","logics":["condition_0"],"#,
        r#""only_once":null,"repeat_range":null,"schedule_type":null,"start_type":null}"#
    );
    let document = rule(&json!({ "rule": text }).to_string()).expect("a rule");
    assert_eq!(document["conditions"][0]["data"], json!(["waf.alarm.level", ">", "3"]));
    assert_eq!(document["cron"], Value::Null);
}

#[test]
fn a_version_is_sent_with_all_or_few_of_its_fields() {
    let body: PlaybookVersionIn = read(
        r#"{"dataclass_id":"0198c1","rule_enable":true,"trigger_type":"EVENT","dataobject_create":true,
            "action_strategy":"ASYNC","actions":[{"action_id":"0198f1","action_type":"AOP_WORKFLOW","sort_order":"1"}],
            "rule":{"rule":{"expression_type":"common","conditions":[],"logics":[]}}}"#,
    );
    assert_eq!(body.actions.map(|actions| actions.len()), Some(1));
    assert_eq!(body.dataobject_update, None);
    let rule = body.rule.and_then(|rule| rule.rule).expect("a rule");
    assert!(rule.into_json().expect("JSON").is_some());

    let body: PlaybookVersionPatch = read(
        r#"{"action_strategy":"ASYNC","dataclass_id":"0198c1","dataobject_create":true,"dataobject_delete":false,
            "dataobject_update":false,"description":"","enabled":false,"playbook_id":"0198b1","rule_enable":false,
            "rule_id":"","status":"APPROVING","trigger_type":"EVENT"}"#,
    );
    assert_eq!(
        (body.status.as_deref(), body.enabled, body.dataobject_delete),
        (Some("APPROVING"), Some(false), Some(false))
    );
    assert!(body.rule.is_none() && body.actions.is_none());
}

#[test]
fn actions_come_as_a_list_and_their_order_as_text_or_number() {
    let actions: Vec<PlaybookActionIn> = read(
        r#"[{"action_id":"0198f1","name":"first","sort_order":1},
            {"action_id":"0198f2","action_type":"AOP_WORKFLOW","sort_order":"2"}]"#,
    );
    let order: Vec<_> = actions.iter().map(|action| action.sort_order).collect();
    assert_eq!(order, [Some(TextOrNumber(Some(1.0))), Some(TextOrNumber(Some(2.0)))]);
    let answer = write(ShortReply::new(vec![action::PlaybookActionOut { id: "0198a1".into(), ..Default::default() }]));
    assert_eq!(answer["data"][0]["id"], "0198a1");
    assert!(answer["data"][0]["sort_order"].is_number(), "{answer}");
}

#[test]
fn an_approval_may_come_without_words() {
    let body: PlaybookApprovalIn = read(r#"{"content":null,"result":"PASS"}"#);
    assert_eq!((body.result.as_deref(), body.content), (Some("PASS"), None));
    let answer = write(ShortReply::new(vec![PlaybookApprovalOut {
        result: "PASS".into(),
        kind: "PLAYBOOK".into(),
        ..Default::default()
    }]));
    assert_eq!(answer["data"][0]["type"], "PLAYBOOK");
}

#[test]
fn a_version_answers_its_rule_as_one_object_with_text() {
    let answer = write(ShortReply::new(PlaybookVersionOut {
        row: PlaybookVersionRowOut { id: "0198a1".into(), status: "EDITING".into(), ..Default::default() },
        actions: vec![],
        rules: RuleOut { id: "0198d1".into(), rule: r#"{"logics":["a"]}"#.into(), ..Default::default() },
    }));
    assert_eq!(answer["data"]["id"], "0198a1");
    assert_eq!(answer["data"]["version_type"], 0);
    assert_eq!(answer["data"]["actions"], json!([]));
    assert_eq!(answer["data"]["rules"]["rule"], r#"{"logics":["a"]}"#);
    let row = write(ShortPage::new(vec![PlaybookVersionRowOut::default()], 1, 0, 1000));
    let row = row["data"][0].as_object().expect("an object");
    assert!(!row.contains_key("rules") && !row.contains_key("actions"), "{row:?}");
}

#[test]
fn runs_have_no_envelope() {
    let body: PlaybookOperationIn = read(r#"{"operation":"RETRY"}"#);
    assert_eq!(body.operation.as_deref(), Some("RETRY"));
    let page = PlaybookInstancesOut { count: 1, instances: vec![PlaybookInstanceOut::default()] };
    assert_eq!(
        write(page),
        json!({"count": 1, "instances": [{
            "id": "", "name": "", "project_id": "",
            "playbook": {"id": "", "version_id": "", "name": "", "version": ""},
            "dataclass": {"id": "", "name": ""}, "dataobject": {"id": "", "name": ""},
            "status": "", "trigger_type": "", "start_time": "", "end_time": "",
        }]})
    );
}

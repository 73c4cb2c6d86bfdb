//! `SecMaster`: answers as the API does, refusals included.

use std::sync::Arc;

use model::Value;
use plugin::Host;
use plugin::error::{INPUT_INVALID, RECORDS_UNAVAILABLE};

use crate::records::Shelf;
use crate::server::{act, host, tenant};

fn shelf() -> (Arc<Shelf>, Host) {
    let (shelf, host) = (Shelf::new(), host(&[], &[]));
    for class in ["Alert", "Incident", "Indicator"] {
        shelf.put(class, r#"{"id": "o-1", "title": "Scan", "count": 12345678901234567890}"#);
    }
    host.provide_records(shelf.clone());
    (shelf, host)
}

async fn run(host: &Host, action: &str, input: &str) -> Result<Value, plugin::ActionError> {
    act(host, ("SecMaster", action), "run/1/0", None, input).await
}

/// The call is answered with this status, and a body that has this member.
async fn check(action: &str, input: &str, status: i64, path: &[&str], expected: &str) {
    let (_, host) = shelf();
    let answer = run(&host, action, input).await.unwrap_or_else(|error| panic!("{action} {input}: {error:?}"));
    assert_eq!(answer.get("code").as_i64(), Some(status), "{action} {input}: {answer:?}");
    assert_eq!(answer.get("headers").get("content-type").as_str(), Some("application/json"));
    let member = path.iter().fold(answer.get("body"), |value, key| value.get(key));
    assert_eq!(member.to_text(), expected, "{action} {input}: {answer:?}");
}

#[tokio::test]
async fn refusals_are_answers() {
    let other = r#""workspaceId": "11111111-1111-1111-1111-111111111111""#;
    check("getAlert", r#"{"alertId": "o-9"}"#, 404, &["code"], "Records.NotFound").await;
    check("changeAlert", r#"{"alertId": "o-9", "dataObject": {"a": 1}}"#, 404, &["code"], "Records.NotFound").await;
    check("getIncident", &format!(r#"{{"incidentId": "o-1", {other}}}"#), 403, &["code"], "Records.Refused").await;
    check("createAlert", &format!(r#"{{"dataObject": {{}}, {other}}}"#), 403, &["code"], "Records.Refused").await;
}

#[tokio::test]
async fn input_that_cannot_be_sent_and_what_may_pass_fail_the_node() {
    let (shelf, host) = shelf();
    for (action, input, names) in [
        ("changeAlert", r#"{"alertId": "o-1"}"#, "dataObject"),
        ("changeAlert", r#"{"alertId": "o-1", "dataObject": "{"}"#, "dataObject"),
        ("changeAlert", r#"{"alertId": "o-1", "dataObject": [1]}"#, "dataObject"),
        ("changeAlert", r#"{"alertId": "o-1", "dataObject": {}, "triggerFlag": "yes"}"#, "triggerFlag"),
        ("listAlerts", r#"{"limit": 0}"#, "limit"),
        ("listAlerts", r#"{"condition": "nothing"}"#, "condition"),
    ] {
        let error = run(&host, action, input).await.expect_err(input);
        assert_eq!((error.code, error.retryable), (INPUT_INVALID, false), "{input}: {error}");
        assert!(error.message.contains(names), "{input}: {error}");
    }
    shelf.go_down();
    let error = run(&host, "getAlert", r#"{"alertId": "o-1"}"#).await.expect_err("down");
    assert_eq!((error.code, error.retryable), (RECORDS_UNAVAILABLE, true));
}

#[tokio::test]
async fn calls_are_answered_in_the_form_of_the_api() {
    let own = tenant().workspace;
    for (kind, id) in [("Alert", "alertId"), ("Incident", "incidentId"), ("Indicator", "indicatorId")] {
        let data = ["data", "data_object", "title"];
        let get = format!(r#"{{"workspaceId": "{own}", "{id}": "o-1", "language": "zh-cn", "agency_type": "x"}}"#);
        check(&format!("get{kind}"), &get, 200, &data, "Scan").await;
        let change = format!(r#"{{"{id}": "o-1", "dataObject": "{{\"title\": \"Changed\"}}"}}"#);
        check(&format!("change{kind}"), &change, 200, &data, "Changed").await;
        check(&format!("change{kind}"), &change, 200, &["data", "data_object", "count"], "12345678901234567890").await;
        check(&format!("create{kind}"), r#"{"dataObject": {"title": "New"}}"#, 200, &data, "New").await;
        let list = r#"{"condition": {"conditions": [{"name": "a", "data": ["title", "=", "Scan"]}], "logics": ["a"]}}"#;
        check(&format!("list{kind}s"), list, 200, &["total"], "1").await;
        check(&format!("list{kind}s"), list, 200, &["code"], "00000000").await;
        check(&format!("list{kind}s"), r#"{"offset": 20, "limit": 10}"#, 200, &["page"], "3").await;
    }
}

#[tokio::test]
async fn a_change_triggers_only_when_told_to_and_is_made_once() {
    let (shelf, host) = shelf();
    for (key, input, triggers) in [
        ("k-1", r#"{"alertId": "o-1", "dataObject": {"a": 1}}"#, false),
        ("k-2", r#"{"alertId": "o-1", "dataObject": {"a": 1}, "triggerFlag": true}"#, true),
    ] {
        for _ in 0..2 {
            act(&host, ("SecMaster", "changeAlert"), key, None, input).await.expect("changes");
        }
        assert_eq!(shelf.changes().last(), Some(&(key.to_owned(), triggers)));
    }
    assert_eq!(shelf.changes().len(), 2);
}

//! Actions and rules one by one.

use serde_json::json;

use super::{INVALID, NO_PART, Playbooks, STATE, UNKNOWN, text};
use crate::product::{keys, no_null, sorted};

const ACTION: &str = "id name description action_type action_id playbook_id playbook_version_id project_id sort_order \
    create_time update_time";

#[tokio::test]
async fn actions_are_added_changed_and_removed() {
    let made = Playbooks::new().await;
    let (workflow, other) = (made.enabled_workflow("Isolate").await, made.enabled_workflow("Notify").await);
    let playbook = made.playbook("p").await;
    let version = made.draft(&playbook, &[], json!({})).await;
    let uri = made.uri(&format!("versions/{version}/actions"));
    made.refused("POST", &uri, json!([]), INVALID).await;
    made.refused("POST", &uri, json!({"action_id": workflow}), INVALID).await;
    made.refused("POST", &uri, json!([{"action_id": UNKNOWN}]), INVALID).await;

    let body = json!([{"action_id": workflow, "action_type": "AOP_WORKFLOW", "name": "first", "sort_order": "1"}]);
    let answer = made.product.call("admin", "POST", &uri, Some(body)).await;
    assert!(!answer.header("x-api-deprecation-info").is_empty() && !answer.header("x-api-deprecation-date").is_empty());
    let created = answer.json();
    no_null(&created);
    let first = &created["data"][0];
    assert_eq!(keys(first), sorted(ACTION));
    assert_eq!((&first["playbook_id"], &first["playbook_version_id"]), (&json!(playbook), &json!(version)));
    let second = made.data("POST", &uri, json!([{"action_id": other}])).await;
    assert_eq!((&second[0]["name"], &second[0]["sort_order"]), (&json!("Notify"), &json!(2.0)));

    let one = format!("{uri}/{}", text(first, "id"));
    made.refused("PUT", &one, json!({"action_id": UNKNOWN}), INVALID).await;
    made.refused("PUT", &format!("{uri}/{UNKNOWN}"), json!({}), NO_PART).await;
    let changed = made.data("PUT", &one, json!({"sort_order": 3, "description": "last"})).await;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("first"), &json!("last")));
    let list = made.product.get(&format!("{uri}?offset=0&limit=1000")).await;
    assert_eq!((&list["total"], &list["data"][0], &list["data"][1]["id"]), (&json!(2), &second[0], &first["id"]));

    made.product.ok("DELETE", &one, None).await;
    made.product.refused("DELETE", &one, None, NO_PART).await;
    assert_eq!(made.show_version(&version).await["actions"], json!([second[0]]));
    // Terraform takes an action for deleted when its version is gone.
    let gone = made.uri(&format!("versions/{UNKNOWN}/actions?offset=0&limit=1000"));
    made.product.refused("GET", &gone, None, (400, "SecMaster.20030005")).await;
}

#[tokio::test]
async fn a_rule_is_an_object_or_its_text_and_comes_back_as_text() {
    let made = Playbooks::new().await;
    let playbook = made.playbook("p").await;
    let version = made.draft(&playbook, &[], json!({})).await;
    let uri = made.uri(&format!("versions/{version}/rules"));
    for (body, message) in [
        (json!({}), "rule is required"),
        (json!({"rule": ""}), "rule is required"),
        (json!({"rule": 5}), "rule must be an object"),
        (json!({"rule": "not JSON"}), "rule must be an object, or text that holds one as JSON: "),
        (json!({"rule": {"conditions": "all"}}), "rule.conditions must be a list"),
    ] {
        let found = made.refused("POST", &uri, body.clone(), INVALID).await;
        assert!(found.starts_with(message), "{body}: {found}");
    }
    let rule = json!({"expression_type": "common", "logics": ["a"], "cron": null,
        "conditions": [{"name": "a", "detail": "3", "data": ["waf.alarm.level", ">", "3"]}]});
    for body in [json!({"rule": rule}), json!({"rule": rule.to_string()})] {
        let answer = made.product.call("admin", "POST", &uri, Some(body)).await;
        assert!(!answer.header("x-api-deprecation-info").is_empty());
        let created = answer.json()["data"].clone();
        assert_eq!(keys(&created), sorted("id project_id rule create_time update_time"));
        assert_eq!(text(&created, "rule"), rule.to_string());
        let one = format!("{uri}/{}", text(&created, "id"));
        assert_eq!(made.product.get(&one).await["data"]["rule"], created["rule"]);
        assert_eq!(made.show_version(&version).await["rule_id"], created["id"]);
    }
    let id = text(&made.show_version(&version).await, "rule_id");
    let (one, other) = (format!("{uri}/{id}"), format!("{uri}/{UNKNOWN}"));
    for (method, body) in [("GET", None), ("PUT", Some(json!({"rule": rule}))), ("DELETE", None)] {
        made.product.refused(method, &other, body, NO_PART).await;
    }
    let changed = made.data("PUT", &one, json!({"rule": {"conditions": []}})).await;
    assert_eq!((&changed["id"], &changed["rule"]), (&json!(id), &json!(r#"{"conditions":[]}"#)));
    made.product.ok("DELETE", &one, None).await;
    made.product.refused("GET", &one, None, NO_PART).await;
    let shown = made.show_version(&version).await;
    assert_eq!((&shown["rule_id"], &shown["rules"]["rule"]), (&json!(""), &json!("")));
}

#[tokio::test]
async fn parts_of_a_version_in_use_stay() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let rule = json!({"rule": {"conditions": []}});
    let (playbook, version) = made.published("p", &[&workflow], json!({"rule_enable": true, "rule": rule})).await;
    made.enable(&playbook, &version).await;
    let shown = made.show_version(&version).await;
    let uri = made.uri(&format!("versions/{version}"));
    let action = format!("{uri}/actions/{}", text(&shown["actions"][0], "id"));
    let rule = format!("{uri}/rules/{}", text(&shown, "rule_id"));
    let conditions = json!({"rule": {"conditions": [{"name": "a", "data": ["severity", "=", "High"]}]}});
    for (method, uri, body) in [
        ("POST", &format!("{uri}/actions"), Some(json!([{"action_id": workflow}]))),
        ("PUT", &action, Some(json!({"sort_order": 9}))),
        ("DELETE", &action, None),
        ("POST", &format!("{uri}/rules"), Some(conditions.clone())),
        ("PUT", &rule, Some(conditions)),
        ("DELETE", &rule, None),
    ] {
        made.product.refused(method, uri, body, STATE).await;
    }
    assert_eq!(made.show_version(&version).await, shown);
}

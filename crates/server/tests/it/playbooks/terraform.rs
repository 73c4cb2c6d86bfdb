//! What the vendor's Terraform provider sends, in its order and to the letter.

use serde_json::{Value, json};

use super::{Playbooks, text};

#[tokio::test]
async fn terraform_creates_enables_and_destroys_a_playbook() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let soc = |rest: &str| made.product.soc(rest);

    // huaweicloud_secmaster_playbook
    let body = json!({"description": "created by terraform", "name": "test"});
    let playbook = text(&made.data("POST", &soc("playbooks"), body.clone()).await, "id");
    made.data("PUT", &made.uri(&playbook), body).await;
    let list = made.product.get(&soc("playbooks?limit=1000&offset=0&name=test")).await;
    assert_eq!(list["data"][0]["id"], json!(playbook));
    assert_eq!(made.product.get(&soc("playbooks?limit=1000&offset=1&name=test")).await["data"], json!([]));

    // huaweicloud_secmaster_playbook_version
    let body = json!({
        "action_strategy": "ASYNC", "dataclass_id": made.class, "dataobject_create": true, "dataobject_delete": false,
        "dataobject_update": false, "description": "created by terraform", "rule_enable": true, "trigger_type": "EVENT",
    });
    let version = made.data("POST", &made.uri(&format!("{playbook}/versions")), body).await;
    assert_eq!((&version["status"], &version["version_type"]), (&json!("EDITING"), &json!(0)));
    assert!(!text(&version, "version").is_empty());
    let version = text(&version, "id");
    let uri = made.uri(&format!("versions/{version}"));

    // huaweicloud_secmaster_playbook_rule: text with nulls in it
    let rule = concat!(
        r#"{"conditions":[{"data":["waf.alarm.level","\u003e","3"],"detail":"123","name":"condition_0"}],"cron":null,"#,
        r#""end_time":null,"end_type":null,"execution_type":null,"expression_type":"common","logics":["condition_0"],"#,
        r#""only_once":null,"repeat_range":null,"schedule_type":null,"start_time":null,"start_type":null}"#
    );
    let created = made.data("POST", &format!("{uri}/rules"), json!({"rule": rule})).await;
    let rule = format!("{uri}/rules/{}", text(&created, "id"));
    let read = made.product.get(&rule).await;
    let parsed: Value = serde_json::from_str(&text(&read["data"], "rule")).expect("text with JSON");
    assert_eq!(parsed["conditions"][0]["data"], json!(["waf.alarm.level", ">", "3"]));

    // huaweicloud_secmaster_playbook_action: a list, of which the first is read
    let body = json!([{"action_id": workflow, "action_type": "AOP_WORKFLOW", "name": "test", "sort_order": 1}]);
    let action = text(&made.data("POST", &format!("{uri}/actions"), body).await[0], "id");
    let actions = made.product.get(&format!("{uri}/actions?limit=1000&offset=0")).await;
    assert_eq!((&actions["data"][0]["id"], &actions["data"][0]["sort_order"]), (&json!(action), &json!(1.0)));

    // huaweicloud_secmaster_playbook_version_action: what was read, and where to
    let read = made.show_version(&version).await;
    let mut body = json!({"status": "APPROVING"});
    for field in [
        "action_strategy",
        "dataclass_id",
        "dataobject_create",
        "dataobject_delete",
        "dataobject_update",
        "description",
        "enabled",
        "playbook_id",
        "rule_enable",
        "rule_id",
        "trigger_type",
    ] {
        body[field] = read[field].clone();
    }
    assert_eq!(made.put(&version, body).await["status"], "APPROVING");

    // huaweicloud_secmaster_playbook_approval
    made.data("POST", &format!("{uri}/approval"), json!({"result": "PASS", "content": "ok"})).await;
    let verdicts = made.product.get(&made.uri(&format!("versions/approval?resource_id={playbook}"))).await;
    assert_eq!(verdicts["data"][0]["result"], "PASS");
    let published = made.show_version(&version).await;
    assert_eq!((&published["status"], &published["version_type"]), (&json!("PUBLISHED"), &json!(1)));

    // huaweicloud_secmaster_playbook_enable
    let body = json!({"active_version_id": version, "enabled": true, "name": "test"});
    let enabled = made.data("PUT", &made.uri(&playbook), body).await;
    assert_eq!((&enabled["version_id"], &enabled["enabled"]), (&json!(version), &json!(true)));

    // And back, in the opposite order.
    made.data("PUT", &made.uri(&playbook), json!({"enabled": false, "name": "test"})).await;
    made.product.ok("DELETE", &format!("{uri}/actions/{action}"), None).await;
    made.product.ok("DELETE", &rule, None).await;
    made.product.refused("GET", &rule, None, super::NO_PART).await;
    made.product.ok("DELETE", &uri, None).await;
    made.product.refused("GET", &uri, None, super::NO_PART).await;
    made.product.ok("DELETE", &made.uri(&playbook), None).await;
    assert_eq!(made.product.get(&soc("playbooks?limit=1000&offset=0&name=test")).await["data"], json!([]));
}

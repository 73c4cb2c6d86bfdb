//! Versions: what they hold, what each move does.

use serde_json::{Value, json};

use super::{INCOMPLETE, INVALID, NO_PART, NO_PLAYBOOK, Playbooks, STATE, UNKNOWN, text};
use crate::product::{keys, no_null, sorted};

const ROW: &str = "id description create_time update_time project_id creator_id modifier_id playbook_id version enabled \
    status action_strategy rule_enable dataclass_id trigger_type dataobject_create dataobject_update dataobject_delete \
    version_type rule_id dataclass_name approve_name";

#[tokio::test]
async fn what_is_no_version_is_refused() {
    let made = Playbooks::new().await;
    let playbook = made.playbook("p").await;
    let uri = made.uri(&format!("{playbook}/versions"));
    let with = |name: &str, value: Value| {
        let mut body = json!({"dataclass_id": made.class});
        body[name] = value;
        body
    };
    for (body, message) in [
        (json!({}), "dataclass_id is required"),
        (json!({"dataclass_id": ""}), "dataclass_id is required"),
        (json!({"dataclass_id": "Alert"}), "dataclass_id must be a UUID"),
        (json!({"dataclass_id": UNKNOWN}), "dataclass_id must be a data class of this workspace"),
        (with("trigger_type", json!("MANUAL")), "trigger_type must be one of: EVENT, TIMER"),
        (with("action_strategy", json!("LATER")), "action_strategy must be one of: ASYNC, SYNC"),
        (with("rule_id", json!(UNKNOWN)), "rule_id must be the rule that this version has, or be left out"),
        (with("description", json!("\u{0}")), "description must not contain U+0000"),
        (with("rule_enable", json!("yes")), "rule_enable must be true or false"),
        (with("rule", json!({"rule": "{"})), "rule must be an object, or text that holds one as JSON: "),
        (with("rule", json!({"rule": "[]"})), "rule must be an object, or text that holds one as JSON"),
        (
            with("rule", json!({"rule": {"conditions": [{"name": "a", "data": ["severity", "is", "High"]}]}})),
            "rule.conditions[0].data (a): unknown operator 'is'",
        ),
        (with("actions", json!([{}])), "actions[0].action_id is required"),
        (with("actions", json!([{"action_id": "w"}])), "actions[0].action_id must be a UUID"),
        (with("actions", json!([{"action_id": UNKNOWN}])), "actions[0].action_id must be a workflow of this workspace"),
        (
            with("actions", json!([{"action_id": UNKNOWN, "action_type": "SCRIPT", "sort_order": 1.5}])),
            "actions[0].action_type must be one of: AOP_WORKFLOW; actions[0].sort_order must be a whole number between 0 \
             and 1000000; actions[0].action_id must be a workflow of this workspace",
        ),
        (with("actions", json!(vec![json!({}); 101])), "actions: a version has at most 100 actions"),
    ] {
        let found = made.refused("POST", &uri, body.clone(), INVALID).await;
        assert!(found.starts_with(message), "{body}: {found}");
    }
    let body = with("description", json!(""));
    made.refused("POST", &made.uri(&format!("{UNKNOWN}/versions")), body, NO_PLAYBOOK).await;
    for (method, body) in [("GET", None), ("PUT", Some(json!({}))), ("DELETE", None)] {
        made.product.refused(method, &made.uri(&format!("versions/{UNKNOWN}")), body, NO_PART).await;
    }
    let found =
        made.refused("PUT", &made.uri(&format!("versions/{UNKNOWN}")), json!({"status": "LATER"}), NO_PART).await;
    assert!(found.contains(UNKNOWN), "{found}");
}

#[tokio::test]
async fn a_version_comes_back_as_it_was_given() {
    let made = Playbooks::new().await;
    let (workflow, playbook) = (made.enabled_workflow("Isolate").await, made.playbook("p").await);
    let rule =
        json!({"logics": ["a"], "conditions": [{"name": "a", "detail": null, "data": ["severity", "=", "High"]}]});
    let body = json!({
        "dataclass_id": made.class, "description": "first", "workspace_id": UNKNOWN, "playbook_id": UNKNOWN,
        "rule_enable": true, "trigger_type": "EVENT", "dataobject_create": true, "action_strategy": "SYNC",
        "actions": [
            {"action_id": workflow, "name": "then", "sort_order": "2", "action_type": "AOP_WORKFLOW"},
            {"action_id": workflow, "sort_order": 1, "description": "at once"},
        ],
        "rule": {"rule": rule.to_string()},
    });
    let created = made.product.ok("POST", &made.uri(&format!("{playbook}/versions")), Some(body)).await;
    assert_eq!(keys(&created), ["code", "data", "message"]);
    no_null(&created);
    let version = &created["data"];
    assert_eq!(keys(version), sorted(&format!("{ROW} actions rules")));
    for (field, expected) in [
        ("status", json!("EDITING")),
        ("version", json!("V1")),
        ("version_type", json!(0)),
        ("enabled", json!(false)),
        ("playbook_id", json!(playbook)),
        ("dataclass_name", json!("Alert")),
        ("action_strategy", json!("SYNC")),
        ("dataobject_update", json!(false)),
        ("modifier_id", json!("")),
        ("approve_name", json!("")),
    ] {
        assert_eq!(version[field], expected, "{field}");
    }
    let names = ["name", "description", "sort_order"].map(|field| {
        version["actions"].as_array().expect("a list").iter().map(|action| action[field].clone()).collect::<Vec<_>>()
    });
    assert_eq!(
        json!(names),
        json!([["Isolate", "then"], ["at once", ""], [1.0, 2.0]]),
        "an action without a name has its workflow's"
    );
    assert_eq!(version["rule_id"], version["rules"]["id"]);
    assert_eq!(text(&version["rules"], "rule"), rule.to_string());
    assert_eq!(made.show_version(&text(version, "id")).await, *version);
    let list = made.product.get(&made.uri(&format!("{playbook}/versions"))).await;
    assert_eq!(keys(&list["data"][0]), sorted(ROW));
}

#[tokio::test]
async fn what_is_left_out_of_an_update_stays() {
    let made = Playbooks::new().await;
    let (workflow, playbook) = (made.enabled_workflow("w").await, made.playbook("p").await);
    let rule = json!({"rule": {"conditions": [{"name": "a", "data": ["severity", "=", "High"]}]}});
    let version = made.draft(&playbook, &[&workflow], json!({"rule_enable": true, "rule": rule})).await;
    let before = made.show_version(&version).await;
    let after = made.put(&version, json!({"description": "new", "rule_id": "", "rule": null, "actions": null})).await;
    let mut expected = before.clone();
    for field in ["description", "modifier_id"] {
        expected[field] = after[field].clone();
    }
    assert_eq!(after, expected);
    let after =
        made.put(&version, json!({"actions": [], "rule_id": before["rule_id"], "dataobject_delete": true})).await;
    assert_eq!((&after["actions"], &after["rules"]["rule"]), (&json!([]), &before["rules"]["rule"]));
    assert_eq!((&after["dataobject_create"], &after["dataobject_delete"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn an_incomplete_version_is_not_submitted_and_all_that_is_missing_is_told() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let playbook = made.playbook("p").await;
    let submit = async |version: &str| {
        let uri = made.uri(&format!("versions/{version}"));
        made.refused("PUT", &uri, json!({"status": "APPROVING"}), INCOMPLETE).await
    };
    let empty = made.draft(&playbook, &[], json!({"dataobject_create": false, "rule_enable": true})).await;
    assert_eq!(
        submit(&empty).await,
        "actions: at least one workflow is needed; one of dataobject_create, dataobject_update and dataobject_delete must \
         be true when trigger_type is EVENT; rule is required when rule_enable is true or trigger_type is TIMER"
    );
    let timer = made.draft(&playbook, &[&workflow], json!({"trigger_type": "TIMER"})).await;
    assert!(submit(&timer).await.starts_with("rule is required when"), "a timer needs its rule");
    // A rule of events is none of a timer; a draft may stand in between.
    let rule = json!({"rule": {"conditions": [{"name": "a", "data": ["severity", "=", "High"]}]}});
    let turned = made.draft(&playbook, &[&workflow], json!({"rule": rule})).await;
    made.put(&turned, json!({"trigger_type": "TIMER"})).await;
    assert_eq!(submit(&turned).await, "rule.cron is required");
    let gone = made.enabled_workflow("gone").await;
    let orphan = made.draft(&playbook, &[&gone], json!({})).await;
    made.product.ok("DELETE", &made.product.soc(&format!("workflows/{gone}")), None).await;
    assert_eq!(submit(&orphan).await, format!("actions[0] 'gone': the workflow {gone} does not exist any more"));
}

#[tokio::test]
async fn each_move_leads_to_its_state() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let playbook = made.playbook("p").await;
    let version = made.draft(&playbook, &[&workflow], json!({})).await;
    let uri = made.uri(&format!("versions/{version}"));
    let stands = async |shown: &Value, status: &str, kind: i64| {
        assert_eq!((&shown["status"], &shown["version_type"]), (&json!(status), &json!(kind)));
        let playbook = made.show(&playbook).await;
        let pending = if status == "APPROVING" { version.as_str() } else { "" };
        assert_eq!(playbook["unaudited_version_id"], pending, "{status}");
    };
    let to = |status: &str| json!({"status": status});

    stands(&made.put(&version, to("APPROVING")).await, "APPROVING", 0).await;
    stands(&made.put(&version, to("APPROVING")).await, "APPROVING", 0).await;
    let found = made.refused("PUT", &uri, json!({"dataobject_update": true}), STATE).await;
    assert!(found.contains("cannot be edited; withdraw it first (status EDITING)"), "{found}");
    made.refused("POST", &format!("{uri}/actions"), json!([{"action_id": workflow}]), STATE).await;
    made.refused("PUT", &uri, to("PUBLISHED"), STATE).await;
    stands(&made.put(&version, json!({"status": "EDITING", "dataobject_update": true})).await, "EDITING", 0).await;
    made.refused("POST", &format!("{uri}/approval"), json!({"result": "PASS"}), STATE).await;

    made.put(&version, to("APPROVING")).await;
    made.decide(&version, "UN_PASS").await;
    stands(&made.show_version(&version).await, "UNPASSED", 0).await;
    assert_eq!(made.show(&playbook).await["reject_version_id"], json!(version));
    stands(&made.put(&version, json!({"dataobject_delete": true})).await, "UNPASSED", 0).await;
    stands(&made.put(&version, to("APPROVING")).await, "APPROVING", 0).await;
    assert_eq!(made.show(&playbook).await["reject_version_id"], "");
    made.decide(&version, "PASS").await;
    let published = made.show_version(&version).await;
    stands(&published, "PUBLISHED", 1).await;
    assert_eq!(published["approve_name"], "admin");

    // What was approved is what runs: a change takes the approval away.
    made.refused("PUT", &uri, to("APPROVING"), STATE).await;
    stands(&made.put(&version, json!({"dataobject_delete": false})).await, "EDITING", 0).await;
    assert_eq!(made.show_version(&version).await["approve_name"], "");
}

#[tokio::test]
async fn a_changed_version_is_not_active_any_more() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (playbook, version) = made.published("p", &[&workflow], json!({})).await;
    made.enable(&playbook, &version).await;
    made.data("PUT", &made.uri(&playbook), json!({"enabled": false})).await;
    assert_eq!(made.show_version(&version).await["enabled"], true);
    // Terraform sends back what it has read, with what it wants.
    let changed = made.put(&version, json!({"enabled": true, "status": "PUBLISHED", "dataobject_update": true})).await;
    assert_eq!((&changed["enabled"], &changed["status"]), (&json!(false), &json!("EDITING")));
    let shown = made.show(&playbook).await;
    assert_eq!((&shown["version_id"], &shown["version"], &shown["dataclass_id"]), (&json!(""), &json!(""), &json!("")));
}

#[tokio::test]
async fn one_version_of_a_playbook_waits_for_review() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let playbook = made.playbook("p").await;
    let first = made.draft(&playbook, &[&workflow], json!({})).await;
    let second = made.draft(&playbook, &[&workflow], json!({})).await;
    made.put(&first, json!({"status": "APPROVING"})).await;
    let uri = made.uri(&format!("versions/{second}"));
    let found = made.refused("PUT", &uri, json!({"status": "APPROVING"}), (400, "SecMaster.20090506")).await;
    assert_eq!(found, format!("the version {first} of this playbook waits for review; only one can"));
    made.product.ok("DELETE", &made.uri(&format!("versions/{first}")), None).await;
    made.put(&second, json!({"status": "APPROVING"})).await;
}

#[tokio::test]
async fn versions_are_listed_newest_first_and_narrowed() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (playbook, first) = made.published("p", &[&workflow], json!({})).await;
    made.enable(&playbook, &first).await;
    made.draft(&playbook, &[&workflow], json!({})).await;
    let labels = async |query: &str| {
        let list = made.product.get(&made.uri(&format!("{playbook}/versions?{query}"))).await;
        assert_eq!(keys(&list), ["code", "data", "message", "page", "size", "total"]);
        list["data"].as_array().expect("rows").iter().map(|row| text(row, "version")).collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("", vec!["V2", "V1"]),
        ("limit=1&offset=1", vec!["V1"]),
        ("status=PUBLISHED", vec!["V1"]),
        ("status=EDITING", vec!["V2"]),
        ("enabled=1", vec!["V1"]),
        ("enabled=0", vec!["V2"]),
        ("version_type=1", vec!["V1"]),
        ("version_type=0", vec!["V2"]),
    ] {
        assert_eq!(labels(query).await, expected, "{query}");
    }
    for query in ["enabled=2", "version_type=-1", "status=DONE", "limit=1001"] {
        made.product.refused("GET", &made.uri(&format!("{playbook}/versions?{query}")), None, INVALID).await;
    }
}

#[tokio::test]
async fn a_clone_is_a_draft_in_a_playbook_of_its_own() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let rule = json!({"rule": {"conditions": [{"name": "a", "data": ["severity", "=", "High"]}]}});
    let (playbook, version) = made.published("p", &[&workflow], json!({"rule_enable": true, "rule": rule})).await;
    let uri = made.uri(&format!("versions/{version}/clone"));
    made.refused("POST", &uri, json!({}), INVALID).await;
    made.refused("POST", &uri, json!({"name": "p"}), (400, "SecMaster.20090502")).await;
    made.refused("POST", &made.uri(&format!("versions/{UNKNOWN}/clone")), json!({"name": "q"}), NO_PART).await;
    let answer = made.product.call("admin", "POST", &uri, Some(json!({"name": "q"}))).await;
    assert!(!answer.header("x-api-deprecation-info").is_empty());
    let (original, clone) = (made.show_version(&version).await, answer.json()["data"].clone());
    for field in ["rule_enable", "trigger_type", "dataclass_id", "dataobject_create", "action_strategy"] {
        assert_eq!(clone[field], original[field], "{field}");
    }
    assert_eq!(clone["rules"]["rule"], original["rules"]["rule"]);
    assert_eq!(clone["actions"][0]["action_id"], original["actions"][0]["action_id"]);
    for field in ["id", "playbook_id", "rule_id"] {
        assert_ne!(clone[field], original[field], "{field}");
    }
    assert_eq!(
        (&clone["status"], &clone["version"], &clone["enabled"]),
        (&json!("EDITING"), &json!("V1"), &json!(false))
    );
    let copied = made.show(&text(&clone, "playbook_id")).await;
    assert_eq!((&copied["name"], &copied["enabled"]), (&json!("q"), &json!(false)));
    assert_eq!(made.show(&playbook).await["name"], "p");
}

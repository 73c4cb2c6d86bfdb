//! Playbooks from creation to deletion.

use serde_json::{Value, json};

use super::{INCOMPLETE, INVALID, NO_PART, NO_PLAYBOOK, NOT_ENABLED, Playbooks, STATE, UNKNOWN, text};
use crate::product::{keys, no_null, sorted};

const FIELDS: &str = "id name description create_time update_time project_id version_id enabled workspace_id \
    approve_role user_role edit_role owner_id version dataclass_name dataclass_id unaudited_version_id \
    reject_version_id priority";

#[tokio::test]
async fn what_is_no_playbook_is_refused() {
    let made = Playbooks::new().await;
    made.playbook("taken").await;
    let (uri, long) = (made.product.soc("playbooks"), "x".repeat(65));
    for (body, message) in [
        (json!({}), "name is required"),
        (json!({"name": ""}), "name must have 1 to 64 characters"),
        (json!({"name": long}), "name must have 1 to 64 characters"),
        (json!({"name": "a\u{0}"}), "name must not contain control characters"),
        (json!({"name": "a", "description": "x".repeat(1025)}), "description must have at most 1024 characters"),
        (json!({"name": "a", "priority": 1001}), "priority must be between -1000 and 1000"),
        (json!({"name": "", "priority": -1001}), "name must have 1 to 64 characters; priority must be between"),
        (json!({"name": 5}), "name must be text"),
    ] {
        let found = made.refused("POST", &uri, body.clone(), INVALID).await;
        assert!(found.starts_with(message), "{body}: {found}");
    }
    let found = made.refused("POST", &uri, json!({"name": "taken"}), (400, "SecMaster.20090502")).await;
    assert_eq!(found, "name: a playbook named 'taken' exists in this workspace");
    for (method, body) in [("GET", None), ("PUT", Some(json!({}))), ("DELETE", None)] {
        made.product.refused(method, &made.uri(UNKNOWN), body, NO_PLAYBOOK).await;
    }
}

#[tokio::test]
async fn a_playbook_lives_from_creation_to_deletion() {
    let made = Playbooks::new().await;
    let uri = made.product.soc("playbooks");
    let body = json!({"name": "Isolate", "description": "hosts", "workspace_id": UNKNOWN, "priority": 5});
    let created = made.product.ok("POST", &uri, Some(body)).await;
    assert_eq!(keys(&created), ["code", "data", "message"]);
    no_null(&created);
    let playbook = &created["data"];
    assert_eq!(keys(playbook), sorted(FIELDS));
    let (id, workspace) = (text(playbook, "id"), made.product.workspace.to_string());
    assert_eq!((&playbook["enabled"], &playbook["version_id"]), (&json!(false), &json!("")));
    assert_eq!((&playbook["workspace_id"], &playbook["priority"]), (&json!(workspace), &json!(5)));
    assert_eq!(made.show(&id).await, *playbook);

    let changed = made.data("PUT", &made.uri(&id), json!({"name": "Isolate hosts", "description": ""})).await;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Isolate hosts"), &json!("")));
    made.playbook("Close").await;
    made.refused("PUT", &made.uri(&id), json!({"name": "Close"}), (400, "SecMaster.20090502")).await;

    let deleted = made.product.ok("DELETE", &made.uri(&id), None).await;
    assert_eq!(deleted["data"]["name"], "Isolate hosts");
    made.product.refused("GET", &made.uri(&id), None, NO_PLAYBOOK).await;
}

#[tokio::test]
async fn lists_are_narrowed_and_counted() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (on, version) = made.published("Contain host", &[&workflow], json!({})).await;
    made.enable(&on, &version).await;
    let waiting = made.playbook("Close alert").await;
    let draft = made.draft(&waiting, &[&workflow], json!({})).await;
    made.put(&draft, json!({"status": "APPROVING"})).await;
    made.data("PUT", &made.uri(&waiting), json!({"description": "of a host"})).await;

    let names = async |query: &str| {
        let list = made.product.get(&made.product.soc(&format!("playbooks?offset=0&limit=1000&{query}"))).await;
        assert_eq!(keys(&list), ["code", "data", "message", "page", "size", "total"]);
        let rows = list["data"].as_array().expect("rows");
        assert_eq!(list["total"], rows.len());
        rows.iter().map(|row| text(row, "name")).collect::<Vec<_>>()
    };
    let (close, contain) = ("Close alert", "Contain host");
    assert_eq!(names("").await[..2], [close, contain], "newest first, before those that a workspace is born with");
    for (query, expected) in [
        ("name=Contain", vec![contain]),
        ("search_txt=host&description=of+a+host", vec![close]),
        ("search_txt=of+a+host", vec![close]),
        ("name=Contain&enabled=true", vec![contain]),
        ("name=Contain&enabled=false", vec![]),
        ("name=Contain&dataclass_name=Alert", vec![contain]),
        ("name=Contain&dataclass_name=Incident", vec![]),
    ] {
        assert_eq!(names(query).await, expected, "{query}");
    }
    let counted = made.product.call("admin", "GET", &made.uri("statistics"), None).await;
    let disabled = names("enabled=false").await.len();
    assert_eq!(counted.json()["data"], json!({"unapproved_num": 1, "disabled_num": disabled, "enabled_num": 1}));
    assert!(
        !counted.header("x-api-deprecation-info").is_empty() && !counted.header("x-api-deprecation-date").is_empty()
    );
    let list = made.product.call("admin", "GET", &made.product.soc("playbooks?limit=1001"), None).await;
    assert_eq!(list.failure().2, "limit must be between 1 and 1000");
}

#[tokio::test]
async fn only_a_published_version_with_enabled_workflows_can_be_enabled() {
    let made = Playbooks::new().await;
    let (off, activated) = made.workflow("Isolate").await;
    let playbook = made.playbook("p").await;
    let uri = made.uri(&playbook);
    let other = made.playbook("other").await;
    let others = made.draft(&other, &[&off], json!({})).await;
    let version = made.draft(&playbook, &[&off], json!({})).await;

    let found = made.refused("PUT", &uri, json!({"enabled": true}), INVALID).await;
    assert_eq!(found, "active_version_id is required when enabled is true");
    let enable = |version: &str| json!({"enabled": true, "active_version_id": version});
    made.refused("PUT", &uri, enable("v1"), INVALID).await;
    made.refused("PUT", &uri, enable(UNKNOWN), NO_PART).await;
    made.refused("PUT", &uri, enable(&others), NO_PART).await;
    let found = made.refused("PUT", &uri, enable(&version), STATE).await;
    assert_eq!(found, "the version is EDITING: the move to active is not allowed; allowed: EDITING, APPROVING");
    made.put(&version, json!({"status": "APPROVING"})).await;
    made.refused("PUT", &uri, enable(&version), STATE).await;
    made.decide(&version, "PASS").await;
    let found = made.refused("PUT", &uri, enable(&version), NOT_ENABLED).await;
    assert_eq!(found, r#"these workflows of the version are not enabled; enable them first: ["Isolate"]"#);
    assert_eq!(made.show(&playbook).await["enabled"], false);

    let workflow = made.product.soc(&format!("workflows/{off}"));
    made.data("PUT", &workflow, json!({"enabled": true, "version_id": activated})).await;
    let enabled = made.enable(&playbook, &version).await;
    assert_eq!((&enabled["enabled"], &enabled["version"]), (&json!(true), &json!("V1")));
    assert_eq!((&enabled["version_id"], &enabled["dataclass_name"]), (&json!(version), &json!("Alert")));
    let shown = made.show_version(&version).await;
    assert_eq!((&shown["enabled"], &shown["status"]), (&json!(true), &json!("PUBLISHED")));
}

#[tokio::test]
async fn what_an_enabled_playbook_needs_stays() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("Isolate").await;
    let (playbook, version) = made.published("p", &[&workflow], json!({})).await;
    made.enable(&playbook, &version).await;

    made.product.refused("DELETE", &made.uri(&playbook), None, (400, "SecMaster.20090503")).await;
    let uri = made.uri(&format!("versions/{version}"));
    made.product.refused("DELETE", &uri, None, STATE).await;
    let found = made.refused("PUT", &uri, json!({"dataobject_update": true}), STATE).await;
    assert!(found.contains("disable the playbook first"), "{found}");
    made.refused("PUT", &uri, json!({"enabled": false}), STATE).await;
    let workflow = made.product.soc(&format!("workflows/{workflow}"));
    let found = made.product.refused("DELETE", &workflow, None, (400, "SecMaster.20090602")).await;
    assert_eq!(found, "these enabled playbooks run this workflow; disable them first: 'p'");
    // A workflow can be disabled at any time: it is how a person stops it.
    made.data("PUT", &workflow, json!({"enabled": false})).await;

    let disabled = made.data("PUT", &made.uri(&playbook), json!({"name": "p", "enabled": false})).await;
    assert_eq!((&disabled["enabled"], &disabled["version_id"]), (&json!(false), &json!(version)));
    made.product.ok("DELETE", &workflow, None).await;
    made.product.ok("DELETE", &uri, None).await;
    assert_eq!(made.show(&playbook).await["version_id"], "");
    made.product.ok("DELETE", &made.uri(&playbook), None).await;
}

#[tokio::test]
async fn one_version_is_active_and_another_can_take_its_place() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (playbook, first) = made.published("p", &[&workflow], json!({})).await;
    made.enable(&playbook, &first).await;
    let second = made.draft(&playbook, &[&workflow], json!({"dataobject_update": true})).await;
    made.put(&second, json!({"status": "APPROVING"})).await;
    made.decide(&second, "PASS").await;
    let active = async || {
        let uri = made.uri(&format!("{playbook}/versions?enabled=1"));
        let list = made.product.get(&uri).await;
        list["data"].as_array().expect("rows").iter().map(|row| text(row, "id")).collect::<Vec<_>>()
    };
    assert_eq!(active().await, [first.as_str()]);
    let changed = made.data("PUT", &made.uri(&playbook), json!({"active_version_id": second})).await;
    assert_eq!((&changed["enabled"], &changed["version"]), (&json!(true), &json!("V2")));
    assert_eq!(active().await, [second.as_str()]);
    assert_eq!(made.put(&first, json!({"enabled": true})).await["enabled"], true);
    assert_eq!(active().await, [first.as_str()]);
    assert_eq!(made.show(&playbook).await["version"], "V1");
    // Enabling again needs no version: there is an active one.
    made.data("PUT", &made.uri(&playbook), json!({"enabled": false})).await;
    assert_eq!(made.data("PUT", &made.uri(&playbook), json!({"enabled": true})).await["version_id"], json!(first));
}

#[tokio::test]
async fn a_timer_that_has_ticked_its_last_is_not_enabled() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let timer =
        |cron: &str| json!({"trigger_type": "TIMER", "dataobject_create": false, "rule": {"rule": {"cron": cron}}});
    let (playbook, version) = made.published("past", &[&workflow], timer("0 0 0 1 1 ? 2020")).await;
    let enable = json!({"enabled": true, "active_version_id": version});
    let found = made.refused("PUT", &made.uri(&playbook), enable, INCOMPLETE).await;
    assert_eq!(found, "rule.cron: the timer does not tick any more; give the version another rule");
    let (playbook, version) = made.published("daily", &[&workflow], timer("0 9 * * *")).await;
    assert_eq!(made.enable(&playbook, &version).await["enabled"], true);
}

#[tokio::test]
async fn limits_are_set_and_shown() {
    let made = Playbooks::new().await;
    let playbook = made.playbook("p").await;
    let workspace = made.product.workspace;
    let limits = |id: &str| made.product.workspaces(&format!("/{workspace}/muster/playbooks/{id}/limits"));
    let uri = limits(&playbook);
    for (body, message) in [
        (json!({"concurrency": -1}), "concurrency must be between 0 and 1000000"),
        (json!({"starts_per_minute": 1_000_001}), "starts_per_minute must be between 0 and 1000000"),
        (json!({"breaker_failures": 3}), "breaker_seconds must be between 1 and 604800 when breaker_failures is not 0"),
        (json!({"breaker_seconds": 604_801}), "breaker_seconds must be between 0 and 604800"),
    ] {
        assert_eq!(made.refused("PUT", &uri, body, INVALID).await, message);
    }
    made.product.refused("GET", &limits(UNKNOWN), None, NO_PLAYBOOK).await;
    let none = json!({
        "concurrency": 0, "starts_per_minute": 0, "breaker_failures": 0, "breaker_seconds": 0,
        "paused_at": "", "pause_reason": "", "queued": 0, "active": 0, "held": 0,
    });
    assert_eq!(made.product.get(&uri).await["data"], none);
    made.data("PUT", &uri, json!({"concurrency": 2, "breaker_failures": 5, "breaker_seconds": 600})).await;
    let set: Value = made.data("PUT", &uri, json!({"starts_per_minute": 60})).await;
    let values =
        ["concurrency", "starts_per_minute", "breaker_failures", "breaker_seconds"].map(|name| set[name].clone());
    assert_eq!(values, [2, 60, 5, 600].map(|value| json!(value)));
}

#[tokio::test]
async fn playbooks_are_for_those_who_have_the_permission() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (playbook, version) = made.published("p", &[&workflow], json!({})).await;
    let rest = |tail: &str| made.uri(tail);
    let calls = [
        ("GET", made.product.soc("playbooks")),
        ("POST", made.product.soc("playbooks")),
        ("GET", rest("statistics")),
        ("GET", rest(&playbook)),
        ("PUT", rest(&playbook)),
        ("DELETE", rest(&playbook)),
        ("GET", rest(&format!("{playbook}/versions"))),
        ("POST", rest(&format!("{playbook}/versions"))),
        ("GET", rest(&format!("versions/{version}"))),
        ("PUT", rest(&format!("versions/{version}"))),
        ("DELETE", rest(&format!("versions/{version}"))),
        ("POST", rest(&format!("versions/{version}/approval"))),
        ("GET", rest("versions/approval")),
        ("POST", rest(&format!("versions/{version}/clone"))),
        ("GET", rest(&format!("versions/{version}/actions"))),
        ("PUT", rest(&format!("versions/{version}/actions/{UNKNOWN}"))),
        ("DELETE", rest(&format!("versions/{version}/actions/{UNKNOWN}"))),
        ("GET", rest("instances")),
        ("POST", rest(&format!("versions/{version}/rules"))),
        ("PUT", rest(&format!("versions/{version}/rules/{UNKNOWN}"))),
        ("DELETE", rest(&format!("versions/{version}/rules/{UNKNOWN}"))),
    ];
    made.product.guarded(&calls).await;
}

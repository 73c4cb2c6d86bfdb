//! Templates: what a workspace is born with, and each of them at work on real alerts (where they are there).

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use model::{Map, ObjectId, Value};
use service::object::ClassName;
use service::playbook::{ListPlaybooks, UpdatePlaybook};
use service::task::{ListTasks, TaskDetail, UpdateTask};
use service::workflow::ListWorkflows;

use crate::installation::refusal;
use crate::room::{Room, json, real_alerts};

const HOUR: Duration = Duration::from_secs(3600);

fn text(object: &Value, member: &str) -> String {
    object.get(member).to_text().into_owned()
}

/// What a member of the first flow of an alert is.
fn flow(alert: &Map, member: &str) -> String {
    let flows = alert.get("network_list").and_then(Value::as_list).expect("real alerts have traffic");
    text(&flows[0], member)
}

/// An alert of our own of this type, with the traffic of a real one if there are any.
fn alert(title: &str, category: &str, kind: &str) -> Map {
    json(&format!(
        r#"{{"title": "{title}", "severity": "High", "alert_type": {{"category": "{category}", "alert_type": "{kind}"}},
            "network_list": [{{"src_ip": "8.42.77.171", "dest_ip": "10.0.0.5", "dest_domain": "shop.example.com"}}],
            "user_info": [{{"user_name": "eve"}}], "resource_list": [{{"id": "i-1", "name": "web-1"}}]}}"#
    ))
}

#[tokio::test]
async fn a_workspace_is_born_with_templates_that_are_disabled() {
    let room = Room::new().await;
    let list = ListWorkflows { limit: Some(100), ..ListWorkflows::default() };
    let workflows = room.made.service.list_workflows(&room.ctx, list).await.expect("lists").rows;
    let list = ListPlaybooks { limit: Some(100), ..ListPlaybooks::default() };
    let playbooks = room.made.service.list_playbooks(&room.ctx, list).await.expect("lists").rows;
    let names: BTreeSet<&str> = workflows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, playbooks.iter().map(|row| row.name.as_str()).collect(), "a playbook for each");
    assert_eq!(names.len(), 12);
    for row in &workflows {
        assert!(!row.enabled && row.version == "V1" && row.creator_name == "admin", "{}", row.name);
    }
    for row in &playbooks {
        assert!(!row.enabled && row.version == "V1" && row.dataclass_id.is_some(), "{}", row.name);
    }
}

#[tokio::test]
async fn each_template_is_enabled_with_one_call_for_the_workflow_and_one_for_the_playbook() {
    let room = Room::new().await;
    let list = ListPlaybooks { limit: Some(100), ..ListPlaybooks::default() };
    for row in room.made.service.list_playbooks(&room.ctx, list).await.expect("lists").rows {
        let enable = || UpdatePlaybook { enabled: Some(true), ..UpdatePlaybook::default() };
        let early = room.made.service.update_playbook(&room.ctx, row.id, enable()).await;
        let (_, message) = refusal(early);
        assert!(message.contains(&row.name), "its workflow is not enabled: {message}");
        room.enable(&row.name).await;
    }
}

#[tokio::test]
async fn repeated_alerts_are_closed() {
    let Some(alerts) = real_alerts() else { return };
    let room = Room::new().await;
    room.enable("Close repeated alerts").await;
    // All of them differ; then some come again, and once more after the window.
    let (mut first, mut again, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for alert in &alerts {
        first.push(room.create("Alert", alert.clone()).await);
    }
    for alert in alerts.iter().take(40) {
        again.push(room.create("Alert", alert.clone()).await);
    }
    room.until_played("Close repeated alerts", 220).await;
    room.made.pass(8 * 24 * HOUR);
    for alert in alerts.iter().take(5) {
        late.push(room.create("Alert", alert.clone()).await);
    }
    room.until_played("Close repeated alerts", 225).await;

    for id in first.iter().chain(&late) {
        assert_eq!(text(&room.object("Alert", *id).await, "handle_status"), "Open");
    }
    for (original, id) in first.iter().zip(&again) {
        let repeated = room.object("Alert", *id).await;
        let handling = ["handle_status", "close_reason", "is_auto_closed"].map(|member| text(&repeated, member));
        assert_eq!(handling, ["Closed", "Repeated", "AutoClosed"]);
        assert!(text(&repeated, "close_comment").contains(&original.to_string()), "says which it repeats");
        assert_eq!(room.related(*id).await, [*original]);
    }
}

#[tokio::test]
async fn low_risk_alerts_are_closed_and_others_are_not() {
    let Some(alerts) = real_alerts() else { return };
    let room = Room::new().await;
    room.enable("Close low-risk alerts").await;
    let mut ids = Vec::new();
    for alert in &alerts {
        ids.push(room.create("Alert", alert.clone()).await);
    }
    room.until_played("Close low-risk alerts", 24).await;
    for (alert, id) in alerts.iter().zip(ids) {
        let low = alert.get("severity").and_then(Value::as_str) == Some("Low");
        let found = room.object("Alert", id).await;
        assert_eq!(text(&found, "handle_status"), if low { "Closed" } else { "Open" }, "{found:?}");
        assert_eq!(found.get("close_comment").is_null(), !low);
    }
}

/// An alert of the type gets the comments of handled ones like it, and only the playbook for its type is set off.
async fn check_history(playbook: &str, earlier: Map, now: Map, is_similar: bool) {
    let room = Room::new().await;
    let handled = room.create("Alert", earlier.clone()).await;
    let open = room.create("Alert", earlier).await;
    room.change(
        "Alert",
        handled,
        r#"{"handle_status": "Closed", "close_reason": "Resolved", "close_comment": "patched"}"#,
    )
    .await;
    for name in ["host", "WAF", "identity", "network"] {
        room.enable(&format!("Attach handling history to {name} alerts")).await;
    }
    room.made.pass(HOUR);
    let id = room.create("Alert", now.clone()).await;
    room.until_played(playbook, 1).await;
    let notes = room.notes(id).await;
    assert_eq!(notes.len(), usize::from(is_similar), "{playbook}: {notes:?}");
    assert!(notes.iter().all(|note| note.contains("patched") && note.contains("Resolved")), "{notes:?}");
    assert!(room.notes(open).await.is_empty());
    room.until_played("Attach handling history", 1).await;

    room.made.pass(16 * 24 * HOUR);
    let late = room.create("Alert", now).await;
    room.until_played(playbook, 2).await;
    assert!(room.notes(late).await.is_empty(), "{playbook}: later than 15 days");
}

#[tokio::test]
async fn the_history_of_similar_alerts_is_attached() {
    let malware = || alert("A worm", "Malware", "Worm");
    check_history("Attach handling history to host alerts", malware(), malware(), true).await;
    let other_asset = || {
        let mut other = alert("A worm", "Malware", "Virus");
        other.insert("resource_list".into(), Value::list(vec![Value::object([("id", "i-2".into())])]));
        other
    };
    check_history("Attach handling history to host alerts", malware(), other_asset(), false).await;
    let web = |kind: &str| alert("An attack", "WebAttack", kind);
    check_history("Attach handling history to WAF alerts", web("SqlInjection"), web("PathTraversal"), true).await;
    let login = |kind: &str| alert("A log-in", "AbnormalUserBehavior", kind);
    check_history("Attach handling history to identity alerts", login("AbnormalLogin"), login("IllegalAccount"), true)
        .await;
    if let Some(alerts) = real_alerts() {
        let from =
            |source: &str| alerts.iter().filter(|alert| flow(alert, "src_ip") == source).cloned().collect::<Vec<_>>();
        let scans = from("54.235.163.229");
        let (one, another) = (scans[0].clone(), scans[1].clone());
        check_history("Attach handling history to network alerts", one, another, true).await;
    }
}

#[tokio::test]
async fn indicators_are_extracted_once_for_each_value() {
    let Some(alerts) = real_alerts() else { return };
    let room = Room::new().await;
    room.enable("Extract indicators from alerts").await;
    let mut ids = HashMap::new();
    for alert in alerts.iter().take(60) {
        ids.insert(room.create("Alert", alert.clone()).await, alert.clone());
    }
    room.until_played("Extract indicators from alerts", 60).await;
    let indicators = room.objects("Indicator").await;
    let values: BTreeSet<String> = indicators.iter().map(|indicator| text(indicator, "value")).collect();
    assert_eq!(values.len(), indicators.len(), "each value once");
    assert!(values.contains("ui.skype.com") && values.contains("222.186.56.46") && values.contains("157.56.114.104"));
    assert!(!values.iter().any(|value| value.starts_with("192.168.")), "private addresses are no indicators");
    let by_id: HashMap<String, &Value> =
        indicators.iter().map(|indicator| (text(indicator, "id"), indicator)).collect();
    for (id, alert) in &ids {
        for other in room.related(*id).await {
            let value = text(by_id[&other.to_string()], "value");
            let seen = ["src_ip", "dest_ip", "dest_domain", "src_domain"].map(|member| flow(alert, member));
            let digests = alert.get("file_info").map(Value::to_json).unwrap_or_default();
            assert!(seen.contains(&value) || digests.contains(&value), "{value} is in {alert:?}");
        }
    }
    let kind = indicators.iter().find(|indicator| text(indicator, "value") == "ui.skype.com").expect("above");
    assert_eq!(text(kind.get("indicator_type"), "indicator_type"), "Domain");
}

#[tokio::test]
async fn addresses_are_tagged_with_where_they_lie_and_what_is_known_of_them() {
    let room = Room::new().await;
    let known = r#"{"name": "bad", "value": "8.42.77.171", "verdict": "Black", "granular_marking": "1", "defanged": false,
        "indicator_type": {"id": "x", "indicator_type": "IPv4"}, "first_report_time": "2023-01-01T00:00:00Z",
        "environment": {"domain_id": "d", "region_id": "r", "project_id": "p"},
        "data_source": {"source_type": 1, "domain_id": "d", "project_id": "p", "region_id": "r", "product_name": "n", "product_feature": "f"}}"#;
    room.create("Indicator", json(known)).await;
    let mut labelled = alert("x", "Reconnaissance", "PortScan");
    labelled.insert("labels".into(), "mine".into());
    let ours = room.create("Alert", labelled).await;
    room.run("Tag the addresses of alerts", ours).await;
    assert_eq!(text(&room.object("Alert", ours).await, "labels"), "mine,ip:internal,ip:external,ip:black");
    let without = room.create("Alert", json(r#"{"title": "no traffic"}"#)).await;
    room.run("Tag the addresses of alerts", without).await;
    assert!(room.object("Alert", without).await.get("labels").is_null());

    let Some(alerts) = real_alerts() else { return };
    for alert in alerts.iter().step_by(30) {
        let id = room.create("Alert", alert.clone()).await;
        room.run("Tag the addresses of alerts", id).await;
        let internal = [flow(alert, "src_ip"), flow(alert, "dest_ip")].iter().any(|ip| ip.starts_with("192.168."));
        let labels = text(&room.object("Alert", id).await, "labels");
        assert_eq!(labels.contains("ip:internal"), internal, "{labels}: {alert:?}");
    }
}

#[tokio::test]
async fn alerts_are_renamed_once() {
    let room = Room::new().await;
    room.enable("Rename alerts").await;
    let id = room.create("Alert", alert("Webshell found", "WebAttack", "Webshell")).await;
    room.create("Alert", alert("Something else", "WebAttack", "SqlInjection")).await;
    room.until_played("Rename alerts", 1).await;
    let title = "Webshell found on web-1 from 8.42.77.171";
    assert_eq!(text(&room.object("Alert", id).await, "title"), title);
    room.run("Rename alerts", id).await;
    assert_eq!(text(&room.object("Alert", id).await, "title"), title, "the second time nothing changes");

    let Some(alerts) = real_alerts() else { return };
    let real = room.create("Alert", alerts[0].clone()).await;
    room.run("Rename alerts", real).await;
    let title = "ET SCAN Potential SSH Scan on 192.168.0.2 from 222.186.56.46";
    assert_eq!(text(&room.object("Alert", real).await, "title"), title);
}

#[tokio::test]
async fn unclosed_alerts_are_summed_up_every_evening() {
    let Some(alerts) = real_alerts() else { return };
    let room = Room::new().await;
    room.enable_workflow("Digest of unclosed alerts").await;
    let run = room.start("Digest of unclosed alerts", Value::map(Map::new())).await;
    room.until_finished(run).await;
    assert!(room.objects("CommonContext").await.is_empty(), "nothing is open");

    for alert in alerts.iter().take(50) {
        room.create("Alert", alert.clone()).await;
    }
    let handled = room.create("Alert", alerts[0].clone()).await;
    room.change("Alert", handled, r#"{"handle_status": "Closed"}"#).await;
    room.enable("Digest of unclosed alerts").await;
    // It is 06:13 in the installation's zone.
    room.made.pass(13 * HOUR);
    let (mut waited, mut digests) = (0, Vec::new());
    while digests.is_empty() && waited < 3000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        (waited, digests) = (waited + 1, room.objects("CommonContext").await);
    }
    let [digest] = digests.as_slice() else { panic!("one digest, not {digests:?}") };
    assert_eq!(text(digest, "title"), "Unclosed alerts: 50");
    let high = alerts.iter().take(50).filter(|alert| alert["severity"].as_str() == Some("High")).count();
    assert_eq!(digest.get("content").get("counts").get("High").as_i64(), i64::try_from(high).ok());
    assert!(text(digest.get("content"), "digest").starts_with("50 alerts are open: 0 Fatal,"));

    let task = waiting_task(&room).await;
    assert!(task.1.contains("50 alerts are open"), "the to-do shows it: {}", task.1);
    room.made.pass(25 * HOUR);
    room.until_played("Digest of unclosed alerts", 1).await;
}

/// The only to-do: its id and description.
async fn waiting_task(room: &Room) -> (model::TaskId, String) {
    for _ in 0..3000 {
        let list = ListTasks { query_type: Some("my_todo".into()), ..ListTasks::default() };
        let found = room.made.service.list_tasks(&room.ctx, list).await.expect("lists").rows;
        if let [TaskDetail { task, .. }] = found.as_slice() {
            return (task.id, task.description.clone());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no to-do has come");
}

#[tokio::test]
async fn the_protection_of_assets_is_counted() {
    let room = Room::new().await;
    for (name, status) in [("a", "opened"), ("b", "opened"), ("c", "closed")] {
        let asset =
            format!(r#"{{"name": "{name}", "type": "cloudservers", "properties": {{"protect_status": "{status}"}}}}"#);
        room.create("Resource", json(&asset)).await;
    }
    room.enable_workflow("Statistics of asset protection").await;
    let run = room.start("Statistics of asset protection", Value::map(Map::new())).await;
    room.until_finished(run).await;
    let kept = room.objects("CommonContext").await;
    assert_eq!(text(&kept[0], "title"), "Asset protection: 2 of 3 assets (66.6 %)");
    assert_eq!(kept[0].get("content").to_json(), r#"{"total":3,"protected":2,"unprotected":1,"rate":66.6}"#);
}

/// The response to a serious alert, answered or left to itself: the alert's status, what is on the block list, the note.
async fn check_response(answer: Option<&str>, status: &str, blocked: &[&str], note: &str) {
    let room = Room::new().await;
    room.enable("Approve, then act").await;
    let real =
        real_alerts().and_then(|alerts| alerts.into_iter().find(|alert| alert["severity"].as_str() == Some("High")));
    let mut serious = real.unwrap_or_else(|| alert("x", "Malware", "Worm"));
    serious.insert(
        "network_list".into(),
        json(r#"{"a": [{"src_ip": "8.42.77.171"}, {"src_ip": "8.42.77.171"}]}"#)["a"].clone(),
    );
    let id = room.create("Alert", serious).await;
    room.create("Alert", json(r#"{"title": "not serious", "severity": "Medium"}"#)).await;
    let (task, _) = waiting_task(&room).await;
    assert_eq!(text(&room.object("Alert", id).await, "handle_status"), "Open", "nothing happens unasked");
    match answer {
        Some(parameters) => {
            let input = UpdateTask {
                action: Some("CONTINUE".into()),
                handle_parameters: Some(Value::map(json(parameters))),
                ..UpdateTask::default()
            };
            room.made.service.update_task(&room.ctx, task, input).await.expect("is answered");
        }
        None => room.made.pass(5 * HOUR),
    }
    room.until_played("Approve, then act", 1).await;
    assert_eq!(text(&room.object("Alert", id).await, "handle_status"), status);
    let listed = room.objects("Indicator").await;
    assert_eq!(listed.iter().map(|one| text(one, "value")).collect::<Vec<_>>(), blocked);
    assert!(listed.iter().all(|one| text(one, "verdict") == "Black"));
    let notes = room.notes(id).await;
    assert!(notes.len() == 1 && notes[0].contains(note), "{notes:?}");
}

#[tokio::test]
async fn a_response_is_carried_out_when_a_person_approves_it() {
    check_response(Some(r#"{"approve": true, "remark": "go on"}"#), "Block", &["8.42.77.171"], "go on").await;
    check_response(Some(r#"{"approve": false}"#), "Open", &[], "not approved").await;
    check_response(None, "Open", &[], "not approved").await;
}

#[tokio::test]
async fn three_templates_answer_the_same_real_alerts() {
    let Some(alerts) = real_alerts() else { return };
    let room = Room::new().await;
    let names = ["Close low-risk alerts", "Tag the addresses of alerts", "Extract indicators from alerts"];
    for name in names {
        room.enable(name).await;
    }
    let mut ids: Vec<ObjectId> = Vec::new();
    for alert in alerts.iter().take(90) {
        ids.push(room.create("Alert", alert.clone()).await);
    }
    let low = alerts.iter().take(90).filter(|alert| alert["severity"].as_str() == Some("Low")).count();
    room.until_played(names[0], i64::try_from(low).expect("few")).await;
    room.until_played(names[1], 90).await;
    room.until_played(names[2], 90).await;
    for id in ids {
        let object = room.made.service.get_object(&room.ctx, ClassName::Alert, id).await.expect("is there").data;
        assert!(text(&object, "labels").contains("ip:"), "no playbook undoes what another has done: {object:?}");
        let closed = text(&object, "severity") == "Low";
        assert_eq!(text(&object, "handle_status") == "Closed", closed);
    }
}

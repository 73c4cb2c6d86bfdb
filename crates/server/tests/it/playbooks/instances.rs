//! Runs of playbooks: listed, shown, retried, terminated, counted. What sets them off and starts them is not here, so the
//! tests put their rows in place.

use std::time::Duration;

use model::{DataClassId, InstanceId, ObjectId, PlaybookId, PlaybookInstanceId, PlaybookVersionId, Tenant, UserId};
use runtime::clock::V7Ids;
use serde_json::{Value, json};
use store::playbook::instance::{Encoded, NewInstance, PlaybookInstanceRow, insert_all};
use store::playbook::run::PlaybookRunRow;
use store::playbook::{admission, work};
use uuid::Uuid;

use super::{INVALID, NO_PLAYBOOK, Playbooks, UNKNOWN, text};
use crate::installation::{START, project};
use crate::product::{keys, no_null, sorted};

const FIELDS: &str = "id name project_id playbook dataclass dataobject status trigger_type start_time end_time";
const LOG: &str = "instance_type action_id action_name instance_id parent_instance_id log_level input output error_msg \
    start_time end_time status trigger_type";
const NO_INSTANCE: (u16, &str) = (400, "SecMaster.20090511");
const NOT_NOW: (u16, &str) = (400, "SecMaster.20090512");
/// Pauses, and fails.
const ASKS: &str = r#"<bpmn:userTask id="n" name="Ask"/>"#;
const FAILS: &str =
    r#"<bpmn:scriptTask id="n" scriptFormat="cel"><bpmn:script>1 / data_object.zero</bpmn:script></bpmn:scriptTask>"#;

/// A playbook with the two workflows that its instances run.
struct Fixture {
    made: Playbooks,
    playbook: String,
    version: String,
    workflows: Vec<String>,
}

/// What becomes of a workflow of an instance.
enum Branch {
    /// It is started.
    Started,
    /// It has not been started yet.
    Waiting,
    /// It could not be started.
    Refused(&'static str),
}

impl Fixture {
    /// A playbook whose workflows have these nodes.
    async fn new(nodes: &[&str]) -> Self {
        let made = Playbooks::new().await;
        let mut workflows = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            workflows.push(made.enabled_workflow_with(&format!("w{index}"), node).await);
        }
        let names: Vec<&str> = workflows.iter().map(String::as_str).collect();
        let (playbook, version) = made.published("Isolate", &names, json!({})).await;
        Self { made, playbook, version, workflows }
    }

    fn tenant(&self) -> Tenant {
        Tenant { project: project(), workspace: self.made.product.workspace }
    }

    fn uri(&self, rest: &str) -> String {
        self.made.uri(&format!("instances{rest}"))
    }

    /// An instance that was set off for an object and is queued, with these workflows.
    async fn set_off(&self, object: &str, trigger: &str, branches: &[Branch]) -> String {
        let now = START.plus(Duration::from_secs(60));
        let id = PlaybookInstanceId::new(&V7Ids);
        let mut runs = Vec::new();
        for (position, branch) in branches.iter().enumerate() {
            let workflow = &self.workflows[position];
            let run: InstanceId = match branch {
                Branch::Started => self.start(workflow).await,
                Branch::Waiting | Branch::Refused(_) => InstanceId::new(&V7Ids),
            };
            runs.push(PlaybookRunRow {
                workspace_id: self.tenant().workspace,
                run_id: run,
                project_id: self.tenant().project,
                playbook_instance_id: id,
                position: i64::try_from(position).expect("few"),
                action_id: Uuid::from_u128(7),
                action_name: format!("w{position}"),
                action_description: String::new(),
                workflow_id: workflow.parse().expect("an id"),
                problem: if let Branch::Refused(problem) = branch { (*problem).to_owned() } else { String::new() },
                has_news: false,
            });
        }
        let row = PlaybookInstanceRow {
            workspace_id: self.tenant().workspace,
            id,
            project_id: self.tenant().project,
            name: format!("Isolate {object}"),
            playbook_id: self.playbook.parse::<PlaybookId>().expect("an id"),
            playbook_name: "Isolate".into(),
            version_id: self.version.parse::<PlaybookVersionId>().expect("an id"),
            version: "V1".into(),
            dataclass_id: Some(self.made.class.parse::<DataClassId>().expect("an id")),
            dataclass_name: "Alert".into(),
            dataobject_id: Some(ObjectId::new(&V7Ids)),
            dataobject_name: object.into(),
            trigger_type: trigger.into(),
            event: "create".into(),
            dataobject_time: Some(now),
            dataobject_version: Some(1),
            tick: None,
            depth: 1,
            cause_id: None,
            creator_id: UserId(Uuid::from_u128(9)),
            creator_name: "admin".into(),
            status: "RUNNING".into(),
            problem: String::new(),
            create_time: now,
            start_time: None,
            end_time: None,
            retry_count: 0,
        };
        let new = NewInstance { row, runs, in_order: false, context: "{}".into() };
        let made = &self.made.product.made;
        let encoded = Encoded::new(made.db.dialect(), new).expect("encodes");
        let added = made.writer.write(move |tx| Box::pin(async move { insert_all(tx, &[encoded]).await })).await;
        assert!(added.expect("is written").contains(&id));
        id.to_string()
    }

    /// Starts a workflow as a person does.
    async fn start(&self, workflow: &str) -> InstanceId {
        let body =
            json!({"command_type": "ActionInstanceRunCommand", "action_type": "workflow", "action_id": workflow});
        let uri = self.made.product.soc(&format!("workflows/{workflow}/instances"));
        let started = self.made.product.ok("POST", &uri, Some(body)).await;
        text(&started, "action_instance_id").parse().expect("an id")
    }

    /// Admits what is queued, as a node does that has started the workflows.
    async fn admit(&self) {
        let now = START.plus(Duration::from_secs(61));
        let admitted = self.made.product.made.writer.write(move |tx| {
            Box::pin(async move {
                for claimed in admission::admit(tx, now, now, 100).await? {
                    work::release(tx, &claimed, None).await?;
                }
                Ok::<_, store::Error>(())
            })
        });
        admitted.await.expect("admits");
    }

    /// Has an instance fail, as a node does that has taken in the news.
    async fn hold(&self, id: &str) {
        let (tenant, id): (_, PlaybookInstanceId) = (self.tenant(), id.parse().expect("an id"));
        let held = self
            .made
            .product
            .made
            .writer
            .write(move |tx| Box::pin(async move { work::hold(tx, tenant, id, "a workflow has failed").await }));
        assert!(held.await.expect("holds"));
    }

    /// Ends an instance after some seconds.
    async fn end(&self, id: &str, status: &'static str, seconds: u64) {
        let at = START.plus(Duration::from_secs(61 + seconds));
        let (tenant, id): (_, PlaybookInstanceId) = (self.tenant(), id.parse().expect("an id"));
        let ended = self
            .made
            .product
            .made
            .writer
            .write(move |tx| Box::pin(async move { work::end(tx, tenant, id, status, "", at).await }));
        assert!(ended.await.expect("ends"));
    }

    async fn command(&self, id: &str, operation: &str) -> Value {
        let uri = self.uri(&format!("/{id}/operation"));
        self.made.product.ok("POST", &uri, Some(json!({"operation": operation}))).await
    }

    async fn refused(&self, id: &str, operation: Value, expected: (u16, &str)) -> String {
        let uri = self.uri(&format!("/{id}/operation"));
        self.made.refused("POST", &uri, json!({"operation": operation}), expected).await
    }

    /// The statuses of an instance's workflows.
    async fn statuses(&self, id: &str) -> Vec<String> {
        let topology = self.made.product.get(&self.uri(&format!("/{id}/topology"))).await;
        let branches = topology["action_instances"].as_array().expect("rows");
        branches.iter().map(|branch| text(&branch["instance_log"], "status")).collect()
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told() {
    let it = Fixture::new(&[""]).await;
    for rest in ["", "/topology"] {
        it.made.product.refused("GET", &it.uri(&format!("/{UNKNOWN}{rest}")), None, NO_INSTANCE).await;
    }
    it.refused(UNKNOWN, json!("RETRY"), NO_INSTANCE).await;
    let found = it.refused(UNKNOWN, json!("STOP"), INVALID).await;
    assert_eq!(found, "operation must be one of: RETRY, TERMINATE");
    it.refused(UNKNOWN, json!(null), INVALID).await;
    let span = "start_time=2023-11-14T00:00:00Z&end_time=2023-11-16T00:00:00Z&version_query_type=ALL";
    it.made.product.refused("GET", &it.made.uri(&format!("{UNKNOWN}/monitor?{span}")), None, NO_PLAYBOOK).await;
}

#[tokio::test]
async fn wrong_filters_are_refused() {
    let it = Fixture::new(&[""]).await;
    for (query, message) in [
        ("status=DONE", "status must be one of: RUNNING, FAILED, FINISHED, RETRYING, TERMINATING, TERMINATED"),
        ("trigger_type=CLOCK", "trigger_type must be one of: EVENT, TIMER, MANUAL, DEBUG"),
        ("date_type=MIDDLE", "date_type must be one of: START, END"),
        ("from_date=soon", "from_date must be a time like"),
        ("limit=0", "limit must be between 1 and 1000"),
        ("offset=10001", "offset must be between 0 and 10000"),
    ] {
        let found = it.made.product.refused("GET", &it.uri(&format!("?{query}")), None, INVALID).await;
        assert!(found.starts_with(message), "{query}: {found}");
    }
    let logs = it.uri("/auditlogs");
    for (body, message) in [
        (json!({"instance_type": "TASK"}), "instance_type must be one of: AOP_WORKFLOW, SCRIPT, PLAYBOOK"),
        (json!({"log_level": "LOUD"}), "log_level must be one of: DEBUG, INFO, WARN, ERROR"),
        (json!({"action_id": "x", "status": "DONE"}), "action_id must be a UUID; status must be one of: "),
    ] {
        let found = it.made.refused("POST", &logs, body, INVALID).await;
        assert!(found.starts_with(message), "{found}");
    }
    it.made.refused("POST", &format!("{logs}?sort_key=name"), json!({}), INVALID).await;
    let monitor = it.made.uri(&format!("{}/monitor", it.playbook));
    let found = it.made.product.refused("GET", &monitor, None, INVALID).await;
    assert_eq!(
        found,
        "start_time is required; end_time is required; version_query_type is required; version_query_type must be one \
         of: ALL, VALID, DELETED"
    );
}

#[tokio::test]
async fn instances_are_shown_and_listed() {
    let it = Fixture::new(&[ASKS]).await;
    it.set_off("host-1", "EVENT", &[Branch::Waiting]).await;
    let last = it.set_off("host-2", "TIMER", &[Branch::Waiting]).await;
    it.end(&last, "FINISHED", 9).await;
    let shown = it.made.product.get(&it.uri(&format!("/{last}"))).await;
    assert_eq!(keys(&shown), sorted(FIELDS), "there is no envelope");
    no_null(&shown);
    for (field, expected) in [
        ("status", json!("FINISHED")),
        ("trigger_type", json!("TIMER")),
        ("start_time", json!("2023-11-15T06:14:20.000Z+0800")),
        ("end_time", json!("2023-11-15T06:14:30.000Z+0800")),
        ("playbook", json!({"id": it.playbook, "version_id": it.version, "name": "Isolate", "version": "V1"})),
        ("dataclass", json!({"id": it.made.class, "name": "Alert"})),
    ] {
        assert_eq!(shown[field], expected, "{field}");
    }
    let list = it.made.product.get(&it.uri("?limit=10&offset=0")).await;
    assert_eq!((keys(&list), &list["count"]), (vec!["count", "instances"], &json!(2)));
    assert_eq!(list["instances"][0], shown);

    let (one, two) = ("host-1", "host-2");
    for (query, expected) in [
        ("", vec![two, one]),
        ("limit=1&offset=1", vec![one]),
        ("status=FINISHED", vec![two]),
        ("status=RUNNING", vec![one]),
        ("name=host-2", vec![two]),
        ("playbook_name=solate", vec![two, one]),
        ("dataclass_name=Incident", vec![]),
        ("dataobject_name=host-1", vec![one]),
        ("trigger_type=EVENT", vec![one]),
        ("from_date=2023-11-15T06:14:20Z%2B0800", vec![two, one]),
        ("from_date=2023-11-15T06:14:21Z%2B0800", vec![]),
        ("from_date=2023-11-15T06:14:21Z%2B0800&date_type=END", vec![two]),
        ("to_date=2023-11-15T06:14:29Z%2B0800&date_type=END", vec![]),
    ] {
        let list = it.made.product.get(&it.uri(&format!("?{query}"))).await;
        let rows = list["instances"].as_array().expect("rows");
        let names: Vec<String> = rows.iter().map(|row| text(&row["dataobject"], "name")).collect();
        assert_eq!(names, expected, "{query}");
    }
}

#[tokio::test]
async fn the_topology_tells_of_each_workflow() {
    let it = Fixture::new(&[ASKS, "", ASKS]).await;
    let refused = Branch::Refused("the workflow 'w1' is not enabled");
    let id = it.set_off("host-1", "EVENT", &[Branch::Started, refused, Branch::Waiting]).await;
    let topology = it.made.product.get(&it.uri(&format!("/{id}/topology"))).await;
    assert_eq!((keys(&topology), &topology["count"]), (vec!["action_instances", "count"], &json!(3)));
    no_null(&topology);
    let branches = topology["action_instances"].as_array().expect("rows");
    for (branch, (name, status, error, level)) in branches.iter().zip([
        ("w0", "RUNNING", "", "INFO"),
        ("w1", "FAILED", "the workflow 'w1' is not enabled", "ERROR"),
        ("w2", "", "", ""),
    ]) {
        let (action, log) = (&branch["action"], &branch["instance_log"]);
        assert_eq!((&action["name"], &action["playbook_id"]), (&json!(name), &json!(it.playbook)));
        assert_eq!(keys(log), sorted(LOG));
        let found = ["status", "error_msg", "log_level", "parent_instance_id"].map(|field| text(log, field));
        assert_eq!(found, [status, error, level, &id].map(str::to_owned), "{name}");
    }
}

#[tokio::test]
async fn termination_reaches_the_workflows() {
    let it = Fixture::new(&[ASKS, "", ASKS]).await;
    let id = it.set_off("host-1", "EVENT", &[Branch::Started, Branch::Started, Branch::Waiting]).await;
    it.admit().await;
    assert_eq!(it.statuses(&id).await, ["RUNNING", "FINISHED", ""]);
    assert_eq!(it.command(&id, "TERMINATE").await["status"], "TERMINATING");
    assert_eq!(it.statuses(&id).await, ["TERMINATING", "FINISHED", ""]);
    let acts = it.made.product.acts().await;
    assert!(acts.contains(&("playbookInstance.terminate".into(), id.clone())), "{acts:?}");
    // It may be said twice.
    assert_eq!(it.command(&id, "TERMINATE").await["status"], "TERMINATING");
    it.refused(&id, json!("RETRY"), NOT_NOW).await;
}

#[tokio::test]
async fn an_instance_without_a_workflow_under_way_ends_at_once() {
    let it = Fixture::new(&[ASKS]).await;
    let queued = it.set_off("host-1", "EVENT", &[Branch::Waiting]).await;
    let ended = it.command(&queued, "TERMINATE").await;
    assert_eq!((&ended["status"], text(&ended, "end_time").is_empty()), (&json!("TERMINATED"), false));
    let held = it.set_off("host-2", "EVENT", &[Branch::Refused("not enabled")]).await;
    it.admit().await;
    it.hold(&held).await;
    assert_eq!(it.command(&held, "TERMINATE").await["status"], "TERMINATED");
    for id in [&queued, &held] {
        assert_eq!(it.refused(id, json!("TERMINATE"), NOT_NOW).await, "the instance has ended");
        it.refused(id, json!("RETRY"), NOT_NOW).await;
    }
}

#[tokio::test]
async fn each_command_is_a_right_of_its_own() {
    let it = Fixture::new(&[ASKS]).await;
    let id = it.set_off("host-1", "EVENT", &[Branch::Waiting]).await;
    for operation in ["RETRY", "TERMINATE"] {
        let (uri, body) = (it.uri(&format!("/{id}/operation")), json!({"operation": operation}));
        let answer = it.made.product.call("reader", "POST", &uri, Some(body)).await.failure();
        let right = format!("the permission secmaster:playbookInstance:{} is needed", operation.to_lowercase());
        assert_eq!(answer, (403, "SecMaster.20010002".into(), right));
    }
}

#[tokio::test]
async fn a_retry_reaches_what_has_failed_and_nothing_else() {
    let it = Fixture::new(&[FAILS, "", ASKS]).await;
    let refused = Branch::Refused("the workflow is not enabled");
    let id = it.set_off("host-1", "EVENT", &[Branch::Started, Branch::Started, refused]).await;
    it.admit().await;
    assert_eq!(it.statuses(&id).await, ["FAILED", "FINISHED", "FAILED"]);
    let found = it.refused(&id, json!("RETRY"), NOT_NOW).await;
    assert_eq!(found, "only an instance that is FAILED and has a workflow to retry can be retried");
    it.hold(&id).await;
    assert_eq!(it.made.product.get(&it.uri(&format!("/{id}"))).await["status"], "FAILED");
    assert_eq!(it.command(&id, "RETRY").await["status"], "RETRYING");
    assert_eq!(
        it.statuses(&id).await,
        ["RETRYING", "FINISHED", ""],
        "what could not be started is to be started again"
    );
    it.refused(&id, json!("RETRY"), NOT_NOW).await;
}

#[tokio::test]
async fn the_log_holds_playbooks_and_their_workflows() {
    let it = Fixture::new(&[ASKS]).await;
    let id = it.set_off("host-1", "EVENT", &[Branch::Started]).await;
    let logs = async |query: &str, body: Value| {
        let uri = it.uri(&format!("/auditlogs?offset=0&limit=100{query}"));
        let list = it.made.product.ok("POST", &uri, Some(body)).await;
        assert_eq!(keys(&list), ["audit_logs", "count"]);
        let rows = list["audit_logs"].as_array().expect("rows").clone();
        assert_eq!(list["count"], rows.len());
        rows
    };
    let all = logs("&sort_key=start_time&sort_dir=ASC", json!({})).await;
    assert_eq!(all.iter().map(|row| text(row, "instance_type")).collect::<Vec<_>>(), ["AOP_WORKFLOW", "PLAYBOOK"]);
    no_null(&json!(all));
    assert_eq!((keys(&all[1]), &all[1]["instance_id"]), (sorted(LOG), &json!(id)));
    assert_eq!(all[0]["parent_instance_id"], json!(id));
    for (body, expected) in [
        (json!({"instance_type": "PLAYBOOK"}), 1),
        (json!({"instance_type": "SCRIPT"}), 0),
        (json!({"parent_instance_id": id}), 1),
        (json!({"action_id": it.playbook, "status": "RUNNING", "trigger_type": "EVENT"}), 1),
        (json!({"log_level": "ERROR"}), 0),
        (json!({"action_name": "w0", "error_msg": ""}), 1),
    ] {
        assert_eq!(logs("", body.clone()).await.len(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_monitor_counts_and_measures() {
    let it = Fixture::new(&[""]).await;
    let monitor = async |span: &str, versions: &str| {
        let uri = it.made.uri(&format!("{}/monitor?{span}&version_query_type={versions}", it.playbook));
        let answer = it.made.product.call("admin", "GET", &uri, None).await;
        assert!(!answer.header("x-api-deprecation-date").is_empty());
        answer.json()["data"].clone()
    };
    let day = "start_time=2023-11-15T00:00:00Z%2B0800&end_time=2023-11-16T00:00:00Z%2B0800";
    let nothing = monitor(day, "ALL").await;
    no_null(&nothing);
    assert_eq!((&nothing["total_instance_num"], &nothing["average_run_time"]), (&json!(0), &json!(0.0)));

    let (short, long) = (it.set_off("a", "EVENT", &[]).await, it.set_off("b", "TIMER", &[]).await);
    it.set_off("c", "EVENT", &[]).await;
    it.admit().await;
    it.end(&short, "FINISHED", 2).await;
    it.end(&long, "FAILED", 4).await;
    let found = monitor(day, "ALL").await;
    for (field, expected) in [
        ("total_instance_num", json!(3)),
        ("success_instance_num", json!(1)),
        ("fail_instance_num", json!(1)),
        ("terminate_instance_num", json!(0)),
        ("running_instance_num", json!(1)),
        ("total_instance_run_num", json!(3)),
        ("event_instance_run_num", json!(2)),
        ("schedule_instance_run_num", json!(1)),
        ("average_run_time", json!(3.0)),
        (
            "min_run_time_instance",
            json!({"playbook_instance_id": short, "playbook_instance_name": "Isolate a", "playbook_instance_run_time": 2.0}),
        ),
    ] {
        assert_eq!(found[field], expected, "{field}");
    }
    assert_eq!(found["max_run_time_instance"]["playbook_instance_id"], json!(long));
    assert_eq!(monitor(day, "VALID").await["total_instance_num"], 3);
    assert_eq!(monitor(day, "DELETED").await["total_instance_num"], 0);
    let before = "start_time=2023-11-14T00:00:00Z%2B0800&end_time=2023-11-15T00:00:00Z%2B0800";
    assert_eq!(monitor(before, "ALL").await["total_instance_num"], 0);
}

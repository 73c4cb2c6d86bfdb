//! A workspace in which playbooks run, and what a test does in it and sees of it.

use std::path::Path;
use std::time::{Duration, Instant};

use model::{InstanceId, Map, ObjectId, Timestamp, Value};
use service::Ctx;
use service::ingest::builtin;
use service::ingest::mapping::Mapped;
use service::instance::StartInstance;
use service::note::ListNotes;
use service::object::{ClassName, CreateObject, Origin};
use service::playbook::{ListInstances, ListPlaybooks, Playbook, UpdatePlaybook};
use service::workflow::{ListWorkflows, UpdateWorkflow, Workflow};
use store::object::relation;
use tokio_util::sync::CancellationToken;

use crate::installation::Installation;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Room {
    pub(crate) made: Installation,
    pub(crate) ctx: Ctx,
    stop: CancellationToken,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// An object as text.
pub(crate) fn json(text: &str) -> Map {
    Value::from_json(text).expect("JSON").as_map().cloned().expect("an object")
}

/// Real alerts as the server takes them in, where they are there.
pub(crate) fn real_alerts() -> Option<Vec<Map>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/suricata");
    let mapping = builtin::named("suricata-eve").expect("is built in");
    let mut alerts = Vec::new();
    for name in ["first-2015.json", "honeypot-2018.json"] {
        let events = Value::from_json(&std::fs::read_to_string(folder.join(name)).ok()?).expect("JSON");
        for event in events.as_list().expect("a list") {
            match mapping.apply(&event.to_json(), Timestamp(0)).expect("maps") {
                Mapped::Object(fields) => alerts.push(fields),
                Mapped::Passed => panic!("every event is an alert"),
            }
        }
    }
    Some(alerts)
}

impl Room {
    pub(crate) async fn new() -> Self {
        Self::of(Installation::new().await).await
    }

    pub(crate) async fn of(made: Installation) -> Self {
        let ctx = made.inside().await;
        made.runtime.run();
        let (stop, service) = (CancellationToken::new(), made.service.clone());
        let stopped = stop.clone();
        tokio::spawn(async move { service.run_playbooks(stopped).await });
        Self { made, ctx, stop }
    }

    pub(crate) async fn workflow(&self, name: &str) -> Workflow {
        let input = ListWorkflows { name: Some(name.into()), limit: Some(100), ..ListWorkflows::default() };
        let found = self.made.service.list_workflows(&self.ctx, input).await.expect("lists");
        found.rows.into_iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no workflow '{name}'"))
    }

    pub(crate) async fn playbook(&self, name: &str) -> Playbook {
        let input = ListPlaybooks { name: Some(name.into()), limit: Some(100), ..ListPlaybooks::default() };
        let found = self.made.service.list_playbooks(&self.ctx, input).await.expect("lists");
        found.rows.into_iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no playbook '{name}'"))
    }

    pub(crate) async fn enable_workflow(&self, name: &str) {
        let row = self.workflow(name).await;
        let version_id = row.version_id.map(|id| id.to_string());
        let input = UpdateWorkflow { enabled: Some(true), version_id, ..UpdateWorkflow::default() };
        self.made.service.update_workflow(&self.ctx, row.id, input).await.expect("is enabled");
    }

    /// Enables a template: its workflow and its playbook.
    pub(crate) async fn enable(&self, name: &str) {
        self.enable_workflow(name).await;
        let row = self.playbook(name).await;
        let input = UpdatePlaybook { enabled: Some(true), ..UpdatePlaybook::default() };
        self.made.service.update_playbook(&self.ctx, row.id, input).await.expect("is enabled");
    }

    pub(crate) async fn create(&self, class: &str, data: Map) -> ObjectId {
        let input = CreateObject { data: Some(data), ..CreateObject::default() };
        let origin = Origin::Api { trigger: true };
        let made = self.made.service.create_object(&self.ctx, ClassName::Other(class), origin, input).await;
        made.unwrap_or_else(|error| panic!("a {class} is created: {error}")).row.id
    }

    pub(crate) async fn change(&self, class: &str, id: ObjectId, data: &str) {
        let (name, origin) = (ClassName::Other(class), Origin::Api { trigger: false });
        let changed = self.made.service.update_object(&self.ctx, name, origin, id, Some(json(data))).await;
        changed.expect("is changed");
    }

    pub(crate) async fn object(&self, class: &str, id: ObjectId) -> Value {
        self.made.service.get_object(&self.ctx, ClassName::Other(class), id).await.expect("is there").data
    }

    /// Every object of a class, oldest first.
    pub(crate) async fn objects(&self, class: &str) -> Vec<Value> {
        let mut conn = self.made.read().await;
        let class = store::dataclass::get_by_name(&mut conn, self.ctx.tenant, class).await.expect("reads");
        let search = store::object::search::Search {
            class: class.expect("a class").id,
            filter: store::object::search::TermFilter::All,
            time: store::object::search::ObjectTime::Create,
            from: None,
            to: None,
            ids: None,
            related_to: None,
            sort: store::object::search::Sort::Time(store::object::search::ObjectTime::Create),
            order: store::filter::Order::Ascending,
        };
        let found = store::object::search::open(&mut conn, self.ctx.tenant, search).await.expect("finds");
        let batch = found.after(&mut conn, None, 10_000).await.expect("reads");
        batch.rows.iter().map(|row| Value::from_json(&row.body).expect("JSON")).collect()
    }

    /// What was said about an object, latest first.
    pub(crate) async fn notes(&self, id: ObjectId) -> Vec<String> {
        let input = ListNotes { war_room_id: Some(id.to_string()), limit: Some(100), ..ListNotes::default() };
        let found = self.made.service.list_notes(&self.ctx, input).await.expect("lists");
        found.rows.into_iter().map(|note| note.content).collect()
    }

    /// What an object is related to.
    pub(crate) async fn related(&self, id: ObjectId) -> Vec<ObjectId> {
        let found = relation::list(&mut self.made.read().await, self.ctx.tenant, &[id], 1000).await.expect("lists");
        found.into_iter().map(|row| row.related_id).collect()
    }

    /// Starts a template's workflow on an object.
    pub(crate) async fn start(&self, name: &str, content: Value) -> InstanceId {
        let input = StartInstance {
            command_type: Some("ActionInstanceRunCommand".into()),
            action_type: Some("workflow".into()),
            content: Some(content),
            ..StartInstance::default()
        };
        let id = self.workflow(name).await.id;
        self.made.service.start_instance(&self.ctx, id, input).await.expect("starts")
    }

    /// Enables a template's workflow, runs it on an alert and waits for its end.
    pub(crate) async fn run(&self, name: &str, alert: ObjectId) {
        self.enable_workflow(name).await;
        let content = self.object("Alert", alert).await;
        let run = self.start(name, content).await;
        self.until_finished(run).await;
    }

    pub(crate) async fn until_finished(&self, run: InstanceId) {
        let begun = Instant::now();
        loop {
            let (row, nodes) = self.made.service.get_instance(&self.ctx, run, true).await.expect("is there");
            if row.status == "FINISHED" {
                return;
            }
            let failed: Vec<_> = nodes.into_iter().flatten().filter(|node| !node.error.is_empty()).collect();
            assert!(row.status == "RUNNING" && begun.elapsed() < PATIENCE, "{}: {failed:#?}", row.status);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until so many runs of a playbook have ended, all of them well.
    pub(crate) async fn until_played(&self, name: &str, runs: i64) {
        let begun = Instant::now();
        loop {
            let input = |status: &str| ListInstances {
                playbook_name: Some(name.into()),
                status: Some(status.into()),
                ..ListInstances::default()
            };
            let total = async |status| {
                let found = self.made.service.list_playbook_instances(&self.ctx, input(status)).await;
                found.expect("lists").total
            };
            if total("FINISHED").await == runs {
                return;
            }
            assert_eq!(total("FAILED").await, 0, "{name}");
            assert!(begun.elapsed() < PATIENCE, "{name}: {} of {runs} runs have ended", total("FINISHED").await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

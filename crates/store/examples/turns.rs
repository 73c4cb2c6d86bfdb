//! How many commits a second the store takes: single-turn runs, and workflows with their audit rows.
//!
//! ```text
//! cargo run --release -p muster-store --example turns -- [SECONDS] [DATABASE_URL]
//! ```
//!
//! Without a URL it measures SQLite in a temporary directory, every commit synced. The processor time is this process's,
//! of all its threads; on a busy machine it says more than the rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use model::{
    DataClassId, IdSource, InstanceId, NodeId, ProjectId, Tenant, Timestamp, UserId, VersionId, WorkflowId, WorkspaceId,
};
use store::audit::AuditEntry;
use store::cluster::Lease;
use store::instance::{InstanceRow, NodeRunRow};
use store::turn::{self, Next, TurnCommit, TurnOutcome};
use store::workflow::{self, WorkflowRow};
use store::{Db, Error, Writer};
use uuid::Uuid;

struct Ids(AtomicU64);

impl IdSource for Ids {
    fn next(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        // As random in the tail as real ones, and as ordered.
        Uuid::from_u128(u128::from(count) << 74 | u128::from(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

struct Bench {
    writer: Writer,
    ids: Ids,
    tenant: Tenant,
    user: UserId,
    clock: AtomicI64,
}

impl Bench {
    fn audit(&self, action: &'static str, object: String) -> AuditEntry {
        AuditEntry {
            at: Timestamp(self.clock.fetch_add(1, Ordering::Relaxed)),
            project: Some(self.tenant.project),
            workspace: Some(self.tenant.workspace),
            user: self.user,
            user_name: "operator".into(),
            request_id: "0198f3a2c4d57e6f8a9b0c1d2e3f4a5b".into(),
            client_ip: "192.0.2.17".into(),
            action,
            object,
            detail: r#"{"trigger_type":"MANUAL","name":"isolate host"}"#.into(),
        }
    }

    /// A run of five nodes that ends in its first turn.
    async fn run_once(&self) {
        let root = InstanceId::new(&self.ids);
        let at = Timestamp(self.clock.fetch_add(1, Ordering::Relaxed));
        let body = format!(r#"{{"v":1,"events":[{}]}}"#, "\"element activated, completed, flow taken\",".repeat(28));
        let nodes = (0..5)
            .map(|no| NodeRunRow {
                root_id: root,
                no,
                instance_id: root,
                node_id: format!("Activity_1c8k2f{no}"),
                node_name: "Extract addresses".into(),
                node_type: "serviceTask".into(),
                status: "FINISHED".into(),
                attempt: 1,
                start_time: at,
                end_time: Some(at),
                input: r#"{"text":"ET SCAN Suspicious inbound to MSSQL port 1433 from 203.0.113.7"}"#.into(),
                output: r#"{"addresses":["203.0.113.7"],"count":1}"#.into(),
                error: String::new(),
            })
            .collect();
        let instance = InstanceRow {
            workspace_id: self.tenant.workspace,
            id: root,
            project_id: self.tenant.project,
            root_id: root,
            element_no: 0,
            caller_no: None,
            workflow_id: WorkflowId(Uuid::from_u128(7)),
            version_id: VersionId(Uuid::from_u128(8)),
            name: "Isolate host".into(),
            workflow_name: "Isolate host".into(),
            workflow_version: "V1".into(),
            dataclass_id: Some(DataClassId(Uuid::from_u128(9))),
            dataclass_name: "Alert".into(),
            dataobject_id: "0198f3a2-c4d5-7e6f-8a9b-0c1d2e3f4a5b".into(),
            playbook_id: None,
            playbook_name: String::new(),
            defense_id: String::new(),
            trigger_type: "MANUAL".into(),
            status: "FINISHED".into(),
            start_time: at,
            end_time: Some(at),
            update_time: at,
            retry_count: 0,
            creator_id: self.user,
        };
        let outcome = self
            .writer
            .commit_turn(TurnCommit {
                root,
                tenant: self.tenant,
                seq: 1,
                at,
                hash: turn::chain(&turn::FIRST, root, 1, at, &body),
                body,
                prev_hash: turn::FIRST,
                inbox_done: 0,
                inbox_strict: false,
                next: Next::Ended,
                level: 1,
                created: vec![instance],
                changed: Vec::new(),
                nodes,
                opened: Vec::new(),
                closed: Vec::new(),
                snapshot: None,
                audit: vec![self.audit("instance.create", root.to_string())],
            })
            .await;
        assert!(matches!(outcome, Ok(TurnOutcome::Committed)), "{outcome:?}");
    }

    async fn create_workflow(&self) {
        let id = WorkflowId::new(&self.ids);
        let at = Timestamp(self.clock.fetch_add(1, Ordering::Relaxed));
        let row = WorkflowRow {
            workspace_id: self.tenant.workspace,
            id,
            project_id: self.tenant.project,
            name: format!("Isolate host {id}"),
            description: "Cuts a host off the network and opens a ticket.".into(),
            owner_id: None,
            creator_id: self.user,
            creator_name: "operator".into(),
            create_time: at,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: at,
            edit_role: String::new(),
            use_role: String::new(),
            approve_role: String::new(),
            enabled: false,
            version_id: None,
            version: String::new(),
            current_approval_version_id: None,
            current_rejected_version_id: None,
            last_version: 0,
            aop_type: "NORMAL".into(),
            engine_type: "public_engine".into(),
            dataclass_id: DataClassId(Uuid::from_u128(9)),
            dataclass_name: "Alert".into(),
            labels: "IP".into(),
        };
        let entry = self.audit("workflow.create", id.to_string());
        let written: Result<(), Error> = self
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    workflow::insert(tx, &row).await?;
                    tx.audit(entry);
                    Ok(())
                })
            })
            .await;
        assert!(written.is_ok(), "{written:?}");
    }
}

#[derive(Clone, Copy)]
enum Work {
    Turn,
    Workflow,
}

#[expect(clippy::print_stdout, reason = "this program's output")]
async fn measure(bench: &Arc<Bench>, name: &str, work: Work, tasks: usize, time: Duration) {
    let (start, used) = (Instant::now(), processor_seconds());
    let mut running = Vec::new();
    for _ in 0..tasks {
        let bench = Arc::clone(bench);
        running.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            while start.elapsed() < time {
                let begun = Instant::now();
                match work {
                    Work::Turn => bench.run_once().await,
                    Work::Workflow => bench.create_workflow().await,
                }
                waits.push(begun.elapsed());
            }
            waits
        }));
    }
    let mut waits = Vec::new();
    for task in running {
        waits.extend(task.await.expect("no task panics"));
    }
    let rate = waits.len() as f64 / start.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |share: usize| waits[(waits.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    let each = (processor_seconds() - used) * 1_000_000.0 / waits.len() as f64;
    println!(
        "{name}, {tasks} tasks: {rate:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {each:.0} µs of processor",
        at(50),
        at(99)
    );
}

/// What this process has used so far, from the kernel's ticks of ten milliseconds.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let db = match arguments.next() {
        Some(url) => Db::open_postgres(&url).await?,
        None => Db::open_sqlite(&directory.path().join("bench.db")).await?,
    };
    store::migrate::migrate(&db).await?;
    let ids = Ids(AtomicU64::new(1));
    let lease = Lease::register(&db, NodeId(Uuid::from_u128(1)), 1, "bench").await?;
    let writer = Writer::start(&db, &lease, &ids, &(Arc::new(|_: &[InstanceId]| {}) as store::writer::Wake));
    let tenant = Tenant { project: ProjectId(Uuid::from_u128(2)), workspace: WorkspaceId(Uuid::from_u128(3)) };
    let user = UserId(Uuid::from_u128(4));
    let bench = Arc::new(Bench { writer, ids, tenant, user, clock: AtomicI64::new(1_700_000_000_000_000) });
    for tasks in [1, 16, 64] {
        measure(&bench, "turns", Work::Turn, tasks, Duration::from_secs(seconds)).await;
    }
    for tasks in [1, 16, 64] {
        measure(&bench, "workflows", Work::Workflow, tasks, Duration::from_secs(seconds)).await;
    }
    Ok(())
}

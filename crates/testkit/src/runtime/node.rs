//! A server process, as far as the runtime sees one.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::command::Answer;
use engine::{Command, ElementNo, Limits};
use model::{Clock, DataClassId, IdSource, InstanceId, NodeId, UserId, Value, VersionId, WorkflowId};
use plugin::{Host, HostConfig, Registry};
use runtime::script::{Pool, PoolConfig};
use runtime::vault::Vault;
use runtime::{Parts, Runtime, Start, Started, WakeQueue, codec};
use store::cluster::Lease;
use store::definition::DefinitionRow;
use store::instance::InstanceRow;
use store::task::{TaskAnswer, TaskRow};
use store::workflow::WorkflowRow;
use store::writer::{Boxed, Wake};
use store::{Db, Error, Tx, Writer};

use super::{Storage, until};
use crate::process::Process;

/// What a test may change of a node.
#[derive(Default)]
pub struct Settings {
    /// What an instance may use.
    pub limits: Limits,
    /// Whether stored instances are left alone.
    pub idle: bool,
    /// Where the runtime's new ids come from; the storage's own by default.
    pub ids: Option<Arc<dyn IdSource>>,
}

/// A node that runs until it is stopped or its Tokio runtime ends.
pub struct Node {
    /// What it works on.
    pub storage: Storage,
    /// The runtime.
    pub runtime: Runtime,
    /// Its connections.
    pub db: Db,
    /// Its way to write.
    pub writer: Writer,
    /// Its right to write.
    pub lease: Lease,
    /// What wakes its roots.
    pub wake: Arc<WakeQueue>,
}

/// A workflow with its activated version.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// The version.
    pub version: VersionId,
    /// Its name, which calls use.
    pub name: String,
}

impl Node {
    pub(super) async fn open(storage: Storage, settings: Settings) -> Self {
        let db = storage.connect().await;
        let address = "127.0.0.1:8080";
        let node = NodeId::new(&*storage.ids);
        let lease = Lease::register(&db, node, codec::LEVEL, address).await.expect("registers");
        let wake = Arc::new(WakeQueue::default());
        let waker = Arc::clone(&wake);
        let wake_roots: Wake = Arc::new(move |roots: &[InstanceId]| waker.push(roots));
        let writer = Writer::start(&db, &lease, &*storage.ids as &dyn IdSource, &wake_roots);
        let clock: Arc<dyn Clock> = storage.clock.clone();
        let runtime = Runtime::new(Parts {
            db: db.clone(),
            writer: writer.clone(),
            lease: lease.clone(),
            wake: Arc::clone(&wake),
            clock: Arc::clone(&clock),
            ids: settings.ids.unwrap_or_else(|| storage.ids.clone()),
            registry: Arc::new(Registry::new(vec![storage.sink.component()])),
            host: Host::new(HostConfig::default(), clock),
            // JavaScript needs the server's own binary.
            scripts: Pool::new(PoolConfig::new("/nonexistent", &[])),
            vault: Arc::new(Vault::new(&[7; 32])),
            limits: settings.limits,
            address: address.to_owned(),
        });
        if !settings.idle {
            runtime.run();
        }
        Self { storage, runtime, db, writer, lease, wake }
    }

    /// Stops in order; effects under way get as long as `grace`.
    pub async fn stop(self, grace: Duration) {
        self.runtime.stop(grace).await;
        drop((self.runtime, self.writer));
        self.db.close().await;
    }

    /// Runs a write that must succeed.
    pub async fn write<T, W>(&self, work: W) -> T
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Result<T, Error>> + Send + 'static,
    {
        self.writer.write(work).await.expect("the write succeeds")
    }

    /// Makes a workflow with an activated version of this process.
    pub async fn deploy(&self, name: &str, process: &Process) -> Workflow {
        let (ids, now) = (&*self.storage.ids, self.storage.clock.now());
        let tenant = self.storage.tenant;
        let workflow = Workflow { id: WorkflowId::new(ids), version: VersionId::new(ids), name: name.to_owned() };
        let definition = DefinitionRow {
            version_id: workflow.version,
            project_id: tenant.project,
            workspace_id: tenant.workspace,
            workflow_id: workflow.id,
            taskflow: STANDARD.encode(process.xml()),
            taskflow_type: "XML".into(),
            taskconfig: String::new(),
            pins: "{}".into(),
            uses: "{}".into(),
            hash: Vec::new(),
            approved_at: now,
        };
        let row = WorkflowRow {
            workspace_id: tenant.workspace,
            id: workflow.id,
            project_id: tenant.project,
            name: name.to_owned(),
            description: String::new(),
            owner_id: None,
            creator_id: UserId::new(ids),
            creator_name: "tester".into(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
            edit_role: String::new(),
            use_role: String::new(),
            approve_role: String::new(),
            enabled: true,
            version_id: Some(workflow.version),
            version: "V1".into(),
            current_approval_version_id: None,
            current_rejected_version_id: None,
            last_version: 1,
            aop_type: "NORMAL".into(),
            engine_type: "public_engine".into(),
            dataclass_id: DataClassId::new(ids),
            dataclass_name: "Alert".into(),
            labels: String::new(),
        };
        self.write(move |tx| {
            Box::pin(async move {
                store::workflow::insert(tx, &row).await?;
                store::definition::put(tx, &definition).await
            })
        })
        .await;
        let mut graphs = self.storage.graphs.lock().unwrap_or_else(PoisonError::into_inner);
        graphs.insert(workflow.version, process.build());
        workflow
    }

    /// What starts a run of the workflow without variables.
    pub fn start_of(&self, workflow: &Workflow) -> Start {
        let (ids, now) = (&*self.storage.ids, self.storage.clock.now());
        let (tenant, id) = (self.storage.tenant, InstanceId::new(ids));
        let run = InstanceRow {
            workspace_id: tenant.workspace,
            id,
            project_id: tenant.project,
            root_id: id,
            element_no: 0,
            caller_no: None,
            workflow_id: workflow.id,
            version_id: workflow.version,
            name: workflow.name.clone(),
            workflow_name: workflow.name.clone(),
            workflow_version: "V1".into(),
            dataclass_id: None,
            dataclass_name: "Alert".into(),
            dataobject_id: "alert-1".into(),
            playbook_id: None,
            playbook_name: String::new(),
            defense_id: String::new(),
            trigger_type: "MANUAL".into(),
            status: "RUNNING".into(),
            start_time: now,
            end_time: None,
            update_time: now,
            retry_count: 0,
            creator_id: UserId::new(ids),
        };
        let context = Value::object([("data_object", Value::object([("severity", Value::int(3))]))]);
        Start { tenant, run, context, variables: Value::object::<&str>([]), debug: false, audit: Vec::new() }
    }

    /// Starts a run.
    pub async fn start(&self, workflow: &Workflow) -> Started {
        self.runtime.start(self.start_of(workflow)).await.expect("starts")
    }

    /// Deploys a process and starts a run of it.
    pub async fn run(&self, process: &Process) -> Started {
        let name = format!("workflow {}", self.storage.ids.next());
        let workflow = self.deploy(&name, process).await;
        self.start(&workflow).await
    }

    /// Puts a command into a root's inbox. `false` when the root has ended.
    pub async fn send(&self, root: InstanceId, command: &Command) -> bool {
        let text = codec::encode_command(command);
        self.write(move |tx| Box::pin(async move { store::root::push_inbox(tx, root, &text, None).await })).await
    }

    /// Answers a to-do as a caller does: closes it and tells its run, in one transaction. `false` when it was closed.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn try_answer(&self, task: &TaskRow, answer: Answer) -> Result<bool, Error> {
        let (tenant, id) = (self.storage.tenant, task.id);
        let root = task.root_id.expect("a to-do of a run");
        let element = task.element_no.and_then(|no| u64::try_from(no).ok()).expect("a to-do of a node");
        let handle_parameters = match &answer {
            Answer::Continue { parameters } => parameters.to_json(),
            Answer::Terminate => String::new(),
        };
        let closing = TaskAnswer {
            user: UserId::new(&*self.storage.ids),
            user_name: "tester".into(),
            review_comments: String::new(),
            handle_parameters,
            at: self.storage.clock.now(),
        };
        let command = codec::encode_command(&Command::TaskAnswered { element: ElementNo(element), answer });
        self.writer
            .write(move |tx| {
                Box::pin(async move {
                    Ok(store::task::finish(tx, tenant, id, &closing).await?
                        && store::root::push_inbox(tx, root, &command, None).await?)
                })
            })
            .await
    }

    /// Answers a to-do with parameters. `false` when it was closed.
    pub async fn answer(&self, task: &TaskRow, parameters: Value) -> bool {
        self.try_answer(task, Answer::Continue { parameters }).await.expect("the storage answers")
    }

    /// Moves the clock and lets this node look at its roots at once.
    pub fn advance(&self, by: Duration, roots: &[InstanceId]) {
        self.storage.clock.advance(by);
        self.wake.push(roots);
    }

    /// Waits until a run has this status.
    pub async fn until_status(&self, id: InstanceId, status: &str) {
        until(&format!("{id} is {status}"), || async { self.status(id).await == status }).await;
    }

    /// Waits until nothing is in memory.
    pub async fn until_idle(&self) {
        until("nothing is driven", || async { self.runtime.driven() == 0 }).await;
    }
}

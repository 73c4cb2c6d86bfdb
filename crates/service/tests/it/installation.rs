//! An installation in a temporary folder: two projects of two domains, a clock that stands still, no bootstrap.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::principal::{Grant, Scope};
use model::time::Zone;
use model::{
    Clock, DomainId, IdSource, NodeId, ObjectId, Principal, ProjectId, Tenant, Timestamp, UserId, WorkspaceId,
};
use plugin::{EgressPolicy, Host, HostConfig, Registry};
use runtime::clock::V7Ids;
use runtime::script::{Pool, PoolConfig};
use runtime::vault::Vault;
use runtime::{Runtime, WakeQueue, codec};
use service::attachment::Storage;
use service::workspace::{CreateWorkspace, Workspace};
use service::{Caller, Ctx, Error, Parts, RequestInfo, Service, Settings};
use store::audit::AuditQuery;
use store::cluster::Lease;
use store::dataclass::get_by_name;
use store::filter::Order;
use store::identity::project::{DomainRow, ProjectRow, insert, insert_domain};
use store::object::{Encoded, Object, ObjectRow, insert_all};
use store::{Conn, Db, PageRequest, Writer};
use tempfile::TempDir;
use uuid::Uuid;

/// The installation's region.
pub(crate) const REGION: &str = "local-1";
/// How long it keeps what has ended.
pub(crate) const RETENTION: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// When the clock stands still at first.
pub(crate) const START: Timestamp = Timestamp(1_700_000_000_000_000);
/// Everything, as roles write it.
pub(crate) const ALL: &str = "secmaster:*:*";

pub(crate) struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Installation {
    pub(crate) service: Service,
    pub(crate) runtime: Runtime,
    pub(crate) db: Db,
    pub(crate) writer: Writer,
    pub(crate) vault: Arc<Vault>,
    pub(crate) registry: Arc<Registry>,
    clock: Arc<ManualClock>,
    folder: TempDir,
}

/// The project that tests work in.
pub(crate) fn project() -> ProjectId {
    ProjectId(Uuid::from_u128(0xa1))
}

/// A project of another domain.
pub(crate) fn other_project() -> ProjectId {
    ProjectId(Uuid::from_u128(0xb1))
}

fn domain_of(project: ProjectId) -> DomainId {
    DomainId(Uuid::from_u128(if project == other_project() { 0xb0 } else { 0xa0 }))
}

/// A user of a project with these permissions in all of it.
pub(crate) fn caller(project: ProjectId, name: &str, permissions: &[&str]) -> Caller {
    let permissions: BTreeSet<String> = permissions.iter().map(|text| (*text).to_owned()).collect();
    let principal = Principal {
        user: UserId(model::id::name_based(project.0, &[name])),
        name: name.to_owned(),
        domain: domain_of(project),
        project: Some(project),
        grants: vec![Grant { role: "tester".into(), scope: Scope::Project(project), permissions }],
    };
    let request = RequestInfo { id: "request-1".into(), client_ip: "192.0.2.1".into() };
    Caller { principal: Arc::new(principal), request }
}

/// Somebody who may do everything in the project.
pub(crate) fn admin() -> Caller {
    caller(project(), "admin", &[ALL])
}

/// Somebody who may do everything in the other project.
pub(crate) fn stranger() -> Caller {
    caller(other_project(), "stranger", &[ALL])
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("attachments");
        std::fs::create_dir(&files).expect("a folder");
        Self::keeping(Storage::folder(&files).expect("opens"), folder).await
    }

    /// With its attachments in this storage.
    pub(crate) async fn keeping(attachments: Storage, folder: TempDir) -> Self {
        Self::of(attachments, folder, HostConfig::default()).await
    }

    /// On a machine whose servers it may reach.
    pub(crate) async fn with_neighbours() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("attachments");
        std::fs::create_dir(&files).expect("a folder");
        let egress = EgressPolicy::parse(["127.0.0.0/8"], []).expect("rules");
        let host = HostConfig { egress, ..HostConfig::default() };
        Self::of(Storage::folder(&files).expect("opens"), folder, host).await
    }

    async fn of(attachments: Storage, folder: TempDir, host: HostConfig) -> Self {
        let db = Db::open_sqlite(&folder.path().join("muster.db")).await.expect("opens");
        Self::over(db, attachments, folder, host).await
    }

    /// Over a database.
    pub(crate) async fn over(db: Db, attachments: Storage, folder: TempDir, host: HostConfig) -> Self {
        store::migrate::migrate(&db).await.expect("migrates");
        let (clock, ids) = (Arc::new(ManualClock(AtomicI64::new(START.0))), Arc::new(V7Ids));
        let vault = Arc::new(Vault::new(&[7; 32]));
        let lease = Lease::register(&db, NodeId::new(&*ids), codec::LEVEL, "test").await.expect("registers");
        let wake = Arc::new(WakeQueue::default());
        let waker = Arc::clone(&wake);
        let wake_roots: store::writer::Wake = Arc::new(move |roots| waker.push(roots));
        let writer = Writer::start(&db, &lease, &*ids as &dyn IdSource, &wake_roots);
        let registry = Arc::new(Registry::builtin());
        let runtime = Runtime::new(runtime::Parts {
            db: db.clone(),
            writer: writer.clone(),
            lease,
            wake,
            clock: clock.clone(),
            ids: ids.clone(),
            registry: Arc::clone(&registry),
            host: Host::new(host, clock.clone()),
            scripts: Pool::new(PoolConfig::new("/nonexistent", &[])),
            vault: Arc::clone(&vault),
            limits: engine::Limits::default(),
            address: "test".into(),
        });
        let service = Service::new(Parts {
            db: db.clone(),
            writer: writer.clone(),
            runtime: runtime.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            ids,
            registry: Arc::clone(&registry),
            attachments: Arc::new(attachments),
            settings: Settings { zone: Zone::DEFAULT, region: REGION.into(), retention: RETENTION },
        });
        let made = Self { service, runtime, db, writer, vault, registry, clock, folder };
        made.add_project(project(), "acme").await;
        made.add_project(other_project(), "other").await;
        made
    }

    async fn add_project(&self, project: ProjectId, domain: &str) {
        let domain = DomainRow { id: domain_of(project), name: domain.to_owned(), create_time: START };
        let project = ProjectRow {
            id: project,
            domain_id: domain.id,
            name: REGION.to_owned(),
            description: String::new(),
            enabled: true,
            create_time: START,
        };
        self.writer
            .write(move |tx| {
                Box::pin(async move {
                    insert_domain(tx, &domain).await?;
                    insert(tx, &project).await
                })
            })
            .await
            .expect("a project is added");
    }

    /// The files in the folder of attachments, with their bytes.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut found, mut open) = (Vec::new(), vec![self.folder.path().join("attachments")]);
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let bytes = std::fs::read(&path).expect("a file");
                    found.push((path, bytes));
                }
            }
        }
        found
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, duration: Duration) {
        self.clock.0.fetch_add(i64::try_from(duration.as_micros()).expect("short"), Ordering::SeqCst);
    }

    /// A workspace of a caller's project.
    pub(crate) async fn workspace(&self, caller: &Caller, name: &str) -> Workspace {
        self.create_workspace(caller, name).await.expect("a workspace is created")
    }

    pub(crate) async fn create_workspace(&self, caller: &Caller, name: &str) -> Result<Workspace, Error> {
        let project = caller.principal.project.expect("scoped to a project");
        let input = CreateWorkspace {
            region_id: Some(REGION.into()),
            name: Some(name.into()),
            project_name: Some(REGION.into()),
            ..CreateWorkspace::default()
        };
        self.service.create_workspace(caller, project, input).await
    }

    /// A caller inside a workspace of their project.
    pub(crate) async fn enter(&self, caller: Caller, workspace: WorkspaceId) -> Ctx {
        let project = caller.principal.project.expect("scoped to a project");
        self.service.enter(caller, project, workspace).await.expect("the workspace is there")
    }

    /// A fresh workspace with the administrator in it.
    pub(crate) async fn inside(&self) -> Ctx {
        let workspace = self.workspace(&admin(), "inside").await;
        self.enter(admin(), workspace.id).await
    }

    /// An object of a built-in class, as if it had come in.
    pub(crate) async fn object(&self, ctx: &Ctx, class: &str) -> ObjectId {
        let id = ObjectId::new(&V7Ids);
        let found = get_by_name(&mut self.read().await, ctx.tenant, class).await.expect("reads");
        let row = ObjectRow {
            workspace_id: ctx.tenant.workspace,
            id,
            project_id: ctx.tenant.project,
            dataclass_id: found.expect("a class").id,
            version: 1,
            format_version: 1,
            kind: String::from("MANUAL"),
            creator_id: ctx.caller.principal.user,
            create_time: self.clock.now(),
            update_time: self.clock.now(),
            occur_time: self.clock.now(),
            body: format!(r#"{{"id":"{id}","title":"SYN flood"}}"#),
        };
        let encoded = Encoded::new(self.db.dialect(), Object { row, terms: Vec::new() }).expect("encodes");
        let added = self.writer.write(move |tx| Box::pin(async move { insert_all(tx, &[encoded]).await })).await;
        assert!(added.expect("is written").contains(&id));
        id
    }

    pub(crate) async fn read(&self) -> Conn {
        self.db.read().await.expect("a connection")
    }

    /// The acts on record in a workspace: `(action, object, detail)`, oldest first.
    pub(crate) async fn acts(&self, tenant: Tenant) -> Vec<(String, String, String)> {
        let page = PageRequest { offset: 0, limit: 1000 };
        let query = AuditQuery::default();
        let found = store::audit::list(&mut self.read().await, tenant, &query, Order::Ascending, page).await;
        let rows = found.expect("lists").rows;
        rows.into_iter().map(|row| (row.action, row.object, row.detail)).collect()
    }
}

/// `(code, message)` of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (&'static str, String) {
    let error = result.expect_err("a refusal");
    assert!(!error.message().zh.is_empty(), "a message in both languages");
    (error.code(), error.message().en.clone())
}

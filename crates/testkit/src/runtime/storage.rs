//! A database of its own for a test, with what outlives the nodes that use it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bpmn::Executable;
use model::{InstanceId, NodeId, ProjectId, TaskId, Tenant, VersionId, WorkspaceId};
use sqlx::{AssertSqlSafe, Connection as _};
use store::db::Dialect;
use store::instance::{InstanceRow, NodeRunRow};
use store::root::{JournalRow, RootRow};
use store::task::{TaskQuery, TaskRow};
use store::{Db, Order, PageRequest};
use tempfile::TempDir;

use super::node::{Node, Settings};
use crate::clock::ManualClock;
use crate::ids::CountedIds;
use crate::postgres::{self, Database};
use crate::sink::Sink;

/// A migrated database with a clock that stands still, and the other side of effects. Cheap to clone; whatever uses
/// connections of it belongs to the Tokio runtime of the caller.
#[derive(Clone)]
pub struct Storage {
    place: Arc<Place>,
    /// Whose everything in it is.
    pub tenant: Tenant,
    /// The time of every node.
    pub clock: Arc<ManualClock>,
    /// The ids of every node.
    pub ids: Arc<CountedIds>,
    /// What effects reach.
    pub sink: Sink,
    /// The graphs that have been deployed.
    pub(crate) graphs: Arc<Mutex<HashMap<VersionId, Arc<Executable>>>>,
}

enum Place {
    File(TempDir),
    Server(Database),
}

impl Storage {
    /// A fresh SQLite file.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self::new(Place::File(directory)).await
    }

    /// A fresh PostgreSQL database; none when PostgreSQL is not installed.
    pub async fn postgres() -> Option<Self> {
        Some(Self::new(Place::Server(postgres::database()?)).await)
    }

    async fn new(place: Place) -> Self {
        let ids = CountedIds::default();
        let tenant = Tenant { project: ProjectId::new(&ids), workspace: WorkspaceId::new(&ids) };
        let storage = Self {
            place: Arc::new(place),
            tenant,
            clock: Arc::default(),
            ids: Arc::new(ids),
            sink: Sink::default(),
            graphs: Arc::default(),
        };
        let db = storage.connect().await;
        store::migrate::migrate(&db).await.expect("migrations apply");
        db.close().await;
        storage
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match &*self.place {
            Place::File(_) => Dialect::Sqlite,
            Place::Server(_) => Dialect::Postgres,
        }
    }

    fn file(directory: &TempDir) -> PathBuf {
        directory.path().join("muster.db")
    }

    /// Connections of its own, as another process would have.
    pub async fn connect(&self) -> Db {
        match &*self.place {
            Place::File(directory) => Db::open_sqlite(&Self::file(directory)).await,
            Place::Server(database) => Db::open_postgres(database.url()).await,
        }
        .expect("the database opens")
    }

    /// A node that runs. On SQLite there is one at a time.
    pub async fn open(&self) -> Node {
        self.open_with(|_| {}).await
    }

    /// A node with other settings.
    pub async fn open_with(&self, change: impl FnOnce(&mut Settings)) -> Node {
        let mut settings = Settings::default();
        change(&mut settings);
        Node::open(self.clone(), settings).await
    }

    /// The graphs of the versions that were deployed.
    pub fn graphs(&self) -> HashMap<VersionId, Arc<Executable>> {
        self.graphs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs statements.
    pub async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &*self.place {
            Place::File(directory) => {
                let mut conn = self.sqlite_connection(directory).await;
                sqlx::raw_sql(sql).execute(&mut conn).await.expect("the statement runs");
                conn.close().await.expect("closes");
            }
            Place::Server(database) => {
                let mut conn = sqlx::PgConnection::connect(database.url()).await.expect("connects");
                sqlx::raw_sql(sql).execute(&mut conn).await.expect("the statement runs");
                conn.close().await.expect("closes");
            }
        }
    }

    /// The number that a query gives.
    pub async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &*self.place {
            Place::File(directory) => {
                let mut conn = self.sqlite_connection(directory).await;
                let count = sqlx::query_scalar(sql).fetch_one(&mut conn).await.expect("counts");
                conn.close().await.expect("closes");
                count
            }
            Place::Server(database) => {
                let mut conn = sqlx::PgConnection::connect(database.url()).await.expect("connects");
                let count = sqlx::query_scalar(sql).fetch_one(&mut conn).await.expect("counts");
                conn.close().await.expect("closes");
                count
            }
        }
    }

    async fn sqlite_connection(&self, directory: &TempDir) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(Self::file(directory))
            .busy_timeout(std::time::Duration::from_secs(30));
        sqlx::SqliteConnection::connect_with(&options).await.expect("connects")
    }

    /// Lets the leases of every node end, as they do in time when the node does not renew them.
    pub async fn expire_leases(&self) {
        self.execute("UPDATE node SET expires_at = 1").await;
    }

    /// Lets the lease of one node end.
    pub async fn expire_lease(&self, node: NodeId) {
        let id = match self.dialect() {
            Dialect::Sqlite => format!("x'{}'", node.0.simple()),
            Dialect::Postgres => format!("'{}'", node.0),
        };
        self.execute(&format!("UPDATE node SET expires_at = 1 WHERE id = {id}")).await;
    }
}

/// What is stored, read through connections of a node.
impl Node {
    /// A run.
    pub async fn instance(&self, id: InstanceId) -> InstanceRow {
        let mut conn = self.db.read().await.expect("a connection");
        let found = store::instance::get(&mut conn, self.storage.tenant, id).await.expect("reads");
        found.expect("the run is stored")
    }

    /// The status of a run.
    pub async fn status(&self, id: InstanceId) -> String {
        self.instance(id).await.status
    }

    /// The runs of a root, the root first.
    pub async fn runs(&self, root: InstanceId) -> Vec<InstanceRow> {
        let mut conn = self.db.read().await.expect("a connection");
        store::instance::list_of_root(&mut conn, root).await.expect("reads")
    }

    /// The nodes that a run has reached.
    pub async fn nodes(&self, root: InstanceId, run: InstanceId) -> Vec<NodeRunRow> {
        let mut conn = self.db.read().await.expect("a connection");
        store::instance::list_nodes(&mut conn, root, run).await.expect("reads")
    }

    /// The row of a node of a root that was reached once.
    pub async fn node(&self, root: InstanceId, node: &str) -> NodeRunRow {
        let mut found: Vec<NodeRunRow> =
            self.nodes(root, root).await.into_iter().filter(|run| run.node_id == node).collect();
        assert_eq!(found.len(), 1, "'{node}' was reached once: {found:?}");
        found.remove(0)
    }

    /// The row of a root; none when it has ended.
    pub async fn root(&self, root: InstanceId) -> Option<RootRow> {
        let mut conn = self.db.read().await.expect("a connection");
        store::root::get_root(&mut conn, root).await.expect("reads")
    }

    /// The turns of a root.
    pub async fn journal(&self, root: InstanceId) -> Vec<JournalRow> {
        let mut conn = self.db.read().await.expect("a connection");
        store::root::list_journal(&mut conn, root, 0).await.expect("reads")
    }

    /// To-dos that wait, oldest first.
    pub async fn open_tasks(&self) -> Vec<TaskRow> {
        self.tasks(false).await
    }

    /// To-dos that have been closed, oldest first.
    pub async fn closed_tasks(&self) -> Vec<TaskRow> {
        self.tasks(true).await
    }

    async fn tasks(&self, handled: bool) -> Vec<TaskRow> {
        let mut conn = self.db.read().await.expect("a connection");
        let query = TaskQuery { handled, ..TaskQuery::default() };
        let page = PageRequest { offset: 0, limit: 10_000 };
        store::task::list(&mut conn, self.storage.tenant, &query, Order::Ascending, page).await.expect("reads").rows
    }

    /// A to-do.
    pub async fn task(&self, id: TaskId) -> TaskRow {
        let mut conn = self.db.read().await.expect("a connection");
        store::task::get(&mut conn, self.storage.tenant, id).await.expect("reads").expect("the to-do is stored")
    }
}

//! A database of its own for each test, and nodes that write to it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use model::{IdSource, InstanceId, NodeId, ProjectId, Tenant, WorkspaceId};
use store::cluster::Lease;
use store::db::Dialect;
use store::turn::{TurnCommit, TurnOutcome};
use store::writer::{Boxed, Wake};
use store::{Conn, Db, Error, Tx, Writer, migrate};
use tempfile::TempDir;
use testkit::postgres::Database;
use tokio::sync::Notify;
use uuid::Uuid;

/// An id larger than every one before.
pub(crate) fn uuid() -> Uuid {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(u128::from(COUNT.fetch_add(1, Ordering::Relaxed)) << 64)
}

struct Ids;

impl IdSource for Ids {
    fn next(&self) -> Uuid {
        uuid()
    }
}

pub(crate) fn tenant() -> Tenant {
    Tenant { project: ProjectId(uuid()), workspace: WorkspaceId(uuid()) }
}

/// A database with the newest schema.
pub(crate) struct Store {
    pub(crate) db: Db,
    place: Place,
}

enum Place {
    File(TempDir),
    Server(Database),
}

impl Store {
    pub(crate) async fn sqlite() -> Self {
        Self::empty_sqlite().await.migrated().await
    }

    /// None when PostgreSQL is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        Some(Self::empty_postgres().await?.migrated().await)
    }

    pub(crate) async fn empty_sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open_sqlite(&directory.path().join("muster.db")).await.expect("the file opens");
        Self { db, place: Place::File(directory) }
    }

    pub(crate) async fn empty_postgres() -> Option<Self> {
        let database = testkit::postgres::database()?;
        let db = Db::open_postgres(database.url()).await.expect("the database opens");
        Some(Self { db, place: Place::Server(database) })
    }

    async fn migrated(self) -> Self {
        migrate::migrate(&self.db).await.expect("migrations apply");
        self
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.db.dialect() == Dialect::Sqlite
    }

    /// The SQLite file.
    pub(crate) fn file(&self) -> PathBuf {
        match &self.place {
            Place::File(directory) => directory.path().join("muster.db"),
            Place::Server(_) => panic!("not on SQLite"),
        }
    }

    /// The PostgreSQL database.
    pub(crate) fn url(&self) -> &str {
        match &self.place {
            Place::Server(database) => database.url(),
            Place::File(_) => panic!("not on PostgreSQL"),
        }
    }

    /// Other connections to the same database, as another process would have.
    pub(crate) async fn reopen(&self) -> Db {
        match &self.place {
            Place::File(_) => Db::open_sqlite(&self.file()).await,
            Place::Server(database) => Db::open_postgres(database.url()).await,
        }
        .expect("the database opens again")
    }

    pub(crate) async fn read(&self) -> Conn {
        self.db.read().await.expect("a connection")
    }

    /// Runs a statement behind the store's back.
    pub(crate) async fn meddle(&self, sql: &'static str) {
        match &self.place {
            Place::File(_) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.file());
                let pool = sqlx::SqlitePool::connect_with(options).await.expect("connects");
                sqlx::raw_sql(sql).execute(&pool).await.expect(sql);
                pool.close().await;
            }
            Place::Server(database) => {
                let pool = sqlx::PgPool::connect(database.url()).await.expect("connects");
                sqlx::raw_sql(sql).execute(&pool).await.expect(sql);
                pool.close().await;
            }
        }
    }

    /// Waits until a transaction waits for another one's lock, on PostgreSQL.
    pub(crate) async fn until_blocked(&self) {
        let pool = sqlx::PgPool::connect(self.url()).await.expect("connects");
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let blocked: i64 = sqlx::query_scalar(sql).fetch_one(&pool).await.expect("counts");
            if blocked > 0 {
                break;
            }
        }
        pool.close().await;
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        match &self.place {
            Place::File(_) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.file());
                let pool = sqlx::SqlitePool::connect_with(options).await.expect("connects");
                let count = sqlx::query_scalar(sql).fetch_one(&pool).await.expect("counts");
                pool.close().await;
                count
            }
            Place::Server(database) => {
                let pool = sqlx::PgPool::connect(database.url()).await.expect("connects");
                let count = sqlx::query_scalar(sql).fetch_one(&pool).await.expect("counts");
                pool.close().await;
                count
            }
        }
    }

    /// A node with a lease and lanes of its own. On SQLite there is one at a time.
    pub(crate) async fn node(&self) -> Node {
        Node::start(&self.db).await
    }
}

/// A server process, as far as the store sees one.
pub(crate) struct Node {
    pub(crate) db: Db,
    pub(crate) id: NodeId,
    pub(crate) lease: Lease,
    pub(crate) writer: Writer,
    /// Roots that the runtime was told about, in order.
    pub(crate) wakes: Arc<Mutex<Vec<InstanceId>>>,
}

impl Node {
    pub(crate) async fn start(db: &Db) -> Self {
        let id = NodeId(uuid());
        let lease = Lease::register(db, id, 1, "127.0.0.1:8080").await.expect("registers");
        let wakes: Arc<Mutex<Vec<InstanceId>>> = Arc::default();
        let seen = Arc::clone(&wakes);
        let wake: Wake = Arc::new(move |roots: &[InstanceId]| seen.lock().expect("not poisoned").extend(roots));
        let writer = Writer::start(db, &lease, &Ids, &wake);
        Self { db: db.clone(), id, lease, writer, wakes }
    }

    /// Runs a write that must succeed.
    pub(crate) async fn write<T, W>(&self, work: W) -> T
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Result<T, Error>> + Send + 'static,
    {
        self.writer.write(work).await.expect("the write succeeds")
    }

    pub(crate) async fn turn(&self, turn: TurnCommit) -> TurnOutcome {
        self.writer.commit_turn(turn).await.expect("the turn is written")
    }

    pub(crate) fn woken(&self) -> Vec<InstanceId> {
        std::mem::take(&mut *self.wakes.lock().expect("not poisoned"))
    }

    /// Holds every lane with a write, so that what is queued meanwhile makes one group where lanes group. The lanes go
    /// on when the value is opened.
    pub(crate) async fn hold(&self) -> Hold {
        let gate = Arc::new(Notify::new());
        let lanes = match self.db.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => 6,
        };
        let mut held = Vec::new();
        let (sender, mut inside) = tokio::sync::mpsc::channel(lanes);
        for _ in 0..lanes {
            let (writer, gate, sender) = (self.writer.clone(), Arc::clone(&gate), sender.clone());
            held.push(tokio::spawn(async move {
                let waited: Result<(), Error> = writer
                    .write(move |_| {
                        Box::pin(async move {
                            let opened = gate.notified();
                            sender.send(()).await.expect("the test waits");
                            opened.await;
                            Ok(())
                        })
                    })
                    .await;
                waited.expect("a write that only waits succeeds");
            }));
        }
        for _ in 0..lanes {
            inside.recv().await.expect("every lane reports");
        }
        Hold { gate, held }
    }
}

pub(crate) struct Hold {
    gate: Arc<Notify>,
    held: Vec<tokio::task::JoinHandle<()>>,
}

impl Hold {
    /// Lets the lanes go on. Joined after other futures, it is polled when they have queued.
    pub(crate) async fn open(self) {
        self.gate.notify_waiters();
        for held in self.held {
            held.await.expect("no panic");
        }
    }
}

/// A write whose transaction stays open until it is committed.
pub(crate) struct Open {
    gate: Arc<Notify>,
    write: tokio::task::JoinHandle<()>,
}

impl Open {
    /// Does the work and gives what it found.
    pub(crate) async fn begin<T, W>(node: &Node, work: W) -> (T, Self)
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Result<T, Error>> + Send + 'static,
    {
        let (writer, gate) = (node.writer.clone(), Arc::new(Notify::new()));
        let (sender, found) = tokio::sync::oneshot::channel();
        let opened = Arc::clone(&gate);
        let write = tokio::spawn(async move {
            let written: Result<(), Error> = writer
                .write(move |tx| {
                    Box::pin(async move {
                        let found = work(tx).await?;
                        assert!(sender.send(found).is_ok(), "the test waits");
                        opened.notified().await;
                        Ok(())
                    })
                })
                .await;
            written.expect("the write succeeds");
        });
        (found.await.expect("the work is done"), Self { gate, write })
    }

    pub(crate) async fn commit(self) {
        self.gate.notify_one();
        self.write.await.expect("no panic");
    }
}

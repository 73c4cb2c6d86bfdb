//! Connections to SQLite or PostgreSQL.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use model::{DataClassId, InstanceId, WorkspaceId};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool};

use crate::Error;
use crate::audit::AuditEntry;

/// How long a call waits for a connection or for SQLite's write lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages in the log before they are folded back into the file, 16 MB: fewer syncs than SQLite's default of 4 MB, and
/// a page that many groups change is written back once.
const WAL_PAGES: &str = "4000";
/// The writer's lanes hold ten of them.
const POSTGRES_CONNECTIONS: u32 = 20;
/// How long PostgreSQL waits for the next statement of an open transaction. A node that is paused in the middle of one
/// holds locks that others need, among them the lock on its own lease.
const POSTGRES_IDLE_IN_TRANSACTION: &str = "SET idle_in_transaction_session_timeout = '10s'";
const SQLITE_READERS: u32 = 4;
/// The writer's lane holds one; the other is for migrations and leases.
const SQLITE_WRITERS: u32 = 2;

/// Which database this is; see [`crate::dialect`] for what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded, one process.
    Sqlite,
    /// Shared by any number of nodes.
    Postgres,
}

/// The database: pools of connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pools: Pools,
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

impl Db {
    /// Opens (and creates) the SQLite file: write-ahead log, every commit synced, one writer.
    pub async fn open_sqlite(file: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-16384")
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .statement_cache_capacity(256);
        let write = SqlitePoolOptions::new()
            .max_connections(SQLITE_WRITERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.clone().create_if_missing(true))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true).optimize_on_close(false, None));
        Ok(Self { pools: Pools::Sqlite { write, read } })
    }

    /// Opens an existing SQLite file for reading only, also while a server has it open.
    pub fn open_sqlite_read_only(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(ACQUIRE_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options.optimize_on_close(false, None));
        Self { pools: Pools::Sqlite { write: pool.clone(), read: pool } }
    }

    /// Connects to PostgreSQL by URL.
    pub async fn open_postgres(url: &str) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url)?.application_name("muster").statement_cache_capacity(256);
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(|conn, _| {
                Box::pin(async move { sqlx::raw_sql(POSTGRES_IDLE_IN_TRANSACTION).execute(conn).await.map(drop) })
            })
            .connect_with(options)
            .await?;
        Ok(Self { pools: Pools::Postgres(pool) })
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match &self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection for reading what is committed.
    pub async fn read(&self) -> Result<Conn, Error> {
        let inner = match &self.pools {
            Pools::Sqlite { read, .. } => Inner::Sqlite(read.acquire().await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
        };
        Ok(Conn { inner })
    }

    /// A connection for writing. Only the migrations and the writer's lanes hold one.
    pub(crate) async fn write(&self) -> Result<Conn, Error> {
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => Inner::Sqlite(write.acquire().await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
        };
        Ok(Conn { inner })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.read().await?.batch("SELECT 1").await
    }

    /// Closes every connection; SQLite folds its log back into the file. Waits for connections that are in use, the
    /// writer's among them: drop every [`crate::Writer`] before.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// One connection.
pub struct Conn {
    pub(crate) inner: Inner,
}

pub(crate) enum Inner {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Conn {
    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs statements that take no arguments.
    pub(crate) async fn batch(&mut self, sql: &'static str) -> Result<(), Error> {
        match &mut self.inner {
            // SQLite prepares several statements as one, and keeps them.
            Inner::Sqlite(c) => sqlx::query(sql).execute(&mut **c).await.map(drop),
            Inner::Postgres(c) => sqlx::raw_sql(sql).execute(&mut **c).await.map(drop),
        }
        .map_err(Error::from)
    }

    /// Opens a transaction that may write at once.
    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        match self.dialect() {
            Dialect::Sqlite => self.batch("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.batch("BEGIN").await,
        }
    }

    /// Commits the open transaction. An error other than [`Error::CommitUnknown`] means that nothing was written.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "COMMIT",
            // PostgreSQL answers the COMMIT of a failed transaction with success; the empty query fails then.
            Dialect::Postgres => "SELECT; COMMIT",
        };
        self.batch(sql).await.map_err(|error| match error {
            Error::Unavailable(cause) => Error::CommitUnknown(cause),
            other => other,
        })
    }

    /// Takes the connection out of its pool and closes it, whatever transaction was open.
    pub(crate) fn discard(self) {
        match self.inner {
            Inner::Sqlite(c) => drop(c.detach()),
            Inner::Postgres(c) => drop(c.detach()),
        }
    }
}

/// An open transaction of the group writer. What it collects takes effect with the group's commit.
pub struct Tx {
    pub(crate) conn: Conn,
    pub(crate) audit: Vec<AuditEntry>,
    /// Objects that have come to a class or, with a negative number, gone from it.
    pub(crate) counts: Vec<((WorkspaceId, DataClassId), i64)>,
    pub(crate) wakes: Vec<InstanceId>,
    pub(crate) rings: bool,
}

impl Tx {
    pub(crate) fn new(conn: Conn) -> Self {
        Self { conn, audit: Vec::new(), counts: Vec::new(), wakes: Vec::new(), rings: false }
    }

    /// Records an act of a principal; it commits with the act. U+0000, which PostgreSQL cannot hold, is replaced: the
    /// entries of a group are written together, and one must not fail the others.
    pub fn audit(&mut self, mut entry: AuditEntry) {
        for text in
            [&mut entry.user_name, &mut entry.request_id, &mut entry.client_ip, &mut entry.object, &mut entry.detail]
        {
            if text.contains('\0') {
                *text = text.replace('\0', "\u{fffd}");
            }
        }
        self.audit.push(entry);
    }

    /// After the commit, tells the runtime that this root has something to do.
    pub fn wake(&mut self, root: InstanceId) {
        self.wakes.push(root);
    }

    /// After the commit, tells who runs playbooks that one of them has something to do.
    pub fn ring_playbooks(&mut self) {
        self.rings = true;
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connections_for_reading_refuse_to_write_on_sqlite() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open_sqlite(&directory.path().join("muster.db")).await.expect("opens");
        db.write().await.expect("a connection").batch("CREATE TABLE t (a TEXT) STRICT").await.expect("creates");
        let mut conn = db.read().await.expect("a connection");
        let refused = conn.batch("INSERT INTO t VALUES ('x')").await;
        assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
        assert_eq!(fetch!(conn, fetch_one, (i64,), "SELECT count(*) FROM t").expect("counts"), (0,));
    }

    #[tokio::test]
    async fn a_lock_that_an_extended_code_tells_of_is_told_as_unavailable() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open_sqlite(&directory.path().join("muster.db")).await.expect("opens");
        let mut late = db.write().await.expect("a connection");
        late.batch("CREATE TABLE t (a TEXT) STRICT").await.expect("creates");
        late.batch("BEGIN; SELECT * FROM t").await.expect("reads");
        db.write().await.expect("a connection").batch("INSERT INTO t VALUES ('x')").await.expect("writes");
        // What it read has changed since: SQLITE_BUSY_SNAPSHOT, not plain SQLITE_BUSY.
        let refused = late.batch("INSERT INTO t VALUES ('y')").await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    }

    #[tokio::test]
    async fn every_commit_of_sqlite_is_synced_into_a_write_ahead_log() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open_sqlite(&directory.path().join("muster.db")).await.expect("opens");
        let mut conn = db.write().await.expect("a connection");
        assert_eq!(fetch!(conn, fetch_one, (String,), "PRAGMA journal_mode").expect("reads"), ("wal".to_owned(),));
        // 2 is FULL.
        assert_eq!(fetch!(conn, fetch_one, (i64,), "PRAGMA synchronous").expect("reads"), (2,));
        assert_eq!(fetch!(conn, fetch_one, (i64,), "PRAGMA foreign_keys").expect("reads"), (1,));
    }
}

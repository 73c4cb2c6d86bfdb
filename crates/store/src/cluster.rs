//! Nodes and their leases. A node writes only while its row exists with its epoch and has not expired; a takeover
//! removes the row first, so a node that was paused commits nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::{NodeId, Timestamp};
use sqlx::AssertSqlSafe;

use crate::db::{Db, Dialect, Tx};
use crate::row::row;
use crate::{Conn, Error, dialect};

/// How long a lease holds without a heartbeat.
pub const LEASE: Duration = Duration::from_secs(15);
/// How often it is renewed.
pub const HEARTBEAT: Duration = Duration::from_secs(3);

row! {
    /// A server process.
    pub struct NodeRow {
        /// Its id.
        id: NodeId,
        /// Counts its registrations.
        epoch: i64,
        /// When its lease ends, on the database's clock.
        expires_at: Timestamp,
        /// The release level it runs.
        level: i64,
        /// When it registered.
        started_at: Timestamp,
        /// Where it listens.
        address: String,
    }
}

/// This process's right to write.
#[derive(Debug, Clone)]
pub struct Lease {
    node: NodeId,
    epoch: Arc<AtomicI64>,
}

impl Lease {
    /// Registers the node. On SQLite, which one process has to itself, whatever an earlier process owned is freed.
    pub async fn register(db: &Db, node: NodeId, level: i64, address: &str) -> Result<Self, Error> {
        let lease = Self { node, epoch: Arc::default() };
        lease.renew(db, level, address).await?;
        Ok(lease)
    }

    /// Registers again after the lease was lost, with a new epoch.
    pub async fn renew(&self, db: &Db, level: i64, address: &str) -> Result<(), Error> {
        let mut conn = db.write().await?;
        conn.begin().await?;
        let registered = self.register_on(&mut conn, level, address).await;
        match registered {
            Ok(epoch) => {
                conn.batch("COMMIT").await?;
                self.epoch.store(epoch, Ordering::Release);
                Ok(())
            }
            Err(error) => {
                conn.discard();
                Err(error)
            }
        }
    }

    async fn register_on(&self, conn: &mut Conn, level: i64, address: &str) -> Result<i64, Error> {
        if conn.dialect() == Dialect::Sqlite {
            conn.batch("DELETE FROM node; UPDATE root SET owner_id = NULL, due_at = 0 WHERE owner_id IS NOT NULL")
                .await?;
        }
        // What this node owned under an earlier epoch: it has let go of it before it registers again.
        execute!(conn, "UPDATE root SET owner_id = NULL, due_at = 0 WHERE owner_id = $1", self.node)?;
        let now = dialect::now(conn).await?;
        let expires_at = match conn.dialect() {
            // The lock file is the lease.
            Dialect::Sqlite => Timestamp(i64::MAX),
            Dialect::Postgres => now.plus(LEASE),
        };
        let (epoch,) = fetch!(
            conn,
            fetch_one,
            (i64,),
            "INSERT INTO node (id, epoch, expires_at, level, started_at, address) VALUES ($1, 1, $2, $3, $4, $5) \
             ON CONFLICT (id) DO UPDATE SET epoch = node.epoch + 1, expires_at = excluded.expires_at, \
             level = excluded.level, started_at = excluded.started_at, address = excluded.address RETURNING epoch",
            self.node,
            expires_at,
            level,
            now,
            address
        )?;
        Ok(epoch)
    }

    /// This node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Fails with [`Error::Fenced`] when this node may not write any more; held until the transaction ends.
    pub(crate) async fn check(&self, tx: &mut Tx) -> Result<(), Error> {
        // SQLite has one process, which its lock file guards.
        if tx.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let sql = format!(
            "SELECT epoch FROM node WHERE id = $1 AND epoch = $2 AND expires_at > {}{}",
            tx.dialect().clock(),
            tx.dialect().keep_row()
        );
        let epoch = self.epoch.load(Ordering::Acquire);
        fetch!(tx, fetch_optional, (i64,), AssertSqlSafe(sql.as_str()), self.node, epoch)?
            .map(drop)
            .ok_or(Error::Fenced)
    }

    /// Extends the lease. [`Error::Fenced`] when it has been taken over.
    pub async fn heartbeat(&self, db: &Db) -> Result<(), Error> {
        if db.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let mut conn = db.write().await?;
        let now = dialect::now(&mut conn).await?;
        let renewed = execute!(
            conn,
            "UPDATE node SET expires_at = $3 WHERE id = $1 AND epoch = $2 AND expires_at > $4",
            self.node,
            self.epoch.load(Ordering::Acquire),
            now.plus(LEASE),
            now
        )?;
        if renewed == 1 { Ok(()) } else { Err(Error::Fenced) }
    }
}

/// Removes a node's row at its orderly stop, and gives back whatever it still owns.
pub async fn leave(tx: &mut Tx, node: NodeId) -> Result<(), Error> {
    execute!(tx, "UPDATE root SET owner_id = NULL, due_at = 0 WHERE owner_id = $1", node)?;
    execute!(tx, "DELETE FROM node WHERE id = $1", node)?;
    Ok(())
}

/// Takes over from nodes whose lease has ended: removes them first, which fences them, then frees their roots.
/// Gives how many roots came free.
pub async fn take_over(tx: &mut Tx) -> Result<u64, Error> {
    let now = dialect::now(tx).await?;
    // A node that was paused in the middle of a commit still holds its row; the next attempt finds it free.
    let sql = format!(
        "DELETE FROM node WHERE id IN (SELECT id FROM node WHERE expires_at <= $1{}) RETURNING id",
        tx.dialect().skip_locked()
    );
    let dead = fetch!(tx, fetch_all, (uuid::Uuid,), AssertSqlSafe(sql), now)?;
    let mut freed = 0;
    for (node,) in dead {
        freed += execute!(tx, "UPDATE root SET owner_id = NULL, due_at = 0 WHERE owner_id = $1", NodeId(node))?;
    }
    Ok(freed)
}

/// Every registered node.
pub async fn list_nodes(conn: &mut Conn) -> Result<Vec<NodeRow>, Error> {
    fetch!(conn, fetch_all, NodeRow, "SELECT * FROM node ORDER BY started_at, id")
}

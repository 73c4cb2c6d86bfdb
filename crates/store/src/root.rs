//! Roots: who owns them, what waits in their inbox, what their journal says.

use model::{InstanceId, NodeId, ProjectId, TaskId, Tenant, Timestamp, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::row::row;
use crate::{Conn, Error, Tx, dialect};

row! {
    /// A root that has not ended.
    pub struct RootRow {
        /// The root instance.
        id: InstanceId,
        /// Its project.
        project_id: ProjectId,
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// The node that drives it.
        owner_id: Option<NodeId>,
        /// The last turn in the journal.
        seq: i64,
        /// The hash of that turn.
        hash: Vec<u8>,
        /// The last command put into the inbox.
        inbox_seq: i64,
        /// When it has something to do; see the migration.
        due_at: Option<Timestamp>,
        /// The release level that its events need.
        level: i64,
        /// Why it cannot go on; empty otherwise.
        problem: String,
    }
}

row! {
    /// A turn as stored.
    pub struct JournalRow {
        /// Its place, from 1.
        seq: i64,
        /// When.
        at: Timestamp,
        /// The events, as versioned JSON.
        body: String,
        /// The hash of the turn before.
        prev_hash: Vec<u8>,
        /// The hash of this turn.
        hash: Vec<u8>,
    }
}

row! {
    /// A command that waits.
    pub struct InboxRow {
        /// Its place.
        seq: i64,
        /// The command, JSON.
        command: String,
    }
}

row! {
    /// A state as stored.
    pub struct SnapshotRow {
        /// The turn after which it was taken.
        seq: i64,
        /// The state, versioned JSON.
        body: String,
    }
}

/// Claims roots that are due, oldest first; roots that need a higher release level are left to newer nodes.
pub async fn claim_due(
    tx: &mut Tx,
    node: NodeId,
    now: Timestamp,
    level: i64,
    limit: i64,
) -> Result<Vec<RootRow>, Error> {
    let sql = format!(
        "UPDATE root SET owner_id = $1 WHERE id IN (SELECT id FROM root WHERE owner_id IS NULL AND due_at <= $2 \
         AND problem = '' AND level <= $3 ORDER BY due_at LIMIT $4{}) RETURNING *",
        tx.dialect().skip_locked()
    );
    fetch!(tx, fetch_all, RootRow, AssertSqlSafe(sql), node, now, level, limit)
}

/// Claims one root if nobody owns it.
pub async fn claim_one(tx: &mut Tx, node: NodeId, root: InstanceId, level: i64) -> Result<Option<RootRow>, Error> {
    fetch!(
        tx,
        fetch_optional,
        RootRow,
        "UPDATE root SET owner_id = $1 WHERE id = $2 AND owner_id IS NULL AND problem = '' AND level <= $3 RETURNING *",
        node,
        root,
        level
    )
}

/// Roots that this node owns and that have something to do.
pub async fn list_owned_due(conn: &mut Conn, node: NodeId, now: Timestamp) -> Result<Vec<(InstanceId, i64)>, Error> {
    let rows = fetch!(
        conn,
        fetch_all,
        (uuid::Uuid, i64),
        "SELECT id, inbox_seq FROM root WHERE owner_id = $1 AND due_at <= $2",
        node,
        now
    )?;
    Ok(rows.into_iter().map(|(id, seq)| (InstanceId(id), seq)).collect())
}

/// Every root that this node owns.
pub async fn list_owned(conn: &mut Conn, node: NodeId) -> Result<Vec<InstanceId>, Error> {
    let rows = fetch!(conn, fetch_all, (uuid::Uuid,), "SELECT id FROM root WHERE owner_id = $1", node)?;
    Ok(rows.into_iter().map(|(id,)| InstanceId(id)).collect())
}

/// Whether there is a root that [`claim_due`] could take, or a node whose lease has ended.
pub async fn is_any_due(conn: &mut Conn, now: Timestamp, level: i64) -> Result<bool, Error> {
    let clock = dialect::now(conn).await?;
    let (any,) = fetch!(
        conn,
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM root WHERE owner_id IS NULL AND due_at <= $1 AND problem = '' AND level <= $2) \
         OR EXISTS (SELECT 1 FROM node WHERE expires_at <= $3)",
        now,
        level,
        clock
    )?;
    Ok(any)
}

/// Gives a root back without a turn: when it turned out to have nothing to do, or at shutdown. Commands after
/// `inbox_done` keep it due at once.
pub async fn release(
    tx: &mut Tx,
    node: NodeId,
    root: InstanceId,
    inbox_done: i64,
    due_at: Option<Timestamp>,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE root SET owner_id = NULL, due_at = CASE WHEN inbox_seq > $3 THEN 0 ELSE $4 END \
         WHERE id = $1 AND owner_id = $2",
        root,
        node,
        inbox_done,
        due_at
    )?;
    Ok(())
}

/// Puts a command into the root's inbox and wakes it after the commit. `false` when the root has ended, or when a
/// command with this key has been put in before.
pub async fn push_inbox(tx: &mut Tx, root: InstanceId, command: &str, dedup_key: Option<&str>) -> Result<bool, Error> {
    let Some(last) = lock(tx, root).await? else { return Ok(false) };
    let inserted = execute!(
        tx,
        "INSERT INTO inbox (root_id, seq, command, dedup_key) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (dedup_key) DO NOTHING",
        root,
        last + 1,
        command,
        dedup_key
    )?;
    // A place without a command would keep the root due for ever.
    if inserted == 1 {
        execute!(tx, "UPDATE root SET inbox_seq = $2, due_at = 0 WHERE id = $1", root, last + 1)?;
    }
    tx.wake(root);
    Ok(inserted == 1)
}

/// Holds a root until the commit and gives the place of the last command in its inbox; none when it has ended.
///
/// Turns change the root first and its to-dos and runs afterwards. Whoever changes one of those and then pushes a
/// command takes the root first as well, or the two could wait for each other.
async fn lock(tx: &mut Tx, root: InstanceId) -> Result<Option<i64>, Error> {
    let sql = format!("SELECT inbox_seq FROM root WHERE id = $1{}", tx.dialect().for_update());
    Ok(fetch!(tx, fetch_optional, (i64,), AssertSqlSafe(sql), root)?.map(|(last,)| last))
}

/// Holds the root of a to-do; see [`lock`].
pub(crate) async fn lock_of_task(tx: &mut Tx, tenant: Tenant, task: TaskId) -> Result<(), Error> {
    let sql = format!(
        "SELECT inbox_seq FROM root WHERE id = (SELECT root_id FROM task WHERE workspace_id = $1 AND id = $2){}",
        tx.dialect().for_update()
    );
    fetch!(tx, fetch_optional, (i64,), AssertSqlSafe(sql), tenant.workspace, task).map(drop)
}

/// Holds the root of a run; see [`lock`].
pub(crate) async fn lock_of_instance(tx: &mut Tx, tenant: Tenant, run: InstanceId) -> Result<(), Error> {
    let sql = format!(
        "SELECT inbox_seq FROM root WHERE id = (SELECT root_id FROM instance WHERE workspace_id = $1 AND id = $2){}",
        tx.dialect().for_update()
    );
    fetch!(tx, fetch_optional, (i64,), AssertSqlSafe(sql), tenant.workspace, run).map(drop)
}

/// Commands after a place, in order.
pub async fn list_inbox(conn: &mut Conn, root: InstanceId, after: i64) -> Result<Vec<InboxRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        InboxRow,
        "SELECT seq, command FROM inbox WHERE root_id = $1 AND seq > $2 ORDER BY seq",
        root,
        after
    )
}

/// The root's row; none when it has ended.
pub async fn get_root(conn: &mut Conn, root: InstanceId) -> Result<Option<RootRow>, Error> {
    fetch!(conn, fetch_optional, RootRow, "SELECT * FROM root WHERE id = $1", root)
}

/// The last stored state.
pub async fn get_snapshot(conn: &mut Conn, root: InstanceId) -> Result<Option<SnapshotRow>, Error> {
    fetch!(conn, fetch_optional, SnapshotRow, "SELECT seq, body FROM snapshot WHERE root_id = $1", root)
}

/// Turns after a place, in order.
pub async fn list_journal(conn: &mut Conn, root: InstanceId, after: i64) -> Result<Vec<JournalRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        JournalRow,
        "SELECT seq, at, body, prev_hash, hash FROM journal WHERE root_id = $1 AND seq > $2 ORDER BY seq",
        root,
        after
    )
}

//! Timers: when each playbook that has one runs next.

use model::{PlaybookId, PlaybookVersionId, ProjectId, Tenant, Timestamp, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::row::row;
use crate::{Conn, Error, Tx};

row! {
    /// The next tick of a playbook.
    pub struct ScheduleRow {
        /// The playbook.
        playbook_id: PlaybookId,
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its project.
        project_id: ProjectId,
        /// The version whose timer it is.
        version_id: PlaybookVersionId,
        /// When; none when it does not run any more.
        next_at: Option<Timestamp>,
    }
}

/// Sets the next tick of a playbook.
pub async fn set(tx: &mut Tx, row: &ScheduleRow) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO schedule (playbook_id, workspace_id, project_id, version_id, next_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (playbook_id) DO UPDATE SET version_id = excluded.version_id, next_at = excluded.next_at",
        row.playbook_id,
        row.workspace_id,
        row.project_id,
        row.version_id,
        row.next_at
    )?;
    if row.next_at.is_some() {
        tx.ring_playbooks();
    }
    Ok(())
}

/// Takes a playbook's timer away.
pub async fn clear(tx: &mut Tx, tenant: Tenant, playbook: PlaybookId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM schedule WHERE playbook_id = $1 AND workspace_id = $2 AND project_id = $3",
        playbook,
        tenant.workspace,
        tenant.project
    )?;
    Ok(())
}

/// The next tick of a playbook; none when it has no timer.
pub async fn get(conn: &mut Conn, tenant: Tenant, playbook: PlaybookId) -> Result<Option<ScheduleRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        ScheduleRow,
        "SELECT * FROM schedule WHERE playbook_id = $1 AND workspace_id = $2 AND project_id = $3",
        playbook,
        tenant.workspace,
        tenant.project
    )
}

/// Up to `limit` ticks of all workspaces that are due, oldest first. They are held until the transaction ends, in which
/// the caller queues their instances and [`set`]s what comes next; other nodes pass them over. The caller reads the
/// playbooks without holding them: who takes a timer away holds its playbook.
pub async fn claim_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<ScheduleRow>, Error> {
    let sql =
        format!("SELECT * FROM schedule WHERE next_at <= $1 ORDER BY next_at LIMIT $2{}", tx.dialect().skip_locked());
    fetch!(tx, fetch_all, ScheduleRow, AssertSqlSafe(sql.as_str()), now, limit)
}

/// When the next tick of all workspaces is due.
pub async fn next(conn: &mut Conn) -> Result<Option<Timestamp>, Error> {
    let (next,): (Option<i64>,) =
        fetch!(conn, fetch_one, (Option<i64>,), "SELECT min(next_at) FROM schedule WHERE next_at IS NOT NULL")?;
    Ok(next.map(Timestamp))
}

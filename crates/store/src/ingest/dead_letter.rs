//! Dead letters: events that could not be taken in, and why.

use model::{ProjectId, SourceId, Tenant, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{Bulk, Cell};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// An event that could not be taken in.
    pub struct DeadLetterRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id, which is also that of the object that it becomes.
        id: Uuid,
        /// Its project.
        project_id: ProjectId,
        /// Where it came from.
        source_id: SourceId,
        /// When it came.
        received_at: Timestamp,
        /// Why it could not be taken in.
        reason: String,
        /// When it was taken in after all.
        replayed_at: Option<Timestamp>,
        /// As it came, which need not be text.
        body: Vec<u8>,
    }
}

row! {
    /// A dead letter as lists show it.
    pub struct DeadLetterSummary {
        /// Its id.
        id: Uuid,
        /// Where it came from.
        source_id: SourceId,
        /// When it came.
        received_at: Timestamp,
        /// Why it could not be taken in.
        reason: String,
        /// When it was taken in after all.
        replayed_at: Option<Timestamp>,
        /// The size of what came, in bytes.
        size: i64,
    }
}

static INSERT: Bulk = Bulk::insert("dead_letter", DeadLetterRow::COLUMNS, "ON CONFLICT (workspace_id, id) DO NOTHING");

/// Adds dead letters; those that are there stay as they are. Gives how many were added.
pub async fn insert_all(tx: &mut Tx, letters: &[DeadLetterRow]) -> Result<u64, Error> {
    INSERT.execute(tx, &letters.iter().map(DeadLetterRow::cells).collect::<Vec<_>>()).await
}

/// A dead letter by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: Uuid) -> Result<Option<DeadLetterRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        DeadLetterRow,
        "SELECT * FROM dead_letter WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// What a list of dead letters is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeadLetterQuery {
    /// From this source.
    pub source_id: Option<SourceId>,
    /// Replayed or not.
    pub replayed: Option<bool>,
}

/// The dead letters of a workspace, newest first.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &DeadLetterQuery,
    page: PageRequest,
) -> Result<Page<DeadLetterSummary>, Error> {
    let filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("source_id", query.source_id.map(|id| Cell::Uuid(id.0)));
    let filter = match query.replayed {
        None => filter,
        Some(true) => filter.fixed("replayed_at IS NOT NULL"),
        Some(false) => filter.fixed("replayed_at IS NULL"),
    };
    let columns = "id, source_id, received_at, reason, replayed_at, CAST(length(body) AS bigint) AS size";
    filter.page(conn, columns, "dead_letter", "received_at DESC, id DESC", page).await
}

/// Notes that a dead letter was taken in after all. `false` when that has happened before.
pub async fn mark_replayed(tx: &mut Tx, tenant: Tenant, id: Uuid, at: Timestamp) -> Result<bool, Error> {
    let marked = execute!(
        tx,
        "UPDATE dead_letter SET replayed_at = $4 WHERE workspace_id = $1 AND project_id = $2 AND id = $3 \
         AND replayed_at IS NULL",
        tenant.workspace,
        tenant.project,
        id,
        at
    )?;
    Ok(marked == 1)
}

/// Notes why a dead letter could not be taken in when it was replayed.
pub async fn set_reason(tx: &mut Tx, tenant: Tenant, id: Uuid, reason: &str) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE dead_letter SET reason = $4 WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id,
        reason
    )?;
    Ok(())
}

/// Removes a dead letter. `false` when there is no such letter.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: Uuid) -> Result<bool, Error> {
    let deleted = execute!(
        tx,
        "DELETE FROM dead_letter WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )?;
    Ok(deleted == 1)
}

/// Removes up to `limit` dead letters of all workspaces that came before an instant. Gives how many.
pub async fn purge(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    execute!(
        tx,
        "DELETE FROM dead_letter WHERE (workspace_id, id) IN (SELECT workspace_id, id FROM dead_letter \
         WHERE received_at < $1 ORDER BY received_at LIMIT $2)",
        before,
        limit
    )
}

/// Removes up to `limit` dead letters of a deleted workspace; `true` when none are left.
pub(crate) async fn purge_workspace(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> Result<bool, Error> {
    let removed = execute!(
        tx,
        "DELETE FROM dead_letter WHERE (workspace_id, id) IN (SELECT workspace_id, id FROM dead_letter \
         WHERE workspace_id = $1 ORDER BY id LIMIT $2)",
        workspace,
        limit
    )?;
    Ok(removed < u64::try_from(limit).unwrap_or(u64::MAX))
}

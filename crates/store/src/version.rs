//! Versions of workflows.

use model::{ProjectId, Tenant, Timestamp, UserId, VersionId, WorkflowId, WorkspaceId};

use crate::bulk::{self, Bulk};
use crate::row::{Row as _, row};
use crate::{Conn, Error, Tx};

row! {
    /// A version of a workflow.
    pub struct VersionRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: VersionId,
        /// Its project.
        project_id: ProjectId,
        /// The workflow.
        workflow_id: WorkflowId,
        /// Counts the workflow's versions, from 1; the label is `V<number>`.
        number: i64,
        /// Its name.
        name: String,
        /// What is new in it.
        description: String,
        /// Its owner.
        owner_id: Option<UserId>,
        /// Who created it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// When.
        create_time: Timestamp,
        /// Who changed it last.
        modifier_id: Option<UserId>,
        /// Their name.
        modifier_name: String,
        /// When it last changed.
        update_time: Timestamp,
        /// Who wrote its present content; under four eyes they cannot pass it.
        author_id: UserId,
        /// `pending_submit`, `pending_approval`, `rejected`, `not_activated` or `activated`.
        status: String,
        /// Settings of nodes, as the client sent them.
        taskconfig: String,
        /// The graph, Base64.
        taskflow: String,
        /// `JSON` or `XML`.
        taskflow_type: String,
        /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
        aop_type: String,
        /// Declared input.
        input: String,
        /// Declared output.
        output: String,
        /// What was submitted or approved; see the service for what it covers.
        hash: Option<Vec<u8>>,
    }
}

impl VersionRow {
    /// The label that users see: `V1`, `V2` …
    pub fn label(&self) -> String {
        format!("V{}", self.number)
    }
}

/// Adds a version.
pub async fn insert(tx: &mut Tx, version: &VersionRow) -> Result<(), Error> {
    bulk::insert(tx, "workflow_version", version).await
}

static INSERT: Bulk = Bulk::insert("workflow_version", VersionRow::COLUMNS, "");

/// Adds versions, one statement for all.
pub async fn insert_all(tx: &mut Tx, rows: &[VersionRow]) -> Result<(), Error> {
    INSERT.execute(tx, &rows.iter().map(VersionRow::cells).collect::<Vec<_>>()).await?;
    Ok(())
}

/// A version by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: VersionId) -> Result<Option<VersionRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        VersionRow,
        "SELECT * FROM workflow_version WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// Writes every changeable column.
pub async fn update(tx: &mut Tx, row: &VersionRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE workflow_version SET name = $3, description = $4, modifier_id = $5, modifier_name = $6, \
         update_time = $7, author_id = $8, status = $9, taskconfig = $10, taskflow = $11, taskflow_type = $12, \
         aop_type = $13, input = $14, output = $15, hash = $16 WHERE workspace_id = $1 AND id = $2",
        row.workspace_id,
        row.id,
        row.name,
        row.description,
        row.modifier_id,
        row.modifier_name,
        row.update_time,
        row.author_id,
        row.status,
        row.taskconfig,
        row.taskflow,
        row.taskflow_type,
        row.aop_type,
        row.input,
        row.output,
        row.hash
    )?;
    Ok(())
}

/// Removes a version.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: VersionId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM workflow_version WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )?;
    Ok(())
}

/// The versions of a workflow, newest first; with a status, only those in it.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    workflow: WorkflowId,
    status: Option<&str>,
) -> Result<Vec<VersionRow>, Error> {
    let rows = fetch!(
        conn,
        fetch_all,
        VersionRow,
        "SELECT * FROM workflow_version WHERE workspace_id = $1 AND project_id = $2 AND workflow_id = $3 \
         ORDER BY number DESC",
        tenant.workspace,
        tenant.project,
        workflow
    )?;
    Ok(rows.into_iter().filter(|row| status.is_none_or(|status| row.status == status)).collect())
}

//! What was approved, and therefore runs.

use model::{ProjectId, Tenant, Timestamp, VersionId, WorkflowId, WorkspaceId};

use crate::bulk::{self, Bulk};
use crate::row::{Row as _, row};
use crate::{Conn, Error, Tx};

row! {
    /// The approved content of a version.
    pub struct DefinitionRow {
        /// The version.
        version_id: VersionId,
        /// Its project.
        project_id: ProjectId,
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its workflow.
        workflow_id: WorkflowId,
        /// The graph, Base64.
        taskflow: String,
        /// `JSON` or `XML`.
        taskflow_type: String,
        /// Settings of nodes.
        taskconfig: String,
        /// Pinned calls: a JSON object of called workflow (as written) to version id.
        pins: String,
        /// What it refers to, as written: a JSON object `{"workflows": […], "connections": […]}`.
        uses: String,
        /// The hash that was approved.
        hash: Vec<u8>,
        /// When.
        approved_at: Timestamp,
    }
}

/// Keeps an approved definition; a version that is approved again replaces its own.
pub async fn put(tx: &mut Tx, definition: &DefinitionRow) -> Result<(), Error> {
    execute!(tx, "DELETE FROM definition WHERE version_id = $1", definition.version_id)?;
    bulk::insert(tx, "definition", definition).await
}

static INSERT: Bulk = Bulk::insert("definition", DefinitionRow::COLUMNS, "");

/// Adds approved definitions of versions that have none, one statement for all.
pub async fn insert_all(tx: &mut Tx, rows: &[DefinitionRow]) -> Result<(), Error> {
    INSERT.execute(tx, &rows.iter().map(DefinitionRow::cells).collect::<Vec<_>>()).await?;
    Ok(())
}

/// The approved definition of a version.
pub async fn get(conn: &mut Conn, tenant: Tenant, version: VersionId) -> Result<Option<DefinitionRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        DefinitionRow,
        "SELECT * FROM definition WHERE version_id = $1 AND project_id = $2 AND workspace_id = $3",
        version,
        tenant.project,
        tenant.workspace
    )
}

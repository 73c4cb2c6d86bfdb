//! Actions: the workflows that a version of a playbook runs.

use model::{PlaybookId, PlaybookVersionId, ProjectId, Tenant, WorkflowId, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{Bulk, Cell};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// An action.
    pub struct PlaybookActionRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its version.
        version_id: PlaybookVersionId,
        /// Its id.
        id: Uuid,
        /// Its project.
        project_id: ProjectId,
        /// The playbook.
        playbook_id: PlaybookId,
        /// Its name.
        name: String,
        /// What it does.
        description: String,
        /// `AOP_WORKFLOW`.
        action_type: String,
        /// The workflow.
        action_id: WorkflowId,
        /// Its place: smaller ones first.
        sort_order: i64,
    }
}

static INSERT: Bulk = Bulk::insert("playbook_action", PlaybookActionRow::COLUMNS, "");

/// Adds actions. The transaction holds the playbook; see [`super::lock`].
pub async fn insert_all(tx: &mut Tx, actions: &[PlaybookActionRow]) -> Result<(), Error> {
    INSERT.execute(tx, &actions.iter().map(PlaybookActionRow::cells).collect::<Vec<_>>()).await?;
    Ok(())
}

/// An action of a version.
pub async fn get(
    conn: &mut Conn,
    tenant: Tenant,
    version: PlaybookVersionId,
    id: Uuid,
) -> Result<Option<PlaybookActionRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        PlaybookActionRow,
        "SELECT * FROM playbook_action WHERE workspace_id = $1 AND project_id = $2 AND version_id = $3 AND id = $4",
        tenant.workspace,
        tenant.project,
        version,
        id
    )
}

/// Writes every changeable column.
pub async fn update(tx: &mut Tx, row: &PlaybookActionRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook_action SET name = $4, description = $5, action_type = $6, action_id = $7, sort_order = $8 \
         WHERE workspace_id = $1 AND version_id = $2 AND id = $3",
        row.workspace_id,
        row.version_id,
        row.id,
        row.name,
        row.description,
        row.action_type,
        row.action_id,
        row.sort_order
    )?;
    Ok(())
}

/// Removes an action. `false` when there is no such action.
pub async fn delete(tx: &mut Tx, tenant: Tenant, version: PlaybookVersionId, id: Uuid) -> Result<bool, Error> {
    let deleted = execute!(
        tx,
        "DELETE FROM playbook_action WHERE workspace_id = $1 AND project_id = $2 AND version_id = $3 AND id = $4",
        tenant.workspace,
        tenant.project,
        version,
        id
    )?;
    Ok(deleted == 1)
}

/// Removes all actions of a version, before others take their place.
pub async fn delete_all(tx: &mut Tx, tenant: Tenant, version: PlaybookVersionId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM playbook_action WHERE workspace_id = $1 AND project_id = $2 AND version_id = $3",
        tenant.workspace,
        tenant.project,
        version
    )?;
    Ok(())
}

/// The actions of a version, in their order.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    version: PlaybookVersionId,
    page: PageRequest,
) -> Result<Page<PlaybookActionRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .compare("version_id", "=", Cell::Uuid(version.0))
        .page(conn, "*", "playbook_action", "sort_order, id", page)
        .await
}

row! {
    /// What uses a workflow.
    pub struct WorkflowUser {
        /// The playbook.
        playbook_id: PlaybookId,
        /// Its name.
        name: String,
    }
}

/// Enabled playbooks whose active version runs a workflow, by name.
pub async fn list_users(conn: &mut Conn, tenant: Tenant, workflow: WorkflowId) -> Result<Vec<WorkflowUser>, Error> {
    fetch!(
        conn,
        fetch_all,
        WorkflowUser,
        "SELECT p.id AS playbook_id, p.name AS name FROM playbook p WHERE p.workspace_id = $1 AND p.project_id = $2 \
         AND p.enabled AND EXISTS (SELECT 1 FROM playbook_action a WHERE a.workspace_id = p.workspace_id \
         AND a.version_id = p.version_id AND a.action_id = $3) ORDER BY p.name",
        tenant.workspace,
        tenant.project,
        workflow
    )
}

//! Workflows.

use model::{DataClassId, ProjectId, Tenant, Timestamp, UserId, VersionId, WorkflowId, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::bulk::{self, Bulk, Cell};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Order, Page, PageRequest, Tx};

row! {
    /// A workflow.
    pub struct WorkflowRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: WorkflowId,
        /// Its project.
        project_id: ProjectId,
        /// Its name, unique in the workspace.
        name: String,
        /// What it is for.
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
        /// Roles that may edit it, comma-separated; empty narrows nothing.
        edit_role: String,
        /// Roles that may run it.
        use_role: String,
        /// Roles that may approve its versions.
        approve_role: String,
        /// Whether it may run.
        enabled: bool,
        /// The activated version.
        version_id: Option<VersionId>,
        /// That version's label.
        version: String,
        /// The version that waits for review.
        current_approval_version_id: Option<VersionId>,
        /// The version that was refused last.
        current_rejected_version_id: Option<VersionId>,
        /// The number of its newest version.
        last_version: i64,
        /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
        aop_type: String,
        /// `public_engine`.
        engine_type: String,
        /// The data class that it works on.
        dataclass_id: DataClassId,
        /// That class's name.
        dataclass_name: String,
        /// `IP`, `ACCOUNT`, `DOMAIN` or empty.
        labels: String,
    }
}

/// Adds a workflow. Breaks the constraint `workflow` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, workflow: &WorkflowRow) -> Result<(), Error> {
    bulk::insert(tx, "workflow", workflow).await
}

static INSERT: Bulk = Bulk::insert("workflow", WorkflowRow::COLUMNS, "");

/// Adds workflows, one statement for all.
pub async fn insert_all(tx: &mut Tx, rows: &[WorkflowRow]) -> Result<(), Error> {
    INSERT.execute(tx, &rows.iter().map(WorkflowRow::cells).collect::<Vec<_>>()).await?;
    Ok(())
}

/// A workflow by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: WorkflowId) -> Result<Option<WorkflowRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        WorkflowRow,
        "SELECT * FROM workflow WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// A workflow by id, held until the transaction ends: changes of it and of its versions take turns.
pub async fn lock(tx: &mut Tx, tenant: Tenant, id: WorkflowId) -> Result<Option<WorkflowRow>, Error> {
    let sql = format!(
        "SELECT * FROM workflow WHERE workspace_id = $1 AND project_id = $2 AND id = $3{}",
        tx.dialect().for_update()
    );
    fetch!(tx, fetch_optional, WorkflowRow, AssertSqlSafe(sql), tenant.workspace, tenant.project, id)
}

/// A workflow by name.
pub async fn get_by_name(conn: &mut Conn, tenant: Tenant, name: &str) -> Result<Option<WorkflowRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        WorkflowRow,
        "SELECT * FROM workflow WHERE workspace_id = $1 AND project_id = $2 AND name = $3",
        tenant.workspace,
        tenant.project,
        name
    )
}

/// Writes every changeable column.
pub async fn update(tx: &mut Tx, row: &WorkflowRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE workflow SET name = $3, description = $4, modifier_id = $5, modifier_name = $6, update_time = $7, \
         edit_role = $8, use_role = $9, approve_role = $10, enabled = $11, version_id = $12, version = $13, \
         current_approval_version_id = $14, current_rejected_version_id = $15, last_version = $16, labels = $17 \
         WHERE workspace_id = $1 AND id = $2",
        row.workspace_id,
        row.id,
        row.name,
        row.description,
        row.modifier_id,
        row.modifier_name,
        row.update_time,
        row.edit_role,
        row.use_role,
        row.approve_role,
        row.enabled,
        row.version_id,
        row.version,
        row.current_approval_version_id,
        row.current_rejected_version_id,
        row.last_version,
        row.labels
    )?;
    Ok(())
}

/// Removes a workflow with its versions and cancels its open reviews. Definitions stay for the runs that need them.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: WorkflowId, at: Timestamp) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE task SET status = 'canceled', note = 'the workflow was deleted', update_time = $3 \
         WHERE workspace_id = $1 AND project_id = $4 AND action_id = $2 AND status = 'waiting' \
         AND business_type = 'WORKFLOWPUBLISH'",
        tenant.workspace,
        id,
        at,
        tenant.project
    )?;
    execute!(
        tx,
        "DELETE FROM workflow_version WHERE workspace_id = $1 AND project_id = $2 AND workflow_id = $3",
        tenant.workspace,
        tenant.project,
        id
    )?;
    execute!(
        tx,
        "DELETE FROM workflow WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )?;
    Ok(())
}

/// What a list of workflows is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WorkflowQuery {
    /// The name contains this.
    pub name: Option<String>,
    /// The description contains this.
    pub description: Option<String>,
    /// Enabled or not.
    pub enabled: Option<bool>,
    /// For this data class.
    pub dataclass_id: Option<DataClassId>,
    /// For the data class of this name.
    pub dataclass_name: Option<String>,
    /// Of this type.
    pub aop_type: Option<String>,
    /// Sort by the last change instead of the creation.
    pub by_update: bool,
}

/// Workflows of a workspace.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &WorkflowQuery,
    order: Order,
    page: PageRequest,
) -> Result<Page<WorkflowRow>, Error> {
    let filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("enabled", query.enabled.map(Cell::Bool))
        .equals("dataclass_id", query.dataclass_id.map(|id| Cell::Uuid(id.0)))
        .equals("dataclass_name", query.dataclass_name.clone().map(Cell::Text))
        .equals("aop_type", query.aop_type.clone().map(Cell::Text))
        .contains("name", query.name.as_deref())
        .contains("description", query.description.as_deref());
    let direction = order.sql();
    let order =
        if query.by_update { format!("update_time {direction}, id {direction}") } else { format!("id {direction}") };
    filter.page(conn, "*", "workflow", &order, page).await
}

/// Enabled workflows of a workspace with the definition that each runs: what could call another workflow.
pub async fn list_enabled_definitions(
    conn: &mut Conn,
    tenant: Tenant,
) -> Result<Vec<(String, crate::definition::DefinitionRow)>, Error> {
    let workflows = fetch!(
        conn,
        fetch_all,
        WorkflowRow,
        "SELECT * FROM workflow WHERE workspace_id = $1 AND project_id = $2 AND enabled AND version_id IS NOT NULL",
        tenant.workspace,
        tenant.project
    )?;
    let mut found = Vec::with_capacity(workflows.len());
    for workflow in workflows {
        if let Some(version) = workflow.version_id
            && let Some(definition) = crate::definition::get(conn, tenant, version).await?
        {
            found.push((workflow.name, definition));
        }
    }
    Ok(found)
}

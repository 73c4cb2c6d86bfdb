//! Connections: how components reach what they act on. The configuration is stored sealed; nothing here opens it.

use model::{ComponentId, ConnectionId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::bulk::{self, Cell};
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// A connection.
    pub struct ConnectionRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: ConnectionId,
        /// Its project.
        project_id: ProjectId,
        /// Its name, unique in the workspace.
        name: String,
        /// What it is for.
        description: String,
        /// The component that uses it.
        component_id: ComponentId,
        /// That component's name.
        component_name: String,
        /// The version of the component that it was made for.
        component_version_id: String,
        /// `datasource` or `action_target`; `type` on the wire.
        kind: String,
        /// `SUCCESS` or `FAILED`: how the last trial ended.
        status: String,
        /// The configuration, sealed.
        config: Vec<u8>,
        /// Whether it may be used.
        enabled: bool,
        /// The line of defence that emergency policies go to.
        defense_type: String,
        /// The project that emergency policies go to.
        target_project_id: String,
        /// That project's name.
        target_project_name: String,
        /// The enterprise project that emergency policies go to.
        target_enterprise_id: String,
        /// That enterprise project's name.
        target_enterprise_name: String,
        /// The region that emergency policies go to.
        region_id: String,
        /// That region's name.
        region_name: String,
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
    }
}

/// Adds a connection. Breaks the constraint `connection` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, connection: &ConnectionRow) -> Result<(), Error> {
    bulk::insert(tx, "connection", connection).await
}

/// A connection by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: ConnectionId) -> Result<Option<ConnectionRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        ConnectionRow,
        "SELECT * FROM connection WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// A connection by id, held until the transaction ends.
pub async fn lock(tx: &mut Tx, tenant: Tenant, id: ConnectionId) -> Result<Option<ConnectionRow>, Error> {
    let sql = format!(
        "SELECT * FROM connection WHERE workspace_id = $1 AND project_id = $2 AND id = $3{}",
        tx.dialect().for_update()
    );
    fetch!(tx, fetch_optional, ConnectionRow, AssertSqlSafe(sql), tenant.workspace, tenant.project, id)
}

/// A connection by id or name, as nodes refer to it; an id wins over a name that looks like one.
pub async fn find(conn: &mut Conn, tenant: Tenant, id_or_name: &str) -> Result<Option<ConnectionRow>, Error> {
    if let Ok(id) = id_or_name.parse()
        && let Some(row) = get(conn, tenant, id).await?
    {
        return Ok(Some(row));
    }
    fetch!(
        conn,
        fetch_optional,
        ConnectionRow,
        "SELECT * FROM connection WHERE workspace_id = $1 AND project_id = $2 AND name = $3",
        tenant.workspace,
        tenant.project,
        id_or_name
    )
}

row! {
    /// What nodes may refer to a connection by.
    pub struct ConnectionName {
        /// Its id.
        id: ConnectionId,
        /// Its name.
        name: String,
        /// The component that uses it.
        component_id: ComponentId,
    }
}

/// The connections of a workspace that may be used.
pub async fn list_names(conn: &mut Conn, tenant: Tenant) -> Result<Vec<ConnectionName>, Error> {
    fetch!(
        conn,
        fetch_all,
        ConnectionName,
        "SELECT id, name, component_id FROM connection WHERE workspace_id = $1 AND project_id = $2 AND enabled",
        tenant.workspace,
        tenant.project
    )
}

row! {
    /// An enabled workflow and what it refers to.
    pub struct WorkflowUses {
        /// The workflow's name.
        name: String,
        /// What its approved definition refers to; see [`crate::definition::DefinitionRow::uses`].
        uses: String,
    }
}

/// What the enabled workflows of a workspace refer to.
pub async fn list_uses(conn: &mut Conn, tenant: Tenant) -> Result<Vec<WorkflowUses>, Error> {
    fetch!(
        conn,
        fetch_all,
        WorkflowUses,
        "SELECT w.name AS name, d.uses AS uses FROM workflow w JOIN definition d ON d.version_id = w.version_id \
         WHERE w.workspace_id = $1 AND w.project_id = $2 AND w.enabled ORDER BY w.name",
        tenant.workspace,
        tenant.project
    )
}

/// Writes every changeable column.
pub async fn update(tx: &mut Tx, row: &ConnectionRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE connection SET name = $3, description = $4, component_id = $5, component_name = $6, \
         component_version_id = $7, config = $8, modifier_id = $9, modifier_name = $10, update_time = $11 \
         WHERE workspace_id = $1 AND id = $2",
        row.workspace_id,
        row.id,
        row.name,
        row.description,
        row.component_id,
        row.component_name,
        row.component_version_id,
        row.config,
        row.modifier_id,
        row.modifier_name,
        row.update_time
    )?;
    Ok(())
}

/// Removes a connection.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: ConnectionId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM connection WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )?;
    Ok(())
}

/// What a list of connections is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConnectionQuery {
    /// The name contains this.
    pub name: Option<String>,
    /// The component's name contains this.
    pub component_name: Option<String>,
    /// Created by the user of this name.
    pub creator_name: Option<String>,
    /// Last changed by the user of this name.
    pub modifier_name: Option<String>,
    /// The description contains this.
    pub description: Option<String>,
    /// Created at or after this instant.
    pub created_from: Option<Timestamp>,
    /// Created at or before this instant.
    pub created_to: Option<Timestamp>,
    /// Changed at or after this instant.
    pub updated_from: Option<Timestamp>,
    /// Changed at or before this instant.
    pub updated_to: Option<Timestamp>,
    /// For emergency policies, or not.
    pub is_defense_type: Option<bool>,
}

/// Connections of a workspace, newest first.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &ConnectionQuery,
    page: PageRequest,
) -> Result<Page<ConnectionRow>, Error> {
    let filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .contains("name", query.name.as_deref())
        .contains("component_name", query.component_name.as_deref())
        .equals("creator_name", query.creator_name.clone().map(Cell::Text))
        .equals("modifier_name", query.modifier_name.clone().map(Cell::Text))
        .contains("description", query.description.as_deref())
        .between("create_time", query.created_from, query.created_to)
        .between("update_time", query.updated_from, query.updated_to);
    let filter = match query.is_defense_type {
        Some(true) => filter.fixed("defense_type <> ''"),
        Some(false) => filter.fixed("defense_type = ''"),
        None => filter,
    };
    filter.page(conn, "*", "connection", "id DESC", page).await
}

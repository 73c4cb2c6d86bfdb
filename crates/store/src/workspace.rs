//! Workspaces: the rows, and what goes with them when they go.

use model::{DomainId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::bulk::{self, Cell};
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Page, PageRequest, Tx, ingest, object, playbook};

row! {
    /// A workspace.
    pub struct WorkspaceRow {
        /// Its project.
        project_id: ProjectId,
        /// Its id.
        id: WorkspaceId,
        /// Its name, unique in the project.
        name: String,
        /// What it is for.
        description: String,
        /// The region, as the client named it.
        region_id: String,
        /// The project's name, as the client named it.
        project_name: String,
        /// The project's domain.
        domain_id: DomainId,
        /// That domain's name.
        domain_name: String,
        /// Kept and returned.
        enterprise_project_id: String,
        /// Kept and returned.
        enterprise_project_name: String,
        /// Whether it is a view of another workspace.
        is_view: bool,
        /// The workspace that it shows; empty when it shows none.
        view_bind_id: String,
        /// The name of the workspace that it shows.
        view_bind_name: String,
        /// A JSON list of `{"key","value"}`.
        tags: String,
        /// Whether the author of a version may not pass it.
        four_eyes: bool,
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

row! {
    /// The names that a project goes by.
    pub struct ProjectNames {
        /// Its name.
        project_name: String,
        /// Its domain.
        domain_id: DomainId,
        /// That domain's name.
        domain_name: String,
    }
}

/// Adds a workspace. Breaks the constraint `workspace` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, workspace: &WorkspaceRow) -> Result<(), Error> {
    bulk::insert(tx, "workspace", workspace).await
}

/// A workspace by id.
pub async fn get(conn: &mut Conn, tenant: Tenant) -> Result<Option<WorkspaceRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        WorkspaceRow,
        "SELECT * FROM workspace WHERE project_id = $1 AND id = $2",
        tenant.project,
        tenant.workspace
    )
}

/// A workspace by id, held until the transaction ends.
pub async fn lock(tx: &mut Tx, tenant: Tenant) -> Result<Option<WorkspaceRow>, Error> {
    let sql = format!("SELECT * FROM workspace WHERE project_id = $1 AND id = $2{}", tx.dialect().for_update());
    fetch!(tx, fetch_optional, WorkspaceRow, AssertSqlSafe(sql), tenant.project, tenant.workspace)
}

/// The name of a project and of its domain.
pub async fn get_project_names(conn: &mut Conn, project: ProjectId) -> Result<Option<ProjectNames>, Error> {
    fetch!(
        conn,
        fetch_optional,
        ProjectNames,
        "SELECT p.name AS project_name, p.domain_id AS domain_id, d.name AS domain_name \
         FROM project p JOIN domain d ON d.id = p.domain_id WHERE p.id = $1",
        project
    )
}

/// Writes every changeable column; views of the workspace take its name over.
pub async fn update(tx: &mut Tx, row: &WorkspaceRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE workspace SET name = $3, description = $4, view_bind_id = $5, view_bind_name = $6, four_eyes = $7, \
         modifier_id = $8, modifier_name = $9, update_time = $10 WHERE project_id = $1 AND id = $2",
        row.project_id,
        row.id,
        row.name,
        row.description,
        row.view_bind_id,
        row.view_bind_name,
        row.four_eyes,
        row.modifier_id,
        row.modifier_name,
        row.update_time
    )?;
    execute!(
        tx,
        "UPDATE workspace SET view_bind_name = $3 WHERE project_id = $1 AND view_bind_id = $2",
        row.project_id,
        row.id.to_string(),
        row.name
    )?;
    Ok(())
}

/// What a list of workspaces is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WorkspaceQuery {
    /// In this region.
    pub region_id: Option<String>,
    /// The name contains this.
    pub name: Option<String>,
    /// The description contains this.
    pub description: Option<String>,
    /// Views of this workspace.
    pub view_bind_id: Option<WorkspaceId>,
    /// Views of a workspace whose name contains this.
    pub view_bind_name: Option<String>,
    /// Created at or after this instant.
    pub created_from: Option<Timestamp>,
    /// Created at or before this instant.
    pub created_to: Option<Timestamp>,
    /// Views, or others.
    pub is_view: Option<bool>,
    /// One of these.
    pub ids: Option<Vec<WorkspaceId>>,
    /// Of this enterprise project.
    pub enterprise_project_id: Option<String>,
}

/// Workspaces of a project, oldest first.
pub async fn list(
    conn: &mut Conn,
    project: ProjectId,
    query: &WorkspaceQuery,
    page: PageRequest,
) -> Result<Page<WorkspaceRow>, Error> {
    let ids = query.ids.as_ref().map(|ids| ids.iter().map(|id| Cell::Uuid(id.0)).collect());
    Filter::new(conn.dialect())
        .compare("project_id", "=", Cell::Uuid(project.0))
        .equals("region_id", query.region_id.clone().map(Cell::Text))
        .contains("name", query.name.as_deref())
        .contains("description", query.description.as_deref())
        .equals("view_bind_id", query.view_bind_id.map(|id| Cell::Text(id.to_string())))
        .contains("view_bind_name", query.view_bind_name.as_deref())
        .between("create_time", query.created_from, query.created_to)
        .equals("is_view", query.is_view.map(Cell::Bool))
        .one_of("id", ids)
        .equals("enterprise_project_id", query.enterprise_project_id.clone().map(Cell::Text))
        .page(conn, "*", "workspace", "id", page)
        .await
}

/// Removes a workspace with everything that is set up in it and stops its runs: their roots are gone, so no turn of
/// theirs can commit any more. What the runs have left, the data objects, the runs of playbooks and the events that could
/// not be taken in, which may be many, are remembered to be removed by [`purge_runs`]. `false` when there is no such workspace.
pub async fn delete(tx: &mut Tx, tenant: Tenant, at: Timestamp) -> Result<bool, Error> {
    let Tenant { project, workspace } = tenant;
    let deleted = execute!(tx, "DELETE FROM workspace WHERE project_id = $1 AND id = $2", project, workspace)?;
    if deleted == 0 {
        return Ok(false);
    }
    execute!(
        tx,
        "UPDATE workspace SET view_bind_id = '', view_bind_name = '' WHERE project_id = $1 AND view_bind_id = $2",
        project,
        workspace.to_string()
    )?;
    stop_runs(tx, workspace).await?;
    execute!(tx, "DELETE FROM task_comment WHERE task_id IN (SELECT id FROM task WHERE workspace_id = $1)", workspace)?;
    for sql in [
        "DELETE FROM task WHERE workspace_id = $1",
        "DELETE FROM workflow_version WHERE workspace_id = $1",
        "DELETE FROM workflow WHERE workspace_id = $1",
        "DELETE FROM definition WHERE workspace_id = $1",
        "DELETE FROM connection WHERE workspace_id = $1",
        "DELETE FROM component_template WHERE workspace_id = $1",
        "DELETE FROM data_class_type WHERE workspace_id = $1",
        "DELETE FROM data_class_field WHERE workspace_id = $1",
        "DELETE FROM data_class WHERE workspace_id = $1",
        "DELETE FROM role_binding WHERE scope_kind = 'workspace' AND scope_id = $1",
    ] {
        execute!(tx, sql, workspace)?;
    }
    playbook::delete_workspace(tx, workspace).await?;
    ingest::delete_workspace(tx, workspace).await?;
    execute!(
        tx,
        "INSERT INTO deleted_workspace (id, project_id, deleted_at) VALUES ($1, $2, $3)",
        workspace,
        project,
        at
    )?;
    Ok(true)
}

async fn stop_runs(tx: &mut Tx, workspace: WorkspaceId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM inbox WHERE root_id IN (SELECT id FROM root WHERE workspace_id = $1)", workspace)?;
    execute!(tx, "DELETE FROM root WHERE workspace_id = $1", workspace)?;
    Ok(())
}

/// Workspaces that were deleted at or before this instant and of which there may be something left.
pub async fn list_deleted(conn: &mut Conn, until: Timestamp) -> Result<Vec<WorkspaceId>, Error> {
    let rows = fetch!(
        conn,
        fetch_all,
        (uuid::Uuid,),
        "SELECT id FROM deleted_workspace WHERE deleted_at <= $1 ORDER BY deleted_at",
        until
    )?;
    Ok(rows.into_iter().map(|(id,)| WorkspaceId(id)).collect())
}

/// Removes the records of up to `limit` runs and up to as many of all else of a deleted workspace, and forgets the
/// workspace when none are left; `true` then. A run that started on another node while the workspace was being deleted
/// is stopped here too.
pub async fn purge_runs(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> Result<bool, Error> {
    stop_runs(tx, workspace).await?;
    let runs = fetch!(
        tx,
        fetch_all,
        (uuid::Uuid, uuid::Uuid),
        "SELECT id, root_id FROM instance WHERE workspace_id = $1 ORDER BY id LIMIT $2",
        workspace,
        limit
    )?;
    for (id, root) in &runs {
        for sql in [
            "DELETE FROM journal WHERE root_id = $1",
            "DELETE FROM snapshot WHERE root_id = $1",
            "DELETE FROM node_run WHERE root_id = $1",
        ] {
            execute!(tx, sql, *root)?;
        }
        execute!(tx, "DELETE FROM instance WHERE workspace_id = $1 AND id = $2", workspace, *id)?;
    }
    let runs_are_gone = i64::try_from(runs.len()).unwrap_or(i64::MAX) < limit;
    let objects_are_gone = object::purge_workspace(tx, workspace, limit).await?;
    let playbooks_are_gone = playbook::purge_workspace(tx, workspace, limit).await?;
    let letters_are_gone = ingest::purge_workspace(tx, workspace, limit).await?;
    let is_done = runs_are_gone && objects_are_gone && playbooks_are_gone && letters_are_gone;
    if is_done {
        execute!(
            tx,
            "DELETE FROM task_comment WHERE task_id IN (SELECT id FROM task WHERE workspace_id = $1)",
            workspace
        )?;
        execute!(tx, "DELETE FROM task WHERE workspace_id = $1", workspace)?;
        execute!(tx, "DELETE FROM deleted_workspace WHERE id = $1", workspace)?;
    }
    Ok(is_done)
}

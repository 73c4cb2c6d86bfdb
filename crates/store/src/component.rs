//! Templates of components. The components themselves come with the program.

use model::{ComponentId, ProjectId, TemplateId, Tenant, Timestamp, WorkspaceId};

use crate::bulk::{self, Cell};
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// Settings of an action, kept for use in workflows.
    pub struct TemplateRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: TemplateId,
        /// Its project.
        project_id: ProjectId,
        /// The component.
        component_id: ComponentId,
        /// Its name.
        name: String,
        /// The settings, as they were given.
        task_config: String,
        /// When it was created.
        create_time: Timestamp,
        /// When it last changed.
        update_time: Timestamp,
    }
}

/// Adds a template.
pub async fn insert_template(tx: &mut Tx, template: &TemplateRow) -> Result<(), Error> {
    bulk::insert(tx, "component_template", template).await
}

/// A template by id.
pub async fn get_template(conn: &mut Conn, tenant: Tenant, id: TemplateId) -> Result<Option<TemplateRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        TemplateRow,
        "SELECT * FROM component_template WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// Templates of a workspace, newest first: those whose name contains the text, ignoring ASCII case, if there is one.
pub async fn list_templates(
    conn: &mut Conn,
    tenant: Tenant,
    name: Option<&str>,
    page: PageRequest,
) -> Result<Page<TemplateRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .contains("name", name)
        .page(conn, "*", "component_template", "id DESC", page)
        .await
}

/// Writes every changeable column; the creation stays. Gives the template as it is now, if it exists.
pub async fn update_template(tx: &mut Tx, template: &TemplateRow) -> Result<Option<TemplateRow>, Error> {
    fetch!(
        tx,
        fetch_optional,
        TemplateRow,
        "UPDATE component_template SET component_id = $4, name = $5, task_config = $6, update_time = $7 \
         WHERE workspace_id = $1 AND project_id = $2 AND id = $3 RETURNING *",
        template.workspace_id,
        template.project_id,
        template.id,
        template.component_id,
        template.name,
        template.task_config,
        template.update_time
    )
}

/// Removes a template; `false` when there is none.
pub async fn delete_template(tx: &mut Tx, tenant: Tenant, id: TemplateId) -> Result<bool, Error> {
    let deleted = execute!(
        tx,
        "DELETE FROM component_template WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )?;
    Ok(deleted == 1)
}

//! Workspaces: the room in which everything else lives. A workspace is born with the built-in data classes and the
//! templates, and takes everything along when it goes.

mod birth;
mod delete;
mod entrance;
mod input;

use model::{ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use serde_json::json;
use store::filter::Page;
use store::workspace::{self as rows, ProjectNames, WorkspaceQuery};

use crate::ctx::{Caller, Ctx, Target};
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{Service, code, page};

pub(crate) use birth::Newborn;
pub(crate) use entrance::Entrance;
pub use input::{CreateWorkspace, ListWorkspaces, UpdateWorkspace};
pub use store::workspace::WorkspaceRow as Workspace;

const NAME: Length = Length { min: 1, max: 64 };
const OPTIONAL_NAME: Length = Length { min: 0, max: 255 };
const DESCRIPTION: usize = 1024;
const TAGS: usize = 20;
const TAG_KEY: Length = Length { min: 1, max: 128 };
const TAG_VALUE: Length = Length { min: 0, max: 255 };
/// Ids that a list may be narrowed to.
const IDS: usize = 1_000;

impl Service {
    /// Lets a caller into a workspace of the project of their credentials. What they may do there is asked later, by
    /// each use-case.
    pub async fn enter(&self, caller: Caller, project: ProjectId, workspace: WorkspaceId) -> Result<Ctx, Error> {
        caller.require_project(project)?;
        let tenant = Tenant { project, workspace };
        let now = self.now();
        let known = match self.inner.entrance.recall(workspace, now) {
            Ok(known) => Some(known),
            Err(moment) => {
                let mut conn = self.inner.db.read().await?;
                let row = rows::get(&mut conn, tenant).await?;
                let known = row.map(|row| entrance::Known { project, four_eyes: row.four_eyes });
                if let Some(known) = known {
                    self.inner.entrance.remember(moment, workspace, known, now);
                }
                known
            }
        };
        match known.filter(|known| known.project == project) {
            Some(known) => Ok(Ctx { caller, tenant, four_eyes: known.four_eyes }),
            None => Err(Error::new(
                &code::WORKSPACE_FORBIDDEN,
                Text::new(
                    format!("workspace_id: the project has no workspace {workspace}"),
                    format!("workspace_id：项目中没有工作空间{workspace}"),
                ),
            )),
        }
    }

    /// Creates a workspace with the built-in data classes and the templates, in one transaction.
    pub async fn create_workspace(
        &self,
        caller: &Caller,
        project: ProjectId,
        input: CreateWorkspace,
    ) -> Result<Workspace, Error> {
        caller.require_project(project)?;
        caller.require("secmaster:workspace:create", Target::Project(project))?;
        let mut conn = self.inner.db.read().await?;
        let names = rows::get_project_names(&mut conn, project).await?;
        let names = names.ok_or_else(|| Error::internal("the project of the credentials is not stored"))?;

        let tenant = Tenant { project, workspace: WorkspaceId::new(&*self.inner.ids) };
        let principal = &caller.principal;
        let mut workspace = blank(tenant, names, (principal.user, &principal.name), self.now());
        let mut fields = Fields::new();
        workspace.name = fields.name("name", input.name, NAME);
        workspace.region_id = fields.name("region_id", input.region_id, NAME);
        workspace.project_name = fields.name("project_name", input.project_name, NAME);
        workspace.description = fields.text("description", input.description, DESCRIPTION).unwrap_or_default();
        let mut kept = |field, value| fields.optional_name(field, value, OPTIONAL_NAME).unwrap_or_default();
        workspace.enterprise_project_id = kept("enterprise_project_id", input.enterprise_project_id);
        workspace.enterprise_project_name = kept("enterprise_project_name", input.enterprise_project_name);
        workspace.is_view = input.is_view.unwrap_or(false);
        workspace.four_eyes = input.four_eyes.unwrap_or(false);
        workspace.tags = tags(&mut fields, input.tags);
        if let Some(shown) = input.view_bind_id {
            let bound = bind(&mut fields, &mut conn, project, &shown).await?;
            (workspace.view_bind_id, workspace.view_bind_name) = bound;
        }
        drop(conn);
        fields.finish()?;

        let mut audit = caller.audit(workspace.create_time, "workspace.create", workspace.id);
        audit.workspace = Some(workspace.id);
        let newborn = self.newborn(workspace);
        let workspace = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    newborn.insert(tx).await.map_err(|error| name_taken(error, &newborn.workspace.name))?;
                    tx.audit(audit);
                    Ok::<_, Error>(newborn.workspace)
                })
            })
            .await?;
        self.inner.entrance.forget(workspace.id);
        Ok(workspace)
    }

    /// A page of the project's workspaces, oldest first.
    pub async fn list_workspaces(
        &self,
        caller: &Caller,
        project: ProjectId,
        input: ListWorkspaces,
    ) -> Result<Page<Workspace>, Error> {
        caller.require_project(project)?;
        caller.require("secmaster:workspace:list", Target::Project(project))?;
        let zone = self.inner.settings.zone;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let only: Option<ProjectId> = fields.optional_id("normal_project_id", input.normal_project_id.as_deref());
        let query = WorkspaceQuery {
            region_id: fields.filter("region_id", input.region_id),
            name: fields.filter("name", input.name),
            description: fields.filter("description", input.description),
            view_bind_id: fields.optional_id("view_bind_id", input.view_bind_id.as_deref()),
            view_bind_name: fields.filter("view_bind_name", input.view_bind_name),
            created_from: fields.time("create_time_start", input.create_time_start.as_deref(), zone),
            created_to: fields.time("create_time_end", input.create_time_end.as_deref(), zone),
            is_view: input.is_view,
            ids: input.ids.filter(|ids| !ids.is_empty()).map(|ids| workspace_ids(&mut fields, &ids)),
            enterprise_project_id: fields.filter("enterprise_project_id", input.enterprise_project_id),
        };
        fields.finish()?;
        if only.is_some_and(|only| only != project) {
            return Ok(Page { rows: Vec::new(), total: 0 });
        }
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, project, &query, page).await?)
    }

    /// A workspace.
    pub async fn get_workspace(
        &self,
        caller: &Caller,
        project: ProjectId,
        workspace: WorkspaceId,
    ) -> Result<Workspace, Error> {
        let tenant = reach(caller, project, workspace, "secmaster:workspace:get")?;
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, tenant).await?.ok_or_else(|| not_found(workspace))
    }

    /// Changes a workspace.
    pub async fn update_workspace(
        &self,
        caller: &Caller,
        project: ProjectId,
        workspace: WorkspaceId,
        input: UpdateWorkspace,
    ) -> Result<Workspace, Error> {
        let tenant = reach(caller, project, workspace, "secmaster:workspace:update")?;
        let mut fields = Fields::new();
        let name = fields.name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION);
        let mut conn = self.inner.db.read().await?;
        let bound = match input.view_bind_id {
            Some(shown) => Some(bind(&mut fields, &mut conn, project, &shown).await?),
            None => None,
        };
        drop(conn);
        fields.finish()?;

        let now = self.now();
        let (user, user_name) = (caller.principal.user, caller.principal.name.clone());
        let mut audit = caller.audit(now, "workspace.update", workspace);
        audit.workspace = Some(workspace);
        let updated = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut row = rows::lock(tx, tenant).await?.ok_or_else(|| not_found(workspace))?;
                    row.name = name;
                    row.description = description.unwrap_or(row.description);
                    if let Some((id, name)) = bound {
                        row.view_bind_id = id;
                        row.view_bind_name = name;
                    }
                    if let Some(four_eyes) = input.four_eyes {
                        audit.detail = json!({ "four_eyes": four_eyes }).to_string();
                        row.four_eyes = four_eyes;
                    }
                    row.modifier_id = Some(user);
                    row.modifier_name = user_name;
                    row.update_time = now;
                    rows::update(tx, &row).await.map_err(|error| name_taken(error, &row.name))?;
                    tx.audit(audit);
                    Ok::<_, Error>(row)
                })
            })
            .await;
        self.inner.entrance.forget(workspace);
        updated
    }
}

/// The tenant, once the caller may do this in it. Whether it exists is not known yet.
fn reach(caller: &Caller, project: ProjectId, workspace: WorkspaceId, permission: &str) -> Result<Tenant, Error> {
    caller.require_project(project)?;
    let tenant = Tenant { project, workspace };
    caller.require(permission, Target::Workspace(tenant))?;
    Ok(tenant)
}

/// A workspace without a name.
pub fn blank(tenant: Tenant, names: ProjectNames, creator: (UserId, &str), at: Timestamp) -> Workspace {
    Workspace {
        project_id: tenant.project,
        id: tenant.workspace,
        name: String::new(),
        description: String::new(),
        region_id: String::new(),
        project_name: names.project_name,
        domain_id: names.domain_id,
        domain_name: names.domain_name,
        enterprise_project_id: String::new(),
        enterprise_project_name: String::new(),
        is_view: false,
        view_bind_id: String::new(),
        view_bind_name: String::new(),
        tags: String::from("[]"),
        four_eyes: false,
        creator_id: creator.0,
        creator_name: creator.1.to_owned(),
        create_time: at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: at,
    }
}

/// Checks the workspace that a view shows; gives its id and name, both empty for none.
async fn bind(
    fields: &mut Fields,
    conn: &mut store::Conn,
    project: ProjectId,
    shown: &str,
) -> Result<(String, String), Error> {
    let Some(workspace) = fields.optional_id("view_bind_id", Some(shown)) else { return Ok(Default::default()) };
    match rows::get(conn, Tenant { project, workspace }).await? {
        Some(row) => Ok((row.id.to_string(), row.name)),
        None => {
            fields.violation("view_bind_id must be a workspace of this project", "view_bind_id必须是本项目的工作空间");
            Ok(Default::default())
        }
    }
}

/// Checks tags; gives them as JSON.
fn tags(fields: &mut Fields, tags: Vec<(Option<String>, Option<String>)>) -> String {
    if tags.len() > TAGS {
        fields.violation(format!("tags must have at most {TAGS} entries"), format!("tags最多{TAGS}个"));
    }
    let mut checked: Vec<(String, String)> = Vec::with_capacity(tags.len());
    for (index, (key, value)) in tags.into_iter().take(TAGS).enumerate() {
        let key = fields.name(&format!("tags[{index}].key"), key, TAG_KEY);
        let value = fields.optional_name(&format!("tags[{index}].value"), value, TAG_VALUE).unwrap_or_default();
        if checked.iter().any(|(other, _)| *other == key) {
            fields.violation(
                format!("tags[{index}].key must differ from the keys before it"),
                format!("tags[{index}].key不能重复"),
            );
        }
        checked.push((key, value));
    }
    let list: Vec<_> = checked.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    serde_json::Value::from(list).to_string()
}

fn workspace_ids(fields: &mut Fields, ids: &str) -> Vec<WorkspaceId> {
    let ids: Vec<&str> = ids.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    let parsed: Vec<WorkspaceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    if parsed.len() < ids.len() || ids.len() > IDS {
        fields.violation(
            format!("ids must be at most {IDS} UUIDs, separated by commas"),
            format!("ids必须是以逗号分隔的UUID，最多{IDS}个"),
        );
    }
    parsed
}

fn not_found(workspace: WorkspaceId) -> Error {
    Error::new(
        &code::WORKSPACE_NOT_FOUND,
        Text::new(format!("the workspace {workspace} does not exist"), format!("工作空间{workspace}不存在")),
    )
}

fn name_taken(error: store::Error, name: &str) -> Error {
    let text = Text::new(
        format!("name: a workspace named '{name}' exists in this project"),
        format!("name：本项目已存在名为'{name}'的工作空间"),
    );
    Error::taken(error, ("workspace", "name"), &code::WORKSPACE_NAME_TAKEN, text)
}

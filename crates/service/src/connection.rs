//! Connections (asset credentials): how components reach what they act on. The configuration goes in and is never
//! shown again; only the host of a connector opens it.

mod config;

use model::{ComponentId, ConnectionId};
use runtime::connection::SEALED_AS;
use runtime::vault::{Aad, Vault};
use store::connection::{self as rows, ConnectionQuery, ConnectionRow, WorkflowUses};
use store::filter::Page;

use crate::component::Component;
use crate::content;
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{Service, code, page};

const NAME: Length = Length { min: 1, max: 64 };
const DESCRIPTION: usize = 1024;

/// What is shown in place of a configuration; on a change it stands for the stored one.
pub const MASK: &str = "******";

/// A connection and whether it may be deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// The row; its configuration is sealed.
    pub row: ConnectionRow,
    /// False while an enabled workflow uses it.
    pub can_be_deleted: bool,
}

/// A connection to create, or what a connection is to become.
#[derive(Debug, Clone, Default)]
pub struct ConnectionInput {
    /// Unique in the workspace, 1 to 64 characters.
    pub name: Option<String>,
    /// At most 1024 characters; left out on a change, it stays.
    pub description: Option<String>,
    /// The component.
    pub component_id: Option<String>,
    /// The component's version.
    pub component_version_id: Option<String>,
    /// A JSON object by the component's schema, as text. On a change, [`MASK`] or nothing keeps the stored one.
    pub config: Option<String>,
}

/// Which connections to list.
#[derive(Debug, Clone, Default)]
pub struct ListConnections {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the component's name.
    pub component_name: Option<String>,
    /// Created by the user of this name.
    pub creator_name: Option<String>,
    /// Last changed by the user of this name.
    pub modifier_name: Option<String>,
    /// Part of the description.
    pub description: Option<String>,
    /// Created at this time or later.
    pub create_start_time: Option<String>,
    /// Created at this time or earlier.
    pub create_end_time: Option<String>,
    /// Changed at this time or later.
    pub update_start_time: Option<String>,
    /// Changed at this time or earlier.
    pub update_end_time: Option<String>,
    /// For emergency policies, or not.
    pub is_defense_type: Option<bool>,
}

/// Input whose fields are all right.
struct Checked<'a> {
    name: String,
    description: Option<String>,
    component: &'a Component,
    component_version_id: String,
    /// None keeps the stored one.
    config: Option<String>,
}

impl Service {
    /// Creates a connection.
    pub async fn create_connection(&self, ctx: &Ctx, input: ConnectionInput) -> Result<Connection, Error> {
        ctx.require("secmaster:connection:create")?;
        let checked = self.check_connection(input, None)?;
        let id = ConnectionId::new(&*self.inner.ids);
        let config = checked.config.expect("a new connection without a configuration was refused");
        let now = self.now();
        let principal = &ctx.caller.principal;
        let row = ConnectionRow {
            workspace_id: ctx.tenant.workspace,
            id,
            project_id: ctx.tenant.project,
            name: checked.name,
            description: checked.description.unwrap_or_default(),
            component_id: checked.component.id,
            component_name: checked.component.name.to_owned(),
            component_version_id: checked.component_version_id,
            kind: String::from("action_target"),
            status: String::from("SUCCESS"),
            config: seal(&self.inner.vault, ctx, id, &config)?,
            enabled: true,
            defense_type: String::new(),
            target_project_id: String::new(),
            target_project_name: String::new(),
            target_enterprise_id: String::new(),
            target_enterprise_name: String::new(),
            region_id: String::new(),
            region_name: String::new(),
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
        };
        let audit = ctx.audit(now, "connection.create", id);
        let tenant = ctx.tenant;
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    rows::insert(tx, &row).await.map_err(|error| name_taken(error, &row.name))?;
                    tx.audit(audit);
                    // A workflow may have named the connection before it was there.
                    let uses = rows::list_uses(tx, tenant).await?;
                    Ok(shown(row, &uses))
                })
            })
            .await
    }

    /// A page of the workspace's connections, newest first.
    pub async fn list_connections(&self, ctx: &Ctx, input: ListConnections) -> Result<Page<Connection>, Error> {
        ctx.require("secmaster:connection:list")?;
        let zone = self.inner.settings.zone;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let query = ConnectionQuery {
            name: fields.filter("name", input.name),
            component_name: fields.filter("component_name", input.component_name),
            creator_name: fields.filter("creator_name", input.creator_name),
            modifier_name: fields.filter("modifier_name", input.modifier_name),
            description: fields.filter("description", input.description),
            created_from: fields.time("create_start_time", input.create_start_time.as_deref(), zone),
            created_to: fields.time("create_end_time", input.create_end_time.as_deref(), zone),
            updated_from: fields.time("update_start_time", input.update_start_time.as_deref(), zone),
            updated_to: fields.time("update_end_time", input.update_end_time.as_deref(), zone),
            is_defense_type: input.is_defense_type,
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let found = rows::list(&mut conn, ctx.tenant, &query, page).await?;
        let uses = rows::list_uses(&mut conn, ctx.tenant).await?;
        Ok(found.map(|row| shown(row, &uses)))
    }

    /// A connection.
    pub async fn get_connection(&self, ctx: &Ctx, id: ConnectionId) -> Result<Connection, Error> {
        ctx.require("secmaster:connection:get")?;
        let mut conn = self.inner.db.read().await?;
        let row = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let uses = rows::list_uses(&mut conn, ctx.tenant).await?;
        Ok(shown(row, &uses))
    }

    /// Changes a connection. While an enabled workflow uses it by its name, the name stays.
    pub async fn update_connection(
        &self,
        ctx: &Ctx,
        id: ConnectionId,
        input: ConnectionInput,
    ) -> Result<Connection, Error> {
        ctx.require("secmaster:connection:update")?;
        let mut conn = self.inner.db.read().await?;
        let stored = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        drop(conn);
        let checked = self.check_connection(input, Some(&stored))?;
        let config = match &checked.config {
            Some(config) => Some(seal(&self.inner.vault, ctx, id, config)?),
            None => None,
        };
        let (component_id, component_name) = (checked.component.id, checked.component.name.to_owned());
        let Checked { name, description, component_version_id, .. } = checked;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut row = rows::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    if config.is_none() && row.component_id != component_id {
                        // Somebody else has moved it to another component since it was checked.
                        return Err(config_needed());
                    }
                    let uses = rows::list_uses(tx, ctx.tenant).await?;
                    if row.name != name
                        && let Some(workflow) = user_of(&uses, &[&row.name])
                    {
                        return Err(in_use(workflow, "renamed", "重命名"));
                    }
                    row.name = name;
                    row.description = description.unwrap_or(row.description);
                    row.component_id = component_id;
                    row.component_name = component_name;
                    row.component_version_id = component_version_id;
                    row.config = config.unwrap_or(row.config);
                    row.modifier_id = Some(ctx.caller.principal.user);
                    row.modifier_name.clone_from(&ctx.caller.principal.name);
                    row.update_time = now;
                    rows::update(tx, &row).await.map_err(|error| name_taken(error, &row.name))?;
                    tx.audit(ctx.audit(now, "connection.update", id));
                    Ok(shown(row, &uses))
                })
            })
            .await
    }

    /// Deletes a connection. Refused while an enabled workflow uses it.
    pub async fn delete_connection(&self, ctx: &Ctx, id: ConnectionId) -> Result<(), Error> {
        ctx.require("secmaster:connection:delete")?;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = rows::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    let uses = rows::list_uses(tx, ctx.tenant).await?;
                    if let Some(workflow) = user_of(&uses, &[&row.name, &id.to_string()]) {
                        return Err(in_use(workflow, "deleted", "删除"));
                    }
                    rows::delete(tx, ctx.tenant, id).await?;
                    tx.audit(ctx.audit(now, "connection.delete", id));
                    Ok(())
                })
            })
            .await
    }

    fn check_connection(&self, input: ConnectionInput, stored: Option<&ConnectionRow>) -> Result<Checked<'_>, Error> {
        let mut fields = Fields::new();
        let name = fields.name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION);
        let version = fields.required("component_version_id", input.component_version_id);
        let component_id: Option<ComponentId> = fields.id("component_id", input.component_id.as_deref());
        let component = component_id.and_then(|id| self.component(id).ok());
        if component_id.is_some() && component.is_none() {
            fields.violation("component_id must be an existing component", "component_id必须是已有的插件");
        }
        let mut config = input.config.filter(|config| stored.is_none() || config != MASK);
        if let Some(component) = component {
            let known = component.version_id.to_string();
            let keeps =
                stored.is_some_and(|row| row.component_id == component.id && row.component_version_id == version);
            if version != known && !keeps {
                fields.violation(
                    format!("component_version_id must be {known}, the version of '{}'", component.name),
                    format!("component_version_id必须是'{}'的版本{known}", component.name),
                );
            }
            let other = stored.is_none_or(|row| row.component_id != component.id);
            config = match config {
                Some(config) => Some(config::check(&mut fields, component, config)),
                None if other => {
                    fields.violation(
                        format!("config is required for the component '{}'", component.name),
                        format!("插件'{}'的config为必填项", component.name),
                    );
                    None
                }
                None => None,
            };
        }
        fields.finish()?;
        Ok(Checked {
            name,
            description,
            component: component.expect("a missing component was refused above"),
            component_version_id: version,
            config,
        })
    }
}

fn seal(vault: &Vault, ctx: &Ctx, id: ConnectionId, config: &str) -> Result<Vec<u8>, Error> {
    let aad = Aad::of_tenant(ctx.tenant, SEALED_AS, &id.to_string());
    vault.seal(&aad, config.as_bytes()).map_err(Error::internal)
}

fn shown(row: ConnectionRow, uses: &[WorkflowUses]) -> Connection {
    let can_be_deleted = user_of(uses, &[&row.name, &row.id.to_string()]).is_none();
    Connection { row, can_be_deleted }
}

/// The first workflow that refers to a connection by one of these.
fn user_of<'a>(uses: &'a [WorkflowUses], names: &[&str]) -> Option<&'a str> {
    uses.iter().find(|workflow| content::refers(&workflow.uses, "connections", names)).map(|workflow| &*workflow.name)
}

fn not_found(id: ConnectionId) -> Error {
    Error::new(
        &code::CONNECTION_NOT_FOUND,
        Text::new(format!("the connection {id} does not exist"), format!("操作连接{id}不存在")),
    )
}

fn config_needed() -> Error {
    Error::new(&code::INVALID, Text::new("config is required for another component", "更换插件时config为必填项"))
}

fn in_use(workflow: &str, what: &str, what_zh: &str) -> Error {
    Error::new(
        &code::CONNECTION_IN_USE,
        Text::new(
            format!("the enabled workflow '{workflow}' uses this connection; it cannot be {what}"),
            format!("已启用的流程'{workflow}'正在使用此操作连接，不能{what_zh}"),
        ),
    )
}

fn name_taken(error: store::Error, name: &str) -> Error {
    let text = Text::new(
        format!("name: a connection named '{name}' exists in this workspace"),
        format!("name：本工作空间已存在名为'{name}'的操作连接"),
    );
    Error::taken(error, ("connection", "name"), &code::CONNECTION_NAME_TAKEN, text)
}

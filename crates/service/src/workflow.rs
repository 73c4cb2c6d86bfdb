//! Workflows: the names under which versions are kept, approved and run.

use model::{DataClassId, VersionId, WorkflowId};
use store::filter::Page;
use store::workflow::{self as rows, WorkflowQuery};

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{Service, code, content, page, version};

pub use store::workflow::WorkflowRow as Workflow;

/// Longest name.
pub const NAME: Length = Length { min: 1, max: 64 };
/// Longest description, in characters.
pub const DESCRIPTION: usize = 1024;
/// Workflow types: general, investigation, containment, mitigation.
pub const AOP_TYPES: &[&str] = &["NORMAL", "SURVEY", "HEMOSTASIS", "EASE"];
const ENGINE_TYPES: &[&str] = &["public_engine"];
const LABELS: &[&str] = &["IP", "ACCOUNT", "DOMAIN"];

/// A workflow to create.
#[derive(Debug, Clone, Default)]
pub struct CreateWorkflow {
    /// Unique in the workspace, 1 to 64 characters.
    pub name: Option<String>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// `public_engine`.
    pub engine_type: Option<String>,
    /// One of [`AOP_TYPES`].
    pub aop_type: Option<String>,
    /// A data class of the workspace.
    pub dataclass_id: Option<String>,
    /// `IP`, `ACCOUNT`, `DOMAIN` or empty.
    pub labels: Option<String>,
}

/// What to change of a workflow; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateWorkflow {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Whether it may run.
    pub enabled: Option<bool>,
    /// The version to run; required with `enabled: true`.
    pub version_id: Option<String>,
    /// A new label.
    pub labels: Option<String>,
}

/// Which workflows to list.
#[derive(Debug, Clone, Default)]
pub struct ListWorkflows {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 100.
    pub limit: Option<i64>,
    /// `ASC` or `DESC`.
    pub order: Option<String>,
    /// `create_time` or `update_time`.
    pub sortby: Option<String>,
    /// Enabled or not.
    pub enabled: Option<bool>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the description.
    pub description: Option<String>,
    /// For this data class.
    pub dataclass_id: Option<String>,
    /// For the data class of this name.
    pub dataclass_name: Option<String>,
    /// One of [`AOP_TYPES`].
    pub aop_type: Option<String>,
}

impl Service {
    /// Creates a workflow: disabled, without a version.
    pub async fn create_workflow(&self, ctx: &Ctx, input: CreateWorkflow) -> Result<Workflow, Error> {
        ctx.require("secmaster:workflow:create")?;
        let mut fields = Fields::new();
        let name = fields.name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION).unwrap_or_default();
        let engine_type = fields.one_of("engine_type", input.engine_type, ENGINE_TYPES);
        let aop_type = fields.one_of("aop_type", input.aop_type, AOP_TYPES);
        let dataclass_id: Option<DataClassId> = fields.id("dataclass_id", input.dataclass_id.as_deref());
        let labels = fields.optional_one_of("labels", input.labels, LABELS).unwrap_or_default();
        let dataclass_name = match dataclass_id {
            Some(id) => self.dataclass_name(ctx, id).await?,
            None => None,
        };
        if dataclass_id.is_some() && dataclass_name.is_none() {
            fields.violation(
                "dataclass_id must be a data class of this workspace",
                "dataclass_id必须是本工作空间的数据类",
            );
        }
        fields.finish()?;

        let now = self.now();
        let principal = &ctx.caller.principal;
        let workflow = Workflow {
            workspace_id: ctx.tenant.workspace,
            id: WorkflowId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            name,
            description,
            owner_id: None,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
            edit_role: String::new(),
            use_role: String::new(),
            approve_role: String::new(),
            enabled: false,
            version_id: None,
            version: String::new(),
            current_approval_version_id: None,
            current_rejected_version_id: None,
            last_version: 0,
            aop_type,
            engine_type,
            dataclass_id: dataclass_id.expect("a missing id was refused above"),
            dataclass_name: dataclass_name.expect("an unknown class was refused above"),
            labels,
        };
        let audit = ctx.audit(now, "workflow.create", workflow.id);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    rows::insert(tx, &workflow).await.map_err(|error| name_taken(error, &workflow.name))?;
                    tx.audit(audit);
                    Ok(workflow)
                })
            })
            .await
    }

    /// A page of the workspace's workflows.
    pub async fn list_workflows(&self, ctx: &Ctx, input: ListWorkflows) -> Result<Page<Workflow>, Error> {
        ctx.require("secmaster:workflow:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::SMALL);
        let order = page::order(&mut fields, "order", input.order.as_deref());
        let query = WorkflowQuery {
            name: fields.filter("name", input.name),
            description: fields.filter("description", input.description),
            enabled: input.enabled,
            dataclass_id: fields.optional_id("dataclass_id", input.dataclass_id.as_deref()),
            dataclass_name: fields.filter("dataclass_name", input.dataclass_name),
            aop_type: fields.optional_one_of("aop_type", input.aop_type, AOP_TYPES).filter(|kind| !kind.is_empty()),
            by_update: page::by_update(&mut fields, "sortby", input.sortby),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &query, order, page).await?)
    }

    /// A workflow.
    pub async fn get_workflow(&self, ctx: &Ctx, id: WorkflowId) -> Result<Workflow, Error> {
        ctx.require("secmaster:workflow:get")?;
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }

    /// Changes a workflow. Enabling needs an approved version, which is activated in the same transaction.
    pub async fn update_workflow(&self, ctx: &Ctx, id: WorkflowId, input: UpdateWorkflow) -> Result<Workflow, Error> {
        ctx.require("secmaster:workflow:update")?;
        let mut fields = Fields::new();
        let name = fields.optional_name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION);
        let labels = fields.optional_one_of("labels", input.labels, LABELS);
        let version_id: Option<VersionId> = fields.optional_id("version_id", input.version_id.as_deref());
        if input.enabled == Some(true) && input.version_id.as_deref().unwrap_or_default().is_empty() {
            fields.violation("version_id is required when enabled is true", "enabled为true时version_id为必填项");
        }
        fields.finish()?;
        if input.enabled.is_some() {
            ctx.require("secmaster:workflow:enable")?;
        }

        let (this, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut workflow = rows::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    ctx.require_role(&workflow.edit_role)?;
                    let audit = ctx.audit(now, "workflow.update", id);
                    workflow.name = name.unwrap_or(workflow.name);
                    workflow.description = description.unwrap_or(workflow.description);
                    workflow.labels = labels.unwrap_or(workflow.labels);
                    match (input.enabled, version_id) {
                        (Some(true), Some(version)) => {
                            version::activate(tx, &ctx, &mut workflow, version, now).await?;
                            workflow.enabled = true;
                        }
                        (Some(false), _) => workflow.enabled = false,
                        (None | Some(true), _) => {}
                    }
                    this.touch(&ctx, &mut workflow);
                    rows::update(tx, &workflow).await.map_err(|error| name_taken(error, &workflow.name))?;
                    tx.audit(audit);
                    Ok(workflow)
                })
            })
            .await
    }

    /// Deletes a workflow with its versions. Refused while another enabled workflow calls it, or an enabled playbook runs
    /// it.
    pub async fn delete_workflow(&self, ctx: &Ctx, id: WorkflowId) -> Result<Workflow, Error> {
        ctx.require("secmaster:workflow:delete")?;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut workflow = rows::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    ctx.require_role(&workflow.edit_role)?;
                    let id_text = id.to_string();
                    for (name, definition) in rows::list_enabled_definitions(tx, ctx.tenant).await? {
                        let calls = content::refers(&definition.uses, "workflows", &[&workflow.name, &id_text]);
                        if definition.workflow_id != id && calls {
                            return Err(Error::new(
                                &code::WORKFLOW_IN_USE,
                                Text::new(
                                    format!("the enabled workflow '{name}' calls this workflow; disable it first"),
                                    format!("已启用的流程'{name}'正在调用此流程，请先将其禁用"),
                                ),
                            ));
                        }
                    }
                    let users = store::playbook::action::list_users(tx, ctx.tenant, id).await?;
                    if !users.is_empty() {
                        let names = users.iter().map(|user| format!("'{}'", user.name)).collect::<Vec<_>>().join(", ");
                        return Err(Error::new(
                            &code::WORKFLOW_IN_USE,
                            Text::new(
                                format!("these enabled playbooks run this workflow; disable them first: {names}"),
                                format!("以下已启用的剧本正在使用此流程，请先将其禁用：{names}"),
                            ),
                        ));
                    }
                    rows::delete(tx, ctx.tenant, id, now).await?;
                    workflow.enabled = false;
                    tx.audit(ctx.audit(now, "workflow.delete", id));
                    Ok(workflow)
                })
            })
            .await
    }

    /// Marks the caller as the last who changed the workflow.
    pub(crate) fn touch(&self, ctx: &Ctx, workflow: &mut Workflow) {
        workflow.modifier_id = Some(ctx.caller.principal.user);
        workflow.modifier_name = ctx.caller.principal.name.clone();
        workflow.update_time = self.now();
    }

    /// The name of a data class of the workspace, if there is one.
    pub(crate) async fn dataclass_name(&self, ctx: &Ctx, id: DataClassId) -> Result<Option<String>, Error> {
        let read = async || {
            let mut conn = self.inner.db.read().await?;
            Ok(store::dataclass::get(&mut conn, ctx.tenant, id).await?.map(|class| class.name))
        };
        self.inner.class_names.read((ctx.tenant, id), read).await
    }
}

pub(crate) fn not_found(id: WorkflowId) -> Error {
    Error::new(
        &code::WORKFLOW_NOT_FOUND,
        Text::new(format!("the workflow {id} does not exist"), format!("流程{id}不存在")),
    )
}

pub(crate) fn name_taken(error: store::Error, name: &str) -> Error {
    let text = Text::new(
        format!("name: a workflow named '{name}' exists in this workspace"),
        format!("name：本工作空间已存在名为'{name}'的流程"),
    );
    Error::taken(error, ("workflow", "name"), &code::WORKFLOW_NAME_TAKEN, text)
}

//! Templates of components: settings of an action, kept for use in workflows.

use model::{ComponentId, TemplateId};
use store::component::{self as rows, TemplateRow};
use store::filter::Page;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{Service, code, page};

pub use store::component::TemplateRow as Template;

const NAME: Length = Length { min: 1, max: 255 };
/// Longest settings, in characters.
const TASK_CONFIG: usize = 65_536;

/// A template to create, or what a template is to become.
#[derive(Debug, Clone, Default)]
pub struct TemplateInput {
    /// The component, which must exist.
    pub component_id: Option<String>,
    /// 1 to 255 characters; several templates may have the same.
    pub template_name: Option<String>,
    /// The settings, 1 to 65 536 characters: JSON on the whole, kept as it is given.
    pub task_config: Option<String>,
}

impl Service {
    /// Creates a template.
    pub async fn create_component_template(&self, ctx: &Ctx, input: TemplateInput) -> Result<Template, Error> {
        ctx.require("secmaster:componentTemplate:create")?;
        let row = self.check_template(ctx, TemplateId::new(&*self.inner.ids), input)?;
        let audit = ctx.audit(row.create_time, "component_template.create", row.id);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    rows::insert_template(tx, &row).await?;
                    tx.audit(audit);
                    Ok(row)
                })
            })
            .await
    }

    /// A page of the workspace's templates, newest first: those whose name contains the text, if there is one.
    pub async fn list_component_templates(
        &self,
        ctx: &Ctx,
        offset: Option<i64>,
        limit: Option<i64>,
        search_value: Option<String>,
    ) -> Result<Page<Template>, Error> {
        ctx.require("secmaster:componentTemplate:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, offset, limit, page::LARGE);
        let name = fields.filter("search_value", search_value);
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list_templates(&mut conn, ctx.tenant, name.as_deref(), page).await?)
    }

    /// A template.
    pub async fn get_component_template(&self, ctx: &Ctx, id: TemplateId) -> Result<Template, Error> {
        ctx.require("secmaster:componentTemplate:get")?;
        let mut conn = self.inner.db.read().await?;
        rows::get_template(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }

    /// Changes a template.
    pub async fn update_component_template(
        &self,
        ctx: &Ctx,
        id: TemplateId,
        input: TemplateInput,
    ) -> Result<Template, Error> {
        ctx.require("secmaster:componentTemplate:update")?;
        let row = self.check_template(ctx, id, input)?;
        let audit = ctx.audit(row.update_time, "component_template.update", id);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let changed = rows::update_template(tx, &row).await?.ok_or_else(|| not_found(id))?;
                    tx.audit(audit);
                    Ok(changed)
                })
            })
            .await
    }

    /// Deletes a template.
    pub async fn delete_component_template(&self, ctx: &Ctx, id: TemplateId) -> Result<(), Error> {
        ctx.require("secmaster:componentTemplate:delete")?;
        let (tenant, audit) = (ctx.tenant, ctx.audit(self.now(), "component_template.delete", id));
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    if !rows::delete_template(tx, tenant, id).await? {
                        return Err(not_found(id));
                    }
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await
    }

    fn check_template(&self, ctx: &Ctx, id: TemplateId, input: TemplateInput) -> Result<TemplateRow, Error> {
        let mut fields = Fields::new();
        let component_id: Option<ComponentId> = fields.id("component_id", input.component_id.as_deref());
        if component_id.is_some_and(|id| self.component(id).is_err()) {
            fields.violation("component_id must be an existing component", "component_id必须是已有的插件");
        }
        let name = fields.name("template_name", input.template_name, NAME);
        if input.task_config.as_deref() == Some("") {
            fields.violation("task_config must not be empty", "task_config不能为空");
        }
        let task_config = fields.text("task_config", input.task_config, TASK_CONFIG);
        let task_config = fields.required("task_config", task_config);
        fields.finish()?;
        let now = self.now();
        Ok(TemplateRow {
            workspace_id: ctx.tenant.workspace,
            id,
            project_id: ctx.tenant.project,
            component_id: component_id.expect("a missing or malformed component_id was refused"),
            name,
            task_config,
            create_time: now,
            update_time: now,
        })
    }
}

fn not_found(id: TemplateId) -> Error {
    Error::new(
        &code::TEMPLATE_NOT_FOUND,
        Text::new(format!("the component template {id} does not exist"), format!("插件配置模板{id}不存在")),
    )
}

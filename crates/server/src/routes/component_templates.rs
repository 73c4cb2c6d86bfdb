//! `…/soc/components/template`: settings of actions, kept for use in workflows.

use axum::extract::State;
use model::time::Zone;
use service::Service;
use service::component::template::{Template, TemplateInput};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::component::template::{TemplateIn, TemplateOut, TemplateQuery};
use wire::envelope::{Done, Page, Reply};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::paths::{TemplatePath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_component_templates, create_component_template)).routes(routes!(
        show_component_template,
        update_component_template,
        delete_component_template
    ))
}

/// List templates.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/template",
    tag = "components",
    params(WorkspacePath, TemplateQuery),
    responses((status = 200, body = Page<TemplateOut>))
)]
async fn list_component_templates(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<TemplateQuery>,
) -> ApiResult<Json<Page<TemplateOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let page = service.list_component_templates(&ctx, query.offset, query.limit, query.search_value).await?;
    let zone = service.settings().zone;
    let rows = page.rows.into_iter().map(|template| out(template, zone)).collect();
    Ok(Json(Page::new(rows, page.total, offset, limit)))
}

/// Create a template.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/template",
    tag = "components",
    params(WorkspacePath),
    request_body = TemplateIn,
    responses((status = 200, body = Reply<TemplateOut>))
)]
async fn create_component_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<TemplateIn>,
) -> ApiResult<Json<Reply<TemplateOut>>> {
    let template = service.create_component_template(&ctx, input(body)).await?;
    Ok(Json(Reply::new(out(template, service.settings().zone))))
}

/// Show a template.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/template/{template_id}",
    tag = "components",
    params(TemplatePath),
    responses((status = 200, body = Reply<TemplateOut>))
)]
async fn show_component_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<TemplatePath>,
) -> ApiResult<Json<Reply<TemplateOut>>> {
    let template = service.get_component_template(&ctx, path.template_id).await?;
    Ok(Json(Reply::new(out(template, service.settings().zone))))
}

/// Change a template.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/template/{template_id}",
    tag = "components",
    params(TemplatePath),
    request_body = TemplateIn,
    responses((status = 200, body = Reply<TemplateOut>))
)]
async fn update_component_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<TemplatePath>,
    Json(body): Json<TemplateIn>,
) -> ApiResult<Json<Reply<TemplateOut>>> {
    let template = service.update_component_template(&ctx, path.template_id, input(body)).await?;
    Ok(Json(Reply::new(out(template, service.settings().zone))))
}

/// Delete a template.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/template/{template_id}",
    tag = "components",
    params(TemplatePath),
    responses((status = 200, body = Done))
)]
async fn delete_component_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<TemplatePath>,
) -> ApiResult<Json<Done>> {
    service.delete_component_template(&ctx, path.template_id).await?;
    Ok(Json(Done::default()))
}

fn input(body: TemplateIn) -> TemplateInput {
    TemplateInput { component_id: body.component_id, template_name: body.template_name, task_config: body.task_config }
}

fn out(template: Template, zone: Zone) -> TemplateOut {
    TemplateOut {
        id: template.id.to_string(),
        component_id: template.component_id.to_string(),
        template_name: template.name,
        task_config: template.task_config,
        create_time: template.create_time.to_wire(zone),
        update_time: template.update_time.to_wire(zone),
        project_id: template.project_id.to_string(),
    }
}

//! `…/soc/workflows`.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::time::Zone;
use service::workflow::{CreateWorkflow, ListWorkflows, UpdateWorkflow, Workflow};
use service::{Service, Text};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::{Done, Reply, WindowPage};
use wire::workflow::{WorkflowExportIn, WorkflowImportForm, WorkflowIn, WorkflowOut, WorkflowPatch, WorkflowQuery};

use crate::app::ApiState;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InWorkspace, Json, Path, Query, Upload};
use crate::routes::paths::{WorkflowPath, WorkspacePath};
use crate::routes::spell::optional;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_workflows, create_aop_workflow))
        .routes(routes!(export_aopworkflow))
        .routes(routes!(show_aop_workflow, update_aop_workflow, delete_aop_workflow))
}

/// Routes whose bodies are streamed.
pub(crate) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(import_aopworkflow))
}

/// List workflows.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows",
    tag = "workflows",
    params(WorkspacePath, WorkflowQuery),
    responses((status = 200, body = WindowPage<WorkflowOut>))
)]
async fn list_workflows(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<WorkflowQuery>,
) -> ApiResult<Json<WindowPage<WorkflowOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let input = ListWorkflows {
        offset: query.offset,
        limit: query.limit,
        order: query.order,
        sortby: query.sortby,
        enabled: query.enabled,
        name: query.name,
        description: query.description,
        dataclass_id: query.dataclass_id,
        dataclass_name: query.dataclass_name,
        aop_type: query.aop_type,
    };
    let page = service.list_workflows(&ctx, input).await?;
    let zone = service.settings().zone;
    let rows = page.rows.into_iter().map(|row| out(row, zone)).collect();
    Ok(Json(WindowPage::new(rows, page.total, offset, limit)))
}

/// Create a workflow.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows",
    tag = "workflows",
    params(WorkspacePath),
    request_body = WorkflowIn,
    responses((status = 200, body = Reply<WorkflowOut>))
)]
async fn create_aop_workflow(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<WorkflowIn>,
) -> ApiResult<Json<Reply<WorkflowOut>>> {
    let input = CreateWorkflow {
        name: body.name,
        description: body.description,
        engine_type: body.engine_type,
        aop_type: body.aop_type,
        dataclass_id: body.dataclass_id,
        labels: body.labels,
    };
    let workflow = service.create_workflow(&ctx, input).await?;
    Ok(reply(&service, workflow))
}

/// Show a workflow.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}",
    tag = "workflows",
    params(WorkflowPath),
    responses((status = 200, body = Reply<WorkflowOut>))
)]
async fn show_aop_workflow(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<WorkflowPath>,
) -> ApiResult<Json<Reply<WorkflowOut>>> {
    let workflow = service.get_workflow(&ctx, path.workflow_id).await?;
    Ok(reply(&service, workflow))
}

/// Change, enable or disable a workflow.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}",
    tag = "workflows",
    params(WorkflowPath),
    request_body = WorkflowPatch,
    responses((status = 200, body = Reply<WorkflowOut>))
)]
async fn update_aop_workflow(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<WorkflowPath>,
    Json(body): Json<WorkflowPatch>,
) -> ApiResult<Json<Reply<WorkflowOut>>> {
    let input = UpdateWorkflow {
        name: body.name,
        description: body.description,
        enabled: body.enabled,
        version_id: body.version_id,
        labels: body.labels,
    };
    let workflow = service.update_workflow(&ctx, path.workflow_id, input).await?;
    Ok(reply(&service, workflow))
}

/// Delete a workflow with its versions.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}",
    tag = "workflows",
    params(WorkflowPath),
    responses((status = 200, body = Reply<WorkflowOut>))
)]
async fn delete_aop_workflow(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<WorkflowPath>,
) -> ApiResult<Json<Reply<WorkflowOut>>> {
    let workflow = service.delete_workflow(&ctx, path.workflow_id).await?;
    Ok(reply(&service, workflow))
}

/// Export workflows with their versions as one JSON document.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/export",
    tag = "workflows",
    params(WorkspacePath),
    request_body = WorkflowExportIn,
    responses((status = 200, content_type = "application/octet-stream", body = String))
)]
async fn export_aopworkflow(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<WorkflowExportIn>,
) -> ApiResult<Response> {
    let document = service.export_workflows(&ctx, body.id).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"workflows.json\"")),
    ];
    Ok((headers, document).into_response())
}

/// Import workflows from a document that an export wrote: all of it or nothing.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/import",
    tag = "workflows",
    params(WorkspacePath),
    request_body(content = WorkflowImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Done))
)]
async fn import_aopworkflow(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    mut upload: Upload,
) -> ApiResult<Json<Done>> {
    let mut document = None;
    while let Some(part) = upload.next_part().await? {
        if part.name() == "uploadFile" {
            document = Some(part.bytes(MAX_IMPORT).await?);
        }
    }
    upload.finish().await?;
    let document =
        document.ok_or_else(|| ApiError::invalid(Text::new("the part uploadFile is required", "缺少uploadFile")))?;
    service.import_workflows(&ctx, document).await?;
    Ok(Json(Done::default()))
}

/// Largest import document, in bytes.
const MAX_IMPORT: usize = 64 << 20;

fn reply(service: &Service, workflow: Workflow) -> Json<Reply<WorkflowOut>> {
    Json(Reply::new(out(workflow, service.settings().zone)))
}

fn out(row: Workflow, zone: Zone) -> WorkflowOut {
    WorkflowOut {
        id: row.id.to_string(),
        name: row.name,
        description: row.description,
        project_id: row.project_id.to_string(),
        owner_id: optional(row.owner_id),
        creator_id: row.creator_id.to_string(),
        creator_name: row.creator_name,
        create_time: row.create_time.to_wire(zone),
        modifier_id: optional(row.modifier_id),
        modifier_name: row.modifier_name,
        update_time: row.update_time.to_wire(zone),
        edit_role: row.edit_role,
        use_role: row.use_role,
        approve_role: row.approve_role,
        enabled: row.enabled,
        workspace_id: row.workspace_id.to_string(),
        version_id: optional(row.version_id),
        current_approval_version_id: optional(row.current_approval_version_id),
        current_rejected_version_id: optional(row.current_rejected_version_id),
        aop_type: row.aop_type,
        engine_type: row.engine_type,
        dataclass_id: row.dataclass_id.to_string(),
        dataclass_name: row.dataclass_name,
        labels: row.labels,
        version: row.version,
    }
}

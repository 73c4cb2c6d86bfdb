//! `…/soc/workflows/{workflow_id}/versions`, `…/soc/workflows/versions`, `…/soc/workflows/validation`.

use axum::extract::State;
use service::Service;
use service::review::Opinion;
use service::version::{Validate, Version, VersionInput};
use service::workflow::Workflow;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::{Reply, ShortReply, WindowPage};
use wire::version::{
    ApprovalIn, ApprovalOut, FindingOut, ValidationIn, ValidationOut, VersionIn, VersionOut, VersionPatch, VersionQuery,
};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::paths::{VersionPath, WorkflowPath, WorkspacePath};
use crate::routes::spell::optional;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_aop_workflow_versions, create_aop_workflow_version))
        .routes(routes!(show_aop_workflow_version, update_aop_workflow_version, delete_aop_workflow_version))
        .routes(routes!(create_aop_workflow_version_approvel))
        .routes(routes!(validate_aop_workflow_version))
}

/// List the versions of a workflow, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}/versions",
    tag = "workflow versions",
    params(WorkflowPath, VersionQuery),
    responses((status = 200, body = WindowPage<VersionOut>))
)]
async fn list_aop_workflow_versions(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<WorkflowPath>,
    Query(query): Query<VersionQuery>,
) -> ApiResult<Json<WindowPage<VersionOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let (page, workflow) =
        service.list_versions(&ctx, path.workflow_id, query.status, query.offset, query.limit).await?;
    let rows = page.rows.into_iter().map(|row| out(&service, row, &workflow)).collect();
    Ok(Json(WindowPage::new(rows, page.total, offset, limit)))
}

/// Create a version: a draft.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}/versions",
    tag = "workflow versions",
    params(WorkflowPath),
    request_body = VersionIn,
    responses((status = 200, body = Reply<VersionOut>))
)]
async fn create_aop_workflow_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<WorkflowPath>,
    Json(body): Json<VersionIn>,
) -> ApiResult<Json<Reply<VersionOut>>> {
    let input = VersionInput {
        name: body.name,
        description: body.description,
        taskconfig: body.taskconfig,
        taskflow: body.taskflow,
        taskflow_type: body.taskflow_type,
        aop_type: body.aop_type,
        input: body.input,
        output: body.output,
        status: None,
    };
    let (version, workflow) = service.create_version(&ctx, path.workflow_id, input).await?;
    Ok(Json(Reply::new(out(&service, version, &workflow))))
}

/// Show a version.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/versions/{version_id}",
    tag = "workflow versions",
    params(VersionPath),
    responses((status = 200, body = Reply<VersionOut>))
)]
async fn show_aop_workflow_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<VersionPath>,
) -> ApiResult<Json<Reply<VersionOut>>> {
    let (version, workflow) = service.get_version(&ctx, path.version_id).await?;
    Ok(Json(Reply::new(out(&service, version, &workflow))))
}

/// Edit a version, submit it for review, activate or deactivate it.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/versions/{version_id}",
    tag = "workflow versions",
    params(VersionPath),
    request_body = VersionPatch,
    responses((status = 200, body = Reply<VersionOut>))
)]
async fn update_aop_workflow_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<VersionPath>,
    Json(body): Json<VersionPatch>,
) -> ApiResult<Json<Reply<VersionOut>>> {
    let input = VersionInput {
        name: body.name,
        description: body.description,
        taskconfig: body.taskconfig,
        taskflow: body.taskflow,
        taskflow_type: body.taskflow_type,
        aop_type: body.aop_type,
        input: body.input,
        output: body.output,
        status: body.status,
    };
    let (version, workflow) = service.update_version(&ctx, path.version_id, input).await?;
    Ok(Json(Reply::new(out(&service, version, &workflow))))
}

/// Delete a version that is not activated.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/versions/{version_id}",
    tag = "workflow versions",
    params(VersionPath),
    responses((status = 200, body = Reply<VersionOut>))
)]
async fn delete_aop_workflow_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<VersionPath>,
) -> ApiResult<Json<Reply<VersionOut>>> {
    let (version, workflow) = service.delete_version(&ctx, path.version_id).await?;
    Ok(Json(Reply::new(out(&service, version, &workflow))))
}

/// Pass or refuse a version under review.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/versions/{version_id}/approval",
    tag = "workflow versions",
    params(VersionPath),
    request_body = ApprovalIn,
    responses((status = 200, body = ShortReply<ApprovalOut>))
)]
async fn create_aop_workflow_version_approvel(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<VersionPath>,
    Json(body): Json<ApprovalIn>,
) -> ApiResult<Json<ShortReply<ApprovalOut>>> {
    let Opinion { verdict, content } = service.review_version(&ctx, path.version_id, body.content, body.result).await?;
    Ok(Json(ShortReply::new(ApprovalOut { result: verdict.name().into(), content })))
}

/// Validate content without storing it.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/validation",
    tag = "workflow versions",
    params(WorkspacePath),
    request_body = ValidationIn,
    responses((status = 200, body = Reply<ValidationOut>))
)]
async fn validate_aop_workflow_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<ValidationIn>,
) -> ApiResult<Json<Reply<ValidationOut>>> {
    let input = Validate {
        mode: body.mode,
        taskconfig: body.taskconfig,
        taskflow: body.taskflow,
        taskflow_type: body.taskflow_type,
        workflow_id: body.aopworkflow_id,
    };
    let findings: Vec<FindingOut> = service
        .validate_version(&ctx, input)
        .await?
        .into_iter()
        .map(|finding| FindingOut {
            node_id: finding.node,
            rule: finding.rule.into(),
            severity: if finding.is_error { "error".into() } else { "warning".into() },
            message: finding.message,
        })
        .collect();
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {} {}: {}", finding.severity, finding.rule, finding.node_id, finding.message))
        .collect();
    Ok(Json(Reply::new(ValidationOut {
        result: findings.iter().all(|finding| finding.severity != "error"),
        detail: lines.join("\n"),
        findings,
    })))
}

fn out(service: &Service, row: Version, workflow: &Workflow) -> VersionOut {
    let zone = service.settings().zone;
    let id = row.id.to_string();
    VersionOut {
        version_id: id.clone(),
        id,
        version: row.label(),
        name: row.name,
        aopworkflow_id: row.workflow_id.to_string(),
        description: row.description,
        project_id: row.project_id.to_string(),
        owner_id: optional(row.owner_id),
        creator_id: row.creator_id.to_string(),
        creator_name: row.creator_name,
        create_time: row.create_time.to_wire(zone),
        modifier_id: optional(row.modifier_id),
        modifier_name: row.modifier_name,
        update_time: row.update_time.to_wire(zone),
        enabled: workflow.enabled && workflow.version_id == Some(row.id),
        status: row.status,
        taskconfig: row.taskconfig,
        taskflow: row.taskflow,
        taskflow_type: row.taskflow_type,
        aop_type: row.aop_type,
        input: row.input,
        output: row.output,
        dataclass_id: workflow.dataclass_id.to_string(),
        dataclass_name: workflow.dataclass_name.clone(),
        workspace_id: row.workspace_id.to_string(),
    }
}

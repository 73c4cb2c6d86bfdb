//! `/v1/{project_id}/workspaces`.

use axum::extract::State;
use model::time::Zone;
use service::Service;
use service::workspace::{CreateWorkspace, ListWorkspaces, UpdateWorkspace, Workspace};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::workspace::{
    GuidesOut, WorkspaceDeleteQuery, WorkspaceIn, WorkspaceOut, WorkspacePatch, WorkspaceQuery, WorkspaceShown,
    WorkspacesOut,
};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{Authenticated, Json, Path, Query};
use crate::routes::paths::{ProjectPath, WorkspacePath};
use crate::routes::spell::optional;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_workspaces, create_workspace))
        .routes(routes!(show_workspace, update_workspace, delete_workspace))
        .routes(routes!(show_guides))
}

/// List workspaces.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces",
    tag = "workspaces",
    params(ProjectPath, WorkspaceQuery),
    responses((status = 200, body = WorkspacesOut))
)]
async fn list_workspaces(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<ProjectPath>,
    Query(query): Query<WorkspaceQuery>,
) -> ApiResult<Json<WorkspacesOut>> {
    let input = ListWorkspaces {
        offset: query.offset,
        limit: query.limit,
        region_id: query.region_id,
        name: query.name,
        description: query.description,
        view_bind_id: query.view_bind_id,
        view_bind_name: query.view_bind_name,
        create_time_start: query.create_time_start,
        create_time_end: query.create_time_end,
        is_view: query.is_view,
        ids: query.ids,
        normal_project_id: query.normal_project_id,
        enterprise_project_id: query.enterprise_project_id,
    };
    let page = service.list_workspaces(&caller, path.project_id, input).await?;
    let zone = service.settings().zone;
    let workspaces = page.rows.into_iter().map(|row| out(row, zone)).collect();
    Ok(Json(WorkspacesOut { count: page.total, workspaces }))
}

/// Create a workspace with its built-in data classes.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces",
    tag = "workspaces",
    params(ProjectPath),
    request_body = WorkspaceIn,
    responses((status = 200, body = WorkspaceOut))
)]
async fn create_workspace(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<ProjectPath>,
    Json(body): Json<WorkspaceIn>,
) -> ApiResult<Json<WorkspaceOut>> {
    let input = CreateWorkspace {
        region_id: body.region_id,
        enterprise_project_id: body.enterprise_project_id,
        enterprise_project_name: body.enterprise_project_name,
        view_bind_id: body.view_bind_id,
        is_view: body.is_view,
        name: body.name,
        description: body.description,
        project_name: body.project_name,
        tags: body.tags.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect(),
        four_eyes: body.four_eyes,
    };
    let workspace = service.create_workspace(&caller, path.project_id, input).await?;
    Ok(Json(out(workspace, service.settings().zone)))
}

/// Show a workspace.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}",
    tag = "workspaces",
    params(WorkspacePath),
    responses((status = 200, body = WorkspaceShown))
)]
async fn show_workspace(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<WorkspacePath>,
) -> ApiResult<Json<WorkspaceShown>> {
    let workspace = service.get_workspace(&caller, path.project_id, path.workspace_id).await?;
    Ok(Json(WorkspaceShown { workspace: out(workspace, service.settings().zone) }))
}

/// Change a workspace.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}",
    tag = "workspaces",
    params(WorkspacePath),
    request_body = WorkspacePatch,
    responses((status = 200, body = WorkspaceOut))
)]
async fn update_workspace(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<WorkspacePath>,
    Json(body): Json<WorkspacePatch>,
) -> ApiResult<Json<WorkspaceOut>> {
    let input = UpdateWorkspace {
        name: body.name,
        description: body.description,
        view_bind_id: body.view_bind_id,
        four_eyes: body.four_eyes,
    };
    let workspace = service.update_workspace(&caller, path.project_id, path.workspace_id, input).await?;
    Ok(Json(out(workspace, service.settings().zone)))
}

/// Delete a workspace with everything in it.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}",
    tag = "workspaces",
    params(WorkspacePath, WorkspaceDeleteQuery),
    responses((status = 200, description = "The workspace is gone; the answer has no body."))
)]
async fn delete_workspace(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<WorkspacePath>,
    Query(query): Query<WorkspaceDeleteQuery>,
) -> ApiResult<()> {
    let force = query.permanent_delete.unwrap_or(false);
    service.delete_workspace(&caller, path.project_id, path.workspace_id, force).await?;
    Ok(())
}

/// Tell whether a workspace is ready. The vendor's Terraform provider polls this after creating one, and takes a 400
/// for "not yet".
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/sa/guides",
    tag = "workspaces",
    params(WorkspacePath),
    responses((status = 200, body = GuidesOut))
)]
async fn show_guides(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<WorkspacePath>,
) -> ApiResult<Json<GuidesOut>> {
    service.get_workspace(&caller, path.project_id, path.workspace_id).await?;
    Ok(Json(GuidesOut {}))
}

fn out(row: Workspace, zone: Zone) -> WorkspaceOut {
    WorkspaceOut {
        id: row.id.to_string(),
        create_time: row.create_time.to_wire(zone),
        update_time: row.update_time.to_wire(zone),
        name: row.name,
        description: row.description,
        creator_id: row.creator_id.to_string(),
        creator_name: row.creator_name,
        modifier_id: optional(row.modifier_id),
        modifier_name: row.modifier_name,
        project_id: row.project_id.to_string(),
        project_name: row.project_name,
        domain_id: row.domain_id.to_string(),
        domain_name: row.domain_name,
        enterprise_project_id: row.enterprise_project_id,
        enterprise_project_name: row.enterprise_project_name,
        is_view: row.is_view,
        region_id: row.region_id,
        view_bind_id: row.view_bind_id,
        view_bind_name: row.view_bind_name,
        workspace_agency_list: Vec::new(),
        four_eyes: row.four_eyes,
    }
}

//! `…/soc/incidents`.

use axum::extract::State;
use service::Service;
use service::object::ClassName;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::search::SearchIn;
use wire::data_object::{BatchIdsIn, BatchOut, ObjectIn, ObjectOut, ObjectPatch, ObjectsChangedOut};
use wire::envelope::{FlagPage, ShortReply};
use wire::incident::Incident;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects::{self, API};
use crate::routes::paths::{IncidentPath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_incident, delete_incident))
        .routes(routes!(show_incident, change_incident))
        .routes(routes!(delete_incidents))
        .routes(routes!(change_incidents))
        .routes(routes!(list_incidents))
}

/// Create an incident.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents",
    tag = "incidents",
    params(WorkspacePath),
    request_body = ObjectIn<Incident>,
    responses((status = 200, body = ShortReply<ObjectOut<Incident>>))
)]
async fn create_incident(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<ObjectIn<Incident>>,
) -> ApiResult<Json<ShortReply<ObjectOut<Incident>>>> {
    let object = service.create_object(&ctx, ClassName::Incident, API, objects::create(body)).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Show an incident.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/{incident_id}",
    tag = "incidents",
    params(IncidentPath),
    responses((status = 200, body = ShortReply<ObjectOut<Incident>>))
)]
async fn show_incident(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<IncidentPath>,
) -> ApiResult<Json<ShortReply<ObjectOut<Incident>>>> {
    let object = service.get_object(&ctx, ClassName::Incident, path.incident_id).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Change an incident: what the body does not tell stays.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/{incident_id}",
    tag = "incidents",
    params(IncidentPath),
    request_body = ObjectPatch<Incident>,
    responses((status = 200, body = ShortReply<ObjectOut<Incident>>))
)]
async fn change_incident(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<IncidentPath>,
    Json(body): Json<ObjectPatch<Incident>>,
) -> ApiResult<Json<ShortReply<ObjectOut<Incident>>>> {
    let change = objects::fields(body.data_object);
    let object = service.update_object(&ctx, ClassName::Incident, API, path.incident_id, change).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Delete incidents.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents",
    tag = "incidents",
    params(WorkspacePath),
    request_body = BatchIdsIn,
    responses((status = 200, body = ShortReply<BatchOut>))
)]
async fn delete_incident(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<BatchIdsIn>,
) -> ApiResult<Json<ShortReply<BatchOut>>> {
    let ids = body.batch_ids.map(|ids| ids.0);
    let batch = service.delete_objects(&ctx, ClassName::Incident, API, ids).await?;
    Ok(Json(ShortReply::new(objects::batch(batch))))
}

/// Delete incidents, for clients whose DELETE has no body.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/batch-delete",
    tag = "incidents",
    params(WorkspacePath),
    request_body = BatchIdsIn,
    responses((status = 200, body = ShortReply<BatchOut>))
)]
async fn delete_incidents(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<BatchIdsIn>,
) -> ApiResult<Json<ShortReply<BatchOut>>> {
    let ids = body.batch_ids.map(|ids| ids.0);
    let batch = service.delete_objects(&ctx, ClassName::Incident, API, ids).await?;
    Ok(Json(ShortReply::new(objects::batch(batch))))
}

/// Change several incidents alike.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/batch-update",
    tag = "incidents",
    params(WorkspacePath),
    request_body = ObjectPatch<Incident>,
    responses((status = 200, body = ShortReply<ObjectsChangedOut<Incident>>))
)]
async fn change_incidents(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<ObjectPatch<Incident>>,
) -> ApiResult<Json<ShortReply<ObjectsChangedOut<Incident>>>> {
    let (ids, change) = (body.batch_ids.map(|ids| ids.0), objects::fields(body.data_object));
    let changed = service.update_objects(&ctx, ClassName::Incident, API, ids, change).await?;
    Ok(Json(ShortReply::new(objects::changed(changed, service.settings().zone))))
}

/// Search incidents.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/search",
    tag = "incidents",
    params(WorkspacePath),
    request_body = SearchIn,
    responses((status = 200, body = FlagPage<ObjectOut<Incident>>))
)]
async fn list_incidents(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<SearchIn>,
) -> ApiResult<Json<FlagPage<ObjectOut<Incident>>>> {
    let (found, page) = service.search_objects(&ctx, ClassName::Incident, objects::search(body)).await?;
    let rows = objects::rows(found.rows, service.settings().zone);
    Ok(Json(FlagPage::new(rows, found.total, page.offset, page.limit)))
}

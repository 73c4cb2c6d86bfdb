//! `…/soc/alerts`.

use axum::extract::State;
use service::Service;
use service::object::ClassName;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::alert::{Alert, AlertOrderIn};
use wire::data_object::search::SearchIn;
use wire::data_object::{BatchIdsIn, BatchOut, ObjectIn, ObjectOut, ObjectPatch, ObjectsChangedOut};
use wire::envelope::{FlagPage, ShortReply};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects::{self, API};
use crate::routes::paths::{AlertPath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_alert, delete_alert))
        .routes(routes!(show_alert, change_alert))
        .routes(routes!(delete_alerts))
        .routes(routes!(change_alerts))
        .routes(routes!(create_batch_order_alerts))
        .routes(routes!(list_alerts))
}

/// Create an alert.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts",
    tag = "alerts",
    params(WorkspacePath),
    request_body = ObjectIn<Alert>,
    responses((status = 200, body = ShortReply<ObjectOut<Alert>>))
)]
async fn create_alert(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<ObjectIn<Alert>>,
) -> ApiResult<Json<ShortReply<ObjectOut<Alert>>>> {
    let object = service.create_object(&ctx, ClassName::Alert, API, objects::create(body)).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Show an alert.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/{alert_id}",
    tag = "alerts",
    params(AlertPath),
    responses((status = 200, body = ShortReply<ObjectOut<Alert>>))
)]
async fn show_alert(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<AlertPath>,
) -> ApiResult<Json<ShortReply<ObjectOut<Alert>>>> {
    let object = service.get_object(&ctx, ClassName::Alert, path.alert_id).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Change an alert: what the body does not tell stays.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/{alert_id}",
    tag = "alerts",
    params(AlertPath),
    request_body = ObjectPatch<Alert>,
    responses((status = 200, body = ShortReply<ObjectOut<Alert>>))
)]
async fn change_alert(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<AlertPath>,
    Json(body): Json<ObjectPatch<Alert>>,
) -> ApiResult<Json<ShortReply<ObjectOut<Alert>>>> {
    let change = objects::fields(body.data_object);
    let object = service.update_object(&ctx, ClassName::Alert, API, path.alert_id, change).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Delete alerts.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts",
    tag = "alerts",
    params(WorkspacePath),
    request_body = BatchIdsIn,
    responses((status = 200, body = ShortReply<BatchOut>))
)]
async fn delete_alert(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<BatchIdsIn>,
) -> ApiResult<Json<ShortReply<BatchOut>>> {
    let ids = body.batch_ids.map(|ids| ids.0);
    let batch = service.delete_objects(&ctx, ClassName::Alert, API, ids).await?;
    Ok(Json(ShortReply::new(objects::batch(batch))))
}

/// Delete alerts, for clients whose DELETE has no body.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/batch-delete",
    tag = "alerts",
    params(WorkspacePath),
    request_body = BatchIdsIn,
    responses((status = 200, body = ShortReply<BatchOut>))
)]
async fn delete_alerts(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<BatchIdsIn>,
) -> ApiResult<Json<ShortReply<BatchOut>>> {
    let ids = body.batch_ids.map(|ids| ids.0);
    let batch = service.delete_objects(&ctx, ClassName::Alert, API, ids).await?;
    Ok(Json(ShortReply::new(objects::batch(batch))))
}

/// Change several alerts alike.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/batch-update",
    tag = "alerts",
    params(WorkspacePath),
    request_body = ObjectPatch<Alert>,
    responses((status = 200, body = ShortReply<ObjectsChangedOut<Alert>>))
)]
async fn change_alerts(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<ObjectPatch<Alert>>,
) -> ApiResult<Json<ShortReply<ObjectsChangedOut<Alert>>>> {
    let (ids, change) = (body.batch_ids.map(|ids| ids.0), objects::fields(body.data_object));
    let changed = service.update_objects(&ctx, ClassName::Alert, API, ids, change).await?;
    Ok(Json(ShortReply::new(objects::changed(changed, service.settings().zone))))
}

/// Make an incident of alerts: it takes over what the first of them tells, unless the body tells otherwise, and is
/// related to all of them.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/batch-order",
    tag = "alerts",
    params(WorkspacePath),
    request_body = AlertOrderIn,
    responses((status = 200, body = ShortReply<BatchOut>))
)]
async fn create_batch_order_alerts(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<AlertOrderIn>,
) -> ApiResult<Json<ShortReply<BatchOut>>> {
    let (ids, content) = (body.ids.map(|ids| ids.0), objects::fields(body.incident_content).unwrap_or_default());
    let batch = service.make_incident(&ctx, API, ids, content).await?;
    Ok(Json(ShortReply::new(objects::batch(batch))))
}

/// Search alerts.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/search",
    tag = "alerts",
    params(WorkspacePath),
    request_body = SearchIn,
    responses((status = 200, body = FlagPage<ObjectOut<Alert>>))
)]
async fn list_alerts(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<SearchIn>,
) -> ApiResult<Json<FlagPage<ObjectOut<Alert>>>> {
    let (found, page) = service.search_objects(&ctx, ClassName::Alert, objects::search(body)).await?;
    let rows = objects::rows(found.rows, service.settings().zone);
    Ok(Json(FlagPage::new(rows, found.total, page.offset, page.limit)))
}

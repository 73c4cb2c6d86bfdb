//! `…/soc/indicators`.

use axum::extract::State;
use service::Service;
use service::object::ClassName;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::search::SearchIn;
use wire::data_object::{BatchIdsIn, BatchOut, ObjectIn, ObjectOut, ObjectPatch};
use wire::envelope::{ShortPage, ShortReply};
use wire::indicator::Indicator;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects::{self, API};
use crate::routes::paths::{IndicatorPath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_indicator, delete_indicator))
        .routes(routes!(show_indicator_detail, update_indicator))
        .routes(routes!(list_indicators))
}

/// Create an indicator.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators",
    tag = "indicators",
    params(WorkspacePath),
    request_body = ObjectIn<Indicator>,
    responses((status = 200, body = ShortReply<ObjectOut<Indicator>>))
)]
async fn create_indicator(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<ObjectIn<Indicator>>,
) -> ApiResult<Json<ShortReply<ObjectOut<Indicator>>>> {
    let object = service.create_object(&ctx, ClassName::Indicator, API, objects::create(body)).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Show an indicator.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators/{indicator_id}",
    tag = "indicators",
    params(IndicatorPath),
    responses((status = 200, body = ShortReply<ObjectOut<Indicator>>))
)]
async fn show_indicator_detail(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<IndicatorPath>,
) -> ApiResult<Json<ShortReply<ObjectOut<Indicator>>>> {
    let object = service.get_object(&ctx, ClassName::Indicator, path.indicator_id).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Change an indicator: what the body does not tell stays.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators/{indicator_id}",
    tag = "indicators",
    params(IndicatorPath),
    request_body = ObjectPatch<Indicator>,
    responses((status = 200, body = ShortReply<ObjectOut<Indicator>>))
)]
async fn update_indicator(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<IndicatorPath>,
    Json(body): Json<ObjectPatch<Indicator>>,
) -> ApiResult<Json<ShortReply<ObjectOut<Indicator>>>> {
    let change = objects::fields(body.data_object);
    let object = service.update_object(&ctx, ClassName::Indicator, API, path.indicator_id, change).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Delete indicators.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators",
    tag = "indicators",
    params(WorkspacePath),
    request_body = BatchIdsIn,
    responses((status = 200, body = ShortReply<BatchOut>))
)]
async fn delete_indicator(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<BatchIdsIn>,
) -> ApiResult<Json<ShortReply<BatchOut>>> {
    let ids = body.batch_ids.map(|ids| ids.0);
    let batch = service.delete_objects(&ctx, ClassName::Indicator, API, ids).await?;
    Ok(Json(ShortReply::new(objects::batch(batch))))
}

/// Search indicators.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators/search",
    tag = "indicators",
    params(WorkspacePath),
    request_body = SearchIn,
    responses((status = 200, body = ShortPage<ObjectOut<Indicator>>))
)]
async fn list_indicators(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<SearchIn>,
) -> ApiResult<Json<ShortPage<ObjectOut<Indicator>>>> {
    let (found, page) = service.search_objects(&ctx, ClassName::Indicator, objects::search(body)).await?;
    let rows = objects::rows(found.rows, service.settings().zone);
    Ok(Json(ShortPage::new(rows, found.total, page.offset, page.limit)))
}

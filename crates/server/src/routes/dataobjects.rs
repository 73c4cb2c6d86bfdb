//! `…/soc/{dataclass_name}`: objects of any data class.

use axum::extract::State;
use service::Service;
use service::object::{ClassName, CreateObject, Origin};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::search::SearchIn;
use wire::data_object::{AnyObject, AnyObjectIn, AnyObjectPatch, BatchIdsIn, BatchOut, ObjectCreatedOut, ObjectOut};
use wire::envelope::{FlagPage, FlagReply};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects::{self, API};
use crate::routes::paths::{ObjectPath, ObjectsPath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_dataobject, delete_dataobjects))
        .routes(routes!(show_dataobject, update_dataobject))
        .routes(routes!(list_dataobjects))
}

/// Create an object.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_name}",
    tag = "data objects and relations",
    params(ObjectsPath),
    request_body = AnyObjectIn,
    responses((status = 200, body = FlagReply<ObjectCreatedOut>))
)]
async fn create_dataobject(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ObjectsPath>,
    Json(body): Json<AnyObjectIn>,
) -> ApiResult<Json<FlagReply<ObjectCreatedOut>>> {
    let input = CreateObject {
        id: body.id,
        format_version: body.format_version,
        name: body.name,
        kind: body.kind,
        data: objects::fields(body.data_object),
    };
    let origin = Origin::Api { trigger: body.trigger_flag.unwrap_or(true) };
    let object = service.create_object(&ctx, ClassName::Other(&path.dataclass_name), origin, input).await?;
    Ok(Json(FlagReply::new(ObjectCreatedOut { id: object.row.id.to_string(), event_id: String::new() })))
}

/// Delete objects.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_name}",
    tag = "data objects and relations",
    params(ObjectsPath),
    request_body = BatchIdsIn,
    responses((status = 200, body = BatchOut))
)]
async fn delete_dataobjects(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ObjectsPath>,
    Json(body): Json<BatchIdsIn>,
) -> ApiResult<Json<BatchOut>> {
    let ids = body.batch_ids.map(|ids| ids.0);
    let batch = service.delete_objects(&ctx, ClassName::Other(&path.dataclass_name), API, ids).await?;
    Ok(Json(objects::batch(batch)))
}

/// Show an object.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_name}/{data_object_id}",
    tag = "data objects and relations",
    params(ObjectPath),
    responses((status = 200, body = FlagReply<ObjectOut<AnyObject>>))
)]
async fn show_dataobject(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ObjectPath>,
) -> ApiResult<Json<FlagReply<ObjectOut<AnyObject>>>> {
    let class = ClassName::Other(&path.dataclass_name);
    let object = service.get_object(&ctx, class, path.data_object_id).await?;
    Ok(Json(FlagReply::new(objects::out(object, service.settings().zone))))
}

/// Change an object: what the body does not tell stays.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_name}/{data_object_id}",
    tag = "data objects and relations",
    params(ObjectPath),
    request_body = AnyObjectPatch,
    responses((status = 200, body = FlagReply<ObjectOut<AnyObject>>))
)]
async fn update_dataobject(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ObjectPath>,
    Json(body): Json<AnyObjectPatch>,
) -> ApiResult<Json<FlagReply<ObjectOut<AnyObject>>>> {
    let origin = Origin::Api { trigger: body.trigger_flag.unwrap_or(true) };
    let (class, change) = (ClassName::Other(&path.dataclass_name), objects::fields(body.data_object));
    let object = service.update_object(&ctx, class, origin, path.data_object_id, change).await?;
    Ok(Json(FlagReply::new(objects::out(object, service.settings().zone))))
}

/// Search objects.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_name}/search",
    tag = "data objects and relations",
    params(ObjectsPath),
    request_body = SearchIn,
    responses((status = 200, body = FlagPage<ObjectOut<AnyObject>>))
)]
async fn list_dataobjects(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ObjectsPath>,
    Json(body): Json<SearchIn>,
) -> ApiResult<Json<FlagPage<ObjectOut<AnyObject>>>> {
    let (found, page) =
        service.search_objects(&ctx, ClassName::Other(&path.dataclass_name), objects::search(body)).await?;
    let rows = objects::rows(found.rows, service.settings().zone);
    Ok(Json(FlagPage::new(rows, found.total, page.offset, page.limit)))
}

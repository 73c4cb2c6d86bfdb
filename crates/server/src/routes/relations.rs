//! `…/soc/{dataclass_type}/{data_object_id}/{related_dataclass_type}`: which objects belong together.

use axum::extract::State;
use service::Service;
use service::object::ClassName;
use service::relation::Side;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::search::SearchIn;
use wire::data_object::{AnyObject, BatchOut, ObjectOut};
use wire::envelope::{FlagPage, Reply};
use wire::relation::{RelationBatchIn, RelationIn};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects;
use crate::routes::paths::{RelatedClassesPath, RelationPath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_dataobject_relation, delete_dataobject_relation))
        .routes(routes!(list_dataobject_relations))
        .routes(routes!(batch_create_dataobject_relations))
}

/// Relate an object to others.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_type}/{data_object_id}/{related_dataclass_type}",
    tag = "data objects and relations",
    params(RelationPath),
    request_body = RelationIn,
    responses((status = 200, body = Reply<BatchOut>))
)]
async fn create_dataobject_relation(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<RelationPath>,
    Json(body): Json<RelationIn>,
) -> ApiResult<Json<Reply<BatchOut>>> {
    let related = service.relate_object(&ctx, side(&path), body.ids.map(|ids| ids.0)).await?;
    Ok(Json(Reply::new(objects::batch(related))))
}

/// End relations of an object to others.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_type}/{data_object_id}/{related_dataclass_type}",
    tag = "data objects and relations",
    params(RelationPath),
    request_body = RelationIn,
    responses((status = 200, body = Reply<BatchOut>))
)]
async fn delete_dataobject_relation(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<RelationPath>,
    Json(body): Json<RelationIn>,
) -> ApiResult<Json<Reply<BatchOut>>> {
    let ended = service.unrelate_object(&ctx, side(&path), body.ids.map(|ids| ids.0)).await?;
    Ok(Json(Reply::new(objects::batch(ended))))
}

/// Search the objects that an object is related to.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_type}/{data_object_id}/{related_dataclass_type}/search",
    tag = "data objects and relations",
    params(RelationPath),
    request_body = SearchIn,
    responses((status = 200, body = FlagPage<ObjectOut<AnyObject>>))
)]
async fn list_dataobject_relations(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<RelationPath>,
    Json(body): Json<SearchIn>,
) -> ApiResult<Json<FlagPage<ObjectOut<AnyObject>>>> {
    let (found, page) = service.search_related(&ctx, side(&path), objects::search(body)).await?;
    let rows = objects::rows(found.rows, service.settings().zone);
    Ok(Json(FlagPage::new(rows, found.total, page.offset, page.limit)))
}

/// Relate each of some objects to each of some others.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_type}/{related_dataclass_type}/batch-create",
    tag = "data objects and relations",
    params(RelatedClassesPath),
    request_body = RelationBatchIn,
    responses((status = 200, body = Reply<BatchOut>))
)]
async fn batch_create_dataobject_relations(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<RelatedClassesPath>,
    Json(body): Json<RelationBatchIn>,
) -> ApiResult<Json<Reply<BatchOut>>> {
    let (class, related) = (ClassName::Other(&path.dataclass_type), ClassName::Other(&path.related_dataclass_type));
    let (ids, related_ids) = (body.dataobject_ids.map(|ids| ids.0), body.related_dataobject_ids.map(|ids| ids.0));
    let batch = service.relate_objects(&ctx, class, ids, related, related_ids).await?;
    Ok(Json(Reply::new(objects::batch(batch))))
}

fn side(path: &RelationPath) -> Side<'_> {
    Side {
        class: ClassName::Other(&path.dataclass_type),
        object: path.data_object_id,
        related_class: ClassName::Other(&path.related_dataclass_type),
    }
}

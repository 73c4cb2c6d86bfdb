//! `…/soc/datapanel/{dataclass}/data-objects`: objects of a class, many at once.

use axum::extract::State;
use service::Service;
use service::object::{ClassName, Origin};
use service::panel::CreateObjects;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::search::SearchIn;
use wire::data_object::{AnyObject, ObjectCreatedOut, ObjectOut};
use wire::envelope::{FlagPage, FlagReply};
use wire::panel::{PanelCreatedOut, PanelObjectsIn};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects;
use crate::routes::paths::{PanelObjectPath, PanelPath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(batch_create_datapanel_objects))
        .routes(routes!(list_datapanel_objects))
        .routes(routes!(show_datapanel_object))
}

/// Create objects: all of them, or none when one is wrong.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/datapanel/{dataclass}/data-objects/batch-create",
    tag = "data panel",
    params(PanelPath),
    request_body = PanelObjectsIn,
    responses((status = 200, body = PanelCreatedOut))
)]
async fn batch_create_datapanel_objects(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PanelPath>,
    Json(body): Json<PanelObjectsIn>,
) -> ApiResult<Json<PanelCreatedOut>> {
    let documents = body.data_object_list.map(|list| list.into_iter().filter_map(|one| objects::fields(Some(one))));
    let input = CreateObjects {
        format_version: body.format_version,
        name: body.name,
        kind: body.kind,
        objects: documents.map(Iterator::collect),
    };
    let origin = Origin::Api { trigger: body.trigger_flag.unwrap_or(true) };
    let created = service.create_objects(&ctx, ClassName::Other(&path.dataclass), origin, input).await?;
    let created = created
        .into_iter()
        .map(|object| ObjectCreatedOut { id: object.row.id.to_string(), event_id: String::new() })
        .collect();
    Ok(Json(PanelCreatedOut(created)))
}

/// Search objects.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/datapanel/{dataclass}/data-objects/search",
    tag = "data panel",
    params(PanelPath),
    request_body = SearchIn,
    responses((status = 200, body = FlagPage<ObjectOut<AnyObject>>))
)]
async fn list_datapanel_objects(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PanelPath>,
    Json(body): Json<SearchIn>,
) -> ApiResult<Json<FlagPage<ObjectOut<AnyObject>>>> {
    let (found, page) = service.search_objects(&ctx, ClassName::Other(&path.dataclass), objects::search(body)).await?;
    let rows = objects::rows(found.rows, service.settings().zone);
    Ok(Json(FlagPage::new(rows, found.total, page.offset, page.limit)))
}

/// Show an object.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/datapanel/{dataclass}/data-objects/{dataobject_id}",
    tag = "data panel",
    params(PanelObjectPath),
    responses((status = 200, body = FlagReply<ObjectOut<AnyObject>>))
)]
async fn show_datapanel_object(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PanelObjectPath>,
) -> ApiResult<Json<FlagReply<ObjectOut<AnyObject>>>> {
    let object = service.get_object(&ctx, ClassName::Other(&path.dataclass), path.dataobject_id).await?;
    Ok(Json(FlagReply::new(objects::out(object, service.settings().zone))))
}

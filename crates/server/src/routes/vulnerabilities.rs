//! `…/soc/vulnerability`. What else is done to vulnerabilities goes through the calls for objects of any class.

use axum::extract::State;
use service::Service;
use service::object::ClassName;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::ObjectOut;
use wire::data_object::search::SearchIn;
use wire::envelope::{FlagPage, ShortReply};
use wire::vulnerability::Vulnerability;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects;
use crate::routes::paths::{VulnerabilityPath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_vulnerability)).routes(routes!(list_vulnerabilities))
}

/// Show a vulnerability.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/vulnerability/{vul_id}",
    tag = "vulnerabilities",
    params(VulnerabilityPath),
    responses((status = 200, body = ShortReply<ObjectOut<Vulnerability>>))
)]
async fn show_vulnerability(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<VulnerabilityPath>,
) -> ApiResult<Json<ShortReply<ObjectOut<Vulnerability>>>> {
    let object = service.get_object(&ctx, ClassName::Vulnerability, path.vul_id).await?;
    Ok(Json(ShortReply::new(objects::out(object, service.settings().zone))))
}

/// Search vulnerabilities.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/vulnerability/search",
    tag = "vulnerabilities",
    params(WorkspacePath),
    request_body = SearchIn,
    responses((status = 200, body = FlagPage<ObjectOut<Vulnerability>>))
)]
async fn list_vulnerabilities(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<SearchIn>,
) -> ApiResult<Json<FlagPage<ObjectOut<Vulnerability>>>> {
    let (found, page) = service.search_objects(&ctx, ClassName::Vulnerability, objects::search(body)).await?;
    let rows = objects::rows(found.rows, service.settings().zone);
    Ok(Json(FlagPage::new(rows, found.total, page.offset, page.limit)))
}

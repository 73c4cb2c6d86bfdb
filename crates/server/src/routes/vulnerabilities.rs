//! `…/soc/vulnerability`. What else is done to vulnerabilities goes through the calls for objects of any class.

use axum::extract::State;
use service::Service;
use service::object::ClassName;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::ObjectOut;
use wire::envelope::ShortReply;
use wire::vulnerability::Vulnerability;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::objects;
use crate::routes::paths::VulnerabilityPath;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_vulnerability))
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

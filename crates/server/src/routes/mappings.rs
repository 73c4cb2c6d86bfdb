//! `…/muster/mappings`.

use axum::extract::State;
use model::Value;
use service::Service;
use service::ingest::mapping::Mapped;
use service::ingest::trial::{Tried, TryMapping};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::Reply;
use wire::mapping::{MappingOut, MappingTrialIn, TriedOut};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json};
use crate::routes::paths::WorkspacePath;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_mappings)).routes(routes!(try_mapping))
}

/// List the mappings that come with the server.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/mappings",
    tag = "mappings",
    params(WorkspacePath),
    responses((status = 200, body = Reply<Vec<MappingOut>>))
)]
async fn list_mappings(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
) -> ApiResult<Json<Reply<Vec<MappingOut>>>> {
    let out = service.list_mappings(&ctx)?.iter().map(|builtin| MappingOut {
        name: builtin.name.to_owned(),
        mapping: serde_json::from_str(builtin.document).unwrap_or_default(),
    });
    Ok(Json(Reply::new(out.collect())))
}

/// Try a mapping on events. Nothing is saved.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/mappings/try",
    tag = "mappings",
    params(WorkspacePath),
    request_body = MappingTrialIn,
    responses((status = 200, body = Reply<Vec<TriedOut>>))
)]
async fn try_mapping(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<MappingTrialIn>,
) -> ApiResult<Json<Reply<Vec<TriedOut>>>> {
    let input = TryMapping {
        mapping: body.mapping.map(|mapping| Value::from(serde_json::Value::Object(mapping))),
        builtin: body.builtin,
        events: body.events,
    };
    let tried = service.try_mapping(&ctx, input).await?;
    Ok(Json(Reply::new(tried.into_iter().map(out).collect())))
}

pub(super) fn out(tried: Tried) -> TriedOut {
    match tried {
        Ok(Mapped::Object(fields)) => TriedOut {
            outcome: "mapped".to_owned(),
            data_object: fields.iter().map(|(name, value)| (name.to_string(), value.into())).collect(),
            reason: String::new(),
        },
        Ok(Mapped::Passed) => TriedOut { outcome: "passed".to_owned(), ..TriedOut::default() },
        Err(reason) => TriedOut { outcome: "refused".to_owned(), reason, ..TriedOut::default() },
    }
}

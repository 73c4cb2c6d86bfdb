//! `…/muster/damaged-instances`.

use axum::extract::State;
use service::Service;
use service::damaged::ListDamaged;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::damaged::{DamagedOut, DamagedQuery};
use wire::envelope::Page;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Query};
use crate::routes::paths::WorkspacePath;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_damaged_instances))
}

/// List runs that cannot go on because their journal cannot be read or applied.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/damaged-instances",
    tag = "workflow instances",
    params(WorkspacePath, DamagedQuery),
    responses((status = 200, body = Page<DamagedOut>))
)]
async fn list_damaged_instances(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<DamagedQuery>,
) -> ApiResult<Json<Page<DamagedOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let page = service.list_damaged(&ctx, ListDamaged { offset: query.offset, limit: query.limit }).await?;
    let rows = page.rows.into_iter();
    let rows = rows.map(|row| DamagedOut { id: row.id.to_string(), turn: row.seq, problem: row.problem });
    Ok(Json(Page::new(rows.collect(), page.total, offset, limit)))
}

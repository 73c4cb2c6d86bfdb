//! `…/muster/audit`.

use axum::extract::State;
use service::Service;
use service::audit::{AuditRow, ListAudit};
use service::identity::signature::to_hex;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::audit::{ActOut, AuditQuery};
use wire::envelope::Page;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Query};
use crate::routes::paths::WorkspacePath;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_audit))
}

/// List what people did, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/audit",
    tag = "audit",
    params(WorkspacePath, AuditQuery),
    responses((status = 200, body = Page<ActOut>))
)]
async fn list_audit(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Json<Page<ActOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let input = ListAudit {
        offset: query.offset,
        limit: query.limit,
        order: query.order,
        user_id: query.user_id,
        user_name: query.user_name,
        action: query.action,
        object: query.object,
        request_id: query.request_id,
        from_date: query.from_date,
        to_date: query.to_date,
    };
    let page = service.list_audit(&ctx, input).await?;
    Ok(Json(Page::new(page.rows.into_iter().map(out).collect(), page.total, offset, limit)))
}

fn out(row: AuditRow) -> ActOut {
    ActOut {
        time: row.at.to_rfc3339(),
        user_id: row.user_id.to_string(),
        user_name: row.user_name,
        action: row.action,
        object: row.object,
        detail: serde_json::from_str(&row.detail).unwrap_or_default(),
        request_id: row.request_id,
        client_ip: row.client_ip,
        lane: row.lane.to_string(),
        seq: row.seq,
        hash: to_hex(&row.hash),
    }
}

//! `…/muster/playbooks/{playbook_id}/limits`.

use axum::extract::State;
use service::Service;
use service::playbook::{Backlog, LimitsInput, Playbook};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::Reply;
use wire::playbook::limits::{PlaybookLimitsIn, PlaybookLimitsOut};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::paths::PlaybookPath;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_playbook_limits, set_playbook_limits))
}

/// Show the limits of a playbook, and what they hold back.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/playbooks/{playbook_id}/limits",
    tag = "playbooks",
    params(PlaybookPath),
    responses((status = 200, body = Reply<PlaybookLimitsOut>))
)]
async fn show_playbook_limits(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
) -> ApiResult<Json<Reply<PlaybookLimitsOut>>> {
    let (playbook, backlog) = service.get_playbook_limits(&ctx, path.playbook_id).await?;
    Ok(Json(Reply::new(out(playbook, &backlog))))
}

/// Set limits of a playbook.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/playbooks/{playbook_id}/limits",
    tag = "playbooks",
    params(PlaybookPath),
    request_body = PlaybookLimitsIn,
    responses((status = 200, body = Reply<PlaybookLimitsOut>))
)]
async fn set_playbook_limits(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
    Json(body): Json<PlaybookLimitsIn>,
) -> ApiResult<Json<Reply<PlaybookLimitsOut>>> {
    let input = LimitsInput {
        concurrency: body.concurrency,
        starts_per_minute: body.starts_per_minute,
        breaker_failures: body.breaker_failures,
        breaker_seconds: body.breaker_seconds,
    };
    let (playbook, backlog) = service.set_playbook_limits(&ctx, path.playbook_id, input).await?;
    Ok(Json(Reply::new(out(playbook, &backlog))))
}

fn out(row: Playbook, backlog: &Backlog) -> PlaybookLimitsOut {
    PlaybookLimitsOut {
        concurrency: row.concurrency,
        starts_per_minute: row.starts_per_minute,
        breaker_failures: row.breaker_failures,
        breaker_seconds: row.breaker_seconds,
        paused_at: row.paused_at.map_or_else(String::new, |at| at.to_rfc3339()),
        pause_reason: row.pause_reason,
        queued: backlog.queued,
        active: backlog.active,
        held: backlog.held,
    }
}

//! `…/soc/playbooks`.

mod instances;
mod limits;
mod parts;
mod versions;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::time::Zone;
use service::playbook::{CreatePlaybook, ListPlaybooks, Playbook, UpdatePlaybook};
use service::{Service, Text};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::{ShortDone, ShortPage, ShortReply};
use wire::playbook::statistics::PlaybookStatisticsOut;
use wire::playbook::transfer::{PlaybookExportIn, PlaybookImportForm};
use wire::playbook::{PlaybookIn, PlaybookOut, PlaybookPatch, PlaybookQuery};

use crate::app::ApiState;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InWorkspace, Json, Path, Query, Upload};
use crate::routes::deprecated::Deprecated;
use crate::routes::paths::{PlaybookPath, WorkspacePath};
use crate::routes::spell::optional;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_playbooks, create_playbook))
        .routes(routes!(export_playbook))
        .routes(routes!(show_playbook_statistics))
        .routes(routes!(show_playbook, update_playbook, delete_playbook))
        .merge(versions::routes())
        .merge(parts::routes())
        .merge(instances::routes())
        .merge(limits::routes())
}

/// Routes whose bodies are streamed.
pub(crate) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(import_playbook))
}

/// List playbooks, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks",
    tag = "playbooks",
    params(WorkspacePath, PlaybookQuery),
    responses((status = 200, body = ShortPage<PlaybookOut>))
)]
async fn list_playbooks(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<PlaybookQuery>,
) -> ApiResult<Json<ShortPage<PlaybookOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let input = ListPlaybooks {
        offset: query.offset,
        limit: query.limit,
        text: query.search_txt,
        name: query.name,
        description: query.description,
        enabled: query.enabled,
        dataclass_name: query.dataclass_name,
    };
    let page = service.list_playbooks(&ctx, input).await?;
    let zone = service.settings().zone;
    let rows = page.rows.into_iter().map(|row| out(row, zone)).collect();
    Ok(Json(ShortPage::new(rows, page.total, offset, limit)))
}

/// Create a playbook.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks",
    tag = "playbooks",
    params(WorkspacePath),
    request_body = PlaybookIn,
    responses((status = 200, body = ShortReply<PlaybookOut>))
)]
async fn create_playbook(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<PlaybookIn>,
) -> ApiResult<Json<ShortReply<PlaybookOut>>> {
    let input = CreatePlaybook { name: body.name, description: body.description, priority: body.priority };
    let playbook = service.create_playbook(&ctx, input).await?;
    Ok(reply(&service, playbook))
}

/// Show a playbook.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/{playbook_id}",
    tag = "playbooks",
    params(PlaybookPath),
    responses((status = 200, body = ShortReply<PlaybookOut>))
)]
async fn show_playbook(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
) -> ApiResult<Json<ShortReply<PlaybookOut>>> {
    let playbook = service.get_playbook(&ctx, path.playbook_id).await?;
    Ok(reply(&service, playbook))
}

/// Change, enable or disable a playbook.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/{playbook_id}",
    tag = "playbooks",
    params(PlaybookPath),
    request_body = PlaybookPatch,
    responses((status = 200, body = ShortReply<PlaybookOut>))
)]
async fn update_playbook(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
    Json(body): Json<PlaybookPatch>,
) -> ApiResult<Json<ShortReply<PlaybookOut>>> {
    let input = UpdatePlaybook {
        name: body.name,
        description: body.description,
        enabled: body.enabled,
        active_version_id: body.active_version_id,
        priority: body.priority,
    };
    let playbook = service.update_playbook(&ctx, path.playbook_id, input).await?;
    Ok(reply(&service, playbook))
}

/// Delete a disabled playbook with its versions.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/{playbook_id}",
    tag = "playbooks",
    params(PlaybookPath),
    responses((status = 200, body = ShortReply<PlaybookOut>))
)]
async fn delete_playbook(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
) -> ApiResult<Json<ShortReply<PlaybookOut>>> {
    let playbook = service.delete_playbook(&ctx, path.playbook_id).await?;
    Ok(reply(&service, playbook))
}

/// Export playbooks with their versions as one JSON document.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/export",
    tag = "playbooks",
    params(WorkspacePath),
    request_body = PlaybookExportIn,
    responses((status = 200, content_type = "application/octet-stream", body = String))
)]
async fn export_playbook(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<PlaybookExportIn>,
) -> ApiResult<Response> {
    let document = service.export_playbooks(&ctx, body.id).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"playbooks.json\"")),
    ];
    Ok((headers, document).into_response())
}

/// Import playbooks from a document that an export wrote: all of it or nothing. Or only verify that it can be imported.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/import",
    tag = "playbooks",
    params(WorkspacePath),
    request_body(content = PlaybookImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = ShortDone))
)]
async fn import_playbook(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    mut upload: Upload,
) -> ApiResult<Json<ShortDone>> {
    let (mut document, mut mode) = (None, None);
    while let Some(part) = upload.next_part().await? {
        match part.name() {
            "uploadFile" => document = Some(part.bytes(MAX_IMPORT).await?),
            "upload_model" => mode = Some(String::from_utf8_lossy(&part.bytes(MAX_MODE).await?).into_owned()),
            _ => {}
        }
    }
    upload.finish().await?;
    let document =
        document.ok_or_else(|| ApiError::invalid(Text::new("the part uploadFile is required", "缺少uploadFile")))?;
    service.import_playbooks(&ctx, document, mode).await?;
    Ok(Json(ShortDone::default()))
}

/// Largest import document, in bytes.
const MAX_IMPORT: usize = 64 << 20;
/// Longest `upload_model`, in bytes.
const MAX_MODE: usize = 1 << 10;

/// Count the playbooks of the workspace.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/statistics",
    tag = "playbooks",
    params(WorkspacePath),
    responses((status = 200, body = ShortReply<PlaybookStatisticsOut>))
)]
async fn show_playbook_statistics(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
) -> ApiResult<Deprecated<Json<ShortReply<PlaybookStatisticsOut>>>> {
    let counted = service.count_playbooks(&ctx).await?;
    Ok(Deprecated(Json(ShortReply::new(PlaybookStatisticsOut {
        unapproved_num: counted.unapproved,
        disabled_num: counted.disabled,
        enabled_num: counted.enabled,
    }))))
}

fn reply(service: &Service, playbook: Playbook) -> Json<ShortReply<PlaybookOut>> {
    Json(ShortReply::new(out(playbook, service.settings().zone)))
}

fn out(row: Playbook, zone: Zone) -> PlaybookOut {
    PlaybookOut {
        id: row.id.to_string(),
        name: row.name,
        description: row.description,
        create_time: row.create_time.to_wire(zone),
        update_time: row.update_time.to_wire(zone),
        project_id: row.project_id.to_string(),
        version_id: optional(row.version_id),
        enabled: row.enabled,
        workspace_id: row.workspace_id.to_string(),
        approve_role: row.approve_role,
        user_role: row.user_role,
        edit_role: row.edit_role,
        owner_id: optional(row.owner_id),
        version: row.version,
        dataclass_name: row.dataclass_name,
        dataclass_id: optional(row.dataclass_id),
        unaudited_version_id: optional(row.unaudited_version_id),
        reject_version_id: optional(row.reject_version_id),
        priority: row.priority,
    }
}

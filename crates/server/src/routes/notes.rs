//! `…/soc/notes`: comments on data objects.

use axum::extract::State;
use model::time::Zone;
use service::Service;
use service::note::{CreateNote, ListNotes, Note};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::{BatchIdsIn, BatchOut};
use wire::envelope::{FlagPage, FlagReply, ShortReply};
use wire::note::{NoteContentOut, NoteIn, NoteOut, NoteSearchIn, NoteUserOut};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json};
use crate::routes::paths::WorkspacePath;
use crate::routes::spell::{batch, optional};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create_note, delete_notes)).routes(routes!(list_notes))
}

/// Write a note.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/notes",
    tag = "notes",
    params(WorkspacePath),
    request_body = NoteIn,
    responses((status = 200, body = FlagReply<NoteOut>))
)]
async fn create_note(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<NoteIn>,
) -> ApiResult<Json<FlagReply<NoteOut>>> {
    let input =
        CreateNote { war_room_id: body.war_room_id, kind: body.kind, content: body.content, note_type: body.note_type };
    let note = service.create_note(&ctx, input).await?;
    Ok(Json(FlagReply::new(out(note, service.settings().zone))))
}

/// Search notes.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/notes/search",
    tag = "notes",
    params(WorkspacePath),
    request_body = NoteSearchIn,
    responses((status = 200, body = FlagPage<NoteOut>))
)]
async fn list_notes(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<NoteSearchIn>,
) -> ApiResult<Json<FlagPage<NoteOut>>> {
    let (offset, limit) = (body.offset.unwrap_or(0), body.limit.unwrap_or(10));
    let input = ListNotes {
        offset: body.offset,
        limit: body.limit,
        sort_by: body.sort_by,
        order: body.order,
        from_date: body.from_date,
        to_date: body.to_date,
        war_room_id: body.war_room_id,
    };
    let page = service.list_notes(&ctx, input).await?;
    let zone = service.settings().zone;
    let rows = page.rows.into_iter().map(|note| out(note, zone)).collect();
    Ok(Json(FlagPage::new(rows, page.total, offset, limit)))
}

/// Delete notes.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/notes",
    tag = "notes",
    params(WorkspacePath),
    request_body = BatchIdsIn,
    responses((status = 200, body = ShortReply<BatchOut>))
)]
async fn delete_notes(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<BatchIdsIn>,
) -> ApiResult<Json<ShortReply<BatchOut>>> {
    let deleted = service.delete_notes(&ctx, body.batch_ids.map(|ids| ids.0)).await?;
    Ok(Json(ShortReply::new(batch(deleted))))
}

fn out(note: Note, zone: Zone) -> NoteOut {
    let content = NoteContentOut { content: note.content };
    NoteOut {
        create_time: note.create_time.to_wire(zone),
        update_time: note.update_time.to_wire(zone),
        data: content.clone(),
        id: note.id.to_string(),
        is_deleted: false,
        marked_note: true,
        note_type: note.note_type,
        project_id: note.project_id.to_string(),
        kind: note.kind,
        user: NoteUserOut { id: note.user_id.to_string(), name: note.user_name },
        war_room_id: optional(note.object_id),
        workspace_id: note.workspace_id.to_string(),
        content,
    }
}

//! `…/muster/sources`, `…/muster/dead-letters`, and where senders post events.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Value;
use model::time::Zone;
use service::Service;
use service::ingest::dead_letter::{DeadLetter, DeadLetterSummary, ListDeadLetters};
use service::ingest::nats::{NatsInput, Secret};
use service::ingest::receive::{Delivery, Receipt};
use service::ingest::source::{NewSource, Source, SourceInput};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::{Done, ErrorBody, Page, Reply};
use wire::source::{
    DeadLetterOut, DeadLetterQuery, DeadLetterRowOut, NatsOut, NewSourceOut, ReceiptOut, SourceIn, SourceOut,
    SourceQuery, SourceTriedOut,
};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path, Query, Whole};
use crate::middleware::idempotency::{self, Unkept};
use crate::routes::mappings;
use crate::routes::paths::{DeadLetterPath, SourcePath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_sources, create_source))
        .routes(routes!(show_source, update_source, delete_source))
        .routes(routes!(renew_source_secret))
        .routes(routes!(try_source))
        .routes(routes!(list_dead_letters))
        .routes(routes!(show_dead_letter, delete_dead_letter))
        .routes(routes!(replay_dead_letter))
}

/// Senders have no account: they show the token of their source, or sign with its secret.
pub(crate) fn open() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(receive_events))
}

/// List the sources of events, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources",
    tag = "sources",
    params(WorkspacePath, SourceQuery),
    responses((status = 200, body = Page<SourceOut>))
)]
async fn list_sources(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<SourceQuery>,
) -> ApiResult<Json<Page<SourceOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let page = service.list_sources(&ctx, query.offset, query.limit).await?;
    let rows = page.rows.into_iter().map(|source| out(&service, source)).collect();
    Ok(Json(Page::new(rows, page.total, offset, limit)))
}

/// Create a source. The secret of its senders is told this once.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources",
    tag = "sources",
    params(WorkspacePath),
    request_body = SourceIn,
    responses((status = 200, body = Reply<NewSourceOut>))
)]
async fn create_source(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<SourceIn>,
) -> ApiResult<(Extension<Unkept>, Json<Reply<NewSourceOut>>)> {
    let made = service.create_source(&ctx, input(body)).await?;
    Ok((Extension(Unkept), Json(Reply::new(new_out(&service, made)))))
}

/// Show a source.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources/{source_id}",
    tag = "sources",
    params(SourcePath),
    responses((status = 200, body = Reply<SourceOut>))
)]
async fn show_source(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<SourcePath>,
) -> ApiResult<Json<Reply<SourceOut>>> {
    let source = service.get_source(&ctx, path.source_id).await?;
    Ok(Json(Reply::new(out(&service, source))))
}

/// Change, enable or disable a source.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources/{source_id}",
    tag = "sources",
    params(SourcePath),
    request_body = SourceIn,
    responses((status = 200, body = Reply<SourceOut>))
)]
async fn update_source(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<SourcePath>,
    Json(body): Json<SourceIn>,
) -> ApiResult<Json<Reply<SourceOut>>> {
    let source = service.update_source(&ctx, path.source_id, input(body)).await?;
    Ok(Json(Reply::new(out(&service, source))))
}

/// Delete a source. What it has brought stays.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources/{source_id}",
    tag = "sources",
    params(SourcePath),
    responses((status = 200, body = Done))
)]
async fn delete_source(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<SourcePath>,
) -> ApiResult<Json<Done>> {
    service.delete_source(&ctx, path.source_id).await?;
    Ok(Json(Done::default()))
}

/// Make a new secret for the senders of a webhook. The one before is refused from now on.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources/{source_id}/secret",
    tag = "sources",
    params(SourcePath),
    responses((status = 200, body = Reply<NewSourceOut>))
)]
async fn renew_source_secret(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<SourcePath>,
) -> ApiResult<(Extension<Unkept>, Json<Reply<NewSourceOut>>)> {
    let made = service.renew_source_secret(&ctx, path.source_id).await?;
    Ok((Extension(Unkept), Json(Reply::new(new_out(&service, made)))))
}

/// Try the stream of a source of the kind `nats`: what the mapping makes of its latest message, if there is one.
///
/// Takes what creates a source. Nothing is saved, and the message stays where it is.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources/try",
    tag = "sources",
    params(WorkspacePath),
    request_body = SourceIn,
    responses((status = 200, body = Reply<Vec<SourceTriedOut>>))
)]
async fn try_source(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<SourceIn>,
) -> ApiResult<Json<Reply<Vec<SourceTriedOut>>>> {
    let tried = service.try_source(&ctx, input(body)).await?;
    let out = tried.into_iter().map(|(event, tried)| SourceTriedOut {
        event: String::from_utf8_lossy(&event).into_owned(),
        tried: mappings::out(tried),
    });
    Ok(Json(Reply::new(out.collect())))
}

/// Send events to a webhook: one as JSON, several as a JSON array, or one a line (`application/x-ndjson`, CEF, LEEF).
///
/// `Authorization: Bearer <token>` or `X-Muster-Token`, or else `X-Signature-256: sha256=<HMAC-SHA-256 of the body>`.
/// With an `Idempotency-Key`, events that were taken in before are not taken in again.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/sources/{source_id}/events",
    tag = "sources",
    params(SourcePath),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 200, body = Reply<ReceiptOut>),
        (status = 401, description = "There is no such source, or its sender is another.", body = ErrorBody)
    ),
    security(())
)]
async fn receive_events(
    State(service): State<Service>,
    Path(path): Path<SourcePath>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> ApiResult<Json<Reply<ReceiptOut>>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bearer = text("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim().to_owned())
    });
    let content_type = text(header::CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
    let delivery = Delivery {
        token: bearer.or_else(|| text("x-muster-token")),
        signature: text("x-signature-256").or_else(|| text("x-hub-signature-256")),
        key: idempotency::written_key(&headers)?,
        by_line: ["ndjson", "jsonl", "json-seq", "text/plain"].iter().any(|kind| content_type.contains(kind)),
        body: body.to_vec(),
    };
    let tenant = model::Tenant { project: path.project_id, workspace: path.workspace_id };
    let Receipt { accepted, repeated, passed, refused } =
        service.receive_events(tenant, path.source_id, delivery).await?;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Json(Reply::new(ReceiptOut {
        accepted: count(accepted),
        repeated: count(repeated),
        passed: count(passed),
        refused: count(refused),
    })))
}

/// List the events that could not be taken in, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dead-letters",
    tag = "sources",
    params(WorkspacePath, DeadLetterQuery),
    responses((status = 200, body = Page<DeadLetterRowOut>))
)]
async fn list_dead_letters(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<DeadLetterQuery>,
) -> ApiResult<Json<Page<DeadLetterRowOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let input = ListDeadLetters {
        source_id: query.source_id,
        replayed: query.replayed,
        offset: query.offset,
        limit: query.limit,
    };
    let page = service.list_dead_letters(&ctx, input).await?;
    let rows = page.rows.into_iter().map(|letter| letter_row(letter, service.settings().zone)).collect();
    Ok(Json(Page::new(rows, page.total, offset, limit)))
}

/// Show an event that could not be taken in.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dead-letters/{letter_id}",
    tag = "sources",
    params(DeadLetterPath),
    responses((status = 200, body = Reply<DeadLetterOut>))
)]
async fn show_dead_letter(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DeadLetterPath>,
) -> ApiResult<Json<Reply<DeadLetterOut>>> {
    let letter = service.get_dead_letter(&ctx, path.letter_id).await?;
    Ok(Json(Reply::new(letter_out(letter, service.settings().zone))))
}

/// Take an event in that could not be taken in before, as its source does now.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dead-letters/{letter_id}/replay",
    tag = "sources",
    params(DeadLetterPath),
    responses((status = 200, body = Reply<DeadLetterOut>))
)]
async fn replay_dead_letter(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DeadLetterPath>,
) -> ApiResult<Json<Reply<DeadLetterOut>>> {
    let letter = service.replay_dead_letter(&ctx, path.letter_id).await?;
    Ok(Json(Reply::new(letter_out(letter, service.settings().zone))))
}

/// Delete an event that could not be taken in.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dead-letters/{letter_id}",
    tag = "sources",
    params(DeadLetterPath),
    responses((status = 200, body = Done))
)]
async fn delete_dead_letter(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DeadLetterPath>,
) -> ApiResult<Json<Done>> {
    service.delete_dead_letter(&ctx, path.letter_id).await?;
    Ok(Json(Done::default()))
}

fn input(body: SourceIn) -> SourceInput {
    SourceInput {
        name: body.name,
        description: body.description,
        kind: body.kind,
        mapping: body.mapping.map(|mapping| Value::from(serde_json::Value::Object(mapping))),
        builtin: body.builtin,
        dataclass_id: body.dataclass_id,
        enabled: body.enabled,
        authentication: body.authentication,
        nats: body.nats.map(|nats| NatsInput {
            url: nats.url,
            stream: nats.stream,
            subject: nats.subject,
            user: nats.user,
            password: nats.password.map(Secret::new),
            token: nats.token.map(Secret::new),
        }),
    }
}

fn out(service: &Service, source: Source) -> SourceOut {
    let zone = service.settings().zone;
    let (state, problem, state_time) = match service.stream_state(&source) {
        Some(state) => (state.name.to_owned(), state.problem, state.since.to_wire(zone)),
        None => Default::default(),
    };
    let builtin = source.builtin().unwrap_or_default().to_owned();
    let (row, settings) = (source.row, source.settings);
    let path = format!("/v1/{}/workspaces/{}/muster/sources/{}/events", row.project_id, row.workspace_id, row.id);
    SourceOut {
        id: row.id.to_string(),
        name: row.name,
        description: row.description,
        kind: row.kind,
        mapping: settings.mapping.and_then(|mapping| mapping.as_object().cloned()).unwrap_or_default(),
        builtin,
        dataclass_id: row.dataclass_id.to_string(),
        enabled: row.enabled,
        authentication: settings.authentication,
        path: if settings.nats.is_none() { path } else { String::new() },
        nats: settings.nats.map_or_else(NatsOut::default, |nats| NatsOut {
            url: nats.url,
            stream: nats.stream,
            subject: nats.subject,
        }),
        state,
        problem,
        state_time,
        creator_name: row.creator_name,
        create_time: row.create_time.to_wire(zone),
        update_time: row.update_time.to_wire(zone),
    }
}

fn new_out(service: &Service, made: NewSource) -> NewSourceOut {
    NewSourceOut { source: out(service, made.source), secret: made.secret }
}

fn letter_row(letter: DeadLetterSummary, zone: Zone) -> DeadLetterRowOut {
    DeadLetterRowOut {
        id: letter.id.to_string(),
        source_id: letter.source_id.to_string(),
        received_time: letter.received_at.to_wire(zone),
        reason: letter.reason,
        replayed_time: letter.replayed_at.map_or_else(String::new, |at| at.to_wire(zone)),
        size: letter.size,
    }
}

fn letter_out(letter: DeadLetter, zone: Zone) -> DeadLetterOut {
    let summary = DeadLetterSummary {
        id: letter.id,
        source_id: letter.source_id,
        received_at: letter.received_at,
        reason: letter.reason,
        replayed_at: letter.replayed_at,
        size: i64::try_from(letter.body.len()).unwrap_or(i64::MAX),
    };
    let row = letter_row(summary, zone);
    match String::from_utf8(letter.body) {
        Ok(body) => DeadLetterOut { row, encoding: "text".to_owned(), body },
        Err(error) => {
            let body = STANDARD.encode(error.as_bytes());
            DeadLetterOut { row, encoding: "base64".to_owned(), body }
        }
    }
}

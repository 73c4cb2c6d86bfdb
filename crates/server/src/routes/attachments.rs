//! `…/soc/attachment`: files of to-dos and data objects, and `…/muster/attachments`, where their bytes are.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use model::Tenant;
use model::time::Zone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use service::attachment::{Attachment, Link, LinkInput, Outgoing, served_as};
use service::{Service, Text};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::attachment::{
    AttachmentCreatedOut, AttachmentForm, AttachmentLinkQuery, AttachmentListQuery, AttachmentOut,
    AttachmentUploadQuery,
};
use wire::envelope::{Done, Reply};

use crate::app::ApiState;
use crate::error::{ApiError, ApiResult, Chain};
use crate::extract::{InWorkspace, Json, Path, Query, Upload};
use crate::request::RequestContext;
use crate::routes::paths::{AttachmentPath, WorkspacePath};
use crate::routes::spell::optional;

/// Longest text of a form field beside the file, in bytes.
const FIELD: usize = 1024;
/// What a name may hold in a header without being encoded (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_attachment))
        .routes(routes!(download_attachment))
        .routes(routes!(list_attachments))
        .routes(routes!(delete_attachment))
}

/// Routes whose bodies are streamed.
pub(crate) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(upload_attachment))
}

/// Routes without credentials: what opens a file is the link that its signature makes of the address.
pub(crate) fn open() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read_attachment))
}

/// Upload a file. Without a to-do or a data object it belongs to nothing until a to-do takes it.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/attachment/upload",
    tag = "attachments",
    params(WorkspacePath, AttachmentUploadQuery),
    request_body(content = AttachmentForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Reply<AttachmentCreatedOut>))
)]
async fn upload_attachment(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<AttachmentUploadQuery>,
    mut upload: Upload,
) -> ApiResult<Json<Reply<AttachmentCreatedOut>>> {
    let mut file = service.receive_attachment(&ctx, query.data_object_id.as_deref())?;
    let mut file_type = None;
    while let Some(mut part) = upload.next_part().await? {
        if part.name() == "uploadFile" {
            file.begin(part.file_name()).await?;
            while let Some(piece) = part.chunk().await? {
                file.write(piece).await?;
            }
        } else if part.name() == "fileType" {
            file_type = Some(text(part.bytes(FIELD).await?)?);
        }
    }
    upload.finish().await?;
    let kept = file.finish(file_type).await?;
    Ok(Json(Reply::new(AttachmentCreatedOut {
        id: kept.id.to_string(),
        file_name: kept.file_name,
        workspace_id: kept.workspace_id.to_string(),
    })))
}

fn text(bytes: Vec<u8>) -> ApiResult<String> {
    String::from_utf8(bytes).map_err(|_| ApiError::invalid(Text::new("fileType must be text", "fileType必须是文本")))
}

/// Show what is known of a file.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/attachment/{attach_id}",
    tag = "attachments",
    params(AttachmentPath),
    responses((status = 200, body = Reply<AttachmentOut>))
)]
async fn show_attachment(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Path(path): Path<AttachmentPath>,
) -> ApiResult<Json<Reply<AttachmentOut>>> {
    let attachment = service.get_attachment(&ctx, path.attach_id).await?;
    Ok(Json(Reply::new(out(attachment, &context, service.settings().zone))))
}

/// Get the address of a file's bytes. It works for five minutes, and without credentials.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/attachment/{attach_id}/download",
    tag = "attachments",
    params(AttachmentPath),
    responses((status = 200, body = Reply<String>))
)]
async fn download_attachment(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Path(path): Path<AttachmentPath>,
) -> ApiResult<Json<Reply<String>>> {
    let Link { expires, signature } = service.link_attachment(&ctx, path.attach_id).await?;
    let AttachmentPath { project_id, workspace_id, attach_id } = path;
    let base = context.origin().base();
    Ok(Json(Reply::new(format!(
        "{base}/v1/{project_id}/workspaces/{workspace_id}/muster/attachments/{attach_id}/content\
         ?expires={expires}&signature={signature}"
    ))))
}

/// List the files of a data object, oldest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/attachments",
    tag = "attachments",
    params(WorkspacePath, AttachmentListQuery),
    responses((status = 200, body = Reply<Vec<AttachmentOut>>))
)]
async fn list_attachments(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Query(query): Query<AttachmentListQuery>,
) -> ApiResult<Json<Reply<Vec<AttachmentOut>>>> {
    let attachments = service.list_attachments(&ctx, query.data_object_id).await?;
    let zone = service.settings().zone;
    Ok(Json(Reply::new(attachments.into_iter().map(|attachment| out(attachment, &context, zone)).collect())))
}

/// Delete a file.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/attachments/{attach_id}",
    tag = "attachments",
    params(AttachmentPath),
    responses((status = 200, body = Done))
)]
async fn delete_attachment(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<AttachmentPath>,
) -> ApiResult<Json<Done>> {
    service.delete_attachment(&ctx, path.attach_id).await?;
    Ok(Json(Done::default()))
}

/// Read the bytes of a file, by an address that the server gave out.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/attachments/{attach_id}/content",
    tag = "attachments",
    params(AttachmentPath, AttachmentLinkQuery),
    responses((status = 200, content_type = "application/octet-stream", body = String))
)]
async fn read_attachment(
    State(service): State<Service>,
    Path(path): Path<AttachmentPath>,
    Query(query): Query<AttachmentLinkQuery>,
) -> ApiResult<Response> {
    let tenant = Tenant { project: path.project_id, workspace: path.workspace_id };
    let link = LinkInput { expires: query.expires, signature: query.signature };
    let file = service.open_attachment(tenant, path.attach_id, link).await?;
    let headers = headers(file.attachment())?;
    Ok((headers, body(file)).into_response())
}

/// Whatever the bytes are, a browser saves them: it neither shows them in a page nor carries them out.
fn headers(attachment: &Attachment) -> ApiResult<HeaderMap> {
    let plain: String = attachment
        .file_name
        .chars()
        .map(|c| if matches!(c, ' '..='~') && !"\"\\%".contains(c) { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(&attachment.file_name, PLAIN);
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(disposition).map_err(ApiError::defect)?);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(served_as(&attachment.content_type)));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(attachment.size));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(headers)
}

/// The bytes. A failure cuts the body off: it is shorter than announced then.
fn body(file: Outgoing) -> Body {
    Body::from_stream(stream::unfold(Some(file), async |file| {
        let mut file = file?;
        match file.next().await? {
            Ok(piece) => Some((Ok(piece), Some(file))),
            Err(error) => {
                tracing::error!(attachment.id = %file.attachment().id, error = %Chain(&error), "cannot hand a file out");
                Some((Err(error), None))
            }
        }
    }))
}

fn out(attachment: Attachment, context: &RequestContext, zone: Zone) -> AttachmentOut {
    let base = context.origin().base();
    let (project, workspace, id) = (attachment.project_id, attachment.workspace_id, attachment.id);
    AttachmentOut {
        id: id.to_string(),
        file_name: attachment.file_name,
        file_folder: String::new(),
        workspace_id: workspace.to_string(),
        creator_id: attachment.creator_id.to_string(),
        creator_name: attachment.creator_name,
        create_time: attachment.create_time.to_wire(zone),
        update_time: attachment.update_time.to_wire(zone),
        modifier_id: String::new(),
        modifier_name: String::new(),
        is_deleted: String::from("false"),
        storage_type: attachment.storage,
        storage_url: format!("{base}/v1/{project}/workspaces/{workspace}/soc/attachment/{id}/download"),
        content_type: attachment.content_type,
        size: attachment.size,
        sha256: service::identity::signature::to_hex(&attachment.checksum),
        data_object_id: optional(attachment.object_id),
        task_id: optional(attachment.task_id),
    }
}

//! Import, export and templates of data objects, for all classes that have them.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use service::object::ClassName;
use service::object::transfer::{ExportObjects, ImportReport, ObjectFile};
use service::{Ctx, Language, Service};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::data_object::transfer::{ExportIn, ImportOut, ImportTemplateQuery, ObjectImportForm, RefusedRowOut};
use wire::envelope::ShortReply;

use crate::app::ApiState;
use crate::error::{ApiError, ApiResult, Chain};
use crate::extract::{InWorkspace, Json, Path, Query, Upload};
use crate::request::RequestContext;
use crate::routes::objects;
use crate::routes::paths::{ObjectsPath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(export_alerts))
        .routes(routes!(download_alert_template))
        .routes(routes!(export_incidents))
        .routes(routes!(download_incident_template))
        .routes(routes!(export_indicators))
        .routes(routes!(download_indicator_template))
        .routes(routes!(export_vulnerabilities))
        .routes(routes!(download_vulnerability_template))
        .routes(routes!(export_dataobjects))
}

/// Routes whose bodies are streamed.
pub(crate) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(import_alerts))
        .routes(routes!(import_incidents))
        .routes(routes!(import_indicators))
        .routes(routes!(import_vulnerabilities))
        .routes(routes!(import_dataobjects))
}

/// Export alerts to a file.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/export",
    tag = "alerts",
    params(WorkspacePath),
    request_body = ExportIn,
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn export_alerts(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Json(body): Json<ExportIn>,
) -> ApiResult<Response> {
    export(&service, &ctx, ClassName::Alert, body, context.language()).await
}

/// Import alerts from a file: CSV, XLSX or JSON.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/import",
    tag = "alerts",
    params(WorkspacePath),
    request_body(content = ObjectImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = ShortReply<ImportOut>))
)]
async fn import_alerts(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    upload: Upload,
) -> ApiResult<Json<ShortReply<ImportOut>>> {
    import(&service, &ctx, ClassName::Alert, upload, context.language()).await
}

/// Download a file to fill in for an import of alerts.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/alerts/template/download",
    tag = "alerts",
    params(WorkspacePath, ImportTemplateQuery),
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn download_alert_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Query(query): Query<ImportTemplateQuery>,
) -> ApiResult<Response> {
    let class = ClassName::Alert;
    download(service.object_template(&ctx, class, query.format, context.language()).await?)
}

/// Export incidents to a file.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/export",
    tag = "incidents",
    params(WorkspacePath),
    request_body = ExportIn,
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn export_incidents(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Json(body): Json<ExportIn>,
) -> ApiResult<Response> {
    export(&service, &ctx, ClassName::Incident, body, context.language()).await
}

/// Import incidents from a file: CSV, XLSX or JSON.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/import",
    tag = "incidents",
    params(WorkspacePath),
    request_body(content = ObjectImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = ShortReply<ImportOut>))
)]
async fn import_incidents(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    upload: Upload,
) -> ApiResult<Json<ShortReply<ImportOut>>> {
    import(&service, &ctx, ClassName::Incident, upload, context.language()).await
}

/// Download a file to fill in for an import of incidents.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/incidents/template/download",
    tag = "incidents",
    params(WorkspacePath, ImportTemplateQuery),
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn download_incident_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Query(query): Query<ImportTemplateQuery>,
) -> ApiResult<Response> {
    let class = ClassName::Incident;
    download(service.object_template(&ctx, class, query.format, context.language()).await?)
}

/// Export indicators to a file.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators/export",
    tag = "indicators",
    params(WorkspacePath),
    request_body = ExportIn,
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn export_indicators(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Json(body): Json<ExportIn>,
) -> ApiResult<Response> {
    export(&service, &ctx, ClassName::Indicator, body, context.language()).await
}

/// Import indicators from a file: CSV, XLSX or JSON.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators/import",
    tag = "indicators",
    params(WorkspacePath),
    request_body(content = ObjectImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = ShortReply<ImportOut>))
)]
async fn import_indicators(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    upload: Upload,
) -> ApiResult<Json<ShortReply<ImportOut>>> {
    import(&service, &ctx, ClassName::Indicator, upload, context.language()).await
}

/// Download a file to fill in for an import of indicators.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/indicators/template/download",
    tag = "indicators",
    params(WorkspacePath, ImportTemplateQuery),
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn download_indicator_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Query(query): Query<ImportTemplateQuery>,
) -> ApiResult<Response> {
    let class = ClassName::Indicator;
    download(service.object_template(&ctx, class, query.format, context.language()).await?)
}

/// Export vulnerabilities to a file.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/vulnerability/export",
    tag = "vulnerabilities",
    params(WorkspacePath),
    request_body = ExportIn,
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn export_vulnerabilities(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Json(body): Json<ExportIn>,
) -> ApiResult<Response> {
    export(&service, &ctx, ClassName::Vulnerability, body, context.language()).await
}

/// Import vulnerabilities from a file: CSV, XLSX or JSON.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/vulnerability/import",
    tag = "vulnerabilities",
    params(WorkspacePath),
    request_body(content = ObjectImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = ShortReply<ImportOut>))
)]
async fn import_vulnerabilities(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    upload: Upload,
) -> ApiResult<Json<ShortReply<ImportOut>>> {
    import(&service, &ctx, ClassName::Vulnerability, upload, context.language()).await
}

/// Download a file to fill in for an import of vulnerabilities.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/vulnerability/template/download",
    tag = "vulnerabilities",
    params(WorkspacePath, ImportTemplateQuery),
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn download_vulnerability_template(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Query(query): Query<ImportTemplateQuery>,
) -> ApiResult<Response> {
    let class = ClassName::Vulnerability;
    download(service.object_template(&ctx, class, query.format, context.language()).await?)
}

/// Export objects of any data class, or a file to fill in for an import of such.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_name}/export",
    tag = "data objects and relations",
    params(ObjectsPath),
    request_body = ExportIn,
    responses((status = 200, content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/csv"),
        (String = "application/json"),
    )))
)]
async fn export_dataobjects(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Path(path): Path<ObjectsPath>,
    Json(body): Json<ExportIn>,
) -> ApiResult<Response> {
    export(&service, &ctx, ClassName::Other(&path.dataclass_name), body, context.language()).await
}

/// Import objects of any data class from a file: CSV, XLSX or JSON.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/{dataclass_name}/import",
    tag = "data objects and relations",
    params(ObjectsPath),
    request_body(content = ObjectImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = ShortReply<ImportOut>))
)]
async fn import_dataobjects(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    context: RequestContext,
    Path(path): Path<ObjectsPath>,
    upload: Upload,
) -> ApiResult<Json<ShortReply<ImportOut>>> {
    import(&service, &ctx, ClassName::Other(&path.dataclass_name), upload, context.language()).await
}

async fn export(
    service: &Service,
    ctx: &Ctx,
    class: ClassName<'_>,
    body: ExportIn,
    language: Language,
) -> ApiResult<Response> {
    let input = ExportObjects {
        action: body.action,
        search: objects::search(body.data_object_filters_form.unwrap_or_default()),
        title: body.title,
        format: body.format,
        language,
    };
    download(service.export_objects(ctx, class, input).await?)
}

async fn import(
    service: &Service,
    ctx: &Ctx,
    class: ClassName<'_>,
    mut upload: Upload,
    language: Language,
) -> ApiResult<Json<ShortReply<ImportOut>>> {
    let mut file = service.receive_objects(ctx, class).await?;
    while let Some(mut part) = upload.next_part().await? {
        if part.name() == "uploadFile" {
            file.begin().await?;
            while let Some(piece) = part.chunk().await? {
                file.write(piece).await?;
            }
        }
    }
    upload.finish().await?;
    Ok(Json(ShortReply::new(out(file.finish().await?, language))))
}

fn out(report: ImportReport, language: Language) -> ImportOut {
    let refused = report.refused.into_iter();
    ImportOut {
        ids: report.ids.iter().map(ToString::to_string).collect(),
        imported: report.imported,
        refused: refused
            .map(|row| RefusedRowOut { row: row.number, message: row.why.in_language(language).to_owned() })
            .collect(),
        refused_total: report.refused_total,
    }
}

/// A file. A failure cuts the body off, so that nobody takes a part of it for the whole.
fn download(file: ObjectFile) -> ApiResult<Response> {
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(disposition).map_err(ApiError::defect)?);
    let pieces = stream::unfold(file, async |mut file| {
        let piece = file.next().await?;
        if let Err(error) = &piece {
            tracing::error!(file.name = %file.name, error = %Chain(error), "cannot export to the end");
        }
        Some((piece, file))
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

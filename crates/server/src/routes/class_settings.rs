//! `…/muster/dataclasses`: custom fields, and how objects are kept.

use axum::extract::State;
use service::Service;
use service::dataclass::{self, CreateField};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::class_settings::{ClassSettings, CustomFieldIn, DedupRule};
use wire::dataclass::FieldOut;
use wire::envelope::{Done, Reply};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path};
use crate::routes::dataclasses::field_out;
use crate::routes::paths::{DataClassFieldPath, DataClassPath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_class_settings, set_class_settings))
        .routes(routes!(create_dataclass_field))
        .routes(routes!(delete_dataclass_field))
}

/// Show how the objects of a data class are kept.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dataclasses/{dataclass_id}/settings",
    tag = "data classes",
    params(DataClassPath),
    responses((status = 200, body = Reply<ClassSettings>))
)]
async fn show_class_settings(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
) -> ApiResult<Json<Reply<ClassSettings>>> {
    Ok(Json(Reply::new(out(service.get_class_settings(&ctx, path.dataclass_id).await?))))
}

/// Say how the objects of a data class are kept.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dataclasses/{dataclass_id}/settings",
    tag = "data classes",
    params(DataClassPath),
    request_body = ClassSettings,
    responses((status = 200, body = Reply<ClassSettings>))
)]
async fn set_class_settings(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Json(body): Json<ClassSettings>,
) -> ApiResult<Json<Reply<ClassSettings>>> {
    let rules = body.deduplication.into_iter();
    let rule =
        |rule: DedupRule| dataclass::DedupRule { kind: rule.kind, fields: rule.fields, window: rule.window_seconds };
    let settings =
        dataclass::ClassSettings { deduplication: rules.map(rule).collect(), retention_days: body.retention_days };
    Ok(Json(Reply::new(out(service.set_class_settings(&ctx, path.dataclass_id, settings).await?))))
}

/// Add a field to a data class.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dataclasses/{dataclass_id}/fields",
    tag = "data classes",
    params(DataClassPath),
    request_body = CustomFieldIn,
    responses((status = 200, body = Reply<FieldOut>))
)]
async fn create_dataclass_field(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Json(body): Json<CustomFieldIn>,
) -> ApiResult<Json<Reply<FieldOut>>> {
    let input = CreateField {
        field_key: body.field_key,
        name: body.name,
        description: body.description,
        field_type: body.field_type,
        options: body.options,
        default_value: body.default_value,
        field_tooltip: body.field_tooltip,
        required: body.required,
    };
    let (class, field) = service.create_dataclass_field(&ctx, path.dataclass_id, input).await?;
    Ok(Json(Reply::new(field_out(field, &class, service.settings().zone))))
}

/// Remove a field that was added to a data class. Objects keep what they hold there.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/dataclasses/{dataclass_id}/fields/{field_id}",
    tag = "data classes",
    params(DataClassFieldPath),
    responses((status = 200, body = Done))
)]
async fn delete_dataclass_field(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassFieldPath>,
) -> ApiResult<Json<Done>> {
    service.delete_dataclass_field(&ctx, path.dataclass_id, path.field_id).await?;
    Ok(Json(Done::default()))
}

fn out(settings: dataclass::ClassSettings) -> ClassSettings {
    let rules = settings.deduplication.into_iter();
    let rule =
        |rule: dataclass::DedupRule| DedupRule { kind: rule.kind, fields: rule.fields, window_seconds: rule.window };
    ClassSettings { deduplication: rules.map(rule).collect(), retention_days: settings.retention_days }
}

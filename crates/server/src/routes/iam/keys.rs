//! `/v3.0/OS-CREDENTIAL/credentials`: access keys.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use service::Service;
use service::identity::key::AccessKey;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::iam::access_key::{
    AccessKeyCreatedOut, AccessKeyCreatedReply, AccessKeyIn, AccessKeyOut, AccessKeyQuery, AccessKeyReply,
    AccessKeysOut,
};

use super::{DONE, body, invalid, optional_id, time};
use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{Authenticated, Json, Path, Query};

/// An access key.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct AccessKeyPath {
    /// The public part of the access key.
    access_key: String,
}

const ACTIVE: &str = "active";
const INACTIVE: &str = "inactive";

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_access_keys, create_access_key)).routes(routes!(
        show_access_key,
        update_access_key,
        delete_access_key
    ))
}

/// List access keys of a user, the caller when none is named.
#[utoipa::path(
    get,
    path = "/v3.0/OS-CREDENTIAL/credentials",
    tag = "identity",
    params(AccessKeyQuery),
    responses((status = 200, body = AccessKeysOut))
)]
async fn list_access_keys(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Query(query): Query<AccessKeyQuery>,
) -> ApiResult<Json<AccessKeysOut>> {
    let found = service.list_access_keys(&caller, optional_id("user_id", query.user_id.as_deref())?).await?;
    Ok(Json(AccessKeysOut { credentials: found.into_iter().map(out).collect() }))
}

/// Create an access key. Its secret is shown only here.
#[utoipa::path(
    post,
    path = "/v3.0/OS-CREDENTIAL/credentials",
    tag = "identity",
    request_body = AccessKeyIn,
    responses((status = 201, body = AccessKeyCreatedReply))
)]
async fn create_access_key(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Json(input): Json<AccessKeyIn>,
) -> ApiResult<(StatusCode, Json<AccessKeyCreatedReply>)> {
    let fields = body("credential", input.credential)?;
    let owner = optional_id("credential.user_id", fields.user_id.as_deref())?;
    let created = service.create_access_key(&caller, owner, fields.description).await?;
    let key = out(created.key);
    let credential = AccessKeyCreatedOut {
        access: key.access,
        secret: created.secret,
        user_id: key.user_id,
        status: key.status,
        create_time: key.create_time,
        description: key.description,
    };
    Ok((StatusCode::CREATED, Json(AccessKeyCreatedReply { credential })))
}

/// Show an access key.
#[utoipa::path(
    get,
    path = "/v3.0/OS-CREDENTIAL/credentials/{access_key}",
    tag = "identity",
    params(AccessKeyPath),
    responses((status = 200, body = AccessKeyReply))
)]
async fn show_access_key(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<AccessKeyPath>,
) -> ApiResult<Json<AccessKeyReply>> {
    let key = service.get_access_key(&caller, &path.access_key).await?;
    Ok(Json(AccessKeyReply { credential: out(key) }))
}

/// Describe, enable or disable an access key.
#[utoipa::path(
    put,
    path = "/v3.0/OS-CREDENTIAL/credentials/{access_key}",
    tag = "identity",
    params(AccessKeyPath),
    request_body = AccessKeyIn,
    responses((status = 200, body = AccessKeyReply))
)]
async fn update_access_key(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<AccessKeyPath>,
    Json(input): Json<AccessKeyIn>,
) -> ApiResult<Json<AccessKeyReply>> {
    let fields = body("credential", input.credential)?;
    let enabled = match fields.status.as_deref() {
        None | Some("") => None,
        Some(ACTIVE) => Some(true),
        Some(INACTIVE) => Some(false),
        Some(_) => {
            return Err(invalid(
                "credential.status must be one of: active, inactive",
                "credential.status必须是以下之一：active, inactive",
            ));
        }
    };
    let key = service.update_access_key(&caller, &path.access_key, fields.description, enabled).await?;
    Ok(Json(AccessKeyReply { credential: out(key) }))
}

/// Delete an access key.
#[utoipa::path(
    delete,
    path = "/v3.0/OS-CREDENTIAL/credentials/{access_key}",
    tag = "identity",
    params(AccessKeyPath),
    responses((status = 204, description = "The key is gone."))
)]
async fn delete_access_key(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<AccessKeyPath>,
) -> ApiResult<StatusCode> {
    service.delete_access_key(&caller, &path.access_key).await?;
    Ok(DONE)
}

fn out(key: AccessKey) -> AccessKeyOut {
    AccessKeyOut {
        access: key.access,
        user_id: key.user_id.to_string(),
        status: if key.enabled { ACTIVE } else { INACTIVE }.to_owned(),
        create_time: time(key.create_time),
        last_use_time: key.last_use_time.map_or_else(String::new, time),
        description: key.description,
    }
}

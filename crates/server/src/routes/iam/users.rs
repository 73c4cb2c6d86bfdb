//! `/v3/users`.

use axum::extract::State;
use axum::http::StatusCode;
use service::Service;
use service::identity::user::{ListUsers, User, UserFields};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::iam::user::{PasswordChangeIn, UserFieldsIn, UserIn, UserOut, UserQuery, UserReply, UsersOut};

use super::{DONE, body, links, self_link};
use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{Authenticated, Json, Path, Query};
use crate::request::RequestContext;
use crate::routes::paths::UserPath;
use crate::routes::spell::optional;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(show_user, update_user, delete_user))
        .routes(routes!(change_password))
}

/// List users. Without the permission to list them, callers see themselves.
#[utoipa::path(
    get,
    path = "/v3/users",
    tag = "identity",
    params(UserQuery),
    responses((status = 200, body = UsersOut))
)]
async fn list_users(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Query(query): Query<UserQuery>,
) -> ApiResult<Json<UsersOut>> {
    let input = ListUsers { name: query.name, domain_id: query.domain_id, enabled: query.enabled };
    let page = service.list_users(&caller, input).await?;
    let users = page.rows.into_iter().map(|row| out(row, &context)).collect();
    Ok(Json(UsersOut { links: links(&context, "/v3/users"), users }))
}

/// Create a user.
#[utoipa::path(
    post,
    path = "/v3/users",
    tag = "identity",
    request_body = UserIn,
    responses((status = 201, body = UserReply))
)]
async fn create_user(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Json(input): Json<UserIn>,
) -> ApiResult<(StatusCode, Json<UserReply>)> {
    let user = service.create_user(&caller, fields(body("user", input.user)?)).await?;
    Ok((StatusCode::CREATED, Json(UserReply { user: out(user, &context) })))
}

/// Show a user.
#[utoipa::path(
    get,
    path = "/v3/users/{user_id}",
    tag = "identity",
    params(UserPath),
    responses((status = 200, body = UserReply))
)]
async fn show_user(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Path(path): Path<UserPath>,
) -> ApiResult<Json<UserReply>> {
    let user = service.get_user(&caller, path.user_id).await?;
    Ok(Json(UserReply { user: out(user, &context) }))
}

/// Change a user, set their password, enable or disable them.
#[utoipa::path(
    patch,
    path = "/v3/users/{user_id}",
    tag = "identity",
    params(UserPath),
    request_body = UserIn,
    responses((status = 200, body = UserReply))
)]
async fn update_user(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Path(path): Path<UserPath>,
    Json(input): Json<UserIn>,
) -> ApiResult<Json<UserReply>> {
    let user = service.update_user(&caller, path.user_id, fields(body("user", input.user)?)).await?;
    Ok(Json(UserReply { user: out(user, &context) }))
}

/// Delete a user with their tokens, access keys and roles.
#[utoipa::path(
    delete,
    path = "/v3/users/{user_id}",
    tag = "identity",
    params(UserPath),
    responses((status = 204, description = "The user is gone."))
)]
async fn delete_user(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<UserPath>,
) -> ApiResult<StatusCode> {
    service.delete_user(&caller, path.user_id).await?;
    Ok(DONE)
}

/// Change the caller's own password. Every token of the caller ends.
#[utoipa::path(
    post,
    path = "/v3/users/{user_id}/password",
    tag = "identity",
    params(UserPath),
    request_body = PasswordChangeIn,
    responses((status = 204, description = "The new password holds."))
)]
async fn change_password(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<UserPath>,
    Json(input): Json<PasswordChangeIn>,
) -> ApiResult<StatusCode> {
    let fields = body("user", input.user)?;
    service.change_password(&caller, path.user_id, fields.original_password, fields.password).await?;
    Ok(DONE)
}

fn fields(input: UserFieldsIn) -> UserFields {
    UserFields {
        name: input.name,
        domain_id: input.domain_id,
        description: input.description,
        password: input.password,
        enabled: input.enabled,
        default_project_id: input.default_project_id,
    }
}

fn out(row: User, context: &RequestContext) -> UserOut {
    UserOut {
        links: self_link(context, &format!("/v3/users/{}", row.id)),
        id: row.id.to_string(),
        name: row.name,
        domain_id: row.domain_id.to_string(),
        default_project_id: optional(row.default_project_id),
        enabled: row.enabled,
        description: row.description,
        password_expires_at: String::new(),
        pwd_status: true,
    }
}

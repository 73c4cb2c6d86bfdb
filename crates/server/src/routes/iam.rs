//! `/v3`, `/v3.0`: identity, as Keystone and the vendor's IAM have it.

mod keys;
mod projects;
mod roles;
mod tokens;
mod users;

use axum::http::StatusCode;
use model::Timestamp;
use service::{Error, Text, code};
use utoipa_axum::router::OpenApiRouter;
use wire::iam::{LinksOut, SelfLinkOut};

use crate::app::ApiState;
use crate::error::ApiError;
use crate::request::RequestContext;

/// Log-in, which needs no credentials.
pub(crate) fn open() -> OpenApiRouter<ApiState> {
    tokens::open()
}

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    tokens::routes().merge(projects::routes()).merge(users::routes()).merge(roles::routes()).merge(keys::routes())
}

/// The address of something in this API.
fn link(context: &RequestContext, path: &str) -> String {
    format!("{}{path}", context.origin().base())
}

fn self_link(context: &RequestContext, path: &str) -> SelfLinkOut {
    SelfLinkOut { this: link(context, path) }
}

fn links(context: &RequestContext, path: &str) -> LinksOut {
    LinksOut { this: link(context, path), next: None, previous: None }
}

/// Keystone's spelling of a time: UTC with microseconds.
fn time(at: Timestamp) -> String {
    let millis = at.to_rfc3339();
    format!("{}{:03}Z", millis.trim_end_matches('Z'), at.0.rem_euclid(1000))
}

/// The object that the body must hold.
fn body<T>(field: &str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| invalid(format!("{field} is required"), format!("{field}为必填项")))
}

/// An id in a query that may be left out or empty.
fn optional_id<T: std::str::FromStr>(field: &str, text: Option<&str>) -> Result<Option<T>, ApiError> {
    let parse = |text: &str| {
        text.parse().map_err(|_| {
            invalid(
                format!("{field} must be an id of 32 hexadecimal characters"),
                format!("{field}必须是32位十六进制的ID"),
            )
        })
    };
    text.filter(|text| !text.is_empty()).map(parse).transpose()
}

fn invalid(en: impl Into<String>, zh: impl Into<String>) -> ApiError {
    Error::new(&code::IDENTITY_INVALID, Text::new(en, zh)).into()
}

/// Success without an answer.
const DONE: StatusCode = StatusCode::NO_CONTENT;

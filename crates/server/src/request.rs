//! What belongs to one request and is needed all over: its id, the language of its answer, where it came from.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use service::{Language, RequestInfo};

use crate::app::AppState;
use crate::error::ApiError;
use crate::proxy::{Connection, Origin};

/// The form of an error's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorStyle {
    /// `{"code", "message"}`: everything but identity.
    Contract,
    /// Keystone's frame with the SDK's `error_code` and `error_msg`: `/v3` and `/v3.0`.
    Keystone,
}

/// One request. The outermost middleware makes it and puts it into the request's extensions; take it as an extractor.
#[derive(Debug, Clone)]
pub struct RequestContext(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: String,
    language: Language,
    style: ErrorStyle,
    origin: Origin,
    principal: OnceLock<String>,
}

impl RequestContext {
    pub(crate) fn new(state: &AppState, parts: &Parts) -> Self {
        // Without an accept loop, as in tests, the request counts as local.
        let local = Connection { peer: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: false };
        let connection = parts.extensions.get::<Connection>().copied().unwrap_or(local);
        let style = if parts.uri.path().starts_with("/v3") { ErrorStyle::Keystone } else { ErrorStyle::Contract };
        Self(Arc::new(Inner {
            id: request_id(state),
            language: language(parts),
            style,
            origin: Origin::of(parts, connection, &state.http.trusted_proxies),
            principal: OnceLock::new(),
        }))
    }

    pub(crate) fn of(parts: &Parts) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| ApiError::defect("the request has no context"))
    }

    /// `X-request-id` of the answer.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The language of messages.
    pub fn language(&self) -> Language {
        self.0.language
    }

    /// The form of an error's body.
    pub fn error_style(&self) -> ErrorStyle {
        self.0.style
    }

    /// Where the request came from, and the address it was sent to.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// What use-cases record about the request.
    pub fn info(&self) -> RequestInfo {
        RequestInfo { id: self.0.id.clone(), client_ip: self.0.origin.client_ip.to_string() }
    }

    /// The user's name once the caller is known; empty before.
    pub fn principal(&self) -> &str {
        self.0.principal.get().map_or("", String::as_str)
    }

    pub(crate) fn set_principal(&self, name: &str) {
        // A request is authenticated once.
        let _ = self.0.principal.set(name.to_owned());
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        Self::of(parts)
    }
}

/// `<uuid>-<milliseconds since 1970>-<host>`.
fn request_id(state: &AppState) -> String {
    format!("{}-{}-{}", state.ids.next(), state.clock.now().as_millis(), state.http.host_name)
}

fn language(parts: &Parts) -> Language {
    match parts.headers.get("x-language").map(|value| value.as_bytes().to_ascii_lowercase()).as_deref() {
        Some(b"zh-cn") => Language::Chinese,
        Some(_) | None => Language::English,
    }
}

//! `Idempotency-Key`: a change that is asked for twice with one key is made once, and the second request gets the first
//! one's answer. Keys hold for `/v1`. An answer that holds a secret is [`Unkept`].

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use service::idempotency::{Claim, End};
use service::{Caller, Error, Service, Text};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::app::AppState;
use crate::error::{ApiError, ApiResult};
use crate::extract::body::{self, Plain};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const KEY_LENGTH: usize = 255;
/// Larger answers are given once and not kept.
const KEPT_BYTES: u64 = 1 << 20;

/// What an answer with a secret carries: it is given once and not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unkept;

/// The seam to what remembers keys and answers.
#[async_trait]
pub trait Answers: Send + Sync {
    /// Takes a key for a request, or gives what was answered to the one that has it.
    async fn claim(&self, caller: &Caller, key: &str, request_hash: [u8; 32]) -> Result<Claim, Error>;

    /// The request is over: keeps the answer, or frees the key when nothing was changed.
    async fn settle(&self, caller: &Caller, key: &str, end: End) -> Result<(), Error>;
}

#[async_trait]
impl Answers for Service {
    async fn claim(&self, caller: &Caller, key: &str, request_hash: [u8; 32]) -> Result<Claim, Error> {
        self.claim_key(caller, key, request_hash).await
    }

    async fn settle(&self, caller: &Caller, key: &str, end: End) -> Result<(), Error> {
        self.settle_key(caller, key, end).await
    }
}

/// For routes whose body is read as a whole: it is part of what the key stands for.
pub(crate) async fn buffered(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let key = match key(&parts) {
        Ok(Some(key)) => key,
        Ok(None) => return next.run(Request::from_parts(parts, body)).await,
        Err(error) => return error.into_response(),
    };
    match body::read::<Plain>(&parts, body, state.http.json_limit, &state.http).await {
        Ok((bytes, ())) => {
            let hash = hash(&parts, &bytes);
            once(state, key, hash, Request::from_parts(parts, Body::from(bytes)), next).await
        }
        Err(error) => error.into_response(),
    }
}

/// For uploads, whose body stays a stream: the key stands for the path and the announced length.
pub(crate) async fn streamed(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match key(&parts) {
        Ok(Some(key)) => {
            let length = body::announced_length(&parts).unwrap_or_default();
            let hash = hash(&parts, &length.to_be_bytes());
            once(state, key, hash, Request::from_parts(parts, body), next).await
        }
        Ok(None) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    }
}

async fn once(state: AppState, key: String, hash: [u8; 32], request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return ApiError::defect("a keyed request has no caller").into_response();
    };
    match state.answers.claim(&caller, &key, hash).await {
        Ok(Claim::Taken) => {}
        Ok(Claim::Answered { status, body }) => return replay(status, body),
        Err(error) => return ApiError::from(error).into_response(),
    }
    // A client that goes away does not stop it half way: its next request finds the answer.
    let carried = tokio::spawn(carry_out(Arc::clone(&state.answers), caller, key, request, next).in_current_span());
    match carried.await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => ApiError::defect(error).into_response(),
        },
    }
}

async fn carry_out(answers: Arc<dyn Answers>, caller: Caller, key: String, request: Request, next: Next) -> Response {
    let (end, response) = end(next.run(request).await).await;
    if let Err(error) = answers.settle(&caller, &key, end).await {
        tracing::warn!(%error, "cannot keep the answer to a request with an idempotency key");
    }
    response
}

/// How the request has ended, with the answer to give.
async fn end(response: Response) -> (End, Response) {
    let status = response.status();
    if status.is_server_error() {
        return (End::Failed, response);
    }
    if !status.is_success() {
        return (End::Refused, response);
    }
    let is_secret = response.extensions().get::<Unkept>().is_some();
    if is_secret || response.body().size_hint().upper().is_none_or(|bytes| bytes > KEPT_BYTES) {
        return (End::DoneUnkept, response);
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, KEPT_BYTES as usize).await {
        Ok(bytes) => {
            let text = String::from_utf8(bytes.to_vec()).ok();
            let end = text.map_or(End::DoneUnkept, |body| End::Done { status: status.as_u16(), body });
            (end, Response::from_parts(parts, Body::from(bytes)))
        }
        Err(error) => (End::DoneUnkept, ApiError::defect(error).into_response()),
    }
}

fn replay(status: u16, body: String) -> Response {
    let Ok(status) = StatusCode::from_u16(status) else {
        return ApiError::defect("a kept answer has no status").into_response();
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    if !body.is_empty() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *response.body_mut() = Body::from(body);
    }
    response
}

/// The key of a request that changes something.
fn key(parts: &Parts) -> ApiResult<Option<String>> {
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && parts.uri.path().starts_with("/v1/") { written_key(&parts.headers) } else { Ok(None) }
}

/// The key that the headers hold.
pub(crate) fn written_key(headers: &HeaderMap) -> ApiResult<Option<String>> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_LENGTH).contains(&key.len()) && values.next().is_none());
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        ApiError::invalid(Text::new(
            format!("Idempotency-Key must be one header of 1 to {KEY_LENGTH} printable ASCII characters"),
            format!("Idempotency-Key必须是1到{KEY_LENGTH}个可打印的ASCII字符，且只能出现一次"),
        ))
    })
}

fn hash(parts: &Parts, rest: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default()] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(rest);
    hash.finalize().into()
}

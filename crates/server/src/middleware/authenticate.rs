//! Who asks: a token in `X-Auth-Token`, or a signature in `Authorization`. A signature covers the body, so the body is
//! read before the caller is known; what can be refused without it is refused first.

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::ProjectId;
use service::identity::signature::{Declared, Payload, Presented, SignatureError, is_signature};
use service::{Caller, Text, code};

use crate::app::AppState;
use crate::error::{ApiError, ApiResult};
use crate::extract::body::{self, Digesting, HandedOn};
use crate::extract::upload::ExpectedHash;
use crate::request::RequestContext;

/// For routes whose body is read as a whole: a signature has to cover it.
pub(crate) async fn buffered(State(state): State<AppState>, request: Request, next: Next) -> Response {
    run(&state, request, next, Mode::Buffered).await
}

/// For uploads: the body stays a stream.
pub(crate) async fn streamed(State(state): State<AppState>, request: Request, next: Next) -> Response {
    run(&state, request, next, Mode::Streamed).await
}

#[derive(Clone, Copy)]
enum Mode {
    Buffered,
    Streamed,
}

async fn run(state: &AppState, request: Request, next: Next, mode: Mode) -> Response {
    let (mut parts, mut body) = request.into_parts();
    match identify(state, &mut parts, &mut body, mode).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            if body.is_end_stream() {
                return next.run(Request::from_parts(parts, body)).await;
            }
            let (request, rest) = HandedOn::new(Request::from_parts(parts, body));
            let response = next.run(request).await;
            rest.discard(&state.http).await;
            response
        }
        Err(error) => {
            body::discard(Request::from_parts(parts, body), &state.http).await;
            error.into_response()
        }
    }
}

async fn identify(state: &AppState, parts: &mut Parts, body: &mut Body, mode: Mode) -> ApiResult<Caller> {
    let context = RequestContext::of(parts)?;
    // The host that the client signed: behind a trusted proxy it is not the one in `Host`.
    let host = &context.origin().host;
    let principal = match credentials(parts, host)? {
        Credentials::Token(token) => state.authenticator.by_token(&token).await?,
        Credentials::Signature(presented) => {
            let hash = match mode {
                Mode::Buffered => {
                    let limit = state.http.json_limit;
                    let small = body::announced_length(parts).is_some_and(|length| length <= state.http.open_limit);
                    if !small {
                        state.authenticator.check_key(&presented.access_key).await?;
                    }
                    let (bytes, hash) =
                        body::read::<Digesting>(parts, std::mem::take(body), limit, &state.http).await?;
                    *body = Body::from(bytes);
                    Some(hash)
                }
                Mode::Streamed => {
                    if let Declared::Sha256(hash) = &presented.declared {
                        parts.extensions.insert(ExpectedHash(hash.to_ascii_lowercase()));
                    }
                    None
                }
            };
            let project = project(parts, &presented);
            let payload = hash.as_deref().map_or(Payload::Streamed, Payload::Read);
            let (method, uri) = (parts.method.as_str(), &parts.uri);
            let signed = presented
                .complete(method, uri.path(), uri.query().unwrap_or_default(), &signing_headers(parts, host), payload)
                .map_err(|error| signature_error(&error))?;
            state.authenticator.by_signature(&signed, project).await?
        }
    };
    context.set_principal(&principal.name);
    Ok(Caller { principal, request: context.info() })
}

/// The project that a signed request is for: an access key belongs to a user, so the client names the project in a header
/// that it signs, or in the path. What is not an id is refused where the path is read.
fn project(parts: &Parts, presented: &Presented) -> Option<ProjectId> {
    let named = parts.headers.get("x-project-id").filter(|_| presented.covers("x-project-id"));
    let named = named.and_then(|value| value.to_str().ok()).map(str::trim);
    let in_path = || parts.uri.path().strip_prefix("/v1/")?.split('/').next();
    named.or_else(in_path)?.parse().ok()
}

enum Credentials {
    Token(String),
    Signature(Presented),
}

fn credentials(parts: &Parts, host: &str) -> ApiResult<Credentials> {
    let mut tokens = parts.headers.get_all("x-auth-token").iter();
    if let Some(token) = tokens.next() {
        let token = token.to_str().ok().map(str::trim).filter(|token| !token.is_empty() && tokens.next().is_none());
        return token.map(|token| Credentials::Token(token.to_owned())).ok_or_else(|| {
            unauthenticated("the X-Auth-Token header does not hold one token", "X-Auth-Token请求头中没有唯一有效的令牌")
        });
    }
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let authorization = match (values.next(), values.next()) {
        (None, _) => return Err(missing()),
        (Some(value), None) => value.to_str().map_err(|_| signature_error(&SignatureError::Malformed))?,
        (Some(_), Some(_)) => return Err(signature_error(&SignatureError::Malformed)),
    };
    if !is_signature(authorization) {
        return Err(missing());
    }
    let presented = Presented::parse(authorization, &signing_headers(parts, host));
    presented.map(Credentials::Signature).map_err(|error| signature_error(&error))
}

fn signing_headers<'a>(parts: &'a Parts, host: &'a str) -> Vec<(&'a str, &'a [u8])> {
    let mut headers: Vec<_> = parts
        .headers
        .iter()
        .filter(|(name, _)| *name != header::HOST)
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    headers.push(("host", host.as_bytes()));
    headers
}

fn missing() -> ApiError {
    unauthenticated(
        "credentials are missing: send a token in X-Auth-Token, or sign the request with an access key",
        "缺少凭证：请在X-Auth-Token中携带令牌，或使用访问密钥对请求签名",
    )
}

fn unauthenticated(en: impl Into<String>, zh: impl Into<String>) -> ApiError {
    ApiError::new(&code::UNAUTHENTICATED, Text::new(en, zh))
}

fn signature_error(error: &SignatureError) -> ApiError {
    let zh = match error {
        SignatureError::Malformed => "Authorization请求头格式错误".to_owned(),
        SignatureError::Algorithm => "不支持该签名算法，请使用SDK-HMAC-SHA256或V11-HMAC-SHA256".to_owned(),
        SignatureError::Date => "X-Sdk-Date请求头缺失或格式错误，格式应为20250718T064446Z".to_owned(),
        SignatureError::NotSigned(name) => format!("请求头{name}必须参与签名"),
        SignatureError::Missing(name) => format!("缺少参与签名的请求头{name}"),
        SignatureError::BodyAltered => "请求体与签名时不一致：其SHA-256与X-Sdk-Content-Sha256不同".to_owned(),
        SignatureError::BodyNotSigned => "UNSIGNED-PAYLOAD仅可用于文件上传，请对请求体签名".to_owned(),
        SignatureError::UploadHash => {
            "上传文件须携带参与签名的X-Sdk-Content-Sha256请求头：请求体的SHA-256或UNSIGNED-PAYLOAD".to_owned()
        }
    };
    unauthenticated(error.to_string(), zh)
}

//! Who asks: a token in `X-Auth-Token`, or a signature in `Authorization`. A signature covers the body, so the body is
//! read before the caller is known; what can be refused without it is refused first.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use service::identity::signature::{Declared, Payload, Presented, SignatureError, is_signature};
use service::{Caller, Text, code};

use crate::app::AppState;
use crate::error::{ApiError, ApiResult};
use crate::extract::body::{self, Digesting};
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
    let (parts, body) = request.into_parts();
    match identify(state, parts, body, mode).await {
        Ok(request) => next.run(request).await,
        Err((error, unread)) => {
            if let Some(request) = unread {
                body::discard(request, &state.http).await;
            }
            error.into_response()
        }
    }
}

/// The request with its caller, or the failure and the request whose body nobody has read.
async fn identify(
    state: &AppState,
    mut parts: Parts,
    body: Body,
    mode: Mode,
) -> Result<Request, (ApiError, Option<Request>)> {
    let credentials = match credentials(&parts) {
        Ok(credentials) => credentials,
        Err(error) => return Err((error, Some(Request::from_parts(parts, body)))),
    };
    let (principal, body) = match credentials {
        Credentials::Token(token) => match state.authenticator.by_token(&token).await {
            Ok(principal) => (principal, body),
            Err(error) => return Err((error.into(), Some(Request::from_parts(parts, body)))),
        },
        Credentials::Signature(presented) => {
            let (body, payload) = match mode {
                Mode::Buffered => {
                    let (bytes, hash) = match body::read::<Digesting>(&parts, body, &state.http).await {
                        Ok(read) => read,
                        Err(error) => return Err((error, None)),
                    };
                    (Body::from(bytes), Some(hash))
                }
                Mode::Streamed => {
                    if let Declared::Sha256(hash) = &presented.declared {
                        parts.extensions.insert(ExpectedHash(hash.to_ascii_lowercase()));
                    }
                    (body, None)
                }
            };
            let payload = payload.as_deref().map_or(Payload::Streamed, Payload::Read);
            let signed = rebuild(&parts, presented, payload);
            let principal = match signed {
                Ok(signed) => state.authenticator.by_signature(&signed).await.map_err(ApiError::from),
                Err(error) => Err(error),
            };
            match principal {
                Ok(principal) => (principal, body),
                Err(error) => return Err((error, Some(Request::from_parts(parts, body)))),
            }
        }
    };
    let caller = match RequestContext::of(&parts) {
        Ok(context) => {
            context.set_principal(&principal.name);
            Caller { principal, request: context.info() }
        }
        Err(error) => return Err((error, None)),
    };
    parts.extensions.insert(caller);
    Ok(Request::from_parts(parts, body))
}

enum Credentials {
    Token(String),
    Signature(Presented),
}

fn credentials(parts: &Parts) -> ApiResult<Credentials> {
    if let Some(token) = parts.headers.get("x-auth-token") {
        let token = token.to_str().ok().map(str::trim).filter(|token| !token.is_empty());
        return token.map(|token| Credentials::Token(token.to_owned())).ok_or_else(|| {
            unauthenticated("the X-Auth-Token header does not hold a token", "X-Auth-Token请求头中没有有效的令牌")
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
    let host = host(parts)?;
    let presented = Presented::parse(authorization, &signing_headers(parts, &host));
    presented.map(Credentials::Signature).map_err(|error| signature_error(&error))
}

fn rebuild(
    parts: &Parts,
    presented: Presented,
    payload: Payload<'_>,
) -> ApiResult<service::identity::signature::SignedRequest> {
    let (method, uri) = (parts.method.as_str(), &parts.uri);
    let host = host(parts)?;
    let headers = signing_headers(parts, &host);
    presented
        .complete(method, uri.path(), uri.query().unwrap_or_default(), &headers, payload)
        .map_err(|error| signature_error(&error))
}

/// The host that the client signed: behind a trusted proxy it is not the one in `Host`.
fn host(parts: &Parts) -> ApiResult<String> {
    RequestContext::of(parts).map(|context| context.origin().host.clone())
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

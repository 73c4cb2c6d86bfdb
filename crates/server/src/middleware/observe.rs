//! The outermost layer: gives the request its context, catches panics, writes the bodies of failures and the headers
//! that every answer has, and logs one line. It logs neither headers nor queries, since both may hold secrets.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use crate::app::AppState;
use crate::error::{ApiError, render};
use crate::health;
use crate::request::RequestContext;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs the rest of the application for a request.
pub(crate) async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (mut parts, body) = request.into_parts();
    let context = RequestContext::new(&state, &parts);
    parts.extensions.insert(context.clone());
    let method = parts.method.clone();
    let path = parts.extensions.get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("(no route)", MatchedPath::as_str);
    let span = tracing::info_span!("request", request.id = context.id());

    let run = AssertUnwindSafe(next.run(Request::from_parts(parts, body))).catch_unwind();
    let answer = run.instrument(span.clone()).await;
    span.in_scope(|| {
        let answer = answer.unwrap_or_else(|panic| ApiError::defect(panic_text(&*panic)).into_response());
        let mut response = render(answer, &context);
        set_headers(&mut response, &context);
        let status = response.status().as_u16();
        let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
        let (id, principal) = (context.id(), context.principal());
        // Probes come every few seconds.
        if health::PATHS.contains(&path) {
            tracing::debug!(%method, path, status, duration_ms, request_id = id, principal, "{method} {path} {status}");
        } else {
            tracing::info!(%method, path, status, duration_ms, request_id = id, principal, "{method} {path} {status}");
        }
        response
    })
}

fn set_headers(response: &mut Response, context: &RequestContext) {
    let headers = response.headers_mut();
    // The host's name is the only part that could be unfit for a header.
    if let Ok(id) = HeaderValue::from_str(context.id()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Answers are about one caller at one moment; what may be cached says so itself.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("without a message"))
}

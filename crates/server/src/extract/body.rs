//! Reading a body as a whole, within limits of size and time; dropping what nobody wants of one.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::BytesMut;
use futures::{Stream, StreamExt};
use service::identity::signature::to_hex;
use service::{Text, code};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::config::HttpConfig;
use crate::error::{ApiError, ApiResult};

/// What is computed while the pieces of a body arrive.
pub(crate) trait Observer: Default + Send {
    /// The result.
    type Output;
    /// The next piece.
    fn piece(&mut self, bytes: &[u8]);
    /// The end.
    fn end(self) -> Self::Output;
}

/// Computes nothing.
#[derive(Default)]
pub(crate) struct Plain;

impl Observer for Plain {
    type Output = ();
    fn piece(&mut self, _bytes: &[u8]) {}
    fn end(self) {}
}

/// Computes the SHA-256, in hexadecimal.
#[derive(Default)]
pub(crate) struct Digesting(Sha256);

impl Observer for Digesting {
    type Output = String;
    fn piece(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn end(self) -> String {
        to_hex(&self.0.finalize())
    }
}

/// Reads a body of at most `limit` bytes. A larger one is read on, up to twice [`HttpConfig::json_limit`], and dropped: a
/// client that is still sending when the connection closes would not see the answer.
pub(crate) async fn read<O: Observer>(
    parts: &Parts,
    body: Body,
    limit: usize,
    config: &HttpConfig,
) -> ApiResult<(Bytes, O::Output)> {
    match timeout(config.body_timeout, collect::<O>(parts, body, limit, drained(config))).await {
        Ok(read) => read,
        Err(_) => {
            let message = Text::new("the body did not arrive in time", "请求体未在规定时间内到达");
            Err(ApiError::invalid(message).with_status(StatusCode::REQUEST_TIMEOUT))
        }
    }
}

async fn collect<O: Observer>(
    parts: &Parts,
    body: Body,
    limit: usize,
    drained: usize,
) -> ApiResult<(Bytes, O::Output)> {
    let announced = announced_length(parts);
    let too_large = announced.is_some_and(|length| length > limit);
    if too_large && waits_for_go_ahead(parts) {
        return Err(too_large_error(limit));
    }
    let mut observer = O::default();
    let mut stream = body.into_data_stream();
    // Most bodies are one piece, which needs no copy.
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    let mut length = 0;
    while let Some(piece) = stream.next().await {
        let piece =
            piece.map_err(|_| ApiError::invalid(Text::new("the body ended before it was complete", "请求体不完整")))?;
        length += piece.len();
        if length > drained {
            break;
        }
        if too_large || length > limit {
            (first, rest) = (Bytes::new(), BytesMut::new());
            continue;
        }
        observer.piece(&piece);
        if length == piece.len() {
            first = piece;
        } else {
            if rest.is_empty() {
                rest.reserve(announced.unwrap_or(0).max(length));
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&piece);
        }
    }
    if too_large || length > limit {
        return Err(too_large_error(limit));
    }
    let bytes = if rest.is_empty() { first } else { rest.freeze() };
    Ok((bytes, observer.end()))
}

/// Reads and drops what is left of the body of a refused request, so that its client sees the answer.
pub(crate) async fn discard(request: Request, config: &HttpConfig) {
    let (parts, body) = request.into_parts();
    if !waits_for_go_ahead(&parts) {
        drain(body.into_data_stream(), config).await;
    }
}

async fn drain(mut stream: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin, config: &HttpConfig) {
    let limit = drained(config);
    let drain = async {
        let mut length = 0;
        while let Some(Ok(piece)) = stream.next().await {
            length += piece.len();
            if length > limit {
                break;
            }
        }
    };
    // Too slow is as good as too long: the connection closes.
    let _ = timeout(config.body_timeout, drain).await;
}

/// A body that is handed on as a stream, and what the handler leaves of it: a rest would break the connection, and with
/// it the client's next request.
pub(crate) struct HandedOn {
    stream: SharedStream,
    /// The client sends the body only once somebody reads it.
    waits: bool,
}

#[derive(Clone)]
struct SharedStream(Arc<Mutex<Reading>>);

struct Reading {
    stream: BodyDataStream,
    begun: bool,
}

impl HandedOn {
    /// The request to hand on, and the handle for its rest.
    pub(crate) fn new(request: Request) -> (Request, Self) {
        let (parts, body) = request.into_parts();
        let reading = Reading { stream: body.into_data_stream(), begun: false };
        let rest = Self { stream: SharedStream(Arc::new(Mutex::new(reading))), waits: waits_for_go_ahead(&parts) };
        (Request::from_parts(parts, Body::from_stream(rest.stream.clone())), rest)
    }

    /// Reads and drops the rest.
    pub(crate) async fn discard(self, config: &HttpConfig) {
        if !self.waits || self.stream.lock().begun {
            drain(self.stream, config).await;
        }
    }
}

impl SharedStream {
    fn lock(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for SharedStream {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut reading = self.lock();
        reading.begun = true;
        reading.stream.poll_next_unpin(cx)
    }
}

/// How much of a body that nobody wants is read, in bytes.
fn drained(config: &HttpConfig) -> usize {
    config.json_limit.saturating_mul(2)
}

/// The length that the request announces, in bytes; none when the body comes in chunks.
pub(crate) fn announced_length(parts: &Parts) -> Option<usize> {
    parts.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the client waits for `100 Continue`, which the first read of the body sends.
fn waits_for_go_ahead(parts: &Parts) -> bool {
    parts.headers.contains_key(header::EXPECT)
}

fn too_large_error(limit: usize) -> ApiError {
    let message = Text::new(
        format!("the body is too large: at most {limit} bytes are accepted"),
        format!("请求体过大：最多{limit}字节"),
    );
    ApiError::new(&code::TOO_LARGE, message)
}

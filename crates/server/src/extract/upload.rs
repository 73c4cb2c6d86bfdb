//! Multipart bodies, streamed. Their signature may declare the body's hash, which is known to hold only at the end.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRef, FromRequest, Multipart, Request};
use futures::{Stream, StreamExt};
use service::identity::signature::to_hex;
use service::{Text, code};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::app::AppState;
use crate::error::{ApiError, ApiResult};

/// The hash that the signature covers, in lower case; authentication puts it into the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct ExpectedHash(pub(crate) String);

/// A multipart body. Read its parts with [`Upload::next_part`], then call [`Upload::finish`] before anything is kept:
/// only then is the body known to be the one that was signed.
pub struct Upload {
    multipart: Multipart,
    source: Source,
    expected: Option<String>,
    idle: Duration,
}

impl<S: Send + Sync> FromRequest<S> for Upload
where
    AppState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let http = AppState::from_ref(state).http;
        let (parts, body) = request.into_parts();
        let expected = parts.extensions.get::<ExpectedHash>().map(|ExpectedHash(hash)| hash.clone());
        let source = Source::new(body, http.upload_limit, expected.is_some());
        let request = Request::from_parts(parts, Body::from_stream(source.clone()));
        let multipart = Multipart::from_request(request, state).await.map_err(|_| {
            ApiError::invalid(Text::new(
                "Content-Type must be multipart/form-data with a boundary",
                "Content-Type必须是带boundary的multipart/form-data",
            ))
        })?;
        Ok(Self { multipart, source, expected, idle: http.body_timeout })
    }
}

impl Upload {
    /// The next part; none at the end. What is left of the part before is skipped.
    pub async fn next_part(&mut self) -> ApiResult<Option<Part<'_>>> {
        let (source, idle) = (self.source.clone(), self.idle);
        let field = in_time(idle, self.multipart.next_field()).await?.map_err(|error| source.explain(&error))?;
        Ok(field.map(|field| Part { field, source, idle }))
    }

    /// Reads the body to its end and checks the hash that was signed.
    pub async fn finish(mut self) -> ApiResult<()> {
        while self.next_part().await?.is_some() {}
        // The parser stops at the last boundary; what follows it was signed too.
        while in_time(self.idle, self.source.next()).await?.is_some() {}
        if self.source.lock().too_large {
            return Err(self.source.too_large());
        }
        match self.expected {
            Some(expected) if self.source.hash() != expected => Err(ApiError::new(
                &code::UNAUTHENTICATED,
                Text::new(
                    "the body is not the one that was signed: its SHA-256 differs from X-Sdk-Content-Sha256",
                    "请求体与签名时不一致：其SHA-256与X-Sdk-Content-Sha256不同",
                ),
            )),
            Some(_) | None => Ok(()),
        }
    }
}

/// A part of a multipart body.
pub struct Part<'a> {
    field: Field<'a>,
    source: Source,
    idle: Duration,
}

impl Part<'_> {
    /// The name of the form field; empty when it has none.
    pub fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// The name of the file; empty when it has none.
    pub fn file_name(&self) -> &str {
        self.field.file_name().unwrap_or_default()
    }

    /// The next piece of the part's content; none at its end.
    pub async fn chunk(&mut self) -> ApiResult<Option<Bytes>> {
        let source = &self.source;
        in_time(self.idle, self.field.chunk()).await?.map_err(|error| source.explain(&error))
    }

    /// The whole content, refused when it is longer than `limit` bytes.
    pub async fn bytes(mut self, limit: usize) -> ApiResult<Vec<u8>> {
        let mut content = Vec::new();
        while let Some(piece) = self.chunk().await? {
            if content.len() + piece.len() > limit {
                let name = self.name();
                return Err(ApiError::new(
                    &code::TOO_LARGE,
                    Text::new(
                        format!("{name} is too large: at most {limit} bytes are accepted"),
                        format!("{name}过大：最多{limit}字节"),
                    ),
                ));
            }
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }
}

async fn in_time<T>(idle: Duration, piece: impl Future<Output = T>) -> ApiResult<T> {
    timeout(idle, piece).await.map_err(|_| {
        let message = Text::new("the body did not arrive in time", "请求体未在规定时间内到达");
        ApiError::invalid(message).with_status(axum::http::StatusCode::REQUEST_TIMEOUT)
    })
}

/// The body, shared by the parser and the extractor: the parser stops before the end, the extractor goes on from there.
#[derive(Clone)]
struct Source(Arc<Mutex<Reading>>);

struct Reading {
    stream: BodyDataStream,
    hash: Option<Sha256>,
    left: u64,
    limit: u64,
    too_large: bool,
}

impl Source {
    fn new(body: Body, limit: u64, hashed: bool) -> Self {
        let hash = hashed.then(Sha256::new);
        let stream = body.into_data_stream();
        Self(Arc::new(Mutex::new(Reading { stream, hash, left: limit, limit, too_large: false })))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hash(&self) -> String {
        self.lock().hash.take().map(|hash| to_hex(&hash.finalize())).unwrap_or_default()
    }

    fn too_large(&self) -> ApiError {
        let limit = self.lock().limit;
        let message = Text::new(
            format!("the upload is too large: at most {limit} bytes are accepted"),
            format!("上传内容过大：最多{limit}字节"),
        );
        ApiError::new(&code::TOO_LARGE, message)
    }

    fn explain(&self, error: &MultipartError) -> ApiError {
        if self.lock().too_large {
            return self.too_large();
        }
        ApiError::invalid(Text::new(
            format!("the body is not valid multipart/form-data: {}", error.body_text()),
            "请求体不是有效的multipart/form-data",
        ))
    }
}

impl Stream for Source {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut reading = self.lock();
        let piece = match reading.stream.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(piece))) => piece,
            other => return other,
        };
        reading.left = reading.left.saturating_sub(piece.len() as u64);
        if reading.left == 0 {
            reading.too_large = true;
            return Poll::Ready(Some(Err(axum::Error::new(TooLarge))));
        }
        if let Some(hash) = &mut reading.hash {
            hash.update(&piece);
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the upload is too large")]
struct TooLarge;

//! Failures on the wire. A handler returns [`ApiError`]; the outermost middleware writes the body, since only it knows
//! the language and the form that the path wants.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use service::code::{self, Code};
use service::{Error, Kind, Text};
use wire::envelope::ErrorBody;
use wire::iam::{IamErrorBody, IamErrorOut};

use crate::request::{ErrorStyle, RequestContext};

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

/// A failure with its status. Anything but a defect tells the caller what is wrong.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Text,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Carries the failure from the handler to the middleware that writes the body.
#[derive(Clone)]
struct Failure(Arc<ApiError>);

impl ApiError {
    /// A failure of a known code, with the status of its kind.
    pub fn new(code: &Code, message: Text) -> Self {
        Self { status: status(code.kind), code: code.text, message, source: None }
    }

    /// A wrong request: the message names the field and what it may hold.
    pub fn invalid(message: Text) -> Self {
        Self::new(&code::INVALID, message)
    }

    /// A defect of the server: the caller learns nothing but that it happened, the log gets the cause.
    pub fn defect(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::from(Error::internal(cause))
    }

    /// The same failure with another status than its kind's.
    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// The contract knows no 404: a thing that does not exist is a 400 with a code of its own.
fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound | Kind::Conflict | Kind::Invalid | Kind::Precondition => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        // Whatever the message of a defect says, it is for the log.
        let message = match error.kind() {
            Kind::Internal => Text::new("internal error", "内部错误"),
            Kind::NotFound
            | Kind::Conflict
            | Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::Precondition
            | Kind::TooLarge
            | Kind::RateLimited
            | Kind::Unavailable => error.message().clone(),
        };
        Self { status: status(error.kind()), code: error.code(), message, source: Some(Box::new(error)) }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message.en)
    }
}

impl StdError for ApiError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|cause| &**cause as &(dyn StdError + 'static))
    }
}

impl IntoResponse for ApiError {
    /// The status with an empty body; [`render`] writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Failure(Arc::new(self)));
        response
    }
}

/// Writes the body of a failure, and logs what somebody must act on. Other answers pass unchanged.
pub(crate) fn render(mut response: Response, context: &RequestContext) -> Response {
    let Some(Failure(error)) = response.extensions_mut().remove::<Failure>() else { return response };
    let (code, cause) = (error.code, Chain(&*error));
    match error.status {
        StatusCode::INTERNAL_SERVER_ERROR => tracing::error!(code, error = %cause, "a request failed"),
        StatusCode::SERVICE_UNAVAILABLE => tracing::warn!(code, error = %cause, "a request failed"),
        _ => tracing::debug!(code, error = %cause, "a request was refused"),
    }
    let message = error.message.in_language(context.language()).to_owned();
    let body = match context.error_style() {
        ErrorStyle::Contract => Json(ErrorBody { code: error.code.to_owned(), message }).into_response(),
        ErrorStyle::Keystone => Json(IamErrorBody {
            error: IamErrorOut {
                code: error.status.as_u16(),
                message: message.clone(),
                title: error.status.canonical_reason().unwrap_or_default().to_owned(),
            },
            error_code: error.code.to_owned(),
            error_msg: message,
        })
        .into_response(),
    };
    let (mut parts, _) = response.into_parts();
    let (body_parts, body) = body.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(body_parts.headers);
    match error.status {
        StatusCode::UNAUTHORIZED => {
            parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("X-Auth-Token, SDK-HMAC-SHA256"));
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    Response::from_parts(parts, body)
}

/// An error with all its causes, on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn StdError);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

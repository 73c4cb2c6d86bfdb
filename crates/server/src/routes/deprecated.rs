//! Operations that the contract counts as deprecated. They stay here; their answers say so, as the vendor's do.

use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

const INFO: HeaderName = HeaderName::from_static("x-api-deprecation-info");
const DATE: HeaderName = HeaderName::from_static("x-api-deprecation-date");

/// The answer of a deprecated operation.
#[derive(Debug)]
pub(crate) struct Deprecated<T>(pub(crate) T);

impl<T: IntoResponse> IntoResponse for Deprecated<T> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        let headers = response.headers_mut();
        headers.insert(INFO, HeaderValue::from_static("deprecated by the vendor; not going to be removed here"));
        // Since when the vendor's documentation says so.
        headers.insert(DATE, HeaderValue::from_static("2025-12-18"));
        response
    }
}

//! The caller of a protected route.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use service::Caller;

use crate::error::ApiError;

/// Who asks. Only routes in [`crate::Routes::protected`] and [`crate::Routes::uploads`] have a caller.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.map(Self).ok_or_else(|| ApiError::defect("an open route asks for the caller"))
    }
}

//! The parameters of a path.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use service::Text;

use crate::error::ApiError;
use crate::extract::params::{Expected, Params};

/// The parameters of the path as `T`, a structure with a field for each. An id that is not one is refused.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let raw = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::invalid(Text::new("the path is not UTF-8 when decoded", "路径解码后不是UTF-8")))?;
        let pairs = raw.iter().map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)));
        T::deserialize(Params::new(pairs)).map(Self).map_err(|problem| {
            // All parameters that are not plain text are ids.
            let text = match problem.expected {
                Expected::Other(_) => {
                    let name = &problem.name;
                    Text::new(format!("{name} must be a UUID"), format!("{name}必须是UUID"))
                }
                Expected::Integer | Expected::Number | Expected::Boolean | Expected::Present | Expected::Single => {
                    problem.text()
                }
            };
            ApiError::invalid(text)
        })
    }
}

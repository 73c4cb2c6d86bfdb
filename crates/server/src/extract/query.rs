//! The query of a request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::extract::params::Params;

/// The query as `T`. Unknown parameters are ignored; lists are repeated parameters; booleans are read in any case.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        T::deserialize(Params::new(pairs)).map(Self).map_err(|problem| ApiError::invalid(problem.text()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Filter {
        name: Option<String>,
        limit: Option<i64>,
        enabled: Option<bool>,
        ratio: Option<f64>,
        #[serde(default)]
        ids: Vec<String>,
        #[serde(rename = "user.id")]
        user: Option<String>,
    }

    async fn read(query: &str) -> Result<Filter, String> {
        let request = Request::builder().uri(format!("/x?{query}")).body(()).expect("a request");
        let (mut parts, ()) = request.into_parts();
        let read: Result<Query<Filter>, _> = Query::from_request_parts(&mut parts, &()).await;
        read.map(|Query(filter)| filter).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn every_kind_of_value_is_read() {
        let filter = read("name=%E5%91%8A+a&limit=10&enabled=True&ratio=0.5&ids=a&ids=b&user.id=u&unknown=1&limit=10");
        let expected = Filter {
            name: Some("告 a".into()),
            limit: Some(10),
            enabled: Some(true),
            ratio: Some(0.5),
            ids: vec!["a".into(), "b".into()],
            user: Some("u".into()),
        };
        assert_eq!(filter.await, Ok(expected));
        assert_eq!(read("").await, Ok(Filter::default()));
        assert_eq!(read("name=&&").await, Ok(Filter { name: Some(String::new()), ..Filter::default() }));
    }

    #[tokio::test]
    async fn a_wrong_value_is_named() {
        for (query, message) in [
            ("limit=ten", "limit must be a whole number"),
            ("limit=1.5", "limit must be a whole number"),
            ("limit=", "limit must be a whole number"),
            ("limit=99999999999999999999", "limit must be a whole number"),
            ("enabled=yes", "enabled must be true or false"),
            ("ratio=x", "ratio must be a number"),
            ("limit=1&limit=2", "limit is given with different values"),
            ("name=a&name=b", "name is given with different values"),
        ] {
            assert_eq!(read(query).await, Err(format!("SecMaster.20030001: {message}")), "{query}");
        }
    }
}

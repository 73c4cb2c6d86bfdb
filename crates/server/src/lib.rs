//! HTTP: routes, extractors, error bodies, the OpenAPI document, serving over TCP and TLS. No SQL, no engine types, no
//! rules: a handler extracts, calls one use-case, and maps the result.

pub mod app;
pub mod auth;
pub mod config;
pub mod error;
pub mod extract;
pub mod health;
pub mod middleware;
pub mod openapi;
pub mod proxy;
pub mod request;
pub mod routes;
pub mod serve;
pub mod tls;

pub use app::{ApiState, App, AppState, Routes, app};
pub use error::{ApiError, ApiResult};

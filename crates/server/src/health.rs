//! Whether the server is alive, and whether it can work.

use std::collections::BTreeMap;

use async_trait::async_trait;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::extract::Json;

/// The paths of probes.
pub(crate) const PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// Tells whether the server can work. The composition root implements it over the storage.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Each thing the server needs, by a short name, and whether it is there.
    async fn checks(&self) -> BTreeMap<&'static str, bool>;
}

/// The server is alive.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`.
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
}

/// Whether the server can work.
#[derive(Debug, Serialize, ToSchema)]
struct Ready {
    /// `ok` or `unavailable`.
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
    /// What it needs: `ok` or `unavailable` each.
    #[schema(value_type = BTreeMap<String, String>)]
    checks: BTreeMap<&'static str, &'static str>,
}

/// The routes of this file. They need no credentials.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    AppState: FromRef<S>,
{
    OpenApiRouter::default().routes(routes!(healthz)).routes(routes!(readyz))
}

/// The server is alive
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Health)))]
async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The server can work: storage is reachable, migrations are done
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses((status = 200, body = Ready), (status = 503, body = Ready))
)]
async fn readyz(State(state): State<AppState>) -> Response {
    let word = |ok: bool| if ok { "ok" } else { "unavailable" };
    let checks = state.readiness.checks().await;
    let ready = checks.values().all(|ok| *ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks = checks.into_iter().map(|(name, ok)| (name, word(ok))).collect();
    (status, Json(Ready { status: word(ready), checks })).into_response()
}

//! The application: the routes with their layers, ready to serve.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use model::{Clock, IdSource};
use service::Service;
use tower::util::MapRequest;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::Authenticator;
use crate::config::HttpConfig;
use crate::health::Readiness;
use crate::middleware::idempotency::{self, Answers};
use crate::middleware::{authenticate, fallback, observe, trailing_slash};
use crate::openapi;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// Settings of the HTTP side.
    pub http: Arc<HttpConfig>,
    /// Tells who asks.
    pub authenticator: Arc<dyn Authenticator>,
    /// Remembers what was answered to requests with an idempotency key.
    pub answers: Arc<dyn Answers>,
    /// Tells whether the server can work.
    pub readiness: Arc<dyn Readiness>,
    /// The time, for request ids.
    pub clock: Arc<dyn Clock>,
    /// Request ids.
    pub ids: Arc<dyn IdSource>,
}

/// What the handlers of the product's own routes share: the HTTP side and the use-cases. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    /// The HTTP side.
    pub app: AppState,
    /// The use-cases.
    pub service: Service,
}

impl FromRef<ApiState> for AppState {
    fn from_ref(state: &ApiState) -> Self {
        state.app.clone()
    }
}

impl FromRef<ApiState> for Service {
    fn from_ref(state: &ApiState) -> Self {
        state.service.clone()
    }
}

/// The routes by what they demand of a request. Their state holds at least an [`AppState`].
pub struct Routes<S = AppState> {
    /// No credentials: health, the document, log-in.
    pub open: OpenApiRouter<S>,
    /// A token, or a signature that covers the body. Take the caller with [`crate::extract::Authenticated`].
    pub protected: OpenApiRouter<S>,
    /// As `protected`, for bodies that are streamed: multipart only, and the signature may leave the body out.
    pub uploads: OpenApiRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { open: OpenApiRouter::default(), protected: OpenApiRouter::default(), uploads: OpenApiRouter::default() }
    }
}

/// The service that answers requests.
pub type App = MapRequest<Router, fn(Request) -> Request>;

/// Puts the layers around the routes.
pub fn app<S>(state: S, routes: Routes<S>) -> App
where
    S: Clone + Send + Sync + 'static,
    AppState: FromRef<S>,
{
    let http = AppState::from_ref(&state);
    let document = Bytes::from(openapi::pretty(&openapi::document(&routes)));
    let json = [(header::CONTENT_TYPE, "application/json")];
    let open = Router::from(routes.open);
    let protected = Router::from(routes.protected)
        .route_layer(from_fn_with_state(http.clone(), idempotency::buffered))
        .route_layer(from_fn_with_state(http.clone(), authenticate::buffered));
    let uploads = Router::from(routes.uploads)
        .route_layer(from_fn_with_state(http.clone(), idempotency::streamed))
        .route_layer(from_fn_with_state(http.clone(), authenticate::streamed))
        .route_layer(DefaultBodyLimit::disable());
    let router = open
        .merge(protected)
        .merge(uploads)
        .route("/openapi.json", get(async move || (json, document)))
        .method_not_allowed_fallback(fallback::wrong_method)
        .fallback(fallback::no_route)
        .layer(from_fn_with_state(http, observe::observe))
        .with_state(state);
    MapRequest::new(router, trailing_slash::strip)
}

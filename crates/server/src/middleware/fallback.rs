//! What no route answers.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use service::{Text, code};

use crate::app::AppState;
use crate::error::ApiError;
use crate::extract::body;

/// 404: no such route.
pub(crate) async fn no_route(State(state): State<AppState>, request: Request) -> ApiError {
    body::discard(request, &state.http).await;
    ApiError::new(&code::NO_ROUTE, Text::new("there is no such API", "API不存在")).with_status(StatusCode::NOT_FOUND)
}

/// 405: a route, but not with this method. `Allow` names those that there are.
pub(crate) async fn wrong_method(State(state): State<AppState>, request: Request) -> ApiError {
    body::discard(request, &state.http).await;
    let message = Text::new(
        "this API does not have the method; the Allow header names those it has",
        "该API不支持此请求方法，支持的方法见Allow响应头",
    );
    ApiError::new(&code::NO_ROUTE, message).with_status(StatusCode::METHOD_NOT_ALLOWED)
}

//! Probes.

use std::sync::Arc;

use serde_json::json;

use crate::toy::{Call, Checks, config, routes, state, toy};

#[tokio::test]
async fn probes_need_no_credentials() {
    let answer = Call::new("GET", "/healthz").send_to(toy()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"status": "ok"})));
    let answer = Call::new("GET", "/readyz").send().await;
    let ready = json!({"status": "ok", "checks": {"migrations": "ok", "storage": "ok"}});
    assert_eq!((answer.status.as_u16(), answer.json()), (200, ready));
}

#[tokio::test]
async fn a_server_without_storage_is_not_ready() {
    let mut state = state(config());
    state.readiness = Arc::new(Checks(false));
    let answer = Call::new("GET", "/readyz").send_to(server::app(state, routes())).await;
    let expected = json!({"status": "unavailable", "checks": {"migrations": "ok", "storage": "unavailable"}});
    assert_eq!((answer.status.as_u16(), answer.json()), (503, expected));
}

//! The metrics listener: Prometheus text on its own address, without credentials, so it belongs on a private one.

use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

/// A bound metrics listener with what it serves.
pub(crate) struct Listener {
    listener: TcpListener,
    handle: PrometheusHandle,
}

/// Binds the listener; `off` binds none.
pub(crate) async fn bind(address: &str) -> anyhow::Result<Option<Listener>> {
    if address == "off" {
        return Ok(None);
    }
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} for metrics (--metrics-listen off needs none)"))?;
    let handle = PrometheusBuilder::new().install_recorder().context("cannot set metrics up")?;
    Ok(Some(Listener { listener, handle }))
}

/// Serves `GET /metrics`.
pub(crate) async fn serve(listener: Listener) {
    let Listener { listener, handle } = listener;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(Duration::from_secs(5));
        loop {
            interval.tick().await;
            upkeep.run_upkeep();
        }
    });
    let app = Router::new().route("/metrics", get(async move || handle.render()));
    if let Err(error) = axum::serve(listener, app).await {
        tracing::error!(%error, "the metrics listener failed");
    }
}

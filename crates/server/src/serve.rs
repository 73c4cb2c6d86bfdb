//! Accepting connections: HTTP/1.1 over TCP, HTTP/1.1 and HTTP/2 over TLS, timeouts against clients that hold
//! connections without using them, and a graceful end.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::app::App;
use crate::proxy::Connection;
use crate::tls::Tls;

/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// How connections are served.
#[derive(Clone)]
pub struct ServeOptions {
    /// With TLS; without, in the clear.
    pub tls: Option<Tls>,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long the head of a request may take, and how long a connection may wait for the next one.
    pub head_timeout: Duration,
    /// How long open requests may go on once the shutdown began.
    pub drain: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            tls: None,
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(30),
        }
    }
}

/// Serves until `shutdown` is ready, then finishes open requests, but no longer than [`ServeOptions::drain`].
pub async fn serve(listener: TcpListener, app: App, options: ServeOptions, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (app, options, watcher) = (app.clone(), options.clone(), graceful.watcher());
                    connections.spawn(connection(stream, peer.ip(), app, options, watcher));
                }
                // Out of file descriptors, most likely: some connections have to end first.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    if timeout(options.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "closing connections that did not finish in time");
    }
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, peer: std::net::IpAddr, app: App, options: ServeOptions, watcher: Watcher) {
    // Answers are written whole; waiting for more only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone at once");
        return;
    }
    let Some(tls) = &options.tls else {
        return http1(stream, app, Connection { peer, tls: false }, &options, watcher).await;
    };
    let handshake = TlsAcceptor::from(tls.0.clone()).accept(stream);
    let stream = match timeout(options.handshake_timeout, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => return tracing::debug!("a TLS handshake took too long"),
    };
    let connection = Connection { peer, tls: true };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        http2(stream, app, connection, &options, watcher).await;
    } else {
        http1(stream, app, connection, &options, watcher).await;
    }
}

async fn http1<S>(stream: S, app: App, connection: Connection, options: &ServeOptions, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answer(app.clone(), connection, request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.head_timeout)
        .max_header_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(served).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn http2<S>(stream: S, app: App, connection: Connection, options: &ServeOptions, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answer(app.clone(), connection, request));
    let served = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(MAX_HEAD).expect("64 KB fit"))
        .max_concurrent_streams(100)
        .keep_alive_interval(options.head_timeout)
        .keep_alive_timeout(options.head_timeout)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(served).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(app: App, connection: Connection, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(connection);
    app.oneshot(request).await
}

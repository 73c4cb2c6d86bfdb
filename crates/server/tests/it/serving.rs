//! Over real connections: what a client sees that sends too much, too slowly, or in the middle of a shutdown.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use server::serve::{ServeOptions, serve};
use server::tls::Tls;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::toy::{TOKEN, toy};

const TOYS: &str = "/v1/toys/00000000000000000000000000000001/00000000-0000-0000-0000-000000000002";

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

async fn start(options: ServeOptions) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move { stopped.await.unwrap_or(()) };
    Server { address, stop, done: tokio::spawn(serve(listener, toy(), options, shutdown)) }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connects")
    }

    async fn stop(self) {
        self.stop.send(()).expect("it runs");
        self.done.await.expect("no panic");
    }
}

/// Reads until the connection closes.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    // A peer that closes with unread data resets the connection; what came before counts.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn post(length: usize, more: &str) -> String {
    format!("POST {TOYS} HTTP/1.1\r\nhost: h\r\nx-auth-token: {TOKEN}\r\ncontent-length: {length}\r\n{more}\r\n")
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), text: impl AsRef<[u8]>) {
    stream.write_all(text.as_ref()).await.expect("the server reads");
}

#[tokio::test]
async fn a_client_that_sends_too_much_sees_413() {
    let server = start(ServeOptions::default()).await;
    let length = 2 * 1024 * 1024;
    let mut stream = server.connect().await;
    write(&mut stream, post(length, "connection: close\r\n")).await;
    // The whole body before the answer is read, as simple clients do.
    write(&mut stream, vec![b' '; length]).await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("the body is too large") && answer.contains("x-request-id: "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_refused_caller_sees_the_answer_whatever_it_sends() {
    let server = start(ServeOptions::default()).await;
    let length = 2 * 1024 * 1024;
    let heads = [
        format!("POST {TOYS} HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"),
        format!("POST /nothing HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"),
    ];
    for (head, status) in heads.into_iter().zip(["401", "404"]) {
        let mut stream = server.connect().await;
        write(&mut stream, head).await;
        write(&mut stream, vec![b' '; length]).await;
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_before_it_sends() {
    let server = start(ServeOptions::default()).await;
    let mut stream = server.connect().await;
    write(&mut stream, post(2 * 1024 * 1024, "expect: 100-continue\r\n")).await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn connections_that_are_held_without_use_are_closed() {
    let options = ServeOptions { head_timeout: Duration::from_millis(200), ..ServeOptions::default() };
    let server = start(options).await;
    for head in ["", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n"] {
        let started = Instant::now();
        let mut stream = server.connect().await;
        write(&mut stream, head).await;
        let answer = rest(&mut stream).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{head:?}");
        assert_eq!(answer.contains("200 OK"), head.ends_with("\r\n\r\n"), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = start(ServeOptions::default()).await;
    let mut stream = server.connect().await;
    let head = format!("GET /healthz HTTP/1.1\r\nhost: h\r\nx: {}\r\n\r\n", "x".repeat(100 * 1024));
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn an_open_request_is_finished_on_shutdown() {
    let server = start(ServeOptions::default()).await;
    let idle = server.connect().await;
    let mut stream = server.connect().await;
    write(&mut stream, post(13, "")).await;
    write(&mut stream, "{\"name\"").await;
    // The server has to have seen the head before it is told to stop.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    write(&mut stream, ": \"a\"}").await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("{\"name\":\"a\",\"size\":null}"), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), stopping).await.expect("idle connections do not delay").expect("ends");
    drop(idle);
}

#[tokio::test]
async fn a_shutdown_waits_no_longer_than_it_may() {
    let options = ServeOptions { drain: Duration::from_millis(200), ..ServeOptions::default() };
    let server = start(options).await;
    let mut stream = server.connect().await;
    write(&mut stream, post(13, "")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    tokio::time::timeout(Duration::from_secs(5), server.stop()).await.expect("the connection is cut");
    assert_eq!(rest(&mut stream).await, "");
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name)
}

async fn tls_client(server: &Server, protocol: &[u8]) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(data("certificate.pem")).expect("PEM")).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, server.connect().await).await.expect("a handshake")
}

fn tls_options() -> ServeOptions {
    let tls = Tls::from_pem_files(&data("certificate.pem"), &data("key.pem")).expect("a pair");
    ServeOptions { tls: Some(tls), ..ServeOptions::default() }
}

#[tokio::test]
async fn tls_carries_http_1_and_links_say_https() {
    let server = start(tls_options()).await;
    let mut stream = tls_client(&server, b"http/1.1").await;
    let head = format!("GET /v3/projects HTTP/1.1\r\nhost: h:1\r\nx-auth-token: {TOKEN}\r\nconnection: close\r\n\r\n");
    write(&mut stream, head).await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("https://h:1"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn tls_carries_http_2() {
    use axum::body::Body;
    use axum::http::Request;
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let server = start(tls_options()).await;
    let stream = tls_client(&server, b"h2").await;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let request = Request::builder().uri("https://localhost/v3/projects").header("x-auth-token", TOKEN);
    let response = sender.send_request(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    assert_eq!(response.status(), 200);
    let body = axum::body::to_bytes(Body::new(response.into_body()), 4096).await.expect("a body");
    assert!(String::from_utf8_lossy(&body).contains("https://localhost"), "{body:?}");
    drop(sender);
    let _ = connection.await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_stalls_the_handshake_is_dropped() {
    let options = ServeOptions { handshake_timeout: Duration::from_millis(100), ..tls_options() };
    let server = start(options).await;
    let mut stream = server.connect().await;
    let ended = tokio::time::timeout(Duration::from_secs(5), rest(&mut stream)).await;
    assert_eq!(ended.expect("closed by the server"), "");
    server.stop().await;
}

#[test]
fn errors_about_tls_files_are_one_line_and_name_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").expect("writes");
    let other_key = data("other-key.pem");
    let (certificate, key) = (data("certificate.pem"), data("key.pem"));
    for (certificate, key, named, text) in [
        (folder.path().join("none.pem"), key.clone(), "none.pem", "cannot read TLS certificates"),
        (empty.clone(), key.clone(), "empty.pem", "cannot read TLS certificates"),
        (certificate.clone(), empty, "empty.pem", "cannot read a TLS private key"),
        (certificate.clone(), certificate.clone(), "certificate.pem", "cannot read a TLS private key"),
        (certificate, other_key, "other-key.pem", "cannot be used together"),
    ] {
        let error = Tls::from_pem_files(&certificate, &key).err().expect("refused").to_string();
        assert!(error.contains(text) && error.contains(named) && !error.contains('\n'), "{error}");
    }
}

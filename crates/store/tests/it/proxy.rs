//! A proxy in front of PostgreSQL that loses the answer to a commit.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

pub(crate) struct Proxy {
    pub(crate) url: String,
    /// Set, the next commit reaches the server and its answer is lost with the connection.
    pub(crate) armed: Arc<AtomicBool>,
}

impl Proxy {
    /// A proxy for the database at a URL of `testkit::postgres`, which names a socket's directory.
    pub(crate) async fn start(url: &str) -> Self {
        let (base, host) = url.split_once("?host=").expect("the URL names a socket");
        let database = base.rsplit('/').next().expect("the URL names a database");
        let socket = PathBuf::from(host.replace("%2F", "/").replace("%2D", "-")).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("has an address").port();
        let armed = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&armed);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.expect("the server listens");
                tokio::spawn(pass(client, server, Arc::clone(&shared)));
            }
        });
        let url = format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable");
        Self { url, armed }
    }
}

async fn pass(mut client: TcpStream, mut server: UnixStream, armed: Arc<AtomicBool>) {
    let (mut sent, mut answered) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut sent) => {
                let Ok(length @ 1..) = read else { return };
                let is_commit = sent[..length].windows(6).any(|bytes| bytes == b"COMMIT");
                let cut = is_commit && armed.swap(false, Ordering::AcqRel);
                if server.write_all(&sent[..length]).await.is_err() {
                    return;
                }
                if cut {
                    // The server has committed once it answers.
                    let _ = server.read(&mut answered).await;
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

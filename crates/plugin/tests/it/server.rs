//! A server on loopback that answers as a test says and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{Clock, InstanceId, ProjectId, Tenant, Timestamp, Value, WorkspaceId};
use plugin::{ActionError, Call, ConnectionConfig, EgressPolicy, Host, HostConfig, Registry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use uuid::Uuid;

/// What a server does with a request.
pub(crate) enum Answer {
    /// Writes this and closes.
    Raw(String),
    /// Writes this and then one byte every 50 ms.
    Drip(String),
}

/// `status`, headers each with a line end, body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Raw(format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"))
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server that answers with what the function makes of the request's head and body.
    pub(crate) async fn start(respond: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let respond = Arc::new(respond);
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, respond.clone(), seen.clone()));
            }
        });
        Self { address, requests }
    }

    /// A URL on this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }

    /// The only request so far.
    pub(crate) fn request(&self) -> String {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    respond: Arc<impl Fn(&str) -> Answer + Send + Sync + 'static>,
    seen: Arc<Mutex<Vec<String>>>,
) {
    let Some(request) = read(&mut stream).await else { return };
    seen.lock().expect("not poisoned").push(request.clone());
    // The client may be gone by now.
    match respond(&request) {
        Answer::Raw(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
        }
        Answer::Drip(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// 2015-10-21T07:27:30Z.
pub(crate) struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_445_412_450_000_000)
    }
}

/// A host with these allow and deny rules.
pub(crate) fn host(allow: &[&str], deny: &[&str]) -> Host {
    let egress = EgressPolicy::parse(allow.iter().copied(), deny.iter().copied()).expect("rules");
    Host::new(HostConfig { egress, max_response_bytes: 100_000, ..HostConfig::default() }, Arc::new(FixedClock))
}

/// A host that may reach loopback.
pub(crate) fn open_host() -> Host {
    host(&["127.0.0.0/8"], &[])
}

/// A run of a workspace.
pub(crate) fn tenant() -> Tenant {
    Tenant { project: ProjectId(Uuid::from_u128(1)), workspace: WorkspaceId(Uuid::from_u128(2)) }
}

/// A call of a component's action under a key.
pub(crate) async fn act(
    host: &Host,
    (component, action): (&str, &str),
    key: &str,
    config: Option<&str>,
    input: &str,
) -> Result<Value, ActionError> {
    let registry = Registry::builtin();
    let component = registry.component(component).expect("built in");
    let connection = config.map(|text| ConnectionConfig::open(&component.connection, text).expect("a configuration"));
    let call = Call {
        tenant: tenant(),
        root: InstanceId(Uuid::from_u128(3)),
        input: Value::from_json(input).unwrap_or_else(|error| panic!("{input}: {error}")),
        connection: connection.as_ref(),
        idempotency_key: key.into(),
        deadline: Instant::now() + Duration::from_secs(20),
    };
    component.action(action).expect("built in").run(call, host).await
}

/// Calls `HTTP.request`.
pub(crate) async fn call(host: &Host, config: Option<&str>, input: &str) -> Result<Value, ActionError> {
    act(host, ("HTTP", "request"), "root/7/0", config, input).await
}

/// The error of a call that must fail.
pub(crate) async fn refused(host: &Host, config: Option<&str>, input: &str) -> ActionError {
    match call(host, config, input).await {
        Ok(output) => panic!("{input} gave {output:?}"),
        Err(error) => error,
    }
}

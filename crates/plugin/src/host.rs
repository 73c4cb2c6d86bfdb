//! The only way from a connector to the world: to the network, with egress policy, caps on size and time, no proxy, no
//! redirects; and to the server's data objects.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use model::Clock;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use crate::egress::{Denied, EgressPolicy};
use crate::error::{ActionError, EGRESS_DENIED, HTTP_CONNECT, HTTP_TIMEOUT, HTTP_TOO_LARGE, RECORDS_UNAVAILABLE};
use crate::records::Records;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

tokio::task_local! {
    /// The port that the running request goes to. The resolver is told only a name, but rules may depend on the port.
    static DESTINATION_PORT: u16;
}

/// The settings of a [`Host`].
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// Which destinations may be reached.
    pub egress: EgressPolicy,
    /// Bytes that the body of a request may take.
    pub max_request_bytes: usize,
    /// Bytes that the body of an answer may take.
    pub max_response_bytes: usize,
    /// The longest that one request may take, whatever its caller says.
    pub max_request_time: Duration,
}

impl Default for HostConfig {
    /// The public internet, 10 MiB each way, 5 minutes.
    fn default() -> Self {
        Self {
            egress: EgressPolicy::default(),
            max_request_bytes: 10 << 20,
            max_response_bytes: 10 << 20,
            max_request_time: Duration::from_secs(300),
        }
    }
}

/// What connectors are given to act on the world.
pub struct Host {
    config: HostConfig,
    policy: Arc<EgressPolicy>,
    clock: Arc<dyn Clock>,
    /// Made for the first request, since reading the machine's certificates takes time that a start should not.
    client: OnceLock<reqwest::Client>,
    /// What implements it is made after what runs actions.
    records: OnceLock<Arc<dyn Records>>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A request, one hop.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// An absolute `http` or `https` URL without user name and password.
    pub url: Url,
    /// The headers; values that hold secrets are marked sensitive.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Host {
    /// A host; nothing is opened before the first request.
    pub fn new(config: HostConfig, clock: Arc<dyn Clock>) -> Self {
        let policy = Arc::new(config.egress.clone());
        Self { config, policy, clock, client: OnceLock::new(), records: OnceLock::new() }
    }

    /// The server's clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Gives actions the server's data objects. Only the first call counts.
    pub fn provide_records(&self, records: Arc<dyn Records>) {
        let _ = self.records.set(records);
    }

    /// The server's data objects.
    ///
    /// # Errors
    /// [`RECORDS_UNAVAILABLE`] when nobody has provided them.
    pub fn records(&self) -> Result<&dyn Records, ActionError> {
        let missing = || ActionError::transient(RECORDS_UNAVAILABLE, "this server gives actions no data objects");
        self.records.get().map(|records| &**records).ok_or_else(missing)
    }

    /// Sends one request and reads the whole answer. Redirects are answers like others.
    ///
    /// # Errors
    /// [`EGRESS_DENIED`], [`HTTP_CONNECT`], [`HTTP_TIMEOUT`], [`HTTP_TOO_LARGE`], or an input error on the URL or body.
    pub async fn send(&self, request: Outgoing, deadline: Instant) -> Result<Incoming, ActionError> {
        let port = self.check_url(&request.url)?;
        if request.body.as_ref().is_some_and(|body| body.len() > self.config.max_request_bytes) {
            let limit = self.config.max_request_bytes;
            return Err(ActionError::input("body", format!("larger than {limit} bytes")));
        }
        let deadline = deadline.min(Instant::now() + self.config.max_request_time);
        let exchange = DESTINATION_PORT.scope(port, self.exchange(request));
        timeout_at(deadline, exchange)
            .await
            .unwrap_or_else(|_| Err(ActionError::transient(HTTP_TIMEOUT, "the other side did not answer in time")))
    }

    /// Checks what can be checked before a name is resolved; gives the port.
    fn check_url(&self, url: &Url) -> Result<u16, ActionError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ActionError::input("url", "the scheme must be http or https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ActionError::input("url", "user name and password belong into a connection"));
        }
        let port = url.port_or_known_default().ok_or_else(|| ActionError::input("url", "it has no port"))?;
        // The URL's own parser has read every spelling of a number as an address: 2130706433, 0x7f.1, 0.
        match host(url) {
            Some(Destination::Address(address)) => self.policy.check_address(address, port),
            Some(Destination::Name(name)) => self.policy.check_name(name, port),
            None => return Err(ActionError::input("url", "it has no host")),
        }
        .map_err(denied)?;
        Ok(port)
    }

    /// The addresses of a URL's host that may be reached at a port; whoever connects must connect to these.
    pub(crate) async fn addresses(&self, url: &Url, port: u16) -> Result<Vec<SocketAddr>, BoxError> {
        match host(url) {
            Some(Destination::Address(address)) => {
                self.policy.check_address(address, port)?;
                Ok(vec![SocketAddr::new(address, port)])
            }
            Some(Destination::Name(name)) => {
                self.policy.check_name(name, port)?;
                resolve(&self.policy, name, port).await
            }
            None => Err("the URL has no host".into()),
        }
    }

    async fn exchange(&self, request: Outgoing) -> Result<Incoming, ActionError> {
        let client = self.client.get_or_init(|| client(&self.policy));
        let mut building = client.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            building = building.body(body);
        }
        let mut response = building.send().await.map_err(explain)?;
        let limit = self.config.max_response_bytes;
        let too_large = || ActionError::permanent(HTTP_TOO_LARGE, format!("the answer is larger than {limit} bytes"));
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Incoming { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
    }
}

/// Where a URL goes to.
enum Destination<'a> {
    Address(std::net::IpAddr),
    Name(&'a str),
}

fn host(url: &Url) -> Option<Destination<'_>> {
    let host = url.host_str().filter(|host| !host.is_empty())?;
    // Brackets are how URLs spell IPv6; a name cannot hold them.
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    Some(bare.parse().map_or(Destination::Name(host), Destination::Address))
}

fn client(policy: &Arc<EgressPolicy>) -> reqwest::Client {
    let building = || {
        reqwest::Client::builder()
            .user_agent(concat!("Muster/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .dns_resolver(CheckedResolver(policy.clone()))
    };
    building().build().unwrap_or_else(|error| {
        // Most likely the machine has no CA certificates. Plain HTTP shall work nevertheless.
        tracing::warn!(%error, "no certificates to trust, HTTPS requests of workflows will fail");
        building().tls_certs_only([]).build().expect("without certificates, nothing is left that can fail")
    })
}

/// Resolves a name and gives only addresses that the policy allows; the client connects to these and no others, so
/// a second answer of the name server cannot slip in between.
struct CheckedResolver(Arc<EgressPolicy>);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        // Called within the task of the request. Should that ever change, every name is denied.
        let port = DESTINATION_PORT.try_with(|port| *port).ok();
        Box::pin(async move {
            let port = port.ok_or("the port of the request is not known")?;
            let allowed = resolve(&policy, name.as_str(), port).await?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name that the policy allows.
async fn resolve(policy: &EgressPolicy, name: &str, port: u16) -> Result<Vec<SocketAddr>, BoxError> {
    let found = tokio::net::lookup_host((name, port)).await?;
    let addresses: Vec<_> = found.map(|address| address.ip()).collect();
    if addresses.is_empty() {
        return Err("the name has no address".into());
    }
    let allowed = policy.filter_resolved(name, &addresses, port)?;
    Ok(allowed.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

fn denied(why: impl fmt::Display) -> ActionError {
    ActionError::permanent(EGRESS_DENIED, why.to_string())
}

/// The error of a request without its URL, whose query may hold a secret.
fn explain(error: reqwest::Error) -> ActionError {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        if let Some(denial) = inner.downcast_ref::<Denied>() {
            return denied(denial);
        }
        cause = inner;
    }
    if error.is_builder() {
        return ActionError::input("url", format!("it cannot be requested: {cause}"));
    }
    if error.is_timeout() {
        return ActionError::transient(HTTP_TIMEOUT, "the other side could not be reached in time");
    }
    let what = if error.is_connect() { "could not be reached" } else { "broke the connection" };
    ActionError::transient(HTTP_CONNECT, format!("the other side {what}: {cause}"))
}

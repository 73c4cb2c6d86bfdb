//! Messages of a NATS JetStream stream. The server is reached under the egress policy, like everything outside; each
//! message is delivered until it is acknowledged, and has a key that stays the same however often it comes.

mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Pulled};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, FromConsumer as _};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use futures::StreamExt;
use reqwest::Url;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::connection::Secret;
use crate::host::Host;

const DEFAULT_PORT: u16 = 4222;
/// Messages that are taken together.
const BATCH: usize = 256;
/// Bytes of messages after which no more are taken together.
const BATCH_BYTES: usize = 8 << 20;
/// Bytes of messages that one request of ours may bring.
const REQUEST_BYTES: usize = 64 << 20;
/// How long more messages are waited for when there is one.
const LINGER: Duration = Duration::from_millis(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one request for messages stays with the server, and how often it says meanwhile that it is there.
const EXPIRES: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Where the messages are.
#[derive(Debug, Clone)]
pub struct Place {
    /// The server, as [`parse_url`] reads it.
    pub url: Url,
    /// How to get in.
    pub login: Login,
    /// The stream.
    pub stream: String,
    /// Which of its messages, by subject, wildcards included; empty for all of them.
    pub subject: String,
}

/// What a server is shown.
#[derive(Debug, Clone)]
pub enum Login {
    /// Nothing.
    Nobody,
    /// A user's name and password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token.
    Token(Secret),
}

/// Why there are no messages, in a sentence without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StreamError(String);

/// Reads the URL of a server.
///
/// # Errors
/// What it must be like, as the rest of a sentence.
pub fn parse_url(text: &str) -> Result<Url, &'static str> {
    let url: Url = text.parse().map_err(|_| "must be a URL like nats://host:4222 or tls://host:4222")?;
    if !matches!(url.scheme(), "nats" | "tls") || url.host_str().is_none_or(str::is_empty) {
        return Err("must be a URL like nats://host:4222 or tls://host:4222");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold credentials: they have fields of their own");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err("must end with the host or its port");
    }
    Ok(url)
}

/// One message.
pub struct Message {
    /// Names it among all messages that ever were in a stream of this name: when the stream was made, and its place.
    pub key: String,
    inner: jetstream::Message,
}

impl Message {
    /// What it holds.
    pub fn payload(&self) -> &[u8] {
        &self.inner.payload
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What has ended a connection, once something has. What a server refuses it tells here, and leaves the request unanswered.
type Broken = watch::Receiver<Option<StreamError>>;

/// Messages as they come.
pub struct Subscription {
    client: Client,
    messages: Pulled,
    broken: Broken,
    failed: Option<StreamError>,
    /// What has come and was not handed out yet.
    taken: Vec<Message>,
    /// When the stream was made, in nanoseconds.
    created: i128,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("created", &self.created).finish_non_exhaustive()
    }
}

impl Host {
    /// Takes messages from a stream, in the name of a durable consumer. Whoever else uses the name gets other messages.
    /// A consumer that is there stays as it is; with another subject, it begins anew where it was.
    ///
    /// # Errors
    /// The server cannot or must not be reached, does not let us in, or has no such stream.
    pub async fn subscribe(&self, place: &Place, consumer: &str) -> Result<Subscription, StreamError> {
        let (client, mut broken) = self.connect(place).await?;
        let largest = client.server_info().max_payload.max(1);
        let asking = async {
            let stream = find(&client, place).await?;
            let consumer = consumer_of(&stream, place, consumer).await?;
            let messages = consumer
                .stream()
                .max_messages_per_batch((REQUEST_BYTES / largest).clamp(1, BATCH))
                .expires(EXPIRES)
                .heartbeat(HEARTBEAT)
                .messages()
                .await
                .map_err(|error| StreamError(format!("messages cannot be asked for: {error}")))?;
            Ok((messages, stream.cached_info().created.unix_timestamp_nanos()))
        };
        let (messages, created) = unless_broken(&mut broken, asking).await??;
        Ok(Subscription { client, messages, broken, failed: None, taken: Vec::new(), created })
    }

    /// The latest message of a stream, which stays where it is.
    ///
    /// # Errors
    /// As [`Host::subscribe`].
    pub async fn latest_message(&self, place: &Place) -> Result<Option<Vec<u8>>, StreamError> {
        let (client, mut broken) = self.connect(place).await?;
        let asking = async {
            let stream = find(&client, place).await?;
            let subject = if place.subject.is_empty() { ">" } else { &place.subject };
            match stream.get_last_raw_message_by_subject(subject).await {
                Ok(message) => Ok(Some(message.payload.to_vec())),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(StreamError(format!("the latest message cannot be read: {error}"))),
            }
        };
        unless_broken(&mut broken, asking).await?
    }

    async fn connect(&self, place: &Place) -> Result<(Client, Broken), StreamError> {
        let port = place.url.port().unwrap_or(DEFAULT_PORT);
        let unreachable = |cause: &dyn fmt::Display| StreamError(format!("the server could not be reached: {cause}"));
        let addresses = timeout(CONNECT_TIMEOUT, self.addresses(&place.url, port))
            .await
            .map_err(|_| unreachable(&"its name was not resolved in time"))?
            .map_err(|error| unreachable(&error))?;
        let (report, broken) = watch::channel(None);
        let mut options = ConnectOptions::new()
            .name("Muster")
            .connection_timeout(CONNECT_TIMEOUT)
            .request_timeout(Some(REQUEST_TIMEOUT))
            // Servers that this one tells of have not passed the policy. After a break, names are resolved anew.
            .ignore_discovered_servers()
            .max_reconnects(addresses.len())
            .event_callback(move |event| {
                if let Some(what) = breaks(&event) {
                    report.send_if_modified(|told| told.is_none().then(|| *told = Some(what)).is_some());
                }
                std::future::ready(())
            });
        options = match &place.login {
            Login::Nobody => options,
            Login::Password { user, password } => options.user_and_password(user.clone(), password.expose().to_owned()),
            Login::Token(token) => options.token(token.expose().to_owned()),
        };
        let trusted = tls::config(&place.url).map_err(|error| unreachable(&error))?;
        options = options.require_tls(place.url.scheme() == "tls").tls_client_config(trusted);
        let servers: Result<Vec<ServerAddr>, _> = addresses.iter().map(|address| server(*address)).collect();
        let client = options.connect(servers.map_err(|error| unreachable(&error))?).await.map_err(|error| {
            if matches!(error.kind(), ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication) {
                return StreamError("the server does not accept the credentials".to_owned());
            }
            unreachable(&error)
        })?;
        Ok((client, broken))
    }
}

fn server(address: SocketAddr) -> Result<ServerAddr, std::io::Error> {
    format!("nats://{address}").parse()
}

/// What an event says about the end of a connection.
fn breaks(event: &Event) -> Option<StreamError> {
    match event {
        Event::Disconnected | Event::Closed => Some(StreamError("the connection to the server broke".to_owned())),
        Event::ServerError(error) => Some(StreamError(format!("the server refuses: {error}"))),
        Event::Connected | Event::LameDuckMode | Event::Draining | Event::SlowConsumer(_) | Event::ClientError(_) => {
            None
        }
    }
}

async fn unless_broken<T>(broken: &mut Broken, work: impl Future<Output = T>) -> Result<T, StreamError> {
    tokio::select! {
        done = work => Ok(done),
        told = broken.wait_for(Option::is_some) => Err(told.ok().and_then(|told| told.clone()).unwrap_or_else(ended)),
    }
}

async fn find(client: &Client, place: &Place) -> Result<Stream, StreamError> {
    jetstream::new(client.clone()).get_stream(&place.stream).await.map_err(|error| match error.kind() {
        GetStreamErrorKind::JetStream(cause) if cause.error_code() == ErrorCode::STREAM_NOT_FOUND => {
            StreamError(format!("the server has no stream '{}'", place.stream))
        }
        GetStreamErrorKind::JetStream(cause) => StreamError(format!("the stream '{}': {cause}", place.stream)),
        GetStreamErrorKind::Request | GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
            StreamError(format!("the stream '{}' cannot be asked for: {error}", place.stream))
        }
    })
}

async fn consumer_of(stream: &Stream, place: &Place, name: &str) -> Result<Consumer<Config>, StreamError> {
    let wanted = Config {
        durable_name: Some(name.to_owned()),
        description: Some("Takes events into Muster".to_owned()),
        ack_policy: AckPolicy::Explicit,
        filter_subject: place.subject.clone(),
        ..Config::default()
    };
    let failed = |error: &dyn fmt::Display| StreamError(format!("the consumer '{name}': {error}"));
    let found = stream.get_or_create_consumer(name, wanted).await.map_err(|error| failed(&error))?;
    let config = &found.cached_info().config;
    if config.filter_subject == place.subject {
        return Ok(found);
    }
    // Not every server changes the subject of a consumer, so another one goes on where this one was.
    let mut changed = Config::try_from_consumer_config(config.clone()).map_err(|error| failed(&error))?;
    changed.filter_subject = place.subject.clone();
    let start_sequence = found.cached_info().ack_floor.stream_sequence + 1;
    changed.deliver_policy = DeliverPolicy::ByStartSequence { start_sequence };
    stream.delete_consumer(name).await.map_err(|error| failed(&error))?;
    stream.create_consumer(changed).await.map_err(|error| failed(&error))
}

impl Subscription {
    /// Waits for the next messages: at least one. Those that are taken and not acknowledged come again.
    ///
    /// # Errors
    /// Nothing comes any more.
    pub async fn next(&mut self) -> Result<Vec<Message>, StreamError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let first = unless_broken(&mut self.broken, self.messages.next()).await?;
        let (mut next, mut bytes) = (first, 0);
        loop {
            match next {
                Some(Ok(message)) => {
                    bytes += message.payload.len();
                    let message = self.keyed(message)?;
                    self.taken.push(message);
                }
                Some(Err(error)) => self.failed = Some(StreamError(format!("no more messages: {error}"))),
                None => self.failed = Some(ended()),
            }
            if self.failed.is_some() || self.taken.len() >= BATCH || bytes >= BATCH_BYTES {
                break;
            }
            match timeout(LINGER, self.messages.next()).await {
                Ok(more) => next = more,
                Err(_) => break,
            }
        }
        match self.failed.take_if(|_| self.taken.is_empty()) {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut self.taken)),
        }
    }

    fn keyed(&self, message: jetstream::Message) -> Result<Message, StreamError> {
        let sequence =
            message.info().map_err(|error| StreamError(format!("a message is not of JetStream: {error}")))?;
        let key = format!("{}/{}", self.created, sequence.stream_sequence);
        Ok(Message { key, inner: message })
    }

    /// Tells the server that messages need not come again.
    ///
    /// # Errors
    /// It could not be told; they come again.
    pub async fn acknowledge(&self, messages: Vec<Message>) -> Result<(), StreamError> {
        for message in messages {
            message.inner.ack().await.map_err(|error| StreamError(format!("cannot acknowledge: {error}")))?;
        }
        Ok(())
    }

    /// Asks for no more messages, and gives those that had been delivered by then. They can no longer be acknowledged, so
    /// they come again; whoever did not take them here would have to wait for that.
    pub async fn end(mut self) -> Vec<Message> {
        let rest = async {
            if self.client.drain().await.is_ok() {
                while let Some(Ok(message)) = self.messages.next().await {
                    let Ok(message) = self.keyed(message) else { break };
                    self.taken.push(message);
                }
            }
        };
        // What a server delivers that does not say goodbye comes again too.
        let _ = timeout(REQUEST_TIMEOUT, rest).await;
        self.taken
    }
}

fn ended() -> StreamError {
    StreamError("the server has ended the delivery of messages".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_server_and_nothing_else() {
        for text in ["nats://10.0.0.1", "nats://queue.example:4223", "TLS://[fd00::1]:4222/"] {
            assert!(parse_url(text).is_ok(), "{text}");
        }
        for (text, expected) in [
            ("queue.example", "must be a URL"),
            ("http://queue.example", "must be a URL"),
            ("nats://", "must be a URL"),
            ("nats:4222", "must be a URL"),
            ("nats://joe@queue.example", "must not hold credentials"),
            ("nats://:secret@queue.example", "must not hold credentials"),
            ("nats://queue.example/stream", "must end with the host"),
            ("nats://queue.example?tls=false", "must end with the host"),
        ] {
            let problem = parse_url(text).expect_err(text);
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }
}

//! Events from a stream of NATS JetStream, with a server of the test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{self, consumer, stream};
use model::{SourceId, Value};
use service::ingest::nats::{NatsInput, Secret};
use service::ingest::source::{NewSource, SourceInput};
use service::ingest::streams::StreamState;
use testkit::nats::{Server, server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{some, webhook};
use crate::installation::{Installation, refusal};
use crate::room::{Room, json};

const INVALID: &str = "SecMaster.20030001";
/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long what happens at once may take on a busy machine; less than it takes for a message to come again.
const SOON: Duration = Duration::from_secs(15);
const PASSWORDS: &str = r#"authorization { users = [
    {user: "muster", password: "correct-horse"},
    {user: "weak", password: "correct-horse", permissions: {publish: "$JS.API.STREAM.INFO.*", subscribe: "_INBOX.>"}}
] }"#;

/// A room that fetches, a server, and a way to it.
struct Queue {
    room: Room,
    server: Server,
    stream: stream::Stream,
    context: jetstream::Context,
}

/// Some node's fetching; it stops as a node does.
struct Driver {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Driver {
    fn start(room: &Room) -> Self {
        let (stop, service) = (CancellationToken::new(), room.made.service.clone());
        let stopped = stop.clone();
        Self { stop, task: tokio::spawn(async move { service.run_sources(stopped).await }) }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("stops");
    }
}

async fn make_stream(context: &jetstream::Context) -> stream::Stream {
    let config =
        stream::Config { name: "EVENTS".into(), subjects: vec!["events.>".into()], ..stream::Config::default() };
    context.create_stream(config).await.expect("a stream")
}

impl Queue {
    /// None where the server is not installed.
    async fn new(settings: &str) -> Option<Self> {
        let server = server(settings)?;
        let mut options = async_nats::ConnectOptions::new();
        if !settings.is_empty() {
            options = options.user_and_password("muster".into(), "correct-horse".into());
        }
        let client = options.connect(server.address()).await.expect("connects");
        let context = jetstream::new(client);
        let stream = make_stream(&context).await;
        let room = Room::of(Installation::with_neighbours().await).await;
        Some(Self { room, server, stream, context })
    }

    fn place(&self) -> NatsInput {
        let url = Some(format!("nats://{}", self.server.address()));
        NatsInput { url, stream: some("EVENTS"), ..NatsInput::default() }
    }

    async fn source(&self, nats: NatsInput) -> NewSource {
        self.room.source(input("queue", nats)).await
    }

    async fn publish(&self, subject: &'static str, rule: &str, level: &str) {
        let event = format!(r#"{{"rule": "{rule}", "level": {level}}}"#);
        let sent = self.context.publish(subject, event.into()).await.expect("is sent");
        sent.await.expect("is stored");
    }

    async fn update(&self, id: SourceId, input: SourceInput) {
        self.room.made.pass(Duration::from_secs(1));
        self.room.made.service.update_source(&self.room.ctx, id, input).await.expect("is changed");
    }

    async fn state(&self, id: SourceId) -> Option<StreamState> {
        let source = self.room.made.service.get_source(&self.room.ctx, id).await.expect("is there");
        self.room.made.service.stream_state(&source)
    }

    async fn until_state(&self, id: SourceId, name: &str) -> StreamState {
        let begun = Instant::now();
        loop {
            match self.state(id).await {
                Some(state) if state.name == name => return state,
                other => assert!(begun.elapsed() < PATIENCE, "{other:?} is not {name}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits for as many alerts as there are titles; they have come in any order.
    async fn until_titles(&self, expected: &[&str]) {
        let begun = Instant::now();
        let mut titles = self.room.titles().await;
        while titles.len() < expected.len() {
            assert!(begun.elapsed() < PATIENCE, "{titles:?} instead of {expected:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
            titles = self.room.titles().await;
        }
        titles.sort();
        assert_eq!(titles, expected);
    }

    /// Waits a little until messages are fetched as the source now says.
    async fn until_changed(&self, id: SourceId) {
        let source = self.room.made.service.get_source(&self.room.ctx, id).await.expect("is there");
        let begun = Instant::now();
        while self.until_state(id, "CONNECTED").await.since < source.row.update_time {
            assert!(begun.elapsed() < SOON);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits a little for an alert of this title.
    async fn until_taken(&self, title: &str) {
        let begun = Instant::now();
        while !self.room.titles().await.iter().any(|taken| taken == title) {
            assert!(begun.elapsed() < SOON, "{title}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the server knows that every message of the stream was taken in; gives how often it has delivered one.
    async fn until_acknowledged(&self, id: SourceId) -> u64 {
        let begun = Instant::now();
        loop {
            let info = self.stream.consumer_info(format!("muster-{id}")).await.expect("the consumer is there");
            if info.num_pending == 0 && info.num_ack_pending == 0 {
                return info.delivered.consumer_sequence;
            }
            assert!(begun.elapsed() < PATIENCE, "{info:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn input(name: &str, nats: NatsInput) -> SourceInput {
    SourceInput { kind: some("nats"), nats: Some(nats), ..webhook(name) }
}

fn enabled(enabled: bool) -> SourceInput {
    SourceInput { enabled: Some(enabled), ..SourceInput::default() }
}

fn login(user: &str, password: &str) -> NatsInput {
    NatsInput { user: some(user), password: Some(Secret::new(password.to_owned())), ..NatsInput::default() }
}

#[tokio::test]
async fn messages_become_objects_and_bad_ones_dead_letters() {
    let Some(queue) = Queue::new("").await else { return };
    queue.publish("events.a", "before", "9").await;
    queue.publish("events.a", "passed", "1").await;
    queue.publish("events.b", "elsewhere", "9").await;
    queue.room.enable("Close low-risk alerts").await;
    let _driver = Driver::start(&queue.room);
    let made = queue.source(NatsInput { subject: some("events.a"), ..queue.place() }).await;
    assert_eq!(made.secret, "", "nobody sends");
    let id = made.source.row.id;
    queue.until_titles(&["before"]).await;
    let state = queue.state(id).await.expect("is fetched from");
    assert_eq!((state.name, state.problem.as_str(), state.since), ("CONNECTED", "", crate::installation::START));
    queue.publish("events.a", "bad", "\"x\"").await;
    queue.publish("events.a", "low", "3").await;
    queue.until_titles(&["before", "low"]).await;
    queue.room.until_played("Close low-risk alerts", 1).await;
    assert_eq!(queue.until_acknowledged(id).await, 4);
    let letters = queue.room.letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].reason.starts_with("accept: "), "{}", letters[0].reason);
    assert_eq!(letters[0].body, br#"{"rule": "bad", "level": "x"}"#);
}

/// Passes bytes on to the server until the client acknowledges a message; then the connection breaks, the
/// acknowledgement unsent. Connections after that are passed on in full.
async fn breaks_at_acknowledgement(server: String) -> (String, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = listener.local_addr().expect("an address").to_string();
    let broken = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&broken);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&server).await.expect("connects");
            let told = Arc::clone(&told);
            tokio::spawn(async move {
                if told.load(Ordering::SeqCst) {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    return;
                }
                let ((mut from, mut to), (mut back, mut answer)) = (client.split(), server.split());
                let forth = async {
                    let mut buffer = vec![0; 64 << 10];
                    loop {
                        let read = from.read(&mut buffer).await.unwrap_or(0);
                        if read == 0 || buffer[..read].windows(7).any(|bytes| bytes == b"$JS.ACK") {
                            told.store(true, Ordering::SeqCst);
                            return;
                        }
                        answer.write_all(&buffer[..read]).await.expect("the server listens");
                    }
                };
                tokio::select! {
                    () = forth => {}
                    _ = tokio::io::copy(&mut back, &mut to) => {}
                }
            });
        }
    });
    (address, broken)
}

#[tokio::test]
async fn what_was_committed_and_not_acknowledged_becomes_no_second_object() {
    let Some(queue) = Queue::new("").await else { return };
    let (proxy, broken) = breaks_at_acknowledgement(queue.server.address()).await;
    let place = NatsInput { url: Some(format!("nats://{proxy}")), ..queue.place() };
    let made = queue.room.source(SourceInput { enabled: Some(false), ..input("queue", place) }).await;
    let id = made.source.row.id;
    // What is not acknowledged comes again after a second, not half a minute: a consumer that is there is left as it is.
    let name = format!("muster-{id}");
    let short = pull::Config {
        durable_name: Some(name.clone()),
        ack_policy: consumer::AckPolicy::Explicit,
        ack_wait: Duration::from_secs(1),
        ..pull::Config::default()
    };
    queue.stream.create_consumer(short).await.expect("a consumer");
    for rule in ["a", "b", "c"] {
        queue.publish("events.x", rule, "9").await;
    }
    queue.publish("events.x", "bad", "\"x\"").await;
    queue.update(id, enabled(true)).await;
    let driver = Driver::start(&queue.room);
    queue.until_titles(&["a", "b", "c"]).await;
    let begun = Instant::now();
    while !broken.load(Ordering::SeqCst) {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The node dies; another one takes over.
    driver.task.abort();
    let _driver = Driver::start(&queue.room);
    let delivered = queue.until_acknowledged(id).await;
    assert!(delivered > 4, "they have come again: {delivered}");
    queue.until_titles(&["a", "b", "c"]).await;
    assert_eq!(queue.room.letters().await.len(), 1);
}

#[tokio::test]
async fn the_server_may_go_and_come_back() {
    let Some(mut queue) = Queue::new("").await else { return };
    let id = queue.source(queue.place()).await.source.row.id;
    let _driver = Driver::start(&queue.room);
    queue.publish("events.x", "a", "9").await;
    queue.until_titles(&["a"]).await;
    queue.room.made.pass(Duration::from_secs(5));
    queue.server.kill();
    let state = queue.until_state(id, "FAILED").await;
    assert!(!state.problem.is_empty());
    assert_eq!(state.since, crate::installation::START.plus(Duration::from_secs(5)));
    queue.server.start();
    queue.until_state(id, "CONNECTED").await;
    queue.publish("events.x", "b", "9").await;
    queue.until_titles(&["a", "b"]).await;
}

#[tokio::test]
async fn a_wrong_password_is_visible_until_it_is_put_right() {
    let Some(queue) = Queue::new(PASSWORDS).await else { return };
    let _driver = Driver::start(&queue.room);
    let made = queue.source(queue.place()).await;
    let id = made.source.row.id;
    let state = queue.until_state(id, "FAILED").await;
    assert_eq!(state.problem, "the server does not accept the credentials");
    assert_eq!(made.source.settings.authentication, "none");
    queue.update(id, SourceInput { nats: Some(login("muster", "wrong-horse")), ..SourceInput::default() }).await;
    let begun = Instant::now();
    while queue.until_state(id, "FAILED").await.since == state.since {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    queue.update(id, SourceInput { nats: Some(login("muster", "correct-horse")), ..SourceInput::default() }).await;
    queue.until_state(id, "CONNECTED").await;
    queue.publish("events.x", "a", "9").await;
    queue.until_titles(&["a"]).await;
    // The password is in no place where somebody could read it.
    let stored = queue.room.made.service.get_source(&queue.room.ctx, id).await.expect("is there");
    assert_eq!(stored.settings.authentication, "password");
    let acts = queue.room.made.acts(queue.room.ctx.tenant).await;
    let shown = format!("{stored:?} {acts:?} {}", String::from_utf8_lossy(&stored.row.secret));
    assert!(!stored.row.secret.is_empty() && !shown.contains("horse"));
}

#[tokio::test]
async fn a_missing_stream_is_visible_until_it_is_there() {
    let Some(queue) = Queue::new("").await else { return };
    queue.context.delete_stream("EVENTS").await.expect("is deleted");
    let id = queue.source(queue.place()).await.source.row.id;
    let _driver = Driver::start(&queue.room);
    assert_eq!(queue.until_state(id, "FAILED").await.problem, "the server has no stream 'EVENTS'");
    make_stream(&queue.context).await;
    queue.until_state(id, "CONNECTED").await;
    queue.publish("events.x", "a", "9").await;
    queue.until_titles(&["a"]).await;
}

#[tokio::test]
async fn the_messages_of_a_stream_that_is_made_anew_are_others() {
    let Some(queue) = Queue::new("").await else { return };
    queue.source(queue.place()).await;
    let _driver = Driver::start(&queue.room);
    queue.publish("events.x", "a", "9").await;
    queue.until_titles(&["a"]).await;
    queue.context.delete_stream("EVENTS").await.expect("is deleted");
    make_stream(&queue.context).await;
    queue.publish("events.x", "b", "9").await;
    queue.until_titles(&["a", "b"]).await;
}

#[tokio::test]
async fn changes_of_the_source_take_effect_at_once() {
    let Some(queue) = Queue::new("").await else { return };
    let _driver = Driver::start(&queue.room);
    let id = queue.source(NatsInput { subject: some("events.a"), ..queue.place() }).await.source.row.id;
    queue.publish("events.a", "a", "9").await;
    queue.until_titles(&["a"]).await;
    queue.until_acknowledged(id).await;

    queue.update(id, enabled(false)).await;
    assert_eq!(queue.state(id).await, None, "nothing is fetched from it");
    queue.publish("events.a", "while disabled", "9").await;
    queue.publish("events.b", "b", "9").await;
    queue.update(id, enabled(true)).await;
    queue.until_taken("while disabled").await;
    // Another subject.
    let both = NatsInput { subject: some("events.*"), ..NatsInput::default() };
    queue.update(id, SourceInput { nats: Some(both), ..SourceInput::default() }).await;
    queue.publish("events.c", "c", "9").await;
    queue.until_taken("c").await;
    // Another mapping.
    let mapping = json(r#"{"format": "JSON", "fields": {"title": "new ${event.rule}"}}"#);
    queue.update(id, SourceInput { mapping: Some(Value::map(mapping)), ..SourceInput::default() }).await;
    queue.until_changed(id).await;
    queue.publish("events.c", "c", "9").await;
    queue.until_taken("new c").await;

    queue.room.made.service.delete_source(&queue.room.ctx, id).await.expect("is deleted");
    queue.room.source(input("another", NatsInput { subject: some("events.d"), ..queue.place() })).await;
    queue.publish("events.d", "d", "9").await;
    queue.until_taken("d").await;
    // What was under way when the source was deleted has ended by now.
    queue.publish("events.d", "e", "9").await;
    queue.until_taken("e").await;
    let titles = queue.room.titles().await;
    let count = |title: &str| titles.iter().filter(|taken| *taken == title).count();
    assert_eq!((count("e"), count("new e")), (1, 0), "the deleted source takes none: {titles:?}");
    assert_eq!((count("a"), count("while disabled"), count("c"), count("new c")), (1, 1, 1, 1), "{titles:?}");
}

#[tokio::test]
async fn nodes_share_the_messages() {
    let Some(queue) = Queue::new("").await else { return };
    let id = queue.source(queue.place()).await.source.row.id;
    let (one, other) = (Driver::start(&queue.room), Driver::start(&queue.room));
    let names: Vec<String> = (0..600).map(|number| format!("{number:03}")).collect();
    for name in &names {
        let event = format!(r#"{{"rule": "{name}", "level": 9}}"#);
        drop(queue.context.publish("events.x", event.into()).await.expect("is sent"));
    }
    queue.until_titles(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    queue.until_acknowledged(id).await;
    // When one node stops, the other gets what comes.
    one.stop().await;
    queue.publish("events.x", "last", "9").await;
    let begun = Instant::now();
    while queue.room.titles().await.len() < 601 {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    other.stop().await;
}

#[tokio::test]
async fn servers_that_may_not_be_reached_are_not() {
    let Some(server) = server("") else { return };
    let room = Room::new().await;
    let _driver = Driver::start(&room);
    let port = server.address().split_once(':').expect("a port").1.to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433"] {
        let nats =
            NatsInput { url: Some(format!("nats://{host}:{port}")), stream: some("EVENTS"), ..NatsInput::default() };
        let (code, message) = refusal(room.made.service.try_source(&room.ctx, input(host, nats.clone())).await);
        assert_eq!(code, "SecMaster.20090106");
        assert!(message.contains("is denied") && message.contains("loopback"), "{message}");
        let source = room.source(input(host, nats)).await.source;
        let begun = Instant::now();
        loop {
            match room.made.service.stream_state(&source) {
                Some(state) if state.name == "FAILED" => {
                    assert!(state.problem.contains("is denied"), "{}", state.problem);
                    break;
                }
                other => assert!(begun.elapsed() < PATIENCE, "{other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_stream_is_tried_before_it_is_saved() {
    let Some(queue) = Queue::new(PASSWORDS).await else { return };
    let place = || login_at(&queue, "correct-horse");
    let attempt = async |nats: NatsInput| queue.room.made.service.try_source(&queue.room.ctx, input("", nats)).await;
    assert!(attempt(place()).await.expect("is tried").is_none(), "there is no message");
    queue.publish("events.a", "first", "9").await;
    queue.publish("events.b", "latest", "1").await;
    let (event, tried) = attempt(place()).await.expect("is tried").expect("a message");
    assert_eq!(event, br#"{"rule": "latest", "level": 1}"#);
    assert_eq!(tried, Ok(service::ingest::mapping::Mapped::Passed));
    let narrowed = NatsInput { subject: some("*.a"), ..place() };
    let (_, tried) = attempt(narrowed).await.expect("is tried").expect("a message");
    assert!(matches!(tried, Ok(service::ingest::mapping::Mapped::Object(_))), "{tried:?}");
    let elsewhere = NatsInput { subject: some("other.>"), ..place() };
    assert!(attempt(elsewhere).await.expect("is tried").is_none());
    let weak = NatsInput { user: some("weak"), ..place() };
    for (nats, expected) in [
        (weak, "nats: the server refuses: "),
        (login_at(&queue, "wrong-horse"), "nats: the server does not accept the credentials"),
        (NatsInput { stream: some("NONE"), ..place() }, "nats: the server has no stream 'NONE'"),
        (NatsInput { url: some("nats://127.0.0.1:1"), ..place() }, "nats: the server could not be reached: "),
    ] {
        let (code, message) = refusal(attempt(nats).await);
        assert_eq!(code, "SecMaster.20090106");
        assert!(message.starts_with(expected) && !message.contains("horse"), "{message}");
    }
    let service = &queue.room.made.service;
    assert_eq!(service.list_sources(&queue.room.ctx, None, None).await.expect("lists").total, 0);
    assert_eq!(queue.stream.get_info().await.expect("is there").state.consumer_count, 0, "nothing is left behind");
    let (code, message) = refusal(service.try_source(&queue.room.ctx, webhook("one")).await);
    assert_eq!(code, INVALID);
    assert!(message.contains("kind is required"), "{message}");
}

fn login_at(queue: &Queue, password: &str) -> NatsInput {
    let place = queue.place();
    NatsInput { url: place.url, stream: place.stream, ..login("muster", password) }
}

#[tokio::test]
async fn what_is_wrong_with_a_stream_names_the_field() {
    let room = Room::new().await;
    let place = || NatsInput { url: some("nats://queue.example"), stream: some("EVENTS"), ..NatsInput::default() };
    let token = Some(Secret::new("hunter2".to_owned()));
    for (wrong, expected) in [
        (input("a", NatsInput::default()), "nats.url is required; nats.stream is required"),
        (SourceInput { nats: None, ..input("a", place()) }, "nats.url is required"),
        (input("a", NatsInput { url: some("http://x"), ..place() }), "nats.url must be a URL like nats://host:4222"),
        (input("a", NatsInput { url: some("nats://u:hunter2@x"), ..place() }), "nats.url must not hold credentials"),
        (input("a", NatsInput { stream: some("a.b"), ..place() }), "nats.stream must be the name of a stream"),
        (input("a", NatsInput { subject: some("a..b"), ..place() }), "nats.subject must be a subject"),
        (input("a", NatsInput { user: some("joe"), ..place() }), "nats takes both user and password, or a token"),
        (input("a", NatsInput { token: token.clone(), ..login("u", "p") }), "nats takes both user and password"),
        (SourceInput { authentication: some("token"), ..input("a", place()) }, "authentication is for webhooks"),
        (SourceInput { kind: None, ..input("a", place()) }, "nats is for sources of the kind 'nats'"),
    ] {
        let (code, message) = refusal(room.made.service.create_source(&room.ctx, wrong).await);
        assert_eq!(code, INVALID);
        assert!(message.contains(expected) && !message.contains("hunter2"), "{message} should say: {expected}");
    }
    // A server of somebody else's does not get the credentials of this one.
    let (service, with_token) = (&room.made.service, NatsInput { token: token.clone(), ..place() });
    let id = room.source(input("a", with_token)).await.source.row.id;
    let moved = NatsInput { url: some("nats://other.example"), ..NatsInput::default() };
    let change = |nats: NatsInput| SourceInput { nats: Some(nats), ..SourceInput::default() };
    let (_, message) = refusal(service.update_source(&room.ctx, id, change(moved.clone())).await);
    assert!(message.contains("nats.url is another: give nats.user and nats.password or nats.token anew"), "{message}");
    let changed = service.update_source(&room.ctx, id, change(NatsInput { token, ..moved })).await.expect("is changed");
    assert_eq!((changed.settings.authentication.as_str(), changed.row.secret.is_empty()), ("token", false));
    let without = NatsInput { token: Some(Secret::new(String::new())), ..NatsInput::default() };
    let changed = service.update_source(&room.ctx, id, change(without)).await.expect("is changed");
    assert_eq!((changed.settings.authentication.as_str(), changed.row.secret.is_empty()), ("none", true));
    assert_eq!(changed.settings.nats.expect("a stream").url, "nats://other.example");
    assert_eq!(refusal(service.renew_source_secret(&room.ctx, id).await).0, "SecMaster.20090103");
    // Nobody may send to it.
    let delivery = super::shown("", r#"{"rule": "a", "level": 9}"#);
    assert_eq!(refusal(room.receive(id, delivery).await).0, "APIGW.0301");
    let hook = room.source(webhook("hook")).await.source.row.id;
    let (_, message) = refusal(service.update_source(&room.ctx, hook, change(place())).await);
    assert!(message.contains("nats is for sources of the kind 'nats'"), "{message}");
}

//! Fetching the events of sources that are streams of messages. Every node takes its share: what one has fetched, no
//! other gets, until it fails to acknowledge. A message is acknowledged once its object or dead letter is committed; one
//! that comes again finds that it is there.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::{SourceId, Timestamp};
use plugin::nats::Message;
use store::ingest::source as rows;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::nats::NATS;
use super::source::Source;
use crate::Service;
use crate::error::Error;

/// How often storage is looked at for changes that other nodes have made.
const POLL: Duration = Duration::from_secs(2);
/// How long a source is left alone that has failed: at first, and at most.
const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(60);

/// How it goes with a source on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    /// `CONNECTING`, `CONNECTED` or `FAILED`.
    pub name: &'static str,
    /// What is wrong; empty unless it has failed.
    pub problem: String,
    /// Since when.
    pub since: Timestamp,
}

const CONNECTING: &str = "CONNECTING";
const CONNECTED: &str = "CONNECTED";
const FAILED: &str = "FAILED";

/// What this node knows of the sources that it fetches from.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    states: Mutex<HashMap<SourceId, StreamState>>,
    changed: Notify,
}

impl Streams {
    /// A source was made, changed or deleted on this node.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    fn set(&self, id: SourceId, name: &'static str, problem: &str, now: Timestamp) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = StreamState { name, problem: problem.to_owned(), since: now };
        match states.get_mut(&id) {
            Some(known) if known.name == name && known.problem == problem => {}
            Some(known) => *known = state,
            None => drop(states.insert(id, state)),
        }
    }

    fn retain(&self, keep: impl Fn(&SourceId) -> bool) {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| keep(id));
    }
}

/// A source that is being fetched from, in one of its states.
struct Fetching {
    source: Source,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Service {
    /// How it goes with a source on this node; none when nothing is fetched from it.
    pub fn stream_state(&self, source: &Source) -> Option<StreamState> {
        let states = self.inner.streams.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(&source.row.id).filter(|_| source.row.enabled).cloned()
    }

    /// Fetches the events of all workspaces until it is told to stop; ends when everything that was fetched is committed.
    pub async fn run_sources(&self, stop: CancellationToken) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut fetching = HashMap::new();
        loop {
            tokio::select! {
                _ = poll.tick() => {}
                () = self.inner.streams.changed.notified() => {}
                () = stop.cancelled() => break,
            }
            if let Err(error) = self.follow_sources(&mut fetching, &stop).await {
                tracing::warn!(%error, "cannot look for sources of events; trying again");
            }
        }
        for (_, ended) in fetching {
            let _ = ended.task.await;
        }
    }

    /// Begins, ends and changes what is fetched, as storage says.
    async fn follow_sources(
        &self,
        fetching: &mut HashMap<SourceId, Fetching>,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let mut conn = self.inner.db.read().await?;
        let rows = rows::list_enabled(&mut conn, NATS).await?;
        drop(conn);
        let wanted: HashMap<SourceId, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        fetching.retain(|id, known| {
            let stays = wanted.contains_key(id);
            if !stays {
                known.stop.cancel();
            }
            stays
        });
        self.inner.streams.retain(|id| wanted.contains_key(id));
        for (id, row) in wanted {
            if fetching.get(&id).is_some_and(|known| known.source.row == row && !known.task.is_finished()) {
                continue;
            }
            let source = match Source::read(row) {
                Ok(source) => source,
                Err(error) => {
                    tracing::warn!(source.id = %id, %error, "the source cannot be read");
                    continue;
                }
            };
            let before = fetching.remove(&id).map(|known| {
                known.stop.cancel();
                known.task
            });
            let (this, stop) = (self.clone(), stop.child_token());
            let (own, stopped) = (source.clone(), stop.clone());
            let task = tokio::spawn(async move {
                // What it has fetched is taken in before the change takes effect.
                if let Some(before) = before {
                    let _ = before.await;
                }
                this.fetch(&own, &stopped).await;
            });
            fetching.insert(id, Fetching { source, stop, task });
        }
        Ok(())
    }

    /// Fetches from one source until it is told to stop, however often that fails.
    async fn fetch(&self, source: &Source, stop: &CancellationToken) {
        let (id, streams) = (source.row.id, &self.inner.streams);
        let mut delay = FIRST;
        streams.set(id, CONNECTING, "", self.now());
        while !stop.is_cancelled() {
            let begun = Instant::now();
            let Err(problem) = self.fetch_connected(source, stop).await else { return };
            tracing::warn!(source.id = %id, source.name = source.row.name, problem, "cannot fetch events; trying again");
            streams.set(id, FAILED, &problem, self.now());
            // A connection that has held begins anew.
            delay = if begun.elapsed() > MOST { FIRST } else { delay };
            tokio::select! {
                () = sleep(jittered(delay)) => {}
                () = stop.cancelled() => return,
            }
            delay = (2 * delay).min(MOST);
        }
    }

    /// Fetches over one connection. Ends without an error when it is told to stop.
    async fn fetch_connected(&self, source: &Source, stop: &CancellationToken) -> Result<(), String> {
        let id = source.row.id;
        let place = self.place_of(source).map_err(|error| told(&error))?;
        let consumer = format!("muster-{id}");
        let mut messages = tokio::select! {
            made = self.inner.runtime.host().subscribe(&place, &consumer) => made.map_err(|error| error.to_string())?,
            () = stop.cancelled() => return Ok(()),
        };
        self.inner.streams.set(id, CONNECTED, "", self.now());
        tracing::info!(source.id = %id, source.name = source.row.name, "fetching events");
        loop {
            let fetched = tokio::select! {
                fetched = messages.next() => fetched.map_err(|error| error.to_string())?,
                () = stop.cancelled() => {
                    let rest = messages.end().await;
                    return if rest.is_empty() { Ok(()) } else { self.take_fetched(source, &rest).await };
                }
            };
            self.take_fetched(source, &fetched).await?;
            messages.acknowledge(fetched).await.map_err(|error| error.to_string())?;
        }
    }

    async fn take_fetched(&self, source: &Source, messages: &[Message]) -> Result<(), String> {
        let keys = messages.iter().map(|message| message.key.clone()).collect();
        let events = messages.iter().map(|message| message.payload().to_vec()).collect();
        self.take_in(source, events, Some(keys)).await.map(drop).map_err(|error| told(&error))
    }
}

/// What users are told of an error of our own; the log has the rest.
fn told(error: &Error) -> String {
    if let Some(cause) = std::error::Error::source(error) {
        tracing::warn!(%error, cause, "events cannot be taken in");
    }
    error.message().en.clone()
}

/// Half of the time to all of it, so that nodes do not come back together.
fn jittered(delay: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX);
    delay / 2 + (delay / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
}

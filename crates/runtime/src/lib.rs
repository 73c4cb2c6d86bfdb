//! Running instances: claims roots, drives their turns, carries out their effects, fires their timers.
//!
//! Knows no HTTP and no callers: whoever starts or answers something has been checked before. The storage is the queue
//! and the truth; everything in memory here can be lost at any moment and is read back.
//!
//! A root is driven by one task (`drive`) from its claim until it waits or has ended. The task alone changes the root,
//! and whatever goes wrong with it ends there: storage that cannot be reached is waited for, a damaged root is put aside.

pub mod clock;
pub mod codec;
pub mod connection;
pub mod definitions;
pub mod private_file;
pub mod script;
pub mod vault;

mod call;
mod claim;
mod drive;
mod drivers;
mod effect;
mod error;
mod lease;
mod metrics;
mod record;
mod root;
mod start;
mod under_way;

use std::sync::Arc;
use std::time::Duration;

use engine::Limits;
use model::{Clock, IdSource};
use plugin::{Host, Records, Registry};
use store::cluster::Lease;
use store::{Db, Writer};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use claim::WakeQueue;
pub use error::Error;
pub use start::{Start, Started};

/// Effects carried out at once; more wait their turn.
const MAX_EFFECTS: usize = 512;
/// How long a stop waits for the storage after its grace.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// What the runtime is made of.
pub struct Parts {
    /// The storage.
    pub db: Db,
    /// The way to write to it.
    pub writer: Writer,
    /// This node's right to write.
    pub lease: Lease,
    /// Where commits say which roots have something to do.
    pub wake: Arc<WakeQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// The components.
    pub registry: Arc<Registry>,
    /// What connectors act through.
    pub host: Host,
    /// What runs JavaScript.
    pub scripts: script::Pool,
    /// What opens secrets.
    pub vault: Arc<vault::Vault>,
    /// What an instance may use.
    pub limits: Limits,
    /// Where this node listens, for operators.
    pub address: String,
}

/// The runtime. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) writer: Writer,
    pub(crate) lease: Lease,
    pub(crate) wake: Arc<WakeQueue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) host: Host,
    pub(crate) scripts: script::Pool,
    pub(crate) vault: Arc<vault::Vault>,
    pub(crate) limits: Limits,
    pub(crate) address: String,
    pub(crate) definitions: definitions::Cache,
    pub(crate) drivers: Arc<drivers::Drivers>,
    pub(crate) metrics: metrics::Metrics,
    pub(crate) effects: Semaphore,
    pub(crate) tasks: TaskTracker,
    /// Nothing new is begun.
    pub(crate) stop: CancellationToken,
    /// What is under way is given up.
    pub(crate) abandon: CancellationToken,
}

impl Runtime {
    /// Puts the runtime together. It starts instances at once, and goes on with stored ones after [`Runtime::run`].
    pub fn new(parts: Parts) -> Self {
        Self {
            inner: Arc::new(Inner {
                drivers: Arc::new(drivers::Drivers::new(Arc::clone(&parts.wake))),
                metrics: metrics::Metrics::new(),
                db: parts.db,
                writer: parts.writer,
                lease: parts.lease,
                wake: parts.wake,
                clock: parts.clock,
                ids: parts.ids,
                registry: parts.registry,
                host: parts.host,
                scripts: parts.scripts,
                vault: parts.vault,
                limits: parts.limits,
                address: parts.address,
                definitions: definitions::Cache::default(),
                effects: Semaphore::new(MAX_EFFECTS),
                tasks: TaskTracker::new(),
                stop: CancellationToken::new(),
                abandon: CancellationToken::new(),
            }),
        }
    }

    /// Gives actions the server's data objects, which are made after the runtime. Before [`Runtime::run`], so that no
    /// stored instance goes on without them.
    pub fn provide_records(&self, records: Arc<dyn Records>) {
        self.inner.host.provide_records(records);
    }

    /// What connectors act through, for use-cases that reach the network.
    pub fn host(&self) -> &Host {
        &self.inner.host
    }

    /// Begins to claim stored instances and to renew the lease.
    pub fn run(&self) {
        self.inner.tasks.spawn(claim::run(Arc::clone(&self.inner)));
        let inner = Arc::clone(&self.inner);
        self.inner.tasks.spawn(async move {
            tokio::select! {
                never = lease::keep(&inner) => match never {},
                () = inner.stop.cancelled() => {}
            }
        });
    }

    /// How many roots this node has in memory. Those that wait for a person or a due time are not among them.
    pub fn driven(&self) -> usize {
        self.inner.drivers.len()
    }

    /// Stops: claims nothing more, lets effects under way end for as long as `grace`, gives every root back.
    pub async fn stop(&self, grace: Duration) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        // What ends within the grace is still to be committed, so the lease has to last as long.
        tokio::select! {
            () = self.drain(grace) => {}
            never = lease::keep(&self.inner) => match never {},
        }
        let node = self.inner.lease.node();
        let left: Result<(), store::Error> =
            self.inner.writer.write(move |tx| Box::pin(async move { store::cluster::leave(tx, node).await })).await;
        if let Err(error) = left {
            tracing::warn!(error = %error::chain(&error), "cannot sign off; the lease will run out");
        }
    }

    async fn drain(&self, grace: Duration) {
        if tokio::time::timeout(grace, self.inner.tasks.wait()).await.is_err() {
            self.inner.abandon.cancel();
            // Drivers still give their roots back; a storage that does not answer must not hold the stop up.
            let _ = tokio::time::timeout(LAST_WRITES, self.inner.tasks.wait()).await;
        }
    }
}

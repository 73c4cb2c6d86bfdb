//! Group commit: writes of many callers share one transaction and one sync to disk.
//!
//! A lane owns a write connection. It takes what has queued up while the last group was being written, writes all
//! turns with one statement for each table, runs every other write under a savepoint (a bad caller never fails the
//! others), appends the audit rows to its chain, commits, and answers.
//!
//! SQLite has one lane for everything. PostgreSQL, which locks rows, has lanes that group turns and lanes that commit
//! each other write by itself: in a group, the locks of one caller would be held while the next one waits for another
//! lane's, and callers that never touch the same two rows could wait for each other in a circle.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::{IdSource, InstanceId, NodeId};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::cluster::Lease;
use crate::db::{Dialect, Tx};
use crate::lane::{Deliver, Job, Lane, Write};
use crate::metrics::Metrics;
use crate::turn::{Encoded, TurnCommit, TurnOutcome};
use crate::{Db, Error, audit};

/// Jobs that one transaction takes at most.
const GROUP: usize = 256;
/// Jobs that may wait for a lane; further callers wait to be queued.
const QUEUE: usize = 4096;
const POSTGRES_TURN_LANES: usize = 4;
const POSTGRES_WRITE_LANES: usize = 6;

/// A boxed future that borrows the transaction.
pub type Boxed<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// The way to the lanes. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    dialect: Dialect,
    lease: Lease,
    turns: Arc<[mpsc::Sender<Job>]>,
    writes: Arc<[mpsc::Sender<Job>]>,
    next: Arc<AtomicUsize>,
    playbooks: Arc<Notify>,
}

/// Called after each commit with the roots that have something to do.
pub type Wake = Arc<dyn Fn(&[InstanceId]) + Send + Sync>;

impl Writer {
    /// Starts the lanes. Each stops when every `Writer` is dropped.
    pub fn start(db: &Db, lease: &Lease, ids: &dyn IdSource, wake: &Wake) -> Self {
        let playbooks: Arc<Notify> = Arc::default();
        let start = |writes, group| {
            let (sender, jobs) = mpsc::channel(QUEUE);
            let lane = Lane {
                db: db.clone(),
                lease: lease.clone(),
                audit: audit::Lane::new(ids.next()),
                wake: Arc::clone(wake),
                playbooks: Arc::clone(&playbooks),
                metrics: Metrics::new(writes),
                group,
                tx: None,
            };
            tokio::spawn(lane.run(jobs));
            sender
        };
        let (turns, writes): (Arc<[_]>, Arc<[_]>) = match db.dialect() {
            Dialect::Sqlite => {
                let lane: Arc<[_]> = Arc::new([start("both", GROUP)]);
                (Arc::clone(&lane), lane)
            }
            Dialect::Postgres => (
                (0..POSTGRES_TURN_LANES).map(|_| start("turns", GROUP)).collect(),
                (0..POSTGRES_WRITE_LANES).map(|_| start("writes", 1)).collect(),
            ),
        };
        Self { dialect: db.dialect(), lease: lease.clone(), turns, writes, next: Arc::default(), playbooks }
    }

    /// The node that writes.
    pub fn node(&self) -> NodeId {
        self.lease.node()
    }

    /// Rings after each commit on this node that leaves playbooks something to do. A hint: other nodes' commits do not
    /// ring here.
    pub fn playbooks(&self) -> &Notify {
        &self.playbooks
    }

    /// Runs a write in a group and answers after its commit.
    ///
    /// An error of the work undoes the work alone. The work must give up on the first storage error: PostgreSQL refuses
    /// every further statement. The error type must be able to hold a storage error, since the commit itself can fail.
    pub async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Result<T, E>> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel::<Result<T, E>>();
        let job: Write = Box::new(move |tx| {
            Box::pin(async move {
                match work(tx).await {
                    Ok(value) => {
                        let deliver: Deliver = Box::new(move |committed| {
                            // The caller may have gone away; what was committed stays committed.
                            let _ = sender.send(committed.map(|()| value).map_err(E::from));
                        });
                        Some(deliver)
                    }
                    Err(error) => {
                        let _ = sender.send(Err(error));
                        None
                    }
                }
            })
        });
        let lane = self.next.fetch_add(1, Ordering::Relaxed) % self.writes.len();
        self.writes[lane].send(Job::Write(job)).await.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    /// Commits a turn in a group. Turns of one root always take the same lane.
    pub async fn commit_turn(&self, turn: TurnCommit) -> Result<TurnOutcome, Error> {
        let (sender, answer) = oneshot::channel();
        let lane = turn.root.0.as_u128() as usize % self.turns.len();
        let turn = Encoded::new(self.dialect, self.lease.node(), turn)?;
        self.turns[lane].send(Job::Turn(Box::new(turn), sender)).await.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or(Err(Error::Closed))
    }
}

//! Group commit: writes of many callers share one transaction and one sync to disk.
//!
//! A lane owns a write connection. It takes what has queued up while the last group was being written, runs every
//! write under a savepoint (a bad caller never fails the others), writes all turns with one statement for each table,
//! appends the audit rows to its chain, commits, and answers. SQLite has one lane, PostgreSQL several.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt as _;
use model::{IdSource, InstanceId};
use tokio::sync::{mpsc, oneshot};

use crate::audit::Lane;
use crate::cluster::Lease;
use crate::db::{Dialect, Tx};
use crate::turn::{self, TurnCommit, TurnOutcome};
use crate::{Db, Error};

/// Writes that one transaction takes at most.
const GROUP: usize = 256;
/// Writes that may wait for a lane; further callers wait to be queued.
const QUEUE: usize = 4096;
const POSTGRES_LANES: usize = 4;

/// A boxed future that borrows the transaction.
pub type Boxed<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// Delivers a write's result once it is known whether the group was committed.
type Deliver = Box<dyn FnOnce(Result<(), Error>) + Send>;
/// A write: either something to deliver after the commit, or nothing because it failed and told its caller.
type Write = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Option<Deliver>> + Send>;

enum Job {
    Write(Write),
    Turn(Box<TurnCommit>, oneshot::Sender<Result<TurnOutcome, Error>>),
}

/// The way to the lanes. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    lanes: Arc<Vec<mpsc::Sender<Job>>>,
    next: Arc<AtomicUsize>,
}

/// Called after each commit with the roots that have something to do.
pub type Wake = Arc<dyn Fn(&[InstanceId]) + Send + Sync>;

impl Writer {
    /// Starts the lanes. Each stops when every `Writer` is dropped.
    pub fn start(db: &Db, lease: &Lease, ids: &dyn IdSource, wake: &Wake) -> Self {
        let count = match db.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => POSTGRES_LANES,
        };
        let lanes = (0..count)
            .map(|_| {
                let (sender, jobs) = mpsc::channel(QUEUE);
                let lane = LaneTask {
                    db: db.clone(),
                    lease: lease.clone(),
                    audit: Lane::new(ids.next()),
                    wake: Arc::clone(wake),
                    tx: None,
                };
                tokio::spawn(lane.run(jobs));
                sender
            })
            .collect();
        Self { lanes: Arc::new(lanes), next: Arc::default() }
    }

    /// Runs a write in a group and answers after its commit.
    ///
    /// An error of the work undoes the work alone. The error type must be able to hold a storage error, since the
    /// commit itself can fail.
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
        let lane = self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len();
        self.lanes[lane].send(Job::Write(job)).await.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    /// Commits a turn in a group. Turns of one root always take the same lane.
    pub async fn commit_turn(&self, turn: TurnCommit) -> Result<TurnOutcome, Error> {
        let (sender, answer) = oneshot::channel();
        let lane = turn.root.0.as_u128() as usize % self.lanes.len();
        self.lanes[lane].send(Job::Turn(Box::new(turn), sender)).await.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or(Err(Error::Closed))
    }
}

struct LaneTask {
    db: Db,
    lease: Lease,
    audit: Lane,
    wake: Wake,
    /// The connection between groups; gone after an error.
    tx: Option<Tx>,
}

impl LaneTask {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(GROUP);
        while jobs.recv_many(&mut group, GROUP).await > 0 {
            self.commit(std::mem::take(&mut group)).await;
        }
    }

    async fn commit(&mut self, group: Vec<Job>) {
        let mut writes = Vec::new();
        let mut turns = Vec::new();
        let mut turn_answers = Vec::new();
        for job in group {
            match job {
                Job::Write(write) => writes.push(write),
                Job::Turn(turn, answer) => {
                    turns.push(*turn);
                    turn_answers.push(answer);
                }
            }
        }
        let mut deliveries = Vec::with_capacity(writes.len());
        let outcome = self.try_commit(writes, &mut turns, &mut deliveries).await;
        let failed = outcome.as_ref().err().map(Failure::of);
        for deliver in deliveries {
            deliver(failed.as_ref().map_or(Ok(()), |failure| Err(failure.to_error())));
        }
        match outcome {
            Ok(outcomes) => {
                for (answer, outcome) in turn_answers.into_iter().zip(outcomes) {
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(_) => {
                let failure = failed.expect("the outcome is an error");
                for (answer, turn) in turn_answers.into_iter().zip(&turns) {
                    let _ = answer.send(self.settle(turn, &failure).await);
                }
            }
        }
    }

    /// What to answer for a turn whose group failed: when the outcome of the commit is unknown, the journal tells.
    async fn settle(&self, turn: &TurnCommit, failure: &Failure) -> Result<TurnOutcome, Error> {
        if failure.unknown {
            let mut conn = self.db.read().await?;
            if turn::journal_has(&mut conn, turn).await? {
                return Ok(TurnOutcome::Committed);
            }
        }
        Err(failure.to_error())
    }

    async fn try_commit(
        &mut self,
        writes: Vec<Write>,
        turns: &mut [TurnCommit],
        deliveries: &mut Vec<Deliver>,
    ) -> Result<Vec<TurnOutcome>, Error> {
        let mut tx = match self.tx.take() {
            Some(tx) => tx,
            None => Tx::new(self.db.write().await?),
        };
        match self.run_group(&mut tx, writes, turns, deliveries).await {
            Ok((outcomes, audit)) => match tx.batch("COMMIT").await {
                Ok(()) => {
                    self.audit = audit;
                    let wakes = std::mem::take(&mut tx.wakes);
                    self.tx = Some(tx);
                    if !wakes.is_empty() {
                        (self.wake)(&wakes);
                    }
                    Ok(outcomes)
                }
                Err(error) => {
                    tx.conn.discard();
                    Err(match error {
                        Error::Unavailable(cause) | Error::Database(cause) => Error::CommitUnknown(cause),
                        other => other,
                    })
                }
            },
            Err(error) => {
                tx.conn.discard();
                Err(error)
            }
        }
    }

    async fn run_group(
        &mut self,
        tx: &mut Tx,
        writes: Vec<Write>,
        turns: &mut [TurnCommit],
        deliveries: &mut Vec<Deliver>,
    ) -> Result<(Vec<TurnOutcome>, Lane), Error> {
        tx.begin().await?;
        self.lease.check(tx).await?;
        let outcomes = turn::commit_all(tx, self.lease.node(), turns).await?;
        for write in writes {
            tx.batch("SAVEPOINT caller").await?;
            let (audit, wakes) = (tx.audit.len(), tx.wakes.len());
            // A panic may have left a statement half done: the group is given up, the lane lives on.
            let written = AssertUnwindSafe(write(tx)).catch_unwind().await.map_err(|_| Error::Panicked)?;
            match written {
                Some(deliver) => {
                    tx.batch("RELEASE SAVEPOINT caller").await?;
                    deliveries.push(deliver);
                }
                None => {
                    tx.batch("ROLLBACK TO SAVEPOINT caller").await?;
                    tx.batch("RELEASE SAVEPOINT caller").await?;
                    tx.audit.truncate(audit);
                    tx.wakes.truncate(wakes);
                }
            }
        }
        let entries = std::mem::take(&mut tx.audit);
        let audit = self.audit.append(tx, &entries).await?;
        Ok((outcomes, audit))
    }
}

/// Why a group failed, in a form that every caller of the group can be given.
struct Failure {
    fenced: bool,
    unknown: bool,
    message: String,
}

impl Failure {
    fn of(error: &Error) -> Self {
        Self {
            fenced: matches!(error, Error::Fenced),
            unknown: matches!(error, Error::CommitUnknown(_)),
            message: chain(error),
        }
    }

    fn to_error(&self) -> Error {
        if self.fenced {
            return Error::Fenced;
        }
        let cause = sqlx::Error::Protocol(self.message.clone());
        if self.unknown { Error::CommitUnknown(cause) } else { Error::Unavailable(cause) }
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

//! A lane: one connection that writes group after group.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt as _;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::audit::Lane as AuditLane;
use crate::cluster::Lease;
use crate::db::Tx;
use crate::metrics::Metrics;
use crate::turn::{self, Encoded, TurnOutcome};
use crate::writer::{Boxed, Wake};
use crate::{Db, Error, object};

/// Delivers a write's result once it is known whether the group was committed.
pub(crate) type Deliver = Box<dyn FnOnce(Result<(), Error>) + Send>;
/// A write: either something to deliver after the commit, or nothing because it failed and told its caller.
pub(crate) type Write = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Option<Deliver>> + Send>;

pub(crate) enum Job {
    Write(Write),
    Turn(Box<Encoded>, oneshot::Sender<Result<TurnOutcome, Error>>),
}

pub(crate) struct Lane {
    pub(crate) db: Db,
    pub(crate) lease: Lease,
    pub(crate) audit: AuditLane,
    pub(crate) wake: Wake,
    /// Rung when a commit leaves playbooks something to do.
    pub(crate) playbooks: Arc<Notify>,
    pub(crate) metrics: Metrics,
    /// Jobs that one transaction takes at most.
    pub(crate) group: usize,
    /// The connection between groups; gone after an error.
    pub(crate) tx: Option<Tx>,
}

/// What a committed group leaves behind.
struct Written {
    turns: Vec<Result<TurnOutcome, Error>>,
    audit: AuditLane,
}

impl Lane {
    /// Writes until every sender is gone.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(self.group);
        while jobs.recv_many(&mut group, self.group).await > 0 {
            // The callers that the last commit has answered are about to come back: they make the group worth its sync.
            tokio::task::yield_now().await;
            while group.len() < self.group
                && let Ok(job) = jobs.try_recv()
            {
                group.push(job);
            }
            self.commit(std::mem::take(&mut group)).await;
        }
    }

    async fn commit(&mut self, group: Vec<Job>) {
        let (begun, size) = (Instant::now(), group.len());
        let (mut writes, mut turns, mut turn_answers) = (Vec::new(), Vec::new(), Vec::new());
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
        let outcome = self.try_commit(writes, &turns, &mut deliveries).await;
        let failed = outcome.as_ref().err().map(Failure::of);
        match failed {
            None => {
                self.metrics.group_size.record(size as f64);
                self.metrics.commit_seconds.record(begun.elapsed());
            }
            Some(_) => self.metrics.failures.increment(1),
        }
        for deliver in deliveries {
            deliver(failed.as_ref().map_or(Ok(()), |failure| Err(failure.to_error())));
        }
        match (outcome, failed) {
            (Ok(outcomes), _) => {
                for (answer, outcome) in turn_answers.into_iter().zip(outcomes) {
                    // The caller may have gone away; what was committed stays committed.
                    let _ = answer.send(outcome);
                }
            }
            (Err(_), failed) => {
                let failure = failed.expect("the outcome is an error");
                for (answer, turn) in turn_answers.into_iter().zip(&turns) {
                    let _ = answer.send(self.settle(turn, &failure).await);
                }
            }
        }
    }

    /// What to answer for a turn whose group failed: when the outcome of the commit is unknown, the journal tells.
    async fn settle(&self, turn: &Encoded, failure: &Failure) -> Result<TurnOutcome, Error> {
        if failure.unknown
            && let Ok(mut conn) = self.db.read().await
            && let Ok(true) = turn::journal_has(&mut conn, turn).await
        {
            return Ok(TurnOutcome::Committed);
        }
        Err(failure.to_error())
    }

    async fn try_commit(
        &mut self,
        writes: Vec<Write>,
        turns: &[Encoded],
        deliveries: &mut Vec<Deliver>,
    ) -> Result<Vec<Result<TurnOutcome, Error>>, Error> {
        let mut tx = self.open().await?;
        let written = match self.run_group(&mut tx, writes, turns, deliveries).await {
            Ok(written) => tx.commit().await.map(|()| written),
            Err(error) => Err(error),
        };
        match written {
            Ok(written) => {
                self.audit = written.audit;
                let (wakes, rings) = (std::mem::take(&mut tx.wakes), std::mem::take(&mut tx.rings));
                self.tx = Some(tx);
                if !wakes.is_empty() {
                    (self.wake)(&wakes);
                }
                if rings {
                    self.playbooks.notify_one();
                }
                Ok(written.turns)
            }
            Err(error) => {
                tx.conn.discard();
                Err(error)
            }
        }
    }

    /// A connection with an open transaction in which this node may write. The connection of the last group may have
    /// been lost since, which no caller needs to learn.
    async fn open(&mut self) -> Result<Tx, Error> {
        if let Some(mut tx) = self.tx.take() {
            match self.begin(&mut tx).await {
                Ok(()) => return Ok(tx),
                Err(Error::Unavailable(_)) => tx.conn.discard(),
                Err(error) => {
                    tx.conn.discard();
                    return Err(error);
                }
            }
        }
        let mut tx = Tx::new(self.db.write().await?);
        let opened = match self.begin(&mut tx).await {
            Ok(()) => self.audit.reload(&mut tx).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(()) => Ok(tx),
            Err(error) => {
                tx.conn.discard();
                Err(error)
            }
        }
    }

    async fn begin(&self, tx: &mut Tx) -> Result<(), Error> {
        tx.begin().await?;
        self.lease.check(tx).await
    }

    async fn run_group(
        &mut self,
        tx: &mut Tx,
        writes: Vec<Write>,
        turns: &[Encoded],
        deliveries: &mut Vec<Deliver>,
    ) -> Result<Written, Error> {
        let turns = match turn::commit_all(tx, turns).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(_) => {
                tx.batch("ROLLBACK").await?;
                self.begin(tx).await?;
                one_by_one(tx, turns).await?
            }
        };
        // A write that is alone needs no savepoint: the transaction is one.
        let is_alone = turns.is_empty() && writes.len() == 1;
        for (place, write) in writes.into_iter().enumerate() {
            match place {
                _ if is_alone => {}
                0 => tx.batch("SAVEPOINT caller").await?,
                _ => tx.batch("RELEASE SAVEPOINT caller; SAVEPOINT caller").await?,
            }
            let (audit, counts, wakes) = (tx.audit.len(), tx.counts.len(), tx.wakes.len());
            // A panic may have left a statement half done: the group is given up, the lane lives on.
            let written = AssertUnwindSafe(write(tx)).catch_unwind().await.map_err(|_| Error::Panicked)?;
            match written {
                Some(deliver) => deliveries.push(deliver),
                None => {
                    let undo = if is_alone { "ROLLBACK; BEGIN" } else { "ROLLBACK TO SAVEPOINT caller" };
                    tx.batch(undo).await?;
                    tx.audit.truncate(audit);
                    tx.counts.truncate(counts);
                    tx.wakes.truncate(wakes);
                }
            }
        }
        let counts = std::mem::take(&mut tx.counts);
        object::count::add(tx, counts).await?;
        let entries = std::mem::take(&mut tx.audit);
        let audit = self.audit.append(tx, entries).await?;
        Ok(Written { turns, audit })
    }
}

/// Writes the turns of a group that failed as a whole, each under a savepoint: one that the database refuses must not
/// hold the others up for ever.
async fn one_by_one(tx: &mut Tx, turns: &[Encoded]) -> Result<Vec<Result<TurnOutcome, Error>>, Error> {
    let mut outcomes = Vec::with_capacity(turns.len());
    for turn in turns {
        tx.batch("SAVEPOINT turn").await?;
        let outcome = turn::commit_all(tx, std::slice::from_ref(turn)).await;
        if outcome.is_err() {
            tx.batch("ROLLBACK TO SAVEPOINT turn").await?;
        }
        tx.batch("RELEASE SAVEPOINT turn").await?;
        outcomes.push(outcome.map(|outcomes| outcomes[0]));
    }
    Ok(outcomes)
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

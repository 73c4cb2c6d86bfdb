//! Driving one root: a task that lives while the root has something to do on this node.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use engine::Effect;
use futures::FutureExt as _;
use model::{InstanceId, Tenant, Timestamp};
use store::root::RootRow;
use store::turn::{Next, TurnOutcome};
use tokio_util::sync::CancellationToken;

use crate::drivers::Seat;
use crate::root::{Root, Turned};
use crate::under_way::UnderWay;
use crate::{Error, Inner, error};

/// The first and the longest pause between attempts to reach the storage.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// How often in a row the storage may refuse what a root writes or reads, before the root is put aside: half a minute.
/// That it cannot be reached does not count.
const MAX_REFUSALS: u32 = 12;
/// The longest sleep: clocks can jump, so due times are looked at again.
const MAX_SLEEP: Duration = Duration::from_secs(30);

/// How a driver begins.
pub(crate) enum Begin {
    /// The root has made its first turn, which asks for these effects.
    Started(Box<Root>, Vec<Effect>),
    /// The root was claimed, and is read in. Without a row, it is looked up whether it is this node's.
    Claimed(Option<RootRow>),
}

/// Drives a root until it waits or has ended.
pub(crate) async fn drive(inner: Arc<Inner>, seat: Seat, begin: Begin) {
    let (root, era) = (seat.root, seat.era.clone());
    inner.metrics.driven.increment(1);
    let driven = AssertUnwindSafe(run(&inner, &seat, begin)).catch_unwind();
    let ended = tokio::select! {
        ended = driven => ended,
        // Whoever has it now reads it from storage.
        () = era.cancelled() => Ok(Ok(())),
    };
    inner.metrics.driven.decrement(1);
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(Error::Store(store::Error::Fenced))) => {
            tracing::warn!(instance.id = %root, "stopped driving: the lease was lost");
        }
        Ok(Err(error)) => quarantine(&inner, &seat, error::chain(&error)).await,
        Err(panic) => quarantine(&inner, &seat, format!("a defect: {}", message_of(&*panic))).await,
    }
}

async fn run(inner: &Arc<Inner>, seat: &Seat, begin: Begin) -> Result<(), Error> {
    let (root, effects) = match begin {
        Begin::Started(root, effects) => (*root, effects),
        Begin::Claimed(row) => match read_in(inner, seat, row, &mut Failures::default()).await? {
            Some(read) => read,
            None => return Ok(()),
        },
    };
    let mut driver = Driver { inner, seat, root, under_way: UnderWay::default(), failures: Failures::default() };
    driver.carry_out(effects);
    driver.run().await
}

struct Driver<'a> {
    inner: &'a Arc<Inner>,
    seat: &'a Seat,
    root: Root,
    under_way: UnderWay,
    failures: Failures,
}

impl Driver<'_> {
    async fn run(&mut self) -> Result<(), Error> {
        loop {
            if self.inner.stop.is_cancelled() {
                return self.hand_over().await;
            }
            if self.root.has_work(self.inner.clock.now()) {
                // A run that goes on and on can be ended, too.
                let goes_on = match self.seat.rung().now_or_never() {
                    Some(()) => self.read_inbox().await? && self.turn().await?,
                    None => self.turn().await?,
                };
                if !goes_on {
                    return Ok(());
                }
            } else if self.under_way.is_empty() {
                // Commands were late and changed nothing; a commit would have given it back.
                return self.give_back(self.root.state.next_due()).await;
            } else if !self.wait().await? {
                return Ok(());
            }
        }
    }

    /// Makes a turn. `false` when the root is this driver's no more.
    async fn turn(&mut self) -> Result<bool, Error> {
        let going_on = match self.root.turn(self.inner, Vec::new()).await {
            Ok(None) => true,
            Ok(Some(Turned { effects, next, outcome: TurnOutcome::Committed })) => {
                self.failures.forget();
                self.under_way.drop_unwanted(&self.root);
                self.carry_out(effects);
                match next {
                    Next::Owned { .. } => true,
                    Next::Waits { .. } | Next::Ended => false,
                }
            }
            Ok(Some(Turned { outcome: TurnOutcome::Superseded, .. })) => return self.reload().await,
            // What the turn did is not in the journal; what it needs is, so it is read back and done again.
            Err(Error::Store(failure)) => return self.recover(failure, "a turn was not committed").await,
            Err(other) => return Err(other),
        };
        if !self.root.has_backlog() {
            self.under_way.forget_results();
        }
        Ok(going_on)
    }

    /// Effects that are asked for during a stop are carried out by whoever claims the root next.
    fn carry_out(&mut self, effects: Vec<Effect>) {
        if !self.inner.stop.is_cancelled() {
            self.under_way.carry_out(self.inner, self.root.tenant, effects);
        }
    }

    /// Waits for a result, a command, a due time or the stop. `false` when the root is this driver's no more.
    async fn wait(&mut self) -> Result<bool, Error> {
        let now = self.inner.clock.now();
        let sleep =
            self.root.state.next_due().map_or(MAX_SLEEP, |due| {
                Duration::from_micros(u64::try_from(due.0 - now.0).unwrap_or(0)).min(MAX_SLEEP)
            });
        tokio::select! {
            command = self.under_way.next() => {
                self.root.push(command);
                while let Some(command) = self.under_way.try_next() {
                    self.root.push(command);
                }
            }
            () = self.seat.rung() => return self.read_inbox().await,
            () = tokio::time::sleep(sleep) => {}
            () = self.inner.stop.cancelled() => {}
        }
        Ok(true)
    }

    /// Adds new commands to what is to be done. `false` when the root is this driver's no more.
    async fn read_inbox(&mut self) -> Result<bool, Error> {
        match self.root.read_inbox(self.inner).await {
            Ok(()) => Ok(true),
            Err(Error::Store(failure)) => self.recover(failure, "cannot read its inbox").await,
            Err(other) => Err(other),
        }
    }

    /// After a failure of the storage: reads the root back, once it can be reached again.
    async fn recover(&mut self, failure: store::Error, what: &'static str) -> Result<bool, Error> {
        tracing::warn!(instance.id = %self.seat.root, error = %error::chain(&failure), "{what}");
        Ok(self.failures.endure(&self.inner.abandon, failure).await? && self.reload().await?)
    }

    /// At an orderly stop, effects under way get the time that the server gives them; then the root is given back, to
    /// be claimed by the next process, which asks for the same effects with the same keys.
    async fn hand_over(&mut self) -> Result<(), Error> {
        loop {
            while self.under_way.has_results() && !self.inner.abandon.is_cancelled() {
                if !self.turn().await? {
                    return Ok(());
                }
            }
            if self.under_way.is_empty() {
                break;
            }
            tokio::select! {
                command = self.under_way.next() => self.root.push(command),
                () = self.inner.abandon.cancelled() => break,
            }
        }
        self.give_back(Some(self.inner.clock.now())).await
    }

    /// Gives the root back without a turn.
    async fn give_back(&mut self, due: Option<Timestamp>) -> Result<(), Error> {
        // After an attempt with an unknown outcome, somebody else may have been seated.
        while self.seat.is_current() {
            let (node, id, inbox_done) = (self.inner.lease.node(), self.seat.root, self.root.inbox_done());
            let released: Result<(), store::Error> = self
                .inner
                .writer
                .write(move |tx| Box::pin(async move { store::root::release(tx, node, id, inbox_done, due).await }))
                .await;
            match released {
                Ok(()) => break,
                Err(failure) => {
                    tracing::warn!(instance.id = %id, error = %error::chain(&failure), "cannot give it back yet");
                    if !self.failures.endure(&self.inner.abandon, failure).await? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the root back from storage. `false` when it is somebody else's now.
    async fn reload(&mut self) -> Result<bool, Error> {
        let Some((root, effects)) = read_in(self.inner, self.seat, None, &mut self.failures).await? else {
            return Ok(false);
        };
        self.root = root;
        for command in self.under_way.results() {
            self.root.push(command);
        }
        self.under_way.drop_unwanted(&self.root);
        self.carry_out(effects);
        Ok(true)
    }
}

/// Reads a root, as long as it takes to reach the storage. None when it is not this driver's, or the server stops.
async fn read_in(
    inner: &Arc<Inner>,
    seat: &Seat,
    claimed: Option<RootRow>,
    failures: &mut Failures,
) -> Result<Option<(Root, Vec<Effect>)>, Error> {
    let mut claimed = claimed;
    loop {
        match try_read_in(inner, seat, claimed.take()).await {
            Err(Error::Store(failure)) => {
                tracing::warn!(instance.id = %seat.root, error = %error::chain(&failure), "cannot read it in yet");
                if !failures.endure(&inner.abandon, failure).await? {
                    return Ok(None);
                }
            }
            read => return read,
        }
    }
}

async fn try_read_in(
    inner: &Arc<Inner>,
    seat: &Seat,
    claimed: Option<RootRow>,
) -> Result<Option<(Root, Vec<Effect>)>, Error> {
    let mut claimed = claimed;
    loop {
        let row = match claimed.take() {
            Some(row) => row,
            None => {
                let mut conn = inner.db.read().await?;
                let row = store::root::get_root(&mut conn, seat.root).await?;
                match row.filter(|row| row.owner_id == Some(inner.lease.node()) && seat.is_current()) {
                    Some(row) => row,
                    None => return Ok(None),
                }
            }
        };
        if let Some(read) = Root::load(inner, &row).await? {
            return Ok(Some(read));
        }
    }
}

/// Failures of the storage in a row.
#[derive(Default)]
struct Failures {
    pauses: u32,
    refusals: u32,
}

impl Failures {
    fn forget(&mut self) {
        *self = Self::default();
    }

    /// Pauses after a failure, longer each time. `false` when the server stops and does not wait any longer.
    ///
    /// # Errors
    /// When another attempt makes no sense: the lease is lost, or the storage has refused the same thing too often.
    async fn endure(&mut self, abandon: &CancellationToken, failure: store::Error) -> Result<bool, Error> {
        match failure {
            store::Error::Fenced => return Err(failure.into()),
            store::Error::Unavailable(_) | store::Error::CommitUnknown(_) | store::Error::Closed => {}
            store::Error::Unique(_)
            | store::Error::Panicked
            | store::Error::NulInText
            | store::Error::NewerSchema { .. }
            | store::Error::ChangedMigration(_)
            | store::Error::Corrupt(_)
            | store::Error::Database(_) => {
                self.refusals += 1;
                if self.refusals >= MAX_REFUSALS {
                    return Err(failure.into());
                }
            }
        }
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.pauses)).min(MAX_PAUSE);
        self.pauses += 1;
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(true),
            () = abandon.cancelled() => Ok(false),
        }
    }
}

/// Puts a damaged root aside, where operators see it. Its runs count as failed: nothing can advance in them.
async fn quarantine(inner: &Inner, seat: &Seat, problem: String) {
    tracing::error!(instance.id = %seat.root, %problem, "the instance is damaged and is put aside");
    let mut failures = Failures::default();
    while let Err(failure) = try_quarantine(inner, seat.root, &problem).await {
        tracing::error!(instance.id = %seat.root, error = %error::chain(&failure), "cannot put it aside yet");
        // Without it, the root stays this node's, and is found again in the next sweep.
        if !failures.endure(&inner.abandon, failure).await.unwrap_or(false) {
            return;
        }
    }
    inner.metrics.quarantined.increment(1);
}

async fn try_quarantine(inner: &Inner, root: InstanceId, problem: &str) -> Result<(), store::Error> {
    let (node, at, problem) = (inner.lease.node(), inner.clock.now(), problem.replace('\0', "\u{fffd}"));
    inner
        .writer
        .write(move |tx| {
            Box::pin(async move {
                // Another node may have taken it over, and what is damaged here may be sound there.
                let row = store::root::get_root(tx, root).await?;
                let Some(row) = row.filter(|row| row.owner_id == Some(node)) else { return Ok(()) };
                let tenant = Tenant { project: row.project_id, workspace: row.workspace_id };
                store::damaged::put_aside(tx, root, &problem).await?;
                for run in store::instance::list_of_root(tx, root).await? {
                    if run.end_time.is_none() {
                        let from = [run.status.as_str(); 2];
                        store::instance::mark(tx, tenant, run.id, from, "FAILED", 0, at).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn refused() -> store::Error {
        store::Error::Corrupt("a text that cannot be stored".into())
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_storage_refuses_again_and_again_is_given_up_after_half_a_minute() {
        let (mut failures, abandon) = (Failures::default(), CancellationToken::new());
        let begun = Instant::now();
        let mut attempts = 1;
        while failures.endure(&abandon, refused()).await.is_ok() {
            attempts += 1;
        }
        assert_eq!(attempts, MAX_REFUSALS);
        let elapsed = begun.elapsed();
        assert!((Duration::from_secs(20)..Duration::from_secs(40)).contains(&elapsed), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn storage_that_cannot_be_reached_is_waited_for_until_the_stop() {
        let (mut failures, abandon) = (Failures::default(), CancellationToken::new());
        for _ in 0..1000 {
            assert!(failures.endure(&abandon, store::Error::Closed).await.is_ok_and(|again| again));
        }
        abandon.cancel();
        assert!(failures.endure(&abandon, store::Error::Closed).await.is_ok_and(|again| !again));
        assert!(failures.endure(&abandon, store::Error::Fenced).await.is_err(), "a lost lease is not waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_in_between_starts_the_count_anew() {
        let (mut failures, abandon) = (Failures::default(), CancellationToken::new());
        for _ in 0..10 * MAX_REFUSALS {
            assert!(failures.endure(&abandon, refused()).await.is_ok());
            failures.forget();
        }
    }
}

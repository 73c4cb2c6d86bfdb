//! Driving one root: a task that lives while the root has something to do on this node.

use std::sync::Arc;
use std::time::Duration;

use engine::command::Failure;
use engine::{Command, Effect, EffectKey};
use model::{InstanceId, Timestamp, Value};
use store::turn::{Next, TurnOutcome};
use tokio::sync::mpsc;

use crate::root::{Root, Turned, Turning, key_of};
use crate::{Error, Inner, effect, error};

/// The longest pause between attempts to reach the storage.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// The longest sleep: clocks can jump, so due times are looked at again.
const MAX_SLEEP: Duration = Duration::from_secs(30);

/// What reaches a driver.
#[derive(Debug)]
pub(crate) enum Mail {
    /// Look into the inbox.
    Wake,
    /// An effect has ended.
    Done(EffectKey, u32, Result<Value, Failure>),
}

pub(crate) type Mailbox = mpsc::UnboundedSender<Mail>;

/// Drives a root until it waits or has ended. `effects` were under way or asked for by the turn before.
pub(crate) async fn drive(
    inner: Arc<Inner>,
    root: Root,
    effects: Vec<Effect>,
    mailbox: Mailbox,
    mut mail: mpsc::UnboundedReceiver<Mail>,
) {
    let id = root.id;
    let mut driver = Driver { inner: Arc::clone(&inner), root, mailbox, in_flight: 0 };
    driver.dispatch(effects);
    let result = driver.run(&mut mail).await;
    drop(driver);
    inner.mailboxes.remove(id);
    match result {
        Ok(()) => {}
        Err(error) if error.is_damage() => quarantine(&inner, id, &error).await,
        Err(error) => tracing::warn!(instance.id = %id, error = %error::chain(&error), "stopped driving"),
    }
    // A wake that came while the root was being given back is for whoever claims it next.
    mail.close();
    while let Ok(late) = mail.try_recv() {
        if let Mail::Wake = late {
            inner.wake.push(&[id]);
            break;
        }
    }
}

/// Puts a damaged root aside, where operators see it.
pub(crate) async fn quarantine(inner: &Inner, root: InstanceId, error: &Error) {
    let problem = error::chain(error);
    tracing::error!(instance.id = %root, %problem, "the instance is damaged and was put aside");
    let text = problem.clone();
    let written: Result<(), store::Error> = inner
        .writer
        .write(move |tx| Box::pin(async move { store::root::quarantine(tx, root, &text).await }))
        .await;
    if let Err(error) = written {
        tracing::error!(instance.id = %root, error = %error::chain(&error), "cannot put it aside");
    }
}

struct Driver {
    inner: Arc<Inner>,
    root: Root,
    mailbox: Mailbox,
    in_flight: usize,
}

impl Driver {
    async fn run(&mut self, mail: &mut mpsc::UnboundedReceiver<Mail>) -> Result<(), Error> {
        loop {
            while self.root.has_work(self.inner.clock.now()) {
                if !self.turn().await? {
                    return Ok(());
                }
            }
            if self.in_flight == 0 && !self.settle().await? {
                return Ok(());
            }
            if !self.wait(mail).await? {
                return Ok(());
            }
        }
    }

    /// Makes a turn. `false` when the root is this node's no more.
    async fn turn(&mut self) -> Result<bool, Error> {
        let turning = Turning { in_flight: self.in_flight, audit: Vec::new() };
        match self.root.turn(&self.inner, turning).await {
            Ok(None) => Ok(true),
            Ok(Some(Turned { effects, next, outcome: TurnOutcome::Committed })) => {
                self.dispatch(effects);
                Ok(matches!(next, Next::Owned { .. }))
            }
            Ok(Some(Turned { outcome: TurnOutcome::Superseded, .. })) => self.reload().await,
            Err(Error::Store(store::Error::Fenced)) => Err(store::Error::Fenced.into()),
            Err(Error::Store(failure)) => {
                // What the turn did is not in the journal; what it needs is, so it is read back and done again.
                tracing::warn!(instance.id = %self.root.id, error = %error::chain(&failure), "a turn was not committed");
                self.reload().await
            }
            Err(other) => Err(other),
        }
    }

    /// With nothing under way and nothing to do, the root has been given back by its last commit, or (when commands
    /// were late and changed nothing) is given back here. `false`: done.
    async fn settle(&mut self) -> Result<bool, Error> {
        self.release(self.root.state.next_due()).await?;
        Ok(false)
    }

    async fn release(&self, due: Option<Timestamp>) -> Result<(), store::Error> {
        let (node, id, inbox_done) = (self.inner.lease.node(), self.root.id, self.root.inbox_done());
        self.inner
            .writer
            .write(move |tx| Box::pin(async move { store::root::release(tx, node, id, inbox_done, due).await }))
            .await
    }

    /// Waits for mail or the next due time and adds what has come to the root's backlog. `false`: the server stops.
    async fn wait(&mut self, mail: &mut mpsc::UnboundedReceiver<Mail>) -> Result<bool, Error> {
        let now = self.inner.clock.now();
        let sleep = self.root.state.next_due().map_or(MAX_SLEEP, |due| {
            Duration::from_micros(u64::try_from(due.0 - now.0).unwrap_or(0)).min(MAX_SLEEP)
        });
        let first = tokio::select! {
            first = mail.recv() => first,
            () = tokio::time::sleep(sleep) => return Ok(true),
            () = self.inner.stop.cancelled() => return self.stop(mail).await,
        };
        let mut wake = false;
        for received in first.into_iter().chain(std::iter::from_fn(|| mail.try_recv().ok())) {
            self.take(received, &mut wake);
        }
        if wake {
            self.root.read_inbox(&self.inner).await?;
        }
        Ok(true)
    }

    fn take(&mut self, received: Mail, wake: &mut bool) {
        match received {
            Mail::Wake => *wake = true,
            Mail::Done(key, attempt, result) => {
                self.in_flight = self.in_flight.saturating_sub(1);
                self.root.push(Command::EffectDone { key, attempt, result });
            }
        }
    }

    /// At an orderly stop, effects under way get the time that the server gives them; then the root is given back, to
    /// be claimed by the next process, which asks for the same effects with the same keys.
    async fn stop(&mut self, mail: &mut mpsc::UnboundedReceiver<Mail>) -> Result<bool, Error> {
        let mut wake = false;
        while self.in_flight > 0 {
            tokio::select! {
                received = mail.recv() => match received {
                    Some(received) => self.take(received, &mut wake),
                    None => break,
                },
                () = self.inner.abandon.cancelled() => break,
            }
            while self.root.has_work(self.inner.clock.now()) && !self.inner.abandon.is_cancelled() {
                if !self.turn().await? {
                    return Ok(false);
                }
            }
        }
        self.release(Some(self.inner.clock.now())).await?;
        Ok(false)
    }

    /// Reads the root back from storage, as long as it takes to reach it. `false` when another node has it now.
    async fn reload(&mut self) -> Result<bool, Error> {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.try_reload().await {
                Err(Error::Store(store::Error::Fenced)) => return Err(store::Error::Fenced.into()),
                Err(Error::Store(failure)) if !self.inner.abandon.is_cancelled() => {
                    tracing::warn!(instance.id = %self.root.id, error = %error::chain(&failure), "cannot read it back yet");
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.inner.abandon.cancelled() => {}
                    }
                    pause = (pause * 2).min(MAX_PAUSE);
                }
                other => return other,
            }
        }
    }

    async fn try_reload(&mut self) -> Result<bool, Error> {
        let mut conn = self.inner.db.read().await?;
        let row = store::root::get_root(&mut conn, self.root.id).await?;
        drop(conn);
        let Some(row) = row.filter(|row| row.owner_id == Some(self.inner.lease.node())) else { return Ok(false) };
        let (root, effects) = Root::load(&self.inner, &row).await?;
        self.root = root;
        // Results of what is already under way will still come and count for the same keys; what is not is asked for.
        self.dispatch(effects);
        Ok(true)
    }

    fn dispatch(&mut self, effects: Vec<Effect>) {
        for outward in effects {
            let Some((key, attempt)) = key_of(&outward) else { continue };
            self.in_flight += 1;
            let (inner, tenant, mailbox) = (Arc::clone(&self.inner), self.root.tenant, self.mailbox.clone());
            let abandon = self.inner.abandon.clone();
            self.inner.tasks.spawn(async move {
                tokio::select! {
                    result = effect::perform(&inner, tenant, outward) => {
                        // The driver may be gone: then the effect is asked for again, with the same key.
                        let _ = mailbox.send(Mail::Done(key, attempt, result));
                    }
                    () = abandon.cancelled() => {}
                }
            });
        }
    }
}

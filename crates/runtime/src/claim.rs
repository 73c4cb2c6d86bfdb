//! Claiming: roots that are due or were woken are taken and driven. Wakes are hints; a poll finds whatever they miss.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::InstanceId;
use store::cluster;
use store::root::RootRow;
use tokio::sync::{Notify, mpsc};

use crate::codec::LEVEL;
use crate::drive::{Mail, Mailbox, drive, quarantine};
use crate::root::Root;
use crate::{Error, Inner, error};

/// How often storage is looked at without a hint.
const POLL: Duration = Duration::from_millis(500);
/// Roots claimed at once.
const BATCH: i64 = 128;
/// Roots driven at once; more wait in storage.
const MAX_DRIVEN: usize = 4096;

/// Roots that were woken on this node.
#[derive(Debug, Default)]
pub struct WakeQueue {
    roots: Mutex<Vec<InstanceId>>,
    notify: Notify,
}

impl WakeQueue {
    /// Adds roots; the claim loop looks at them next.
    pub fn push(&self, roots: &[InstanceId]) {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(roots);
        self.notify.notify_one();
    }

    fn take(&self) -> Vec<InstanceId> {
        std::mem::take(&mut *self.roots.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The drivers of this node, by root.
#[derive(Debug, Default)]
pub(crate) struct Mailboxes(Mutex<HashMap<InstanceId, Mailbox>>);

impl Mailboxes {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<InstanceId, Mailbox>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, root: InstanceId, mailbox: Mailbox) {
        self.lock().insert(root, mailbox);
    }

    pub(crate) fn remove(&self, root: InstanceId) {
        self.lock().remove(&root);
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Wakes the root's driver. `false` when this node does not drive it.
    fn wake(&self, root: InstanceId) -> bool {
        self.lock().get(&root).is_some_and(|mailbox| mailbox.send(Mail::Wake).is_ok())
    }
}

impl Inner {
    /// Drives a root that this node owns.
    pub(crate) fn spawn_driver(self: &Arc<Self>, root: Root, effects: Vec<engine::Effect>) {
        let (mailbox, mail) = mpsc::unbounded_channel();
        self.mailboxes.insert(root.id, mailbox.clone());
        self.tasks.spawn(drive(Arc::clone(self), root, effects, mailbox, mail));
    }
}

/// Claims until the server stops.
pub(crate) async fn run(inner: Arc<Inner>) {
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let polled = tokio::select! {
            _ = poll.tick() => true,
            () = inner.wake.notify.notified() => false,
            () = inner.stop.cancelled() => return,
        };
        let result = if polled { claim_due(&inner).await } else { Ok(()) };
        let result = match result {
            Ok(()) => claim_woken(&inner).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::warn!(error = %error::chain(&error), "cannot claim instances; trying again");
        }
    }
}

async fn claim_woken(inner: &Arc<Inner>) -> Result<(), Error> {
    for id in inner.wake.take() {
        if inner.mailboxes.wake(id) {
            continue;
        }
        let node = inner.lease.node();
        let claimed: Result<Option<RootRow>, store::Error> = inner
            .writer
            .write(move |tx| Box::pin(async move { store::root::claim_one(tx, node, id, LEVEL).await }))
            .await;
        if let Some(row) = claimed? {
            take_up(inner, row);
        }
    }
    Ok(())
}

async fn claim_due(inner: &Arc<Inner>) -> Result<(), Error> {
    // Commands and due times of roots that this node already drives.
    let mut conn = inner.db.read().await?;
    let owned = store::root::list_owned_due(&mut conn, inner.lease.node(), inner.clock.now()).await?;
    drop(conn);
    for (id, _) in owned {
        inner.mailboxes.wake(id);
    }
    loop {
        let room = MAX_DRIVEN.saturating_sub(inner.mailboxes.len());
        let limit = BATCH.min(i64::try_from(room).unwrap_or(0));
        if limit == 0 || !any_due(inner).await? {
            return Ok(());
        }
        let (node, now) = (inner.lease.node(), inner.clock.now());
        let claimed: Result<Vec<RootRow>, store::Error> = inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    cluster::take_over(tx).await?;
                    store::root::claim_due(tx, node, now, LEVEL, limit).await
                })
            })
            .await;
        let claimed = claimed?;
        let full = i64::try_from(claimed.len()).is_ok_and(|count| count == limit);
        for row in claimed {
            take_up(inner, row);
        }
        if !full {
            return Ok(());
        }
    }
}

/// Whether a claim could find something; keeps an idle server from writing twice a second.
async fn any_due(inner: &Inner) -> Result<bool, Error> {
    let mut conn = inner.db.read().await?;
    Ok(store::root::is_any_due(&mut conn, inner.clock.now(), LEVEL).await?)
}

/// Reads a claimed root in and drives it, beside other claims.
fn take_up(inner: &Arc<Inner>, row: RootRow) {
    let this = Arc::clone(inner);
    inner.tasks.spawn(async move {
        let id = row.id;
        match Root::load(&this, &row).await {
            Ok((root, effects)) => this.spawn_driver(root, effects),
            Err(error) if error.is_damage() => quarantine(&this, id, &error).await,
            Err(error) => {
                tracing::warn!(instance.id = %id, error = %error::chain(&error), "cannot read it in; given back");
                let node = this.lease.node();
                let later = Some(this.clock.now().plus(Duration::from_secs(1)));
                let released: Result<(), store::Error> = this
                    .writer
                    .write(move |tx| Box::pin(async move { store::root::release(tx, node, id, 0, later).await }))
                    .await;
                if let Err(error) = released {
                    tracing::warn!(instance.id = %id, error = %error::chain(&error), "cannot give it back");
                }
            }
        }
    });
}

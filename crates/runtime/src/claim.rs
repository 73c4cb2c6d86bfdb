//! Claiming: roots that are due or were woken are taken and driven. Wakes are hints; a poll finds whatever they miss.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use model::InstanceId;
use store::cluster;
use store::root::RootRow;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::codec::LEVEL;
use crate::drive::{Begin, drive};
use crate::drivers::Seat;
use crate::{Error, Inner, error};

/// How often storage is looked at without a hint.
const POLL: Duration = Duration::from_millis(500);
/// How often this node looks for roots that are its own without being driven. A claim whose outcome was unknown leaves
/// such roots behind.
const SWEEP: Duration = Duration::from_secs(10);
/// Roots claimed at once.
const BATCH: usize = 128;
/// Roots driven at once; more wait in storage.
const MAX_DRIVEN: usize = 4096;

/// Roots that were woken on this node, each once.
#[derive(Debug, Default)]
pub struct WakeQueue {
    roots: Mutex<HashSet<InstanceId>>,
    notify: Notify,
}

impl WakeQueue {
    /// Adds roots; the claim loop looks at them next.
    pub fn push(&self, roots: &[InstanceId]) {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner).extend(roots);
        self.notify.notify_one();
    }

    pub(crate) fn take(&self) -> Vec<InstanceId> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

impl Inner {
    /// Drives a root that this node owns.
    pub(crate) fn spawn_driver(self: &Arc<Self>, seat: Seat, begin: Begin) {
        self.tasks.spawn(drive(Arc::clone(self), seat, begin));
    }

    /// How many more roots this node drives.
    fn room(&self) -> usize {
        MAX_DRIVEN.saturating_sub(self.drivers.len())
    }
}

/// Claims until the server stops.
pub(crate) async fn run(inner: Arc<Inner>) {
    let (mut poll, mut sweep) = (interval(POLL), interval(SWEEP));
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let result = tokio::select! {
            _ = poll.tick() => claim_due(&inner).await,
            _ = sweep.tick() => claim_own(&inner).await,
            () = inner.wake.notify.notified() => claim_woken(&inner).await,
            () = inner.stop.cancelled() => return,
        };
        if let Err(error) = result {
            tracing::warn!(error = %error::chain(&error), "cannot claim instances; trying again");
        }
    }
}

async fn claim_woken(inner: &Arc<Inner>) -> Result<(), Error> {
    let mut idle: Vec<InstanceId> = inner.wake.take().into_iter().filter(|id| !inner.drivers.ring(*id)).collect();
    // Those that do not fit in are due in storage, where the poll finds them.
    idle.truncate(inner.room());
    // At once, so that they share a commit.
    let mut claims = stream::iter(idle).map(|id| claim_one(inner, id)).buffer_unordered(BATCH);
    let mut result = Ok(());
    while let Some(claimed) = claims.next().await {
        match claimed {
            Ok(Some(row)) => {
                inner.metrics.claimed_woken.increment(1);
                inner.spawn_driver(inner.drivers.seat(row.id), Begin::Claimed(Some(row)));
            }
            Ok(None) => {}
            Err(error) => result = Err(error.into()),
        }
    }
    result
}

async fn claim_one(inner: &Inner, id: InstanceId) -> Result<Option<RootRow>, store::Error> {
    let node = inner.lease.node();
    inner.writer.write(move |tx| Box::pin(async move { store::root::claim_one(tx, node, id, LEVEL).await })).await
}

async fn claim_due(inner: &Arc<Inner>) -> Result<(), Error> {
    // Commands and due times of roots that this node already drives.
    let mut conn = inner.db.read().await?;
    let owned = store::root::list_owned_due(&mut conn, inner.lease.node(), inner.clock.now()).await?;
    drop(conn);
    for (id, _) in owned {
        inner.drivers.ring(id);
    }
    while !inner.stop.is_cancelled() {
        let limit = BATCH.min(inner.room());
        if limit == 0 || !any_due(inner).await? {
            break;
        }
        let (node, now) = (inner.lease.node(), inner.clock.now());
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let claimed: Result<Vec<RootRow>, store::Error> = inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    cluster::take_over(tx).await?;
                    store::root::claim_due(tx, node, now, LEVEL, most).await
                })
            })
            .await;
        let claimed = claimed?;
        let full = claimed.len() == limit;
        inner.metrics.claimed_due.increment(claimed.len() as u64);
        for row in claimed {
            inner.spawn_driver(inner.drivers.seat(row.id), Begin::Claimed(Some(row)));
        }
        if !full {
            break;
        }
    }
    Ok(())
}

/// Whether a claim could find something; keeps an idle server from writing twice a second.
async fn any_due(inner: &Inner) -> Result<bool, Error> {
    let mut conn = inner.db.read().await?;
    Ok(store::root::is_any_due(&mut conn, inner.clock.now(), LEVEL).await?)
}

/// Drives what is this node's and has no driver.
async fn claim_own(inner: &Arc<Inner>) -> Result<(), Error> {
    let mut conn = inner.db.read().await?;
    let owned = store::root::list_owned(&mut conn, inner.lease.node()).await?;
    drop(conn);
    for id in owned {
        // What was given back since the list was made is found out when it is read in.
        if let Some(seat) = inner.drivers.free_seat(id) {
            inner.metrics.claimed_own.increment(1);
            inner.spawn_driver(seat, Begin::Claimed(None));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::InstanceId;
    use uuid::Uuid;

    use super::WakeQueue;

    #[test]
    fn a_root_that_is_woken_often_waits_in_the_queue_once() {
        let queue = WakeQueue::default();
        for _ in 0..1000 {
            queue.push(&[InstanceId(Uuid::from_u128(1)), InstanceId(Uuid::from_u128(2))]);
        }
        assert_eq!(queue.take().len(), 2);
        assert!(queue.take().is_empty());
    }
}

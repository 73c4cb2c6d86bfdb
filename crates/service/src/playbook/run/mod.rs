//! Running playbooks. What an event, a timer or a person has set off is a queued instance. From there on, any node takes
//! the next step: it admits queued instances as the limits of their playbooks allow, starts their workflows, and takes
//! in what became of those. Each step is found in storage and can be repeated, so that a node that dies in the middle
//! of one is replaced by whoever looks next.

mod settle;
mod start;
mod timer;

use std::sync::Arc;
use std::time::Duration;

use store::playbook::work;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::Service;
use crate::error::Error;

/// How often storage is looked at without a hint.
const POLL: Duration = Duration::from_millis(500);
/// How long a node may take to start the workflows of what it has claimed, before another one does.
const LEASE: Duration = Duration::from_secs(30);
/// Instances that one step takes.
const BATCH: i64 = 128;
/// Batches whose workflows are being started at once on this node: a first turn may take a while.
const STARTING: usize = 8;

/// What this node has under way.
#[derive(Debug)]
pub(crate) struct Running {
    starting: Arc<Semaphore>,
}

impl Default for Running {
    fn default() -> Self {
        Self { starting: Arc::new(Semaphore::new(STARTING)) }
    }
}

impl Service {
    /// Runs the playbooks of all workspaces until it is told to stop.
    pub async fn run_playbooks(&self, stop: CancellationToken) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = poll.tick() => {}
                () = self.inner.writer.playbooks().notified() => {}
                () = stop.cancelled() => return,
            }
            if let Err(error) = self.step_playbooks(&stop).await {
                tracing::warn!(%error, "cannot run playbooks; trying again");
            }
        }
    }

    /// Takes steps until there is nothing to do.
    async fn step_playbooks(&self, stop: &CancellationToken) -> Result<(), Error> {
        let mut busy = true;
        while busy && !stop.is_cancelled() {
            let mut conn = self.inner.db.read().await?;
            let pending = work::pending(&mut conn, self.now()).await?;
            drop(conn);
            busy = pending.tick && self.fire_timers().await?;
            busy |= pending.news && self.settle_news().await?;
            busy |= (pending.queued || pending.due) && self.start_admitted().await?;
        }
        Ok(())
    }
}

//! Taking in what became of the workflows of playbook instances.

use model::{Tenant, Timestamp};
use store::Tx;
use store::playbook::instance::PlaybookInstanceRow;
use store::playbook::run::{self, RunState, Standing};
use store::playbook::{self, instance, meter, work};

use super::BATCH;
use crate::Service;
use crate::error::Error;

/// The status of an instance that is being terminated.
pub(super) const TERMINATING: &str = "TERMINATING";
/// The state of work that waits for a person.
const HELD: &str = "held";

/// How an instance fares, as its workflows tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A workflow runs.
    Open,
    /// The next workflow is to be started: the one before it has finished.
    Next,
    /// All have finished.
    Finished,
    /// None runs, and one of them has failed or could not be started.
    Failed(String),
    /// None runs, and one of them was terminated.
    Terminated,
}

/// What the states of an instance's workflows mean, with `in_order` when one starts after the other.
pub(super) fn verdict(runs: &[RunState], in_order: bool, terminating: bool) -> Verdict {
    let mut failed: Option<&RunState> = None;
    let (mut waiting, mut terminated) = (false, terminating);
    for run in runs {
        match run.status.as_deref() {
            Some("FINISHED") => continue,
            Some("TERMINATED") => terminated = true,
            Some("FAILED") => failed = failed.or(Some(run)),
            Some(_) => return Verdict::Open,
            None if !run.problem.is_empty() => failed = failed.or(Some(run)),
            None => waiting = true,
        }
        if in_order {
            break;
        }
    }
    match failed {
        Some(run) if run.problem.is_empty() => {
            Verdict::Failed(format!("the workflow '{}' has failed", run.action_name))
        }
        Some(run) => Verdict::Failed(format!("{}: {}", run.action_name, run.problem)),
        None if terminated => Verdict::Terminated,
        None if waiting => Verdict::Next,
        None => Verdict::Finished,
    }
}

impl Service {
    /// Takes in the news of some instances. Whether there were any.
    pub(super) async fn settle_news(&self) -> Result<bool, Error> {
        let mut conn = self.inner.db.read().await?;
        let news = run::list_news(&mut conn, BATCH).await?;
        drop(conn);
        let now = self.now();
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut any = false;
                    for told in news {
                        if let Some(standing) = run::take_news(tx, told).await? {
                            any = true;
                            settle(tx, standing, now).await?;
                        }
                    }
                    Ok(any)
                })
            })
            .await
    }
}

/// Writes what the news of an instance mean.
async fn settle(tx: &mut Tx, standing: Standing, now: Timestamp) -> Result<(), Error> {
    let Standing { work: before, runs } = standing;
    let (tenant, id) = (before.tenant(), before.id);
    let Some(row) = instance::get(tx, tenant, id).await? else { return Ok(()) };
    match verdict(&runs, before.in_order, row.status == TERMINATING) {
        // A run that had failed goes on, by somebody's command to it alone.
        Verdict::Open if before.state == HELD => {
            work::resume(tx, tenant, id, "RUNNING", 0).await?;
        }
        Verdict::Open => {}
        Verdict::Next if before.in_order => {
            // The run that had failed was retried, and has finished before anybody looked.
            if before.state == HELD {
                work::resume(tx, tenant, id, "RUNNING", 0).await?;
            }
            work::set_due(tx, tenant, id, now).await?;
        }
        // They are being started.
        Verdict::Next => {}
        Verdict::Finished => {
            work::end(tx, tenant, id, "FINISHED", "", now).await?;
        }
        Verdict::Terminated => {
            work::end(tx, tenant, id, "TERMINATED", "", now).await?;
        }
        Verdict::Failed(problem) => {
            if work::hold(tx, tenant, id, &problem).await?
                && meter::count_failure(tx, tenant, row.playbook_id, now).await?
            {
                pause(tx, tenant, &row, now).await?;
            }
        }
    }
    Ok(())
}

/// Pauses a playbook whose instances fail too often: what sets it off is queued until somebody enables it again.
async fn pause(tx: &mut Tx, tenant: Tenant, row: &PlaybookInstanceRow, now: Timestamp) -> Result<(), Error> {
    let Some(mut playbook) = playbook::lock(tx, tenant, row.playbook_id).await? else { return Ok(()) };
    playbook.paused_at = Some(now);
    playbook.pause_reason = format!(
        "{} of its instances have failed within {} s, the last of them {}",
        playbook.breaker_failures, playbook.breaker_seconds, row.id
    );
    tracing::warn!(playbook.id = %playbook.id, reason = playbook.pause_reason, "a playbook was paused");
    playbook::update(tx, &playbook).await?;
    Ok(())
}

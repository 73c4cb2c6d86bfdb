//! Retention: records that have had their time are removed, a batch in each transaction.

use std::time::Duration;

use store::ingest::dead_letter;
use store::object::effect;
use store::playbook::instance;

use crate::Service;
use crate::error::Error;

/// Records that one transaction removes.
const BATCH: i64 = 500;
/// How long it is known which changes of objects a run has made: an effect is repeated within minutes.
const EFFECTS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Service {
    /// Removes runs of playbooks that have ended, and events that could not be taken in, after the installation's
    /// retention, and after a month what says which changes of objects were made by runs. Gives how many.
    pub async fn purge_records(&self) -> Result<u64, Error> {
        let before = self.now().minus(self.inner.settings.retention);
        let effects_before = self.now().minus(EFFECTS);
        let mut purged = 0;
        loop {
            let batch = self.inner.writer.write(move |tx| {
                Box::pin(async move {
                    let instances = instance::purge(tx, before, BATCH).await? as u64;
                    let letters = dead_letter::purge(tx, before, BATCH).await?;
                    let effects = effect::purge(tx, effects_before, BATCH).await?;
                    Ok::<_, Error>([instances, letters, effects])
                })
            });
            let removed = batch.await?;
            purged += removed.iter().sum::<u64>();
            if removed.iter().all(|removed| *removed < BATCH as u64) {
                return Ok(purged);
            }
        }
    }
}

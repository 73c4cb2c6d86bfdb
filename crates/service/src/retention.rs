//! Retention: records that have had their time are removed, a batch in each transaction.

use store::ingest::dead_letter;
use store::playbook::instance;

use crate::Service;
use crate::error::Error;

/// Records that one transaction removes.
const BATCH: i64 = 500;

impl Service {
    /// Removes runs of playbooks that have ended, and events that could not be taken in, after the installation's
    /// retention. Gives how many.
    pub async fn purge_records(&self) -> Result<u64, Error> {
        let before = self.now().minus(self.inner.settings.retention);
        let mut purged = 0;
        loop {
            let batch = self.inner.writer.write(move |tx| {
                Box::pin(async move {
                    let instances = instance::purge(tx, before, BATCH).await? as u64;
                    let letters = dead_letter::purge(tx, before, BATCH).await?;
                    Ok::<_, Error>((instances, letters))
                })
            });
            let (instances, letters) = batch.await?;
            purged += instances + letters;
            if instances.max(letters) < BATCH as u64 {
                return Ok(purged);
            }
        }
    }
}

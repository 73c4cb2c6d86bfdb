//! Retention: records that have had their time are removed, a batch in each transaction.

use std::time::Duration;

use model::Tenant;

use store::audit::AuditEntry;
use store::dataclass;
use store::ingest::dead_letter;
use store::object::{self, dedup, effect};
use store::playbook::instance;

use crate::Service;
use crate::ctx::Ctx;
use crate::dataclass::{ClassSettings, LONGEST_WINDOW};
use crate::error::Error;

/// Records that one transaction removes.
const BATCH: i64 = 500;
/// How long it is known which changes of objects a run has made: an effect is repeated within minutes.
const EFFECTS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A key that nothing was seen of for longer than any window stands for nothing.
const KEYS: Duration = Duration::from_secs(LONGEST_WINDOW as u64);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Service {
    /// Removes runs of playbooks that have ended, and events that could not be taken in, after the installation's
    /// retention, and after a month what says which changes of objects were made by runs and which arrivals were the same.
    /// Gives how many.
    pub async fn purge_records(&self) -> Result<u64, Error> {
        let before = self.now().minus(self.inner.settings.retention);
        let effects_before = self.now().minus(EFFECTS);
        let keys_before = self.now().minus(KEYS);
        let mut purged = 0;
        loop {
            let batch = self.inner.writer.write(move |tx| {
                Box::pin(async move {
                    let instances = instance::purge(tx, before, BATCH).await? as u64;
                    let letters = dead_letter::purge(tx, before, BATCH).await?;
                    let effects = effect::purge(tx, effects_before, BATCH).await?;
                    let keys = dedup::purge(tx, keys_before, BATCH).await?;
                    Ok::<_, Error>([instances, letters, effects, keys])
                })
            });
            let removed = batch.await?;
            purged += removed.iter().sum::<u64>();
            if removed.iter().all(|removed| *removed < BATCH as u64) {
                return Ok(purged);
            }
        }
    }

    /// Removes data objects that have not changed for longer than the settings of their class let them stay. Gives how
    /// many. Nothing is triggered by it, and each batch is on record.
    pub async fn purge_objects(&self) -> Result<u64, Error> {
        let mut conn = self.inner.db.read().await?;
        let classes = dataclass::list_with_settings(&mut conn).await?;
        drop(conn);
        let mut purged = 0;
        for class in classes {
            let Some(days) = ClassSettings::read(&class.settings)?.retention_days else { continue };
            let tenant = Tenant { project: class.project_id, workspace: class.workspace_id };
            // On record for whoever has said how long they stay.
            let (user, name) = (class.modifier_id.unwrap_or(class.creator_id), class.modifier_name);
            let ctx = Ctx::automatic(tenant, user, name, "retention".to_owned());
            loop {
                let now = self.now();
                let entry = ctx.audit(now, "dataclass.purge", class.id);
                let batch = self.inner.writer.write(move |tx| {
                    Box::pin(async move {
                        let before = now.minus(DAY * days);
                        let removed = object::purge(tx, tenant, class.id, before, BATCH, now).await?;
                        if removed > 0 {
                            tx.audit(AuditEntry { detail: format!(r#"{{"count":{removed}}}"#), ..entry });
                        }
                        Ok::<_, Error>(removed)
                    })
                });
                let removed = batch.await?;
                purged += removed as u64;
                if removed < BATCH as usize {
                    break;
                }
            }
        }
        Ok(purged)
    }
}

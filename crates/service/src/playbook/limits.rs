//! Limits of a playbook: how many of its runs there may be, and when it pauses because they fail.

use model::PlaybookId;
use store::playbook::{self as rows, trigger, work};

use super::{Playbook, not_found};
use crate::Service;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::Fields;

pub use store::playbook::work::Backlog;

/// The largest limit.
const MOST: i64 = 1_000_000;
/// The longest window in which failures are counted, in seconds: a week.
const WINDOW: i64 = 7 * 24 * 60 * 60;

/// Limits to set; what is left out stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct LimitsInput {
    /// Instances that run at once; 0 is no limit.
    pub concurrency: Option<i64>,
    /// Instances that start in a minute; 0 is no limit.
    pub starts_per_minute: Option<i64>,
    /// Failures that pause the playbook; 0 is never.
    pub breaker_failures: Option<i64>,
    /// Within so many seconds.
    pub breaker_seconds: Option<i64>,
}

impl Service {
    /// The limits of a playbook, which has them, and what they hold back.
    pub async fn get_playbook_limits(&self, ctx: &Ctx, id: PlaybookId) -> Result<(Playbook, Backlog), Error> {
        ctx.require("secmaster:playbook:get")?;
        let playbook = self.read_playbook(ctx, id).await?;
        let mut conn = self.inner.db.read().await?;
        Ok((playbook, work::count(&mut conn, ctx.tenant, id).await?))
    }

    /// Sets limits of a playbook. They hold for what is queued already, too.
    pub async fn set_playbook_limits(
        &self,
        ctx: &Ctx,
        id: PlaybookId,
        input: LimitsInput,
    ) -> Result<(Playbook, Backlog), Error> {
        ctx.require("secmaster:playbook:update")?;
        let known = self.read_playbook(ctx, id).await?;
        let mut fields = Fields::new();
        let (failures, seconds) = (input.breaker_failures, input.breaker_seconds);
        let concurrency = fields.range("concurrency", input.concurrency, 0, MOST, known.concurrency);
        let starts = fields.range("starts_per_minute", input.starts_per_minute, 0, MOST, known.starts_per_minute);
        let failures = fields.range("breaker_failures", failures, 0, MOST, known.breaker_failures);
        let seconds = fields.range("breaker_seconds", seconds, 0, WINDOW, known.breaker_seconds);
        if failures > 0 && seconds == 0 {
            fields.violation(
                "breaker_seconds must be between 1 and 604800 when breaker_failures is not 0",
                "breaker_failures不为0时，breaker_seconds必须在1到604800之间",
            );
        }
        fields.finish()?;
        let (this, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut playbook = rows::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    ctx.require_role(&playbook.edit_role)?;
                    playbook.concurrency = concurrency;
                    playbook.starts_per_minute = starts;
                    playbook.breaker_failures = failures;
                    playbook.breaker_seconds = seconds;
                    this.touch_playbook(&ctx, &mut playbook);
                    rows::update(tx, &playbook).await?;
                    if playbook.enabled {
                        trigger::bump_epoch(tx, ctx.tenant).await?;
                    }
                    tx.audit(ctx.audit(now, "playbook.limit", id));
                    let backlog = work::count(tx, ctx.tenant, id).await?;
                    Ok((playbook, backlog))
                })
            })
            .await
    }
}

//! Dead letters: events that could not be taken in. They can be looked at, replayed once what was wrong has been put
//! right, and deleted.

use model::{ObjectId, SourceId};
use store::filter::Page;
use store::ingest::dead_letter::{self as rows, DeadLetterQuery};
use uuid::Uuid;

use super::receive::source_ctx;
use super::source;
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::object::Origin;
use crate::{Service, code, page};

pub use store::ingest::dead_letter::{DeadLetterRow as DeadLetter, DeadLetterSummary};

/// Which dead letters to list.
#[derive(Debug, Clone, Default)]
pub struct ListDeadLetters {
    /// From this source.
    pub source_id: Option<String>,
    /// Replayed or not.
    pub replayed: Option<bool>,
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1000.
    pub limit: Option<i64>,
}

impl Service {
    /// A page of the workspace's dead letters, newest first.
    pub async fn list_dead_letters(&self, ctx: &Ctx, input: ListDeadLetters) -> Result<Page<DeadLetterSummary>, Error> {
        ctx.require("secmaster:deadLetter:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let source_id: Option<SourceId> = fields.optional_id("source_id", input.source_id.as_deref());
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &DeadLetterQuery { source_id, replayed: input.replayed }, page).await?)
    }

    /// A dead letter with what came.
    pub async fn get_dead_letter(&self, ctx: &Ctx, id: Uuid) -> Result<DeadLetter, Error> {
        ctx.require("secmaster:deadLetter:get")?;
        self.read_dead_letter(ctx, id).await
    }

    /// Takes a dead letter in as its source does now. It is refused, with the reason, when that does not go either.
    pub async fn replay_dead_letter(&self, ctx: &Ctx, id: Uuid) -> Result<DeadLetter, Error> {
        ctx.require("secmaster:deadLetter:replay")?;
        let mut letter = self.read_dead_letter(ctx, id).await?;
        if letter.replayed_at.is_some() {
            return Err(replayed());
        }
        let found = self.read_source(ctx.tenant, letter.source_id).await?;
        let source = found.ok_or_else(|| source::not_found(letter.source_id))?;
        let mapping = self.inner.mappings.of(&source)?;
        let class = self.object_class(ctx.tenant, source.row.dataclass_id).await?;
        let class = class.ok_or_else(|| Error::internal("the source's data class is gone"))?;
        let (acting, now, tenant) = (source_ctx(&source), self.now(), ctx.tenant);
        let audit = ctx.audit(now, "deadLetter.replay", id);
        // The event may have come once more since then, and have been taken in.
        let changes = match self.map_event(&acting, &mapping, &class, &letter.body, ObjectId(id), letter.received_at) {
            Ok(change) => change.into_iter().collect(),
            Err(reason) => {
                let told = reason.replace('\0', "\u{fffd}");
                self.inner
                    .writer
                    .write(move |tx| {
                        Box::pin(async move { Ok::<_, Error>(rows::set_reason(tx, tenant, id, &told).await?) })
                    })
                    .await?;
                return Err(Error::new(
                    &code::DEAD_LETTER,
                    Text::new(format!("it cannot be taken in: {reason}"), format!("无法接收该事件：{reason}")),
                ));
            }
        };
        let prepared = self.prepare_objects(&acting, Origin::Ingest, changes).await?;
        let written: Result<(), Error> = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    // First: of two who replay it, one finds that it has been.
                    if !rows::mark_replayed(tx, tenant, id, now).await? {
                        return Err(replayed());
                    }
                    prepared.apply(tx).await?;
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await;
        written?;
        letter.replayed_at = Some(now);
        Ok(letter)
    }

    /// Deletes a dead letter.
    pub async fn delete_dead_letter(&self, ctx: &Ctx, id: Uuid) -> Result<(), Error> {
        ctx.require("secmaster:deadLetter:delete")?;
        let (tenant, audit) = (ctx.tenant, ctx.audit(self.now(), "deadLetter.delete", id));
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    if !rows::delete(tx, tenant, id).await? {
                        return Err(not_found(id));
                    }
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await
    }

    async fn read_dead_letter(&self, ctx: &Ctx, id: Uuid) -> Result<DeadLetter, Error> {
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }
}

fn not_found(id: Uuid) -> Error {
    Error::new(
        &code::DEAD_LETTER_NOT_FOUND,
        Text::new(format!("the dead letter {id} does not exist"), format!("死信{id}不存在")),
    )
}

fn replayed() -> Error {
    Error::new(&code::DEAD_LETTER, Text::new("it was replayed already", "该死信已重放"))
}

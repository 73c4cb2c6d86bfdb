//! Attachments: files that belong to to-dos and data objects. The row of a file comes before its bytes and goes after
//! them (see [`store::object::attachment`]), so whatever a server that stops leaves behind is found by its row and
//! removed.

mod content;
mod incoming;
mod link;
mod name;
mod outgoing;
mod storage;

use model::{AttachmentId, ObjectId};
use store::object::attachment as rows;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

pub use content::served_as;
pub use incoming::Incoming;
pub use link::{Link, LinkInput};
pub use outgoing::Outgoing;
pub use storage::{Bucket, OpenError, Storage};
pub use store::object::attachment::AttachmentRow as Attachment;

/// Attachments whose bytes are removed by one round of [`Service::sweep_attachments`].
const ROUND: i64 = 100;

impl Service {
    /// An attachment.
    pub async fn get_attachment(&self, ctx: &Ctx, id: AttachmentId) -> Result<Attachment, Error> {
        ctx.require("secmaster:attachment:get")?;
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }

    /// The attachments of a data object, oldest first.
    pub async fn list_attachments(&self, ctx: &Ctx, object: Option<String>) -> Result<Vec<Attachment>, Error> {
        ctx.require("secmaster:attachment:list")?;
        let mut fields = Fields::new();
        let object: Option<ObjectId> = fields.id("data_object_id", object.as_deref());
        fields.finish()?;
        let Some(object) = object else { return Ok(Vec::new()) };
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, object).await?)
    }

    /// Deletes an attachment, whatever it belongs to. Its bytes are removed later.
    pub async fn delete_attachment(&self, ctx: &Ctx, id: AttachmentId) -> Result<(), Error> {
        ctx.require("secmaster:attachment:delete")?;
        let (tenant, now) = (ctx.tenant, self.now());
        let audit = ctx.audit(now, "attachment.delete", id);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    if !rows::delete(tx, tenant, id, now).await? {
                        return Err(not_found(id));
                    }
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await
    }

    /// Removes the bytes of attachments that are deleted, that belonged to what is deleted, or whose upload never
    /// ended; to be called now and then. What cannot be removed stays for the next time.
    pub async fn sweep_attachments(&self) -> Result<(), Error> {
        let storage = &self.inner.attachments;
        loop {
            let mut conn = self.inner.db.read().await?;
            let found = rows::list_removable(&mut conn, self.now(), ROUND).await?;
            drop(conn);
            let is_last = i64::try_from(found.len()).unwrap_or(i64::MAX) < ROUND;
            let mut failed = None;
            for row in found {
                if row.storage != storage.kind() {
                    failed = Some(elsewhere(&row));
                } else if let Err(error) = storage.remove(&row.storage_key).await {
                    failed = Some(unavailable(error));
                } else {
                    let (workspace, id) = (row.workspace_id, row.id);
                    let forget = self.inner.writer.write(move |tx| Box::pin(rows::forget(tx, workspace, id))).await;
                    forget.map_err(|error: store::Error| Error::from(error))?;
                }
            }
            match failed {
                Some(error) => return Err(error),
                None if is_last => return Ok(()),
                None => {}
            }
        }
    }
}

pub(crate) fn not_found(id: AttachmentId) -> Error {
    Error::new(
        &code::ATTACHMENT_NOT_FOUND,
        Text::new(format!("the attachment {id} does not exist"), format!("附件{id}不存在")),
    )
}

/// Its bytes are in a storage that the server has been set up without.
fn elsewhere(attachment: &Attachment) -> Error {
    unavailable(format!("the attachment {} is kept in another storage: {}", attachment.id, attachment.storage))
}

fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(
        &code::UNAVAILABLE,
        Text::new("the storage of attachments does not answer; try again", "附件存储暂不可用，请重试"),
    )
    .caused_by(cause)
}

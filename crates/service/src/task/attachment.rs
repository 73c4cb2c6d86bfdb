//! Files of to-dos. A file is uploaded first, then given to a to-do; taken away from it, it is deleted.

use model::AttachmentId;
use store::object::attachment as rows;

use super::Task;
use crate::Service;
use crate::code;
use crate::ctx::Ctx;
use crate::error::{Error, Text};

impl Service {
    /// Gives a file to a to-do. It must belong to nothing yet.
    pub(super) async fn add_task_attachment(&self, ctx: &Ctx, task: &Task, id: AttachmentId) -> Result<(), Error> {
        let (tenant, task, now) = (ctx.tenant, task.id, self.now());
        let audit = ctx.audit(now, "task.attach", task);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    if !rows::give_to_task(tx, tenant, id, task, now).await? {
                        return Err(refusal(
                            format!("attachment_id: there is no attachment {id} that belongs to nothing yet"),
                            format!("attachment_id：没有尚未关联的附件{id}"),
                        ));
                    }
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await
    }

    /// Deletes a file of a to-do; only who has uploaded it may.
    pub(super) async fn delete_task_attachment(&self, ctx: &Ctx, task: &Task, id: AttachmentId) -> Result<(), Error> {
        let (tenant, user, task, now) = (ctx.tenant, ctx.caller.principal.user, task.id, self.now());
        let audit = ctx.audit(now, "task.detach", task);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let found = rows::get(tx, tenant, id).await?;
                    let is_theirs = found.is_some_and(|row| row.task_id == Some(task) && row.creator_id == user);
                    if !is_theirs || !rows::delete(tx, tenant, id, now).await? {
                        return Err(refusal(
                            format!("attachment_id: there is no attachment {id} of yours on this to-do"),
                            format!("attachment_id：该待办中没有您的附件{id}"),
                        ));
                    }
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await
    }
}

fn refusal(en: String, zh: String) -> Error {
    Error::new(&code::ATTACHMENT_NOT_FOUND, Text::new(en, zh))
}

//! Runs that were put aside because their journal cannot be read or applied: listing them, having one tried again, ending
//! one.

use model::InstanceId;
use store::damaged::{self as rows, DamagedRow};
use store::filter::Page;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code, page};

/// Which page of the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListDamaged {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
}

/// What to do with a run that was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settle {
    /// Read its journal again: the cause may be gone.
    Retry,
    /// End it as it is.
    Terminate,
}

impl Service {
    /// The runs of the workspace that were put aside.
    pub async fn list_damaged(&self, ctx: &Ctx, input: ListDamaged) -> Result<Page<DamagedRow>, Error> {
        ctx.require("secmaster:workflowInstance:list")?;
        let mut fields = Fields::new();
        let paging = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, paging).await?)
    }

    /// Whether the root was put aside.
    pub(crate) async fn is_damaged(&self, ctx: &Ctx, root: InstanceId) -> Result<bool, Error> {
        let mut conn = self.inner.db.read().await?;
        Ok(rows::problem(&mut conn, ctx.tenant, root).await?.is_some())
    }

    /// Retries or ends a root that was put aside. The caller has asked for the permission.
    pub(crate) async fn settle_damaged(&self, ctx: &Ctx, root: InstanceId, settle: Settle) -> Result<(), Error> {
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let (settled, act) = match settle {
                        Settle::Retry => {
                            (rows::release(tx, ctx.tenant, root, now).await?, "workflowInstance.retryDamaged")
                        }
                        Settle::Terminate => {
                            let note = format!("terminated by {}", ctx.caller.principal.name);
                            let ended = rows::end(tx, ctx.tenant, root, &note, now).await?;
                            (ended, "workflowInstance.terminateDamaged")
                        }
                    };
                    if !settled {
                        return Err(Error::new(
                            &code::INSTANCE_STATE,
                            Text::new(
                                "the run has changed in the meantime; look at it again",
                                "该实例状态已变化，请重新查询",
                            ),
                        ));
                    }
                    tx.audit(ctx.audit(now, act, root));
                    Ok(())
                })
            })
            .await
    }
}

//! The record of what people did: reading it, anchoring it, verifying it.
//!
//! Rows chain by hash in lanes (see [`store::audit`]). An anchor states the heads of the lanes that grew, and carries a
//! keyed hash over itself and the anchor before. Its key comes from the master key, so whoever can write to the storage
//! alone can neither forge an anchor nor change what one covers. What comes after the last anchor is protected once the
//! next is written, a second later; a cut of the newest anchors shows when a head that was logged is asked for.

mod anchor;
mod verify;

use model::Timestamp;
use store::audit::AuditQuery;
use store::filter::Page;

pub use anchor::{Anchored, Anchorer};
pub use store::audit::AuditRow;
pub use verify::{Problem, Report, verify};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::Fields;
use crate::{Service, page};

/// Which acts to list.
#[derive(Debug, Clone, Default)]
pub struct ListAudit {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// `ASC` or `DESC`, by time.
    pub order: Option<String>,
    /// Of this user.
    pub user_id: Option<String>,
    /// Part of the user's name.
    pub user_name: Option<String>,
    /// This act: `workflow.create`.
    pub action: Option<String>,
    /// On the object of this id.
    pub object: Option<String>,
    /// In this request.
    pub request_id: Option<String>,
    /// At this time or later.
    pub from_date: Option<String>,
    /// Before this time.
    pub to_date: Option<String>,
}

impl Service {
    /// What people did in a workspace, newest first unless asked otherwise.
    pub async fn list_audit(&self, ctx: &Ctx, input: ListAudit) -> Result<Page<AuditRow>, Error> {
        ctx.require("secmaster:audit:list")?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let mut fields = Fields::new();
        let paging = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let order = page::order(&mut fields, "order", input.order.as_deref());
        let query = AuditQuery {
            user: fields.optional_id("user_id", input.user_id.as_deref()),
            user_name: given(input.user_name),
            action: given(input.action),
            object: given(input.object),
            request_id: given(input.request_id),
            from: self.instant(&mut fields, "from_date", given(input.from_date)),
            to: self.instant(&mut fields, "to_date", given(input.to_date)),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(store::audit::list(&mut conn, ctx.tenant, &query, order, paging).await?)
    }

    fn instant(&self, fields: &mut Fields, field: &str, text: Option<String>) -> Option<Timestamp> {
        let parsed = Timestamp::parse(&text?, self.inner.settings.zone).ok();
        if parsed.is_none() {
            fields.violation(
                format!("{field} must be a time like 2025-07-18T14:44:46.735Z+0800"),
                format!("{field}必须是形如2025-07-18T14:44:46.735Z+0800的时间"),
            );
        }
        parsed
    }
}

#[cfg(test)]
mod tests;

//! Links to files. Whoever may see an attachment gets one; for five minutes it opens the file, and nothing else, without
//! credentials: browsers and other programs that fetch an address send none.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use model::{AttachmentId, Tenant, Timestamp};
use sha2::Sha256;
use store::object::attachment as rows;

use super::{Outgoing, not_found};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::identity::signature::{from_hex, to_hex};
use crate::{Service, code};

/// How long a link opens its file.
const LIFE: Duration = Duration::from_secs(5 * 60);

/// What opens a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Until when, in seconds since 1970.
    pub expires: i64,
    /// Shows that the server made it, in hexadecimal.
    pub signature: String,
}

/// What a caller presents as a link.
#[derive(Debug, Clone, Default)]
pub struct LinkInput {
    /// Until when it is to open the file.
    pub expires: Option<i64>,
    /// Its signature.
    pub signature: Option<String>,
}

impl Service {
    /// A link to an attachment.
    pub async fn link_attachment(&self, ctx: &Ctx, id: AttachmentId) -> Result<Link, Error> {
        self.get_attachment(ctx, id).await?;
        let expires = self.now().plus(LIFE).as_millis() / 1000;
        let signature = to_hex(&self.mac(ctx.tenant, id, expires).finalize().into_bytes());
        Ok(Link { expires, signature })
    }

    /// Opens the file that a link leads to. The link stands for whoever was given it.
    pub async fn open_attachment(&self, tenant: Tenant, id: AttachmentId, link: LinkInput) -> Result<Outgoing, Error> {
        let mut fields = Fields::new();
        let expires = fields.required("expires", link.expires);
        let signature = fields.required("signature", link.signature);
        fields.finish()?;
        let mac = self.mac(tenant, id, expires);
        let is_ours = from_hex(&signature).is_some_and(|signature| mac.verify_slice(&signature).is_ok());
        if !is_ours || self.now() > Timestamp(expires.saturating_mul(1_000_000)) {
            return Err(Error::new(
                &code::ATTACHMENT_LINK,
                Text::new(
                    "the link is not valid, or not any more; ask for another one",
                    "链接无效或已过期，请重新获取",
                ),
            ));
        }
        let mut conn = self.inner.db.read().await?;
        let attachment = rows::get(&mut conn, tenant, id).await?.ok_or_else(|| not_found(id))?;
        drop(conn);
        Outgoing::open(Arc::clone(&self.inner.attachments), attachment).await
    }

    fn mac(&self, tenant: Tenant, id: AttachmentId, expires: i64) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.inner.vault.link_key()).expect("HMAC takes keys of any length");
        for id in [tenant.project.0, tenant.workspace.0, id.0] {
            mac.update(id.as_bytes());
        }
        mac.update(&expires.to_be_bytes());
        mac
    }
}

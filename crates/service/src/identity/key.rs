//! Access keys: what programs sign their requests with. The secret part is sealed, and shown once.

use std::fmt;

use model::{Timestamp, UserId};
use runtime::vault::Aad;
use store::Conn;
use store::identity::key::{self as rows, AccessKeyRow};

use super::{escalation, not_found, random, user};
use crate::ctx::{Caller, Target};
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

/// Keys that a user may have.
pub const MAX_KEYS: usize = 10;

/// An access key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its public part, which signatures name.
    pub access: String,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is for.
    pub description: String,
    /// Whether signatures with it are accepted.
    pub enabled: bool,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it last signed a request, to the hour.
    pub last_use_time: Option<Timestamp>,
}

impl From<AccessKeyRow> for AccessKey {
    fn from(row: AccessKeyRow) -> Self {
        Self {
            access: row.access,
            user_id: row.user_id,
            description: row.description,
            enabled: row.enabled,
            create_time: row.create_time,
            last_use_time: row.last_use_time,
        }
    }
}

/// A new access key: the only time that its secret is shown.
pub struct CreatedKey {
    /// The key.
    pub key: AccessKey,
    /// Its secret part.
    pub secret: String,
}

impl fmt::Debug for CreatedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What the secret of a key is bound to.
pub(crate) fn aad(user: UserId, access: &str) -> Aad {
    Aad::of_user(user, "access_key", access)
}

impl Service {
    /// Creates an access key: for the caller, or with `iam:key:create` for a user who holds no more than the caller.
    pub async fn create_access_key(
        &self,
        caller: &Caller,
        owner: Option<UserId>,
        description: Option<String>,
    ) -> Result<CreatedKey, Error> {
        let owner = self.owner(caller, owner, "iam:key:create")?;
        let mut fields = Fields::new();
        let description = fields.text("credential.description", description, user::DESCRIPTION).unwrap_or_default();
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let (access, secret) = (random::access_key()?, random::secret_key()?);
        let sealed = self.inner.vault.seal(&aad(owner, &access), secret.as_bytes());
        let row = AccessKeyRow {
            access,
            user_id: owner,
            secret: sealed.map_err(Error::internal)?,
            description,
            enabled: true,
            create_time: self.now(),
            last_use_time: None,
        };
        let by = caller.clone();
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                let user = user::find(tx, &by, owner).await?;
                escalation::require_power_over(tx, &by, &user).await?;
                if rows::list(tx, owner).await?.len() >= MAX_KEYS {
                    return Err(Error::new(
                        &code::IDENTITY_PROTECTED,
                        Text::new(
                            format!("a user may have {MAX_KEYS} access keys at most; delete one first"),
                            format!("每个用户最多{MAX_KEYS}个访问密钥，请先删除一个"),
                        ),
                    ));
                }
                rows::insert(tx, &row).await?;
                tx.audit(by.audit(row.create_time, "key.create", &row.access));
                Ok(row)
            })
        });
        Ok(CreatedKey { key: write.await?.into(), secret })
    }

    /// The access keys of a user: the caller's, or with `iam:key:list` anybody's in the domain.
    pub async fn list_access_keys(&self, caller: &Caller, owner: Option<UserId>) -> Result<Vec<AccessKey>, Error> {
        let owner = self.owner(caller, owner, "iam:key:list")?;
        let mut conn = self.inner.db.read().await?;
        user::find(&mut conn, caller, owner).await?;
        Ok(rows::list(&mut conn, owner).await?.into_iter().map(AccessKey::from).collect())
    }

    /// An access key: the caller's, or with `iam:key:list` anybody's in the domain.
    pub async fn get_access_key(&self, caller: &Caller, access: &str) -> Result<AccessKey, Error> {
        let mut conn = self.inner.db.read().await?;
        Ok(reachable(&mut conn, caller, access, "iam:key:list").await?.into())
    }

    /// Changes the description, or whether signatures with it are accepted: of the caller's keys, or with
    /// `iam:key:update` of anybody's in the domain.
    pub async fn update_access_key(
        &self,
        caller: &Caller,
        access: &str,
        description: Option<String>,
        enabled: Option<bool>,
    ) -> Result<AccessKey, Error> {
        let mut fields = Fields::new();
        let description = fields.text("credential.description", description, user::DESCRIPTION);
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let (now, by, access) = (self.now(), caller.clone(), access.to_owned());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                let mut row = reachable(tx, &by, &access, "iam:key:update").await?;
                row.description = description.unwrap_or(row.description);
                row.enabled = enabled.unwrap_or(row.enabled);
                rows::update(tx, &row).await?;
                tx.audit(by.audit(now, "key.update", &row.access));
                Ok::<_, Error>(row)
            })
        });
        let row = write.await?;
        self.forget_principals();
        Ok(row.into())
    }

    /// Removes an access key: the caller's, or with `iam:key:delete` anybody's in the domain.
    pub async fn delete_access_key(&self, caller: &Caller, access: &str) -> Result<(), Error> {
        let (now, by, access) = (self.now(), caller.clone(), access.to_owned());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                let row = reachable(tx, &by, &access, "iam:key:delete").await?;
                rows::delete(tx, &row.access).await?;
                tx.audit(by.audit(now, "key.delete", &row.access));
                Ok::<_, Error>(())
            })
        });
        write.await?;
        self.forget_principals();
        Ok(())
    }

    /// Whose keys: the caller's own, or with the permission those of the named user.
    fn owner(&self, caller: &Caller, owner: Option<UserId>, permission: &str) -> Result<UserId, Error> {
        match owner {
            Some(owner) if owner != caller.principal.user => {
                caller.require(permission, Target::Domain(caller.principal.domain))?;
                Ok(owner)
            }
            Some(_) | None => Ok(caller.principal.user),
        }
    }
}

/// A key of the caller's domain that is the caller's, or that the permission reaches.
async fn reachable(conn: &mut Conn, caller: &Caller, access: &str, permission: &str) -> Result<AccessKeyRow, Error> {
    let domain = caller.principal.domain;
    let missing = || not_found("access key", "访问密钥");
    let row = rows::get(conn, domain, access).await?.ok_or_else(missing)?;
    if row.user_id != caller.principal.user {
        caller.require(permission, Target::Domain(domain))?;
    }
    Ok(row)
}

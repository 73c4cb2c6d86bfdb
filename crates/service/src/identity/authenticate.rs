//! From credentials to a principal. What is found is remembered for a moment, so that the usual request costs a hash
//! and a look into a map.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use model::principal::{Grant, Scope};
use model::{DomainId, Principal, ProjectId, Timestamp};
use runtime::vault::Secret;
use store::Conn;
use store::identity::user::UserRow;
use store::identity::{key as key_rows, role as role_rows, token as token_rows, user as user_rows};

use super::signature::{SignedRequest, verify};
use super::token::TokenHash;
use super::{key, project_refused, usable_project};
use crate::error::{Error, Text};
use crate::{Service, code};

/// How often the use of a key is noted.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// What a token stands for.
#[derive(Clone)]
pub(crate) struct Session {
    principal: Arc<Principal>,
    expires_at: Timestamp,
}

/// An access key used for a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct KeyUse {
    access: String,
    project: Option<ProjectId>,
}

/// What such a use stands for.
#[derive(Clone)]
pub(crate) struct KeySession {
    principal: Arc<Principal>,
    secret: Secret,
}

/// Where credentials hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialScope {
    /// In one project.
    Project(ProjectId),
    /// In the user's domain, outside any project.
    Domain(DomainId),
    /// Nowhere: the token can only be exchanged.
    Nowhere,
}

impl CredentialScope {
    /// Where a token holds.
    pub(super) fn of(token: &token_rows::TokenRow) -> Self {
        match (token.project_id, token.domain_id) {
            (Some(project), _) => Self::Project(project),
            (None, Some(domain)) => Self::Domain(domain),
            (None, None) => Self::Nowhere,
        }
    }
}

impl Service {
    /// The principal of a token. Fails with [`code::UNAUTHENTICATED`] when it is unknown, expired or revoked, or its user
    /// or project is disabled.
    pub async fn authenticate_token(&self, token: &str) -> Result<Arc<Principal>, Error> {
        let (now, hash) = (self.now(), TokenHash::of(token));
        let cache = &self.inner.identity.tokens;
        if let Some(session) = cache.get(&hash, now).filter(|session| now < session.expires_at) {
            return Ok(session.principal);
        }
        let generation = cache.generation();
        let mut conn = self.inner.db.read().await?;
        let (row, user) = live_token(&mut conn, &hash, now).await?.ok_or_else(wrong_token)?;
        let scope = CredentialScope::of(&row);
        if let CredentialScope::Project(project) = scope {
            let project = store::identity::project::get(&mut conn, user.domain_id, project).await?;
            project.filter(|project| project.enabled).ok_or_else(wrong_token)?;
        }
        let principal = Arc::new(principal(&mut conn, &user, scope).await?);
        let session = Session { principal: Arc::clone(&principal), expires_at: row.expires_at };
        cache.put(hash, session, now, generation);
        Ok(principal)
    }

    /// Fails with [`code::UNAUTHENTICATED`] when an access key is unknown or disabled. Asked before a large body is read to
    /// check its signature.
    pub async fn check_access_key(&self, access: &str) -> Result<(), Error> {
        let mut conn = self.inner.db.read().await?;
        let row = key_rows::find(&mut conn, access).await?;
        row.filter(|row| row.enabled).map(drop).ok_or_else(wrong_signature)
    }

    /// The principal of a signed request, in the project that it is for: the one that the client names, else the one in
    /// the path, else none. Fails with [`code::UNAUTHENTICATED`] when the key is unknown or disabled, when the request
    /// was signed too long ago or with another secret, and with [`code::PROJECT_FORBIDDEN`] when its user holds no role
    /// in the project. The same request may come again: clients repeat themselves within a second.
    pub async fn authenticate_signature(
        &self,
        request: &SignedRequest,
        project: Option<ProjectId>,
    ) -> Result<Arc<Principal>, Error> {
        let now = self.now();
        if !request.is_fresh(now) {
            return Err(stale());
        }
        let cache = &self.inner.identity.keys;
        let used = KeyUse { access: request.access_key.clone(), project };
        if let Some(session) = cache.get(&used, now) {
            return match verify(request, session.secret.expose()) {
                true => Ok(session.principal),
                false => Err(wrong_signature()),
            };
        }
        let generation = cache.generation();
        let mut conn = self.inner.db.read().await?;
        let row = key_rows::find(&mut conn, &request.access_key).await?;
        let row = row.filter(|row| row.enabled).ok_or_else(wrong_signature)?;
        let secret = self.inner.vault.open(&key::aad(row.user_id, &row.access), &row.secret);
        let secret = secret.map_err(Error::internal)?;
        if !verify(request, secret.expose()) {
            return Err(wrong_signature());
        }
        let user = user_rows::find(&mut conn, row.user_id).await?;
        let user = user.filter(|user| user.enabled).ok_or_else(wrong_signature)?;
        let scope = match project {
            Some(project) if usable_project(&mut conn, &user, project).await? => CredentialScope::Project(project),
            Some(_) => return Err(project_refused()),
            None => CredentialScope::Domain(user.domain_id),
        };
        let principal = Arc::new(principal(&mut conn, &user, scope).await?);
        drop(conn);
        if row.last_use_time.is_none_or(|last| last.plus(TOUCH_INTERVAL) <= now) {
            self.touch_key(row.access, now).await;
        }
        cache.put(used, KeySession { principal: Arc::clone(&principal), secret }, now, generation);
        Ok(principal)
    }
}

impl Service {
    /// Notes the use of a key. A request does not fail because that cannot be written.
    async fn touch_key(&self, access: String, now: Timestamp) {
        let write = self.inner.writer.write(move |tx| Box::pin(async move { key_rows::touch(tx, &access, now).await }));
        if let Err(error) = write.await {
            tracing::warn!(%error, "cannot note the use of an access key");
        }
    }
}

/// A token that is good now, with its user.
pub(super) async fn live_token(
    conn: &mut Conn,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<(token_rows::TokenRow, UserRow)>, Error> {
    let Some(row) = token_rows::find(conn, hash.bytes()).await?.filter(|row| now < row.expires_at) else {
        return Ok(None);
    };
    let user = user_rows::find(conn, row.user_id).await?;
    Ok(user.filter(|user| user.enabled && user.tokens_valid_from <= row.issued_at).map(|user| (row, user)))
}

/// The user's role bindings that hold where the credentials hold, by role name.
pub(super) async fn grants(
    conn: &mut Conn,
    user: &UserRow,
    scope: CredentialScope,
) -> Result<Vec<role_rows::GrantRow>, Error> {
    let mut holding = Vec::new();
    for row in role_rows::list_grants(conn, user.id).await? {
        let holds = match (scope, row.scope()?) {
            (CredentialScope::Project(_) | CredentialScope::Domain(_), Scope::Domain(held)) => held == user.domain_id,
            (CredentialScope::Project(project), Scope::Project(held)) => held == project,
            // Whether the workspace is one of the project is checked where the workspace is found.
            (CredentialScope::Project(_), Scope::Workspace(_)) => true,
            (CredentialScope::Domain(_), Scope::Project(_) | Scope::Workspace(_)) | (CredentialScope::Nowhere, _) => {
                false
            }
        };
        if holds {
            holding.push(row);
        }
    }
    Ok(holding)
}

/// The user with the roles that hold where the credentials hold.
pub(super) async fn principal(conn: &mut Conn, user: &UserRow, scope: CredentialScope) -> Result<Principal, Error> {
    let mut held = Vec::new();
    for row in grants(conn, user, scope).await? {
        let (scope, permissions) = (row.scope()?, permissions(&row.permissions)?);
        held.push(Grant { role: row.role_name, scope, permissions });
    }
    let project = match scope {
        CredentialScope::Project(project) => Some(project),
        CredentialScope::Domain(_) | CredentialScope::Nowhere => None,
    };
    Ok(Principal { user: user.id, name: user.name.clone(), domain: user.domain_id, project, grants: held })
}

/// The permissions of a stored role.
pub(super) fn permissions(json: &str) -> Result<BTreeSet<String>, Error> {
    serde_json::from_str(json).map_err(Error::internal)
}

/// One answer for every reason, so that nobody learns which tokens there were.
pub(super) fn wrong_token() -> Error {
    Error::new(
        &code::UNAUTHENTICATED,
        Text::new("the token is not valid: unknown, expired or revoked", "令牌无效：不存在、已过期或已吊销"),
    )
}

fn wrong_signature() -> Error {
    Error::new(
        &code::UNAUTHENTICATED,
        Text::new(
            "the signature is not valid: the access key is unknown or disabled, or the secret key is another one",
            "签名无效：访问密钥不存在或已停用，或密钥不匹配",
        ),
    )
}

fn stale() -> Error {
    Error::new(
        &code::UNAUTHENTICATED,
        Text::new(
            "X-Sdk-Date must lie within 15 minutes of the server's time",
            "X-Sdk-Date与服务器时间相差不能超过15分钟",
        ),
    )
}

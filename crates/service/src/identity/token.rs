//! Tokens: given for a password or for another token, described, revoked.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use model::{DomainId, ProjectId, RoleId, Timestamp, UserId};
use sha2::{Digest, Sha256};
use store::Conn;
use store::identity::project::{self as project_rows, DomainRow, ProjectRow};
use store::identity::token::{self as rows, TokenRow};
use store::identity::user::{self as user_rows, UserRow};

use super::authenticate::{CredentialScope, grants, live_token, principal, wrong_token};
use super::backoff::Attempt;
use super::{Reference, not_found, random, usable_project};
use crate::ctx::{Caller, RequestInfo, Target};
use crate::error::{Error, Text};
use crate::{Service, code};

/// How long a token is good.
pub const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Characters of an unknown user's name that are logged.
const LOGGED: usize = 100;
/// Expired tokens that one transaction removes.
const PURGE_BATCH: i64 = 500;

/// What is kept of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TokenHash {
    /// The first 64 bits: enough to tell tokens apart in the audit record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A log-in.
#[derive(Clone, Default)]
pub struct CreateToken {
    /// `password` or `token`.
    pub methods: Vec<String>,
    /// With the method `password`.
    pub password: Option<PasswordLogin>,
    /// With the method `token`: the token.
    pub token: Option<String>,
    /// A project by id, or by name, and the domain of the name: the user's when absent.
    pub project: Option<(Reference, Option<Reference>)>,
    /// A domain.
    pub domain: Option<Reference>,
}

/// A user with a password.
#[derive(Clone, Default)]
pub struct PasswordLogin {
    /// By id, or by name.
    pub user: Reference,
    /// The domain of the name.
    pub domain: Option<Reference>,
    /// The password.
    pub password: Option<String>,
}

/// What a token is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// How the user proved who they are.
    pub methods: Vec<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whose it is.
    pub user: (UserId, String),
    /// The user's domain.
    pub user_domain: (DomainId, String),
    /// The project that it is for; its domain is the user's.
    pub project: Option<(ProjectId, String)>,
    /// Whether it is for the user's domain.
    pub domain_scoped: bool,
    /// Roles that hold there.
    pub roles: Vec<(RoleId, String)>,
}

/// A new token. The secret is shown only here.
pub struct IssuedToken {
    /// The token itself, for `X-Auth-Token`.
    pub secret: String,
    /// What it is good for.
    pub token: Token,
}

/// The user of a log-in, and what the token inherits from the proof.
struct Proof {
    user: UserRow,
    methods: String,
    expires_at: Timestamp,
}

impl Service {
    /// Gives a token for a password or another token. Fails with [`code::UNAUTHENTICATED`] when the proof does not hold
    /// or the user may not have a token for the scope, with [`code::RATE_LIMITED`] after too many wrong passwords or
    /// when too many log in at once.
    pub async fn create_token(&self, request: &RequestInfo, input: CreateToken) -> Result<IssuedToken, Error> {
        let now = self.now();
        check_scope(&input)?;
        let proof = match input.methods.as_slice() {
            [method] if method == "password" => {
                let login = input.password.ok_or_else(|| required("auth.identity.password"))?;
                self.check_password(request, login, now).await?
            }
            [method] if method == "token" => {
                let token = input.token.filter(|token| !token.is_empty());
                let token = token.ok_or_else(|| required("auth.identity.token.id"))?;
                self.exchange(&token, now).await?
            }
            _ => {
                return Err(invalid(
                    "auth.identity.methods must be [\"password\"] or [\"token\"]",
                    "auth.identity.methods必须是[\"password\"]或[\"token\"]",
                ));
            }
        };
        let mut conn = self.inner.db.read().await?;
        let scope = resolve_scope(&mut conn, &proof.user, input.project, input.domain).await?;
        let secret = random::token()?;
        let hash = TokenHash::of(&secret);
        let row = TokenRow {
            hash: hash.bytes().to_vec(),
            user_id: proof.user.id,
            project_id: match scope {
                CredentialScope::Project(project) => Some(project),
                CredentialScope::Domain(_) | CredentialScope::Nowhere => None,
            },
            domain_id: match scope {
                CredentialScope::Domain(domain) => Some(domain),
                CredentialScope::Project(_) | CredentialScope::Nowhere => None,
            },
            methods: proof.methods,
            issued_at: now,
            expires_at: proof.expires_at,
        };
        let caller =
            Caller { principal: principal(&mut conn, &proof.user, scope).await?.into(), request: request.clone() };
        let token = describe(&mut conn, &row, &proof.user).await?;
        drop(conn);
        let entry = caller.audit(now, "token.create", hash);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    rows::insert(tx, &row).await?;
                    tx.audit(entry);
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(IssuedToken { secret, token })
    }

    /// Describes a token: one of the caller's own, or any of the domain with `iam:token:get`.
    pub async fn get_token(&self, caller: &Caller, subject: &str) -> Result<Token, Error> {
        let mut conn = self.inner.db.read().await?;
        let (row, user) = self.subject(&mut conn, caller, subject).await?;
        if user.id != caller.principal.user {
            caller.require("iam:token:get", Target::Domain(user.domain_id))?;
        }
        describe(&mut conn, &row, &user).await
    }

    /// Revokes a token: one of the caller's own, or any of the domain with `iam:token:delete`.
    pub async fn delete_token(&self, caller: &Caller, subject: &str) -> Result<(), Error> {
        let mut conn = self.inner.db.read().await?;
        let (_, user) = self.subject(&mut conn, caller, subject).await?;
        drop(conn);
        if user.id != caller.principal.user {
            caller.require("iam:token:delete", Target::Domain(user.domain_id))?;
        }
        let hash = TokenHash::of(subject);
        let entry = caller.audit(self.now(), "token.delete", hash);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    if rows::delete(tx, hash.bytes()).await? {
                        tx.audit(entry);
                    }
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.inner.identity.tokens.forget(&hash);
        Ok(())
    }

    /// Removes expired tokens, a batch in each transaction. Gives how many.
    pub async fn purge_tokens(&self) -> Result<u64, Error> {
        let now = self.now();
        let mut purged = 0;
        loop {
            let batch = self.inner.writer.write(move |tx| {
                Box::pin(async move { Ok::<_, Error>(rows::delete_expired(tx, now, PURGE_BATCH).await?) })
            });
            let batch = batch.await?;
            purged += batch;
            if batch < PURGE_BATCH as u64 {
                return Ok(purged);
            }
        }
    }

    /// A live token of the caller's domain.
    async fn subject(&self, conn: &mut Conn, caller: &Caller, subject: &str) -> Result<(TokenRow, UserRow), Error> {
        let found = live_token(conn, &TokenHash::of(subject), self.now()).await?;
        found
            .filter(|(_, user)| user.domain_id == caller.principal.domain)
            .ok_or_else(|| not_found("token in X-Subject-Token", "X-Subject-Token中的令牌"))
    }

    async fn check_password(
        &self,
        request: &RequestInfo,
        login: PasswordLogin,
        now: Timestamp,
    ) -> Result<Proof, Error> {
        let password = login.password.ok_or_else(|| required("auth.identity.password.user.password"))?;
        let mut conn = self.inner.db.read().await?;
        let user = find_user(&mut conn, &login.user, login.domain.as_ref()).await?;
        drop(conn);
        let named = match &user {
            Some(user) => user.id.to_string(),
            None => format!("{:?} {:?}", login.user, login.domain),
        };
        let user = self.verify_password(request, &named, user, password, now).await?;
        Ok(Proof { user, methods: "password".into(), expires_at: now.plus(LIFETIME) })
    }

    /// Checks a password, with back-off. An unknown user, a disabled one and a wrong password get the same answer after
    /// the same time.
    pub(super) async fn verify_password(
        &self,
        request: &RequestInfo,
        named: &str,
        user: Option<UserRow>,
        password: String,
        now: Timestamp,
    ) -> Result<UserRow, Error> {
        let identity = &self.inner.identity;
        let attempt = Attempt::new(named, &request.client_ip);
        identity.backoff().begin(attempt, now).map_err(slow_down)?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let matches = identity.passwords.verify(password, stored).await?;
        match user.filter(|user| matches && user.enabled) {
            Some(user) => {
                identity.backoff().succeeded(attempt);
                Ok(user)
            }
            None => {
                identity.backoff().failed(attempt, self.now());
                let named: String = named.chars().take(LOGGED).collect();
                tracing::info!(client.address = %request.client_ip, user = named, "a log-in failed");
                Err(Error::new(
                    &code::UNAUTHENTICATED,
                    Text::new("the user or the password is wrong", "用户名或密码错误"),
                ))
            }
        }
    }

    async fn exchange(&self, token: &str, now: Timestamp) -> Result<Proof, Error> {
        let mut conn = self.inner.db.read().await?;
        let (row, user) = live_token(&mut conn, &TokenHash::of(token), now).await?.ok_or_else(wrong_token)?;
        let mut methods: BTreeSet<&str> = row.methods.split(',').collect();
        methods.insert("token");
        let methods = methods.into_iter().collect::<Vec<_>>().join(",");
        // Exchanging a token must not make it last longer.
        Ok(Proof { user, methods, expires_at: row.expires_at })
    }
}

async fn find_user(conn: &mut Conn, user: &Reference, domain: Option<&Reference>) -> Result<Option<UserRow>, Error> {
    match (&user.id, &user.name) {
        (Some(id), _) => match id.parse() {
            Ok(id) => Ok(user_rows::find(conn, id).await?),
            Err(_) => Ok(None),
        },
        (None, Some(name)) => {
            let domain = domain.ok_or_else(|| required("auth.identity.password.user.domain"))?;
            match find_domain(conn, domain, "auth.identity.password.user.domain").await? {
                Some(domain) => Ok(user_rows::get_by_name(conn, domain.id, name).await?),
                None => Ok(None),
            }
        }
        (None, None) => Err(invalid(
            "auth.identity.password.user must have an id, or a name and a domain",
            "auth.identity.password.user必须包含id，或name和domain",
        )),
    }
}

async fn find_domain(conn: &mut Conn, domain: &Reference, field: &str) -> Result<Option<DomainRow>, Error> {
    match (&domain.id, &domain.name) {
        (Some(id), _) => match id.parse() {
            Ok(id) => Ok(project_rows::get_domain(conn, id).await?),
            Err(_) => Ok(None),
        },
        (None, Some(name)) => Ok(project_rows::get_domain_by_name(conn, name).await?),
        (None, None) => Err(invalid(format!("{field} must have an id or a name"), format!("{field}必须包含id或name"))),
    }
}

fn check_scope(input: &CreateToken) -> Result<(), Error> {
    if input.project.is_some() && input.domain.is_some() {
        return Err(invalid(
            "auth.scope must be a project or a domain, not both",
            "auth.scope必须是project或domain之一",
        ));
    }
    Ok(())
}

/// Where the token will hold. Without a wish, in the user's default project, when that can be used.
async fn resolve_scope(
    conn: &mut Conn,
    user: &UserRow,
    project: Option<(Reference, Option<Reference>)>,
    domain: Option<Reference>,
) -> Result<CredentialScope, Error> {
    if let Some(domain) = domain {
        let found = find_domain(conn, &domain, "auth.scope.domain").await?;
        return match found {
            Some(found) if found.id == user.domain_id => Ok(CredentialScope::Domain(found.id)),
            Some(_) | None => Err(scope_refused()),
        };
    }
    let Some((project, domain)) = project else {
        return match user.default_project_id {
            Some(project) if usable_project(conn, user, project).await? => Ok(CredentialScope::Project(project)),
            Some(_) | None => Ok(CredentialScope::Nowhere),
        };
    };
    let found: Option<ProjectRow> = match (&project.id, &project.name) {
        (Some(id), _) => match id.parse() {
            Ok(id) => project_rows::get(conn, user.domain_id, id).await?,
            Err(_) => None,
        },
        (None, Some(name)) => {
            let domain = match domain {
                Some(domain) => find_domain(conn, &domain, "auth.scope.project.domain").await?.map(|found| found.id),
                None => Some(user.domain_id),
            };
            match domain {
                Some(domain) => project_rows::get_by_name(conn, domain, name).await?,
                None => None,
            }
        }
        (None, None) => {
            return Err(invalid("auth.scope.project must have an id or a name", "auth.scope.project必须包含id或name"));
        }
    };
    match found {
        Some(project) if usable_project(conn, user, project.id).await? => Ok(CredentialScope::Project(project.id)),
        Some(_) | None => Err(scope_refused()),
    }
}

async fn describe(conn: &mut Conn, row: &TokenRow, user: &UserRow) -> Result<Token, Error> {
    let missing = || Error::internal("a user's domain is missing");
    let domain = project_rows::get_domain(conn, user.domain_id).await?.ok_or_else(missing)?;
    let project = match row.project_id {
        Some(id) => project_rows::find(conn, id).await?.map(|project| (project.id, project.name)),
        None => None,
    };
    Ok(Token {
        methods: row.methods.split(',').map(str::to_owned).collect(),
        issued_at: row.issued_at,
        expires_at: row.expires_at,
        user: (user.id, user.name.clone()),
        user_domain: (domain.id, domain.name),
        project,
        domain_scoped: row.domain_id.is_some(),
        roles: roles(conn, user, CredentialScope::of(row)).await?,
    })
}

/// The roles that hold where a token holds, each once, by name.
async fn roles(conn: &mut Conn, user: &UserRow, scope: CredentialScope) -> Result<Vec<(RoleId, String)>, Error> {
    let mut roles: Vec<_> =
        grants(conn, user, scope).await?.into_iter().map(|grant| (grant.role_id, grant.role_name)).collect();
    roles.dedup();
    Ok(roles)
}

fn required(field: &str) -> Error {
    invalid(format!("{field} is required"), format!("{field}为必填项"))
}

fn invalid(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::new(&code::IDENTITY_INVALID, Text::new(en, zh))
}

fn scope_refused() -> Error {
    Error::new(
        &code::UNAUTHENTICATED,
        Text::new(
            "the scope does not exist, is disabled, or the user holds no role in it",
            "范围不存在、已停用，或用户在其中没有角色",
        ),
    )
}

fn slow_down(wait: Duration) -> Error {
    // Whole seconds, rounded up: coming back after what is said must work.
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    Error::new(
        &code::RATE_LIMITED,
        Text::new(
            format!("too many wrong passwords; try again in {seconds} s"),
            format!("密码错误次数过多，请在{seconds}秒后重试"),
        ),
    )
}

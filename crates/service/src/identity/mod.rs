//! Who somebody is and what they may do: credentials, users, roles, projects.
//!
//! Secrets are hashed (passwords, tokens) or sealed (access keys) before they reach the storage, and shown once.

pub mod binding;
pub mod key;
pub mod permission;
pub mod project;
pub mod role;
pub mod signature;
pub mod token;
pub mod user;

mod authenticate;
mod backoff;
mod cache;
mod escalation;
mod password;
pub(crate) mod random;

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{DomainId, ProjectId};

use crate::ctx::Caller;
use crate::error::{Error, Text};
use crate::{Service, code};
use authenticate::{KeySession, KeyUse, Session};
use backoff::Backoff;
use cache::Cache;
use password::Hasher;
use token::TokenHash;

pub use random::password as random_password;

/// What identity keeps in memory.
pub(crate) struct State {
    passwords: Hasher,
    backoff: Mutex<Backoff>,
    tokens: Cache<TokenHash, Session>,
    keys: Cache<KeyUse, KeySession>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self { passwords: Hasher::new(), backoff: Mutex::default(), tokens: Cache::new(), keys: Cache::new() }
    }

    /// The hash of a password, in PHC form.
    pub(crate) async fn hash_password(&self, password: String) -> Result<String, Error> {
        self.passwords.hash(password).await
    }

    /// Failed log-ins. The lock is never held across a wait.
    fn backoff(&self) -> MutexGuard<'_, Backoff> {
        self.backoff.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Forgets who credentials stand for; to be called when users, roles, keys or projects change, here or on another
    /// node.
    pub fn forget_principals(&self) {
        self.inner.identity.tokens.clear();
        self.inner.identity.keys.clear();
    }
}

/// A thing by id or by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reference {
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// Refuses a domain other than the caller's.
fn own_domain(caller: &Caller, domain_id: Option<&str>) -> Result<DomainId, Error> {
    let own = caller.principal.domain;
    match domain_id.filter(|id| !id.is_empty()) {
        Some(id) if id.parse() != Ok(own) => Err(Error::new(
            &code::FORBIDDEN,
            Text::new("domain_id must be the caller's domain", "domain_id必须是调用者所属的账号"),
        )),
        Some(_) | None => Ok(own),
    }
}

fn not_found(what_en: &str, what_zh: &str) -> Error {
    Error::new(
        &code::IDENTITY_NOT_FOUND,
        Text::new(format!("the {what_en} does not exist"), format!("{what_zh}不存在")),
    )
}

fn name_taken(what_en: &str, what_zh: &str) -> Error {
    Error::new(
        &code::IDENTITY_NAME_TAKEN,
        Text::new(format!("the name is taken by another {what_en}"), format!("该名称已被其他{what_zh}使用")),
    )
}

/// The project of credentials, as the answer names it.
fn project_refused() -> Error {
    Error::new(
        &code::PROJECT_FORBIDDEN,
        Text::new(
            "the project does not exist, is disabled, or the user holds no role in it",
            "项目不存在、已停用，或用户在该项目中没有角色",
        ),
    )
}

/// Whether credentials of a user of this domain may be used in the project: it is one of the domain's, it is enabled,
/// and the user holds a role in it.
async fn usable_project(
    conn: &mut store::Conn,
    user: &store::identity::user::UserRow,
    project: ProjectId,
) -> Result<bool, Error> {
    let found = store::identity::project::get(conn, user.domain_id, project).await?;
    Ok(found.is_some_and(|project| project.enabled)
        && store::identity::project::reaches(conn, user.id, project).await?)
}

#[cfg(test)]
pub(crate) mod tests;

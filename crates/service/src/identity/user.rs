//! Users of a domain.

use model::{DomainId, ProjectId, Timestamp, UserId};
use store::filter::Page;
use store::identity::user::{self as rows, UserQuery, UserRow};
use store::identity::{project as project_rows, token as token_rows};
use store::{Conn, PageRequest, Tx};

use super::role::keep_administrator;
use super::{escalation, name_taken, not_found, own_domain, password};
use crate::ctx::{Caller, Target};
use crate::error::Error;
use crate::field::{Fields, Length};
use crate::{Service, code};

/// Longest name.
pub const NAME: Length = Length { min: 1, max: 64 };
/// Longest description, in characters.
pub const DESCRIPTION: usize = 255;
/// Users that a list holds at most.
const PAGE: i64 = 10_000;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their domain.
    pub domain_id: DomainId,
    /// Their name, unique in the domain.
    pub name: String,
    /// Who they are.
    pub description: String,
    /// Whether their credentials are accepted.
    pub enabled: bool,
    /// The project of tokens asked for without a scope.
    pub default_project_id: Option<ProjectId>,
    /// When they were created.
    pub create_time: Timestamp,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            domain_id: row.domain_id,
            name: row.name,
            description: row.description,
            enabled: row.enabled,
            default_project_id: row.default_project_id,
            create_time: row.create_time,
        }
    }
}

/// A user to create, or what to change of one; what is left out stays.
#[derive(Clone, Default)]
pub struct UserFields {
    /// Unique in the domain, 1 to 64 characters; required on creation.
    pub name: Option<String>,
    /// The caller's domain.
    pub domain_id: Option<String>,
    /// At most 255 characters.
    pub description: Option<String>,
    /// 8 to 128 characters. Without one, the user can only use access keys.
    pub password: Option<String>,
    /// Whether their credentials are accepted; they are, on creation.
    pub enabled: Option<bool>,
    /// A project of the domain; empty: none.
    pub default_project_id: Option<String>,
}

/// Which users to list.
#[derive(Debug, Clone, Default)]
pub struct ListUsers {
    /// Only the user of this name.
    pub name: Option<String>,
    /// Only users of this domain.
    pub domain_id: Option<String>,
    /// Enabled or not.
    pub enabled: Option<bool>,
}

/// Fields of a user after their check.
struct Checked {
    description: Option<String>,
    enabled: Option<bool>,
    password_hash: Option<String>,
    /// Some: to be set, to none or to a project.
    default_project_id: Option<Option<ProjectId>>,
}

impl Service {
    /// Users of the caller's domain, by name, at most 10 000. Without `iam:user:list`, callers see themselves.
    pub async fn list_users(&self, caller: &Caller, input: ListUsers) -> Result<Page<User>, Error> {
        let domain = caller.principal.domain;
        let everybody = caller.require("iam:user:list", Target::Domain(domain)).is_ok();
        if own_domain(caller, input.domain_id.as_deref()).is_err() {
            return Ok(Page { rows: Vec::new(), total: 0 });
        }
        let query =
            UserQuery { id: (!everybody).then_some(caller.principal.user), name: input.name, enabled: input.enabled };
        let mut conn = self.inner.db.read().await?;
        let page = PageRequest { offset: 0, limit: PAGE };
        Ok(rows::list(&mut conn, domain, &query, page).await?.map(User::from))
    }

    /// A user of the caller's domain: the caller, or anybody with `iam:user:get`.
    pub async fn get_user(&self, caller: &Caller, id: UserId) -> Result<User, Error> {
        if id != caller.principal.user {
            caller.require("iam:user:get", Target::Domain(caller.principal.domain))?;
        }
        let mut conn = self.inner.db.read().await?;
        Ok(find(&mut conn, caller, id).await?.into())
    }

    /// Creates a user. They hold no role yet.
    pub async fn create_user(&self, caller: &Caller, input: UserFields) -> Result<User, Error> {
        let domain = own_domain(caller, input.domain_id.as_deref())?;
        caller.require("iam:user:create", Target::Domain(domain))?;
        let mut fields = Fields::new();
        let name = fields.name("user.name", input.name.clone(), NAME);
        let checked = self.check_user(fields, domain, input).await?;
        let now = self.now();
        let row = UserRow {
            id: UserId::new(&*self.inner.ids),
            domain_id: domain,
            name,
            description: checked.description.unwrap_or_default(),
            enabled: checked.enabled.unwrap_or(true),
            default_project_id: checked.default_project_id.flatten(),
            password_hash: checked.password_hash.unwrap_or_default(),
            tokens_valid_from: now,
            create_time: now,
            update_time: now,
        };
        let entry = caller.audit(now, "user.create", row.id);
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                rows::insert(tx, &row).await.map_err(taken)?;
                tx.audit(entry);
                Ok::<_, Error>(row)
            })
        });
        Ok(write.await?.into())
    }

    /// Changes a user. A new password and disabling end every token of the user.
    pub async fn update_user(&self, caller: &Caller, id: UserId, input: UserFields) -> Result<User, Error> {
        let domain = own_domain(caller, input.domain_id.as_deref())?;
        caller.require("iam:user:update", Target::Domain(domain))?;
        let mut fields = Fields::new();
        let name = fields.optional_name("user.name", input.name.clone(), NAME);
        let checked = self.check_user(fields, domain, input).await?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                project_rows::lock_domain(tx, domain).await?;
                let mut row = find(tx, &by, id).await?;
                if checked.password_hash.is_some() {
                    escalation::require_power_over(tx, &by, &row).await?;
                }
                row.name = name.unwrap_or(row.name);
                row.description = checked.description.unwrap_or(row.description);
                row.default_project_id = checked.default_project_id.unwrap_or(row.default_project_id);
                row.enabled = checked.enabled.unwrap_or(row.enabled);
                if checked.password_hash.is_some() || !row.enabled {
                    end_tokens(tx, &mut row, now).await?;
                }
                row.password_hash = checked.password_hash.unwrap_or(row.password_hash);
                row.update_time = now;
                rows::update(tx, &row).await.map_err(taken)?;
                keep_administrator(tx, domain).await?;
                tx.audit(by.audit(now, "user.update", id));
                Ok::<_, Error>(row)
            })
        });
        let row = write.await?;
        self.forget_principals();
        Ok(row.into())
    }

    /// Removes a user with their tokens, access keys and roles. What they created stays.
    pub async fn delete_user(&self, caller: &Caller, id: UserId) -> Result<(), Error> {
        let domain = caller.principal.domain;
        caller.require("iam:user:delete", Target::Domain(domain))?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                project_rows::lock_domain(tx, domain).await?;
                find(tx, &by, id).await?;
                rows::delete(tx, domain, id).await?;
                keep_administrator(tx, domain).await?;
                tx.audit(by.audit(now, "user.delete", id));
                Ok::<_, Error>(())
            })
        });
        write.await?;
        self.forget_principals();
        Ok(())
    }

    /// Sets the caller's own password, which takes the old one. Ends every token of the caller.
    pub async fn change_password(
        &self,
        caller: &Caller,
        id: UserId,
        original: Option<String>,
        new: Option<String>,
    ) -> Result<(), Error> {
        if id != caller.principal.user {
            return Err(not_found("user", "用户"));
        }
        let mut fields = Fields::new();
        let original = fields.required("user.original_password", original);
        let new = fields.required("user.password", new);
        password::check(&mut fields, "user.password", &new);
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let now = self.now();
        let mut conn = self.inner.db.read().await?;
        let row = find(&mut conn, caller, id).await?;
        drop(conn);
        let row = self.verify_password(&caller.request, &id.to_string(), Some(row), original, now).await?;
        let hash = self.inner.identity.hash_password(new).await?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                let mut current = find(tx, &by, id).await?;
                // Somebody else may have set it meanwhile; theirs stands.
                if current.password_hash == row.password_hash {
                    end_tokens(tx, &mut current, now).await?;
                    current.password_hash = hash;
                    current.update_time = now;
                    rows::update(tx, &current).await?;
                    tx.audit(by.audit(now, "user.password", id));
                }
                Ok::<_, Error>(())
            })
        });
        write.await?;
        self.forget_principals();
        Ok(())
    }

    async fn check_user(&self, mut fields: Fields, domain: DomainId, input: UserFields) -> Result<Checked, Error> {
        let description = fields.text("user.description", input.description, DESCRIPTION);
        if let Some(new) = &input.password {
            password::check(&mut fields, "user.password", new);
        }
        let default_project_id = match input.default_project_id.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => {
                let mut conn = self.inner.db.read().await?;
                let project = match text.parse() {
                    Ok(id) => project_rows::get(&mut conn, domain, id).await?,
                    Err(_) => None,
                };
                if project.is_none() {
                    fields.violation(
                        "user.default_project_id must be a project of the domain",
                        "user.default_project_id必须是该账号下的项目",
                    );
                }
                Some(project.map(|project| project.id))
            }
        };
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let password_hash = match input.password {
            Some(password) => Some(self.inner.identity.hash_password(password).await?),
            None => None,
        };
        Ok(Checked { description, enabled: input.enabled, password_hash, default_project_id })
    }
}

/// Removes the user's tokens, also those that are being issued at this moment.
async fn end_tokens(tx: &mut Tx, user: &mut UserRow, now: Timestamp) -> Result<(), Error> {
    user.tokens_valid_from = now;
    Ok(token_rows::delete_of_user(tx, user.id).await?)
}

/// A user of the caller's domain.
pub(super) async fn find(conn: &mut Conn, caller: &Caller, id: UserId) -> Result<UserRow, Error> {
    rows::get(conn, caller.principal.domain, id).await?.ok_or_else(|| not_found("user", "用户"))
}

fn taken(error: store::Error) -> Error {
    if error.is_unique("account", "name") { name_taken("user", "用户") } else { error.into() }
}

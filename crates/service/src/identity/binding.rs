//! Who holds which role where.

use model::principal::Scope;
use model::{DomainId, RoleId, UserId};
use store::Conn;
use store::identity::project as project_rows;
use store::identity::role as rows;

use super::role::keep_administrator;
use super::{authenticate, escalation, not_found, role, user};
use crate::Service;
use crate::ctx::{Caller, Target};
use crate::error::Error;

pub use store::identity::role::BindingQuery;

/// A role that a user holds somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Who.
    pub user: (UserId, String),
    /// Which role.
    pub role: (RoleId, String),
    /// Where.
    pub scope: Scope,
}

impl Service {
    /// Who of the caller's domain holds which role where. Without `iam:binding:list`, callers see their own roles.
    pub async fn list_bindings(&self, caller: &Caller, query: BindingQuery) -> Result<Vec<Binding>, Error> {
        let domain = caller.principal.domain;
        let own = query.user == Some(caller.principal.user);
        if !own {
            caller.require("iam:binding:list", Target::Domain(domain))?;
        }
        let mut conn = self.inner.db.read().await?;
        let found = rows::list_bindings(&mut conn, domain, &query).await?;
        found
            .into_iter()
            .map(|row| {
                let scope = row.scope()?;
                Ok(Binding { user: (row.user_id, row.user_name), role: (row.role_id, row.role_name), scope })
            })
            .collect()
    }

    /// Gives a user a role somewhere. The caller must hold everything that the role permits there.
    pub async fn bind_role(&self, caller: &Caller, user: UserId, role: RoleId, scope: Scope) -> Result<(), Error> {
        let domain = caller.principal.domain;
        caller.require("iam:binding:create", Target::Domain(domain))?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                user::find(tx, &by, user).await?;
                let role = role::find(tx, &by, role).await?;
                check_scope(tx, domain, scope).await?;
                let held = authenticate::permissions(&role.permissions)?;
                escalation::require_all(tx, &by, scope, &held).await?;
                if rows::bind(tx, user, role.id, scope).await? {
                    tx.audit(by.audit(now, "binding.create", describe(user, role.id, scope)));
                }
                Ok::<_, Error>(())
            })
        });
        write.await?;
        self.forget_principals();
        Ok(())
    }

    /// Takes a role from a user somewhere.
    pub async fn unbind_role(&self, caller: &Caller, user: UserId, role: RoleId, scope: Scope) -> Result<(), Error> {
        let domain = caller.principal.domain;
        caller.require("iam:binding:delete", Target::Domain(domain))?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                project_rows::lock_domain(tx, domain).await?;
                user::find(tx, &by, user).await?;
                if !rows::unbind(tx, user, role, scope).await? {
                    return Err(not_found("role assignment", "角色授权"));
                }
                keep_administrator(tx, domain).await?;
                tx.audit(by.audit(now, "binding.delete", describe(user, role, scope)));
                Ok(())
            })
        });
        write.await?;
        self.forget_principals();
        Ok(())
    }

    /// Whether a user of the caller's domain holds a role somewhere; fails with `IDENTITY_NOT_FOUND` when not.
    pub async fn check_binding(&self, caller: &Caller, user: UserId, role: RoleId, scope: Scope) -> Result<(), Error> {
        let query = BindingQuery { user: Some(user), role: Some(role), scope: Some(scope) };
        match self.list_bindings(caller, query).await?.is_empty() {
            true => Err(not_found("role assignment", "角色授权")),
            false => Ok(()),
        }
    }
}

/// Refuses what is not of the domain.
async fn check_scope(conn: &mut Conn, domain: DomainId, scope: Scope) -> Result<(), Error> {
    let known = match scope {
        Scope::Domain(id) if id == domain => true,
        Scope::Domain(_) => return Err(not_found("domain", "账号")),
        Scope::Project(id) if project_rows::get(conn, domain, id).await?.is_some() => true,
        Scope::Project(_) => return Err(not_found("project", "项目")),
        Scope::Workspace(id) => rows::project_of(conn, domain, id).await?.is_some(),
    };
    if known { Ok(()) } else { Err(not_found("workspace", "工作空间")) }
}

/// What the audit record calls a binding.
fn describe(user: UserId, role: RoleId, scope: Scope) -> String {
    match scope {
        Scope::Domain(id) => format!("user {user} role {role} domain {id}"),
        Scope::Project(id) => format!("user {user} role {role} project {id}"),
        Scope::Workspace(id) => format!("user {user} role {role} workspace {id}"),
    }
}

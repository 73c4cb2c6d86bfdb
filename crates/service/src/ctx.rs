//! Who asks, on whose data, in which request. No use-case without one of these.

use std::fmt::Display;
use std::sync::Arc;

use model::principal::Scope;
use model::{DomainId, Principal, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use store::audit::AuditEntry;
use uuid::Uuid;

use crate::code;
use crate::error::{Error, Text};

/// The request that carries a call; it goes into the audit record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestInfo {
    /// `X-request-id` of the answer.
    pub id: String,
    /// The client's address, after trusted proxies.
    pub client_ip: String,
}

/// An authenticated caller, outside any workspace.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub principal: Arc<Principal>,
    /// In which request.
    pub request: RequestInfo,
}

/// An authenticated caller inside a workspace of their project.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who, in which request.
    pub caller: Caller,
    /// Whose data.
    pub tenant: Tenant,
    /// Whether the workspace demands that another than the author passes a version.
    pub four_eyes: bool,
}

/// What a permission is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Something of a domain.
    Domain(DomainId),
    /// Something of a project.
    Project(ProjectId),
    /// Something in a workspace.
    Workspace(Tenant),
}

impl Caller {
    /// Refuses unless one of the caller's roles gives the permission (`secmaster:<object>:<verb>`) on the target.
    pub fn require(&self, permission: &str, target: Target) -> Result<(), Error> {
        let allowed = self
            .principal
            .grants
            .iter()
            .filter(|grant| self.covers(grant.scope, target))
            .any(|grant| grant.permissions.iter().any(|held| permits(held, permission)));
        if allowed { Ok(()) } else { Err(forbidden(permission)) }
    }

    fn covers(&self, scope: Scope, target: Target) -> bool {
        match (scope, target) {
            // A principal only reaches projects of its own domain.
            (Scope::Domain(scope), Target::Domain(domain)) => scope == domain,
            (Scope::Domain(scope), Target::Project(_) | Target::Workspace(_)) => scope == self.principal.domain,
            (Scope::Project(scope), Target::Project(project)) => scope == project,
            (Scope::Project(scope), Target::Workspace(tenant)) => scope == tenant.project,
            (Scope::Workspace(scope), Target::Workspace(tenant)) => scope == tenant.workspace,
            (Scope::Project(_) | Scope::Workspace(_), Target::Domain(_))
            | (Scope::Workspace(_), Target::Project(_)) => false,
        }
    }

    /// The project of the credentials; refuses when the path names another one.
    pub fn require_project(&self, project: ProjectId) -> Result<(), Error> {
        if self.principal.project == Some(project) {
            return Ok(());
        }
        Err(Error::new(
            &code::PROJECT_FORBIDDEN,
            Text::new(
                "project_id must be the project that the credentials are scoped to",
                "project_id必须是凭证所属的项目",
            ),
        ))
    }

    /// An audit entry for an act of this caller.
    pub fn audit(&self, at: Timestamp, action: &'static str, object: impl Display) -> AuditEntry {
        AuditEntry {
            at,
            project: self.principal.project,
            workspace: None,
            user: self.principal.user,
            user_name: self.principal.name.clone(),
            request_id: self.request.id.clone(),
            client_ip: self.request.client_ip.clone(),
            action,
            object: object.to_string(),
            detail: String::from("{}"),
        }
    }
}

impl Ctx {
    /// Who acts without a request of their own, on behalf of a user: a source of events, a run of a workflow. `what` says
    /// which, where records of requests have their id. They hold no rights.
    pub fn automatic(tenant: Tenant, user: UserId, name: String, what: String) -> Self {
        let principal =
            Principal { user, name, domain: DomainId(Uuid::nil()), project: Some(tenant.project), grants: Vec::new() };
        let request = RequestInfo { id: what, client_ip: String::new() };
        Self { caller: Caller { principal: Arc::new(principal), request }, tenant, four_eyes: false }
    }

    /// Refuses unless one of the caller's roles gives the permission in this workspace.
    pub fn require(&self, permission: &str) -> Result<(), Error> {
        self.caller.require(permission, Target::Workspace(self.tenant))
    }

    /// Refuses unless the caller holds one of these roles here; an empty list narrows nothing.
    pub fn require_role(&self, roles: &str) -> Result<(), Error> {
        let mut names = roles.split(',').map(str::trim).filter(|name| !name.is_empty()).peekable();
        if names.peek().is_none() || names.any(|name| self.has_role(name)) {
            return Ok(());
        }
        Err(Error::new(
            &code::FORBIDDEN,
            Text::new(format!("one of these roles is needed: {roles}"), format!("需要以下角色之一：{roles}")),
        ))
    }

    /// Whether the caller holds the role in this workspace.
    pub fn has_role(&self, name: &str) -> bool {
        self.caller
            .principal
            .grants
            .iter()
            .any(|grant| grant.role == name && self.caller.covers(grant.scope, Target::Workspace(self.tenant)))
    }

    /// The workspace.
    pub fn workspace(&self) -> WorkspaceId {
        self.tenant.workspace
    }

    /// An audit entry for an act of this caller in this workspace.
    pub fn audit(&self, at: Timestamp, action: &'static str, object: impl Display) -> AuditEntry {
        AuditEntry {
            project: Some(self.tenant.project),
            workspace: Some(self.tenant.workspace),
            ..self.caller.audit(at, action, object)
        }
    }
}

fn forbidden(permission: &str) -> Error {
    Error::new(
        &code::FORBIDDEN,
        Text::new(format!("the permission {permission} is needed"), format!("需要权限{permission}")),
    )
}

/// Whether a held permission covers a wanted one; `*` in the held one stands for any single part.
fn permits(held: &str, wanted: &str) -> bool {
    let (mut held, mut wanted) = (held.split(':'), wanted.split(':'));
    loop {
        match (held.next(), wanted.next()) {
            (None, None) => return true,
            (Some(held), Some(wanted)) if held == "*" || held == wanted => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_part() {
        for (held, wanted, expected) in [
            ("secmaster:workflow:create", "secmaster:workflow:create", true),
            ("secmaster:*:get", "secmaster:workflow:get", true),
            ("secmaster:*:*", "secmaster:workflow:delete", true),
            ("secmaster:*:get", "secmaster:workflow:create", false),
            ("secmaster:workflow", "secmaster:workflow:create", false),
            ("*", "secmaster:workflow:create", false),
        ] {
            assert_eq!(permits(held, wanted), expected, "{held} for {wanted}");
        }
    }
}

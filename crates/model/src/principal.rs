//! Who acts, and on whose data.

use std::collections::BTreeSet;

use crate::{DomainId, ProjectId, UserId, WorkspaceId};

/// The two ids that every query on tenant data carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tenant {
    /// The project; it is the project of the caller's credentials.
    pub project: ProjectId,
    /// A workspace of that project.
    pub workspace: WorkspaceId,
}

/// An authenticated user with the permissions that hold in the project of the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user's id.
    pub user: UserId,
    /// The user's name, shown in `creator_name` and the like.
    pub name: String,
    /// The user's domain.
    pub domain: DomainId,
    /// The project that the credentials are scoped to; none for a domain-scoped token.
    pub project: Option<ProjectId>,
    /// Roles by name with the permissions they give and where they hold.
    pub grants: Vec<Grant>,
}

/// A role that a principal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role's name, which `edit_role`, `use_role` and `approve_role` refer to.
    pub role: String,
    /// Where it holds.
    pub scope: Scope,
    /// Permissions of the form `secmaster:<object>:<verb>`; `*` stands for any object or any verb.
    pub permissions: BTreeSet<String>,
}

/// Where a role binding holds. A binding to a domain holds in its projects, one to a project in its workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole domain.
    Domain(DomainId),
    /// One project.
    Project(ProjectId),
    /// One workspace.
    Workspace(WorkspaceId),
}

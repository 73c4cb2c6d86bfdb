//! Roles, and who holds them where.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{LinksOut, RefOut, SelfLinkOut};

/// What `GET /v3/roles` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoleQuery {
    /// Only the role of this name.
    pub name: Option<String>,
    /// Only custom roles of this domain.
    pub domain_id: Option<String>,
}

/// The body that creates or changes a custom role.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RoleIn {
    /// The role.
    #[schema(required = true, nullable = false)]
    pub role: Option<RoleFieldsIn>,
}

/// Fields of a custom role.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RoleFieldsIn {
    /// Unique in the domain, 1 to 64 characters, no comma.
    #[schema(min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 255 characters.
    #[schema(max_length = 255)]
    pub description: Option<String>,
    /// Muster's own: what it permits, like `secmaster:workflow:get`; `*` stands for any object or verb.
    pub permissions: Option<Vec<String>>,
}

/// A role.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RoleOut {
    /// The id, 32 hexadecimal characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// The name that people see.
    pub display_name: String,
    /// The domain of a custom role; empty for built-in ones.
    pub domain_id: String,
    /// The description.
    pub description: String,
    /// `AA`: the role can hold in a domain and in a project.
    #[serde(rename = "type")]
    pub kind: String,
    /// Muster's own: what it permits.
    pub permissions: Vec<String>,
    /// Its link.
    pub links: SelfLinkOut,
}

/// One role.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RoleReply {
    /// The role.
    pub role: RoleOut,
}

/// A list of roles.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RolesOut {
    /// Its links.
    pub links: LinksOut,
    /// The rows.
    pub roles: Vec<RoleOut>,
    /// How many there are in all.
    pub total_number: i64,
}

/// What `GET /v3/role_assignments` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoleAssignmentQuery {
    /// Only assignments of this user.
    #[serde(rename = "user.id")]
    pub user_id: Option<String>,
    /// Only assignments of this role.
    #[serde(rename = "role.id")]
    pub role_id: Option<String>,
    /// Only assignments in this project.
    #[serde(rename = "scope.project.id")]
    pub project_id: Option<String>,
    /// Only assignments in this domain.
    #[serde(rename = "scope.domain.id")]
    pub domain_id: Option<String>,
    /// Muster's own: only assignments in this workspace.
    #[serde(rename = "scope.workspace.id")]
    pub workspace_id: Option<String>,
}

/// A role that a user holds somewhere.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RoleAssignmentOut {
    /// The role.
    pub role: RefOut,
    /// The user.
    pub user: RefOut,
    /// Where it holds; one of the fields is there.
    pub scope: AssignmentScopeOut,
    /// Its link.
    pub links: AssignmentLinksOut,
}

/// Where an assignment holds.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AssignmentScopeOut {
    /// A project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub project: Option<RefOut>,
    /// A domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub domain: Option<RefOut>,
    /// Muster's own: a workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub workspace: Option<RefOut>,
}

/// The link of an assignment.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AssignmentLinksOut {
    /// The address that `PUT` binds and `DELETE` unbinds.
    pub assignment: String,
}

/// A list of assignments.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RoleAssignmentsOut {
    /// Its links.
    pub links: LinksOut,
    /// The rows.
    pub role_assignments: Vec<RoleAssignmentOut>,
}

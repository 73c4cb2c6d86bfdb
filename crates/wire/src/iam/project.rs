//! Projects and domains.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{LinksOut, SelfLinkOut};

/// What `GET /v3/projects` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProjectQuery {
    /// Only the project of this name.
    pub name: Option<String>,
    /// Only projects of this domain.
    pub domain_id: Option<String>,
    /// Only children of this project.
    pub parent_id: Option<String>,
    /// Only enabled projects, or only the others.
    pub enabled: Option<bool>,
    /// Only domains, or only projects.
    pub is_domain: Option<bool>,
    /// The number of the page, from 1.
    #[param(minimum = 1, default = 1)]
    pub page: Option<i64>,
    /// The size of a page.
    #[param(minimum = 1, maximum = 5000)]
    pub per_page: Option<i64>,
}

/// The body that creates or changes a project.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ProjectIn {
    /// The project.
    #[schema(required = true, nullable = false)]
    pub project: Option<ProjectFieldsIn>,
}

/// Fields of a project.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ProjectFieldsIn {
    /// Unique in the domain, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 255 characters.
    #[schema(max_length = 255)]
    pub description: Option<String>,
    /// The domain; the caller's when absent.
    pub domain_id: Option<String>,
    /// Whether tokens for it are given.
    pub enabled: Option<bool>,
}

/// A project.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ProjectOut {
    /// The id, 32 hexadecimal characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its domain.
    pub domain_id: String,
    /// The domain again: projects have no other parent.
    pub parent_id: String,
    /// False.
    pub is_domain: bool,
    /// Whether tokens for it are given.
    pub enabled: bool,
    /// The description.
    pub description: String,
    /// Its links.
    pub links: LinksOut,
}

/// One project.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ProjectReply {
    /// The project.
    pub project: ProjectOut,
}

/// A list of projects.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ProjectsOut {
    /// Its links.
    pub links: LinksOut,
    /// The rows.
    pub projects: Vec<ProjectOut>,
}

/// A domain.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DomainOut {
    /// The id, 32 hexadecimal characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether its users may log in.
    pub enabled: bool,
    /// The description.
    pub description: String,
    /// Its link.
    pub links: SelfLinkOut,
}

/// The domains of the caller.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DomainsOut {
    /// The rows.
    pub domains: Vec<DomainOut>,
    /// Its links.
    pub links: LinksOut,
}

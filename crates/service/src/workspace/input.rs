//! What callers ask for. Every field is optional here; the use-cases say what is missing.

/// A workspace to create.
#[derive(Debug, Clone, Default)]
pub struct CreateWorkspace {
    /// The region, 1 to 64 characters; kept and returned.
    pub region_id: Option<String>,
    /// Kept and returned.
    pub enterprise_project_id: Option<String>,
    /// Kept and returned.
    pub enterprise_project_name: Option<String>,
    /// A workspace of the project that this one shows.
    pub view_bind_id: Option<String>,
    /// Whether it is a view.
    pub is_view: Option<bool>,
    /// Unique in the project, 1 to 64 characters.
    pub name: Option<String>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// The project's name, 1 to 64 characters; kept and returned.
    pub project_name: Option<String>,
    /// At most 20 tags `(key, value)` with different keys.
    pub tags: Vec<(Option<String>, Option<String>)>,
    /// Whether the author of a version may not pass it; no when left out.
    pub four_eyes: Option<bool>,
}

/// What to change of a workspace; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateWorkspace {
    /// A name, required by the contract.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another workspace to show; empty shows none.
    pub view_bind_id: Option<String>,
    /// Whether the author of a version may not pass it.
    pub four_eyes: Option<bool>,
}

/// Which workspaces to list.
#[derive(Debug, Clone, Default)]
pub struct ListWorkspaces {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// In this region.
    pub region_id: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the description.
    pub description: Option<String>,
    /// Views of this workspace.
    pub view_bind_id: Option<String>,
    /// Part of the name of the workspace that a view shows.
    pub view_bind_name: Option<String>,
    /// Created at this time or later.
    pub create_time_start: Option<String>,
    /// Created at this time or earlier.
    pub create_time_end: Option<String>,
    /// Views, or others.
    pub is_view: Option<bool>,
    /// Ids, separated by commas.
    pub ids: Option<String>,
    /// In this project.
    pub normal_project_id: Option<String>,
    /// In this enterprise project.
    pub enterprise_project_id: Option<String>,
}

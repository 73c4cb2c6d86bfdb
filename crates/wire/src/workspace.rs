//! Workspaces. Answers have no envelope.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The body that creates a workspace.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct WorkspaceIn {
    /// The region; the server has one, and its name is the default.
    #[schema(required = true, nullable = false)]
    pub region_id: Option<String>,
    /// Kept and returned.
    pub enterprise_project_id: Option<String>,
    /// Kept and returned.
    pub enterprise_project_name: Option<String>,
    /// The workspace that a view shows.
    pub view_bind_id: Option<String>,
    /// Whether this is a view of another workspace.
    pub is_view: Option<bool>,
    /// Unique in the project, 1 to 64 characters.
    #[schema(required = true, nullable = false)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    pub description: Option<String>,
    /// The name of the project in the path.
    #[schema(required = true, nullable = false)]
    pub project_name: Option<String>,
    /// Up to 20 tags.
    pub tags: Option<Vec<TagIn>>,
    /// Muster's own: whether the author of a workflow version may not pass it.
    pub four_eyes: Option<bool>,
}

/// A tag of a workspace.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct TagIn {
    /// The tag's name.
    pub key: Option<String>,
    /// The tag's value.
    pub value: Option<String>,
}

/// The body that changes a workspace.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct WorkspacePatch {
    /// Unique in the project, 1 to 64 characters.
    #[schema(required = true, nullable = false)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    pub description: Option<String>,
    /// The workspace that a view shows.
    pub view_bind_id: Option<String>,
    /// Muster's own: whether the author of a workflow version may not pass it.
    pub four_eyes: Option<bool>,
}

/// What `GET …/workspaces` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkspaceQuery {
    /// How many rows to skip.
    #[param(minimum = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Only workspaces of this region.
    pub region_id: Option<String>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only descriptions that hold this text.
    pub description: Option<String>,
    /// Only views of this workspace.
    pub view_bind_id: Option<String>,
    /// Only views of the workspace of this name.
    pub view_bind_name: Option<String>,
    /// Only workspaces created at this time or later.
    pub create_time_start: Option<String>,
    /// Only workspaces created at this time or earlier.
    pub create_time_end: Option<String>,
    /// Only views, or only workspaces that are none.
    pub is_view: Option<bool>,
    /// Only these ids, separated by commas.
    pub ids: Option<String>,
    /// Only workspaces of this project.
    pub normal_project_id: Option<String>,
    /// Only workspaces of this enterprise project.
    pub enterprise_project_id: Option<String>,
}

/// What `DELETE …/workspaces/{workspace_id}` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkspaceDeleteQuery {
    /// Stop what still runs instead of refusing. Either way, what is deleted is gone.
    pub permanent_delete: Option<bool>,
}

/// A workspace.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct WorkspaceOut {
    /// The id, a UUID.
    pub id: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// Who created it.
    pub creator_id: String,
    /// The name of who created it.
    pub creator_name: String,
    /// Who last changed it.
    pub modifier_id: String,
    /// The name of who last changed it.
    pub modifier_name: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The project's name.
    pub project_name: String,
    /// The domain, 32 hexadecimal characters.
    pub domain_id: String,
    /// The domain's name.
    pub domain_name: String,
    /// As given on creation.
    pub enterprise_project_id: String,
    /// As given on creation.
    pub enterprise_project_name: String,
    /// Whether this is a view of another workspace.
    pub is_view: bool,
    /// The region.
    pub region_id: String,
    /// The workspace that a view shows.
    pub view_bind_id: String,
    /// The name of the workspace that a view shows.
    pub view_bind_name: String,
    /// Workspaces of other projects that this one manages.
    pub workspace_agency_list: Vec<AgencyOut>,
    /// Muster's own: whether the author of a workflow version may not pass it.
    pub four_eyes: bool,
}

/// A workspace that another one manages.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AgencyOut {
    /// The project of the managed workspace.
    pub project_id: String,
    /// The id of the relation.
    pub id: String,
    /// The name of the relation.
    pub name: String,
    /// The region of the managed workspace.
    pub region_id: String,
    /// `THIS_ACCOUNT` or `CROSS_ACCOUNT`.
    pub workspace_attribution: String,
    /// The version of the relation.
    pub agency_version: String,
    /// The domain of the managed workspace.
    pub domain_id: String,
    /// The name of that domain.
    pub domain_name: String,
    /// The agency in IAM.
    pub iam_agency_id: String,
    /// The name of the agency in IAM.
    pub iam_agency_name: String,
    /// Resource specifications.
    pub resource_spec_code: Vec<String>,
    /// Whether the view shows it.
    pub selected: bool,
}

/// A list of workspaces.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct WorkspacesOut {
    /// How many there are in all.
    #[schema(value_type = f64)]
    pub count: i64,
    /// The rows.
    pub workspaces: Vec<WorkspaceOut>,
}

/// One workspace, as `GET` frames it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct WorkspaceShown {
    /// The workspace.
    pub workspace: WorkspaceOut,
}

/// The answer of `GET …/sa/guides`: an empty object once the workspace is ready.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct GuidesOut {}

//! Workflows, and their export and import.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The body that creates a workflow (`CreateAopWorkflowInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct WorkflowIn {
    /// Unique in the workspace, 1 to 64 characters.
    #[schema(required = true, nullable = false, min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// `public_engine`.
    #[schema(required = true, nullable = false, example = "public_engine")]
    pub engine_type: Option<String>,
    /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
    #[schema(required = true, nullable = false, example = "NORMAL")]
    pub aop_type: Option<String>,
    /// The data class that the workflow works on.
    #[schema(required = true, nullable = false)]
    pub dataclass_id: Option<String>,
    /// `IP`, `ACCOUNT`, `DOMAIN` or empty.
    #[schema(example = "IP")]
    pub labels: Option<String>,
}

/// The body that changes a workflow (`ModifyAopWorkflowInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct WorkflowPatch {
    /// Unique in the workspace, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// Whether the workflow may run; true needs `version_id`.
    pub enabled: Option<bool>,
    /// A version of this workflow that is activated, or `not_activated` and is activated by this call.
    pub version_id: Option<String>,
    /// `IP`, `ACCOUNT`, `DOMAIN` or empty.
    pub labels: Option<String>,
}

/// What `GET …/workflows` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkflowQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<i64>,
    /// `ASC` or `DESC`, in either case.
    #[param(example = "DESC")]
    pub order: Option<String>,
    /// `create_time` or `update_time`.
    #[param(example = "create_time")]
    pub sortby: Option<String>,
    /// Only workflows that are enabled, or only those that are not.
    pub enabled: Option<bool>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only descriptions that hold this text.
    pub description: Option<String>,
    /// Only workflows of this data class.
    pub dataclass_id: Option<String>,
    /// Only workflows of the data class of this name.
    pub dataclass_name: Option<String>,
    /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
    pub aop_type: Option<String>,
}

/// A workflow (`AopWorkflowInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct WorkflowOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The owner; empty.
    pub owner_id: String,
    /// Who created it.
    pub creator_id: String,
    /// The name of who created it.
    pub creator_name: String,
    /// When it was created.
    pub create_time: String,
    /// Who last changed it; empty on creation.
    pub modifier_id: String,
    /// The name of who last changed it; empty on creation.
    pub modifier_name: String,
    /// When it was last changed.
    pub update_time: String,
    /// Roles, by comma, that alone may edit it; empty: no narrowing.
    pub edit_role: String,
    /// Roles, by comma, that alone may run it; empty: no narrowing.
    pub use_role: String,
    /// Roles, by comma, that alone may approve it; empty: no narrowing.
    pub approve_role: String,
    /// Whether it may run.
    pub enabled: bool,
    /// The workspace.
    pub workspace_id: String,
    /// The activated version.
    pub version_id: String,
    /// The version that waits for approval.
    pub current_approval_version_id: String,
    /// The version that was rejected last.
    pub current_rejected_version_id: String,
    /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
    pub aop_type: String,
    /// `public_engine`.
    pub engine_type: String,
    /// The data class.
    pub dataclass_id: String,
    /// The name of the data class.
    pub dataclass_name: String,
    /// `IP`, `ACCOUNT`, `DOMAIN` or empty.
    pub labels: String,
    /// The label of the activated version, like `V1`.
    pub version: String,
}

/// The body that exports workflows (`ExportAopworkflowInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct WorkflowExportIn {
    /// The workflows to export.
    #[schema(required = true, nullable = false)]
    pub id: Option<Vec<String>>,
}

/// The multipart form that imports workflows (`ImportAopworkflowRequestBody`). It only describes: the part is streamed.
#[derive(Debug, Clone, ToSchema)]
pub struct WorkflowImportForm {
    /// A file that an export wrote.
    #[schema(rename = "uploadFile", value_type = String, format = Binary)]
    pub upload_file: Vec<u8>,
}

//! Versions of workflows: drafts, validation, approval.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The body that creates a version (`CreateAopWorkflowVersionInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct VersionIn {
    /// The name, 1 to 64 characters.
    #[schema(required = true, nullable = false, min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// Settings of the nodes: text that holds JSON.
    #[schema(required = true, nullable = false)]
    pub taskconfig: Option<String>,
    /// What the workflow takes: text that holds JSON.
    pub input: Option<String>,
    /// What the workflow gives: text that holds JSON.
    pub output: Option<String>,
    /// The graph, Base64 of the form that `taskflow_type` names.
    #[schema(required = true, nullable = false)]
    pub taskflow: Option<String>,
    /// `JSON` or, Muster's own, `XML`.
    #[schema(required = true, nullable = false, example = "JSON")]
    pub taskflow_type: Option<String>,
    /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
    #[schema(required = true, nullable = false, example = "NORMAL")]
    pub aop_type: Option<String>,
}

/// The body that edits or moves a version (`ModifyAopWorkflowVersionInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct VersionPatch {
    /// The name, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// The move: `pending_submit` saves (default), `pending_approval` submits, `activated`, `not_activated`.
    pub status: Option<String>,
    /// Settings of the nodes: text that holds JSON.
    pub taskconfig: Option<String>,
    /// The graph, Base64 of the form that `taskflow_type` names.
    pub taskflow: Option<String>,
    /// `JSON` or, Muster's own, `XML`.
    pub taskflow_type: Option<String>,
    /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
    pub aop_type: Option<String>,
    /// What the workflow takes: text that holds JSON.
    pub input: Option<String>,
    /// What the workflow gives: text that holds JSON.
    pub output: Option<String>,
}

/// What `GET …/workflows/{workflow_id}/versions` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    /// `pending_submit`, `pending_approval`, `publishing`, `publish_failed`, `not_activated`, `activated` or `rejected`.
    pub status: Option<String>,
    /// Muster's own: how many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// Muster's own: how many rows to answer.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<i64>,
}

/// A version of a workflow (`AopWorkflowVersionInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct VersionOut {
    /// The id, a UUID.
    pub id: String,
    /// The same as `id`.
    pub version_id: String,
    /// The name.
    pub name: String,
    /// The workflow.
    pub aopworkflow_id: String,
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
    /// Whether it is the version that runs.
    pub enabled: bool,
    /// `pending_submit`, `pending_approval`, `publishing`, `publish_failed`, `not_activated`, `activated` or `rejected`.
    pub status: String,
    /// Its label, like `V1`; empty until it was submitted.
    pub version: String,
    /// Settings of the nodes, as they were given.
    pub taskconfig: String,
    /// The graph, as it was given.
    pub taskflow: String,
    /// `JSON` or `XML`.
    pub taskflow_type: String,
    /// `NORMAL`, `SURVEY`, `HEMOSTASIS` or `EASE`.
    pub aop_type: String,
    /// What the workflow takes.
    pub input: String,
    /// What the workflow gives.
    pub output: String,
    /// The data class of the workflow.
    pub dataclass_id: String,
    /// The name of the data class.
    pub dataclass_name: String,
    /// The workspace.
    pub workspace_id: String,
}

/// The body that validates a graph (`AopworkflowVersionValidateRes`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ValidationIn {
    /// `BASIC` (structure), `CIRCLE` (loops) or `APP_PARAMS` (parameters).
    #[schema(required = true, nullable = false, example = "BASIC")]
    pub mode: Option<String>,
    /// Settings of the nodes: text that holds JSON.
    #[schema(required = true, nullable = false)]
    pub taskconfig: Option<String>,
    /// The graph, Base64.
    #[schema(required = true, nullable = false)]
    pub taskflow: Option<String>,
    /// The workflow it belongs to.
    #[schema(required = true, nullable = false)]
    pub aopworkflow_id: Option<String>,
    /// Muster's own: `JSON` (default) or `XML`.
    pub taskflow_type: Option<String>,
}

/// What validation found. The vendor's Terraform provider reads `result` as a boolean and `detail` as text.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ValidationOut {
    /// Whether there is no error; warnings do not count.
    pub result: bool,
    /// All findings, one a line; empty when there is none.
    pub detail: String,
    /// Muster's own: all findings.
    pub findings: Vec<FindingOut>,
}

/// A finding of the validation.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct FindingOut {
    /// The node or sequence flow; empty when the whole graph is meant.
    pub node_id: String,
    /// The rule, a stable name.
    pub rule: String,
    /// `error` or `warning`; errors block submitting.
    pub severity: String,
    /// A sentence.
    pub message: String,
}

/// The body that decides on a version (`CreateAopWorkflowVersionApprovelInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ApprovalIn {
    /// The reviewer's comment.
    #[schema(required = true, nullable = false)]
    pub content: Option<String>,
    /// `PASS` or `UN_PASS`.
    #[schema(required = true, nullable = false, example = "PASS")]
    pub result: Option<String>,
}

/// A decision on a version (`WorkflowApproveOpinionDetail`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ApprovalOut {
    /// `PASS` or `UN_PASS`.
    pub result: String,
    /// The reviewer's comment.
    pub content: String,
}

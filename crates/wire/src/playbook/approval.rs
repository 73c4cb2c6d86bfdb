//! Decisions on versions of playbooks, and the list of those on workflows too.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The body that decides on a version (`ApprovePlaybookInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookApprovalIn {
    /// `PASS` or `UN_PASS`.
    #[schema(example = "PASS")]
    pub result: Option<String>,
    /// The reviewer's comment.
    pub content: Option<String>,
}

/// What `GET …/playbooks/versions/approval` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaybookApprovalQuery {
    /// Only decisions on versions of this playbook or workflow.
    pub resource_id: Option<String>,
    /// `PLAYBOOK` or `AOP_WORKFLOW`.
    pub approve_type: Option<String>,
}

/// A decision (`ApproveOpinionDetail`). The vendor's Terraform provider reads all fields, its SDK the first two.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookApprovalOut {
    /// `PASS` or `UN_PASS`.
    pub result: String,
    /// The reviewer's comment.
    pub content: String,
    /// The id, a UUID.
    pub id: String,
    /// `PLAYBOOK` or `AOP_WORKFLOW`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The playbook or workflow.
    pub resource_id: String,
    /// Who decided.
    pub user_id: String,
    /// When it was decided.
    pub create_time: String,
    /// The same: decisions are not changed.
    pub update_time: String,
}

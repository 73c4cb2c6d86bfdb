//! Playbooks: when a data object or a clock triggers workflows.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub mod action;
pub mod approval;
pub mod audit_log;
pub mod instance;
pub mod limits;
pub mod monitor;
pub mod rule;
pub mod run;
pub mod statistics;
pub mod transfer;
pub mod version;

/// The body that creates a playbook (`CreatePlaybookInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookIn {
    /// Unique in the workspace, 1 to 64 characters.
    #[schema(required = true, nullable = false, min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// The workspace: that of the path, which counts.
    pub workspace_id: Option<String>,
    /// Muster's own: of several playbooks that one event triggers, those with a higher number start first.
    #[schema(default = 0)]
    pub priority: Option<i64>,
}

/// The body that changes a playbook (`ModifyPlaybookInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookPatch {
    /// Unique in the workspace, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// Whether the playbook may be triggered; true needs `active_version_id`.
    pub enabled: Option<bool>,
    /// A version of this playbook that is published, and becomes the one that runs.
    pub active_version_id: Option<String>,
    /// Muster's own: of several playbooks that one event triggers, those with a higher number start first.
    pub priority: Option<i64>,
}

/// What `GET …/playbooks` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaybookQuery {
    /// Only playbooks whose name or description holds this text.
    pub search_txt: Option<String>,
    /// Only playbooks that are enabled, or only those that are not.
    pub enabled: Option<bool>,
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// Only descriptions that hold this text.
    pub description: Option<String>,
    /// Only playbooks of the data class of this name.
    pub dataclass_name: Option<String>,
    /// Only names that hold this text.
    pub name: Option<String>,
}

/// A playbook (`PlaybookInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The active version.
    pub version_id: String,
    /// Whether it may be triggered.
    pub enabled: bool,
    /// The workspace.
    pub workspace_id: String,
    /// Roles, by comma, that alone may approve it; empty: no narrowing.
    pub approve_role: String,
    /// Roles, by comma, that alone may run it; empty: no narrowing.
    pub user_role: String,
    /// Roles, by comma, that alone may edit it; empty: no narrowing.
    pub edit_role: String,
    /// The owner; empty.
    pub owner_id: String,
    /// The label of the active version, like `V1`.
    pub version: String,
    /// The name of the data class of the active version.
    pub dataclass_name: String,
    /// The data class of the active version.
    pub dataclass_id: String,
    /// The version that waits for approval.
    pub unaudited_version_id: String,
    /// The version that was rejected last.
    pub reject_version_id: String,
    /// Muster's own: of several playbooks that one event triggers, those with a higher number start first.
    pub priority: i64,
}

#[cfg(test)]
mod tests;

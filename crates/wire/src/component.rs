//! Components (plugins) and their actions. Read only here: components come with the server. What people make of them
//! are [`template`]s.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub mod template;

/// What `GET …/components` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ComponentQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
}

/// What `GET …/components/{component_id}/action` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActionQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Only actions that are enabled, or only those that are not.
    pub enabled: Option<bool>,
}

/// What `GET …/components/{component_id}/action/{action_id}` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActionShowQuery {
    /// Only versions that are enabled, or only those that are not.
    pub enabled: Option<bool>,
}

/// A component (`ComponentInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ComponentOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The language it is written in.
    pub dev_language: String,
    /// The version of that language.
    pub dev_language_version: String,
    /// The set it belongs to.
    pub alliance_id: String,
    /// The name of the set.
    pub alliance_name: String,
    /// The description.
    pub description: String,
    /// An image, as a data URL.
    pub logo: String,
    /// Labels.
    pub label: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// Who created it.
    pub creator_id: String,
    /// The name of who created it.
    pub creator_name: String,
    /// Who last changed it.
    pub modifier_id: String,
    /// The name of who last changed it.
    pub modifier_name: String,
    /// What was done to it.
    pub operation_history: Vec<ComponentOperationOut>,
    /// Its versions.
    pub versions: Vec<ComponentVersionOut>,
    /// `subscribe`, `custom` or `system`.
    pub component_type: String,
}

/// Something done to a component.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ComponentOperationOut {
    /// What.
    pub operation_name: String,
    /// When.
    pub operation_time: String,
}

/// A version of a component (`ComponentVersionInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ComponentVersionOut {
    /// The id, a UUID.
    pub id: String,
    /// The version's number.
    pub version_num: String,
    /// The description.
    pub version_desc: String,
    /// The state.
    pub status: String,
    /// The package it came with.
    pub package_name: String,
    /// The attachment that holds it.
    pub component_attachment_id: String,
    /// The subscribed version.
    pub sub_version_id: String,
    /// The schema of its connections: text that holds JSON.
    pub connection_config: String,
}

/// An action of a component (`ComponentActionInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ActionOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub action_name: String,
    /// The description.
    pub action_desc: String,
    /// `action`, `connector` or `manager`.
    pub action_type: String,
    /// When it was created.
    pub create_time: String,
    /// The name of who created it.
    pub creator_name: String,
    /// Whether a newer version may be installed.
    pub can_update: bool,
    /// The version in use.
    pub action_version_id: String,
    /// The name of the version in use.
    pub action_version_name: String,
    /// The number of the version in use.
    pub action_version_number: String,
    /// Whether it is enabled.
    pub action_enable: String,
    /// Its parameters: text that holds JSON.
    pub action_input: String,
    /// Its results: text that holds JSON.
    pub action_output: String,
    /// Its versions.
    pub action_versions: Vec<ActionVersionOut>,
}

/// A version of an action (`ComponentActionVersionInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ActionVersionOut {
    /// The id, a UUID.
    pub id: String,
    /// When it was created.
    pub create_time: String,
    /// The name of who created it.
    pub creator_name: String,
    /// When it was last changed.
    pub update_time: String,
    /// The version's name.
    pub action_version_name: String,
    /// The version's number.
    pub action_version_number: String,
    /// The description.
    pub action_version_desc: String,
    /// Its parameters: text that holds JSON.
    pub action_input: String,
    /// Its results: text that holds JSON.
    pub action_output: String,
    /// Its code; empty for built-in components.
    pub action_code: String,
    /// The state of its review.
    pub action_status: String,
    /// Whether it is enabled.
    pub action_enable: String,
    /// The result of the last trial.
    pub debug_result: String,
    /// The output of the last trial.
    pub debug_output: String,
    /// The log of the last trial.
    pub debug_log: String,
}

/// What `GET …/components/alliance` filters by. The vendor's Terraform provider calls it, the SDK does not.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AllianceQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// Only sets that come with the server, or only the others.
    pub is_built_in: Option<bool>,
}

/// A set of components.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AllianceOut {
    /// The id, a UUID.
    pub id: String,
    /// The code.
    pub alliance_code: String,
    /// The name.
    pub alliance_name: String,
    /// The description.
    pub alliance_description: String,
    /// `system` or `custom`.
    pub alliance_type: String,
    /// An image, as a data URL.
    pub logo: String,
    /// When it was created.
    pub create_time: String,
    /// The name of who created it.
    pub creator_name: String,
    /// When it was last changed.
    pub update_time: String,
}

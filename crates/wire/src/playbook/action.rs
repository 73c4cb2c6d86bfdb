//! Actions of playbook versions: the workflows that a trigger starts.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::text_or_number::TextOrNumber;

/// An action to create or change (`CreateAction`, `ModifyActionInfo`). Creating takes a list of them at the root.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookActionIn {
    /// The name; empty: that of the workflow.
    pub name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// `AOP_WORKFLOW` (default).
    #[schema(example = "AOP_WORKFLOW")]
    pub action_type: Option<String>,
    /// The workflow.
    #[schema(required = true, nullable = false)]
    pub action_id: Option<String>,
    /// Its place among the actions, the lowest first; it counts with `SYNC`.
    pub sort_order: Option<TextOrNumber>,
}

/// What `GET …/playbooks/versions/{version_id}/actions` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaybookActionQuery {
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
}

/// An action (`ActionInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookActionOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// `AOP_WORKFLOW`.
    pub action_type: String,
    /// The workflow.
    pub action_id: String,
    /// The playbook.
    pub playbook_id: String,
    /// The version of the playbook.
    pub playbook_version_id: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// Its place among the actions; the vendor's Terraform provider reads a number.
    pub sort_order: f64,
    /// When it was created; the vendor's Terraform provider reads it.
    pub create_time: String,
    /// When it was last changed; the vendor's Terraform provider reads it.
    pub update_time: String,
}

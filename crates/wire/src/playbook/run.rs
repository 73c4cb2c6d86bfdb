//! Muster's own: running a playbook by hand.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::text_or_json::TextOrJson;

/// What to run a playbook on.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookRunIn {
    /// An object of the playbook's data class. Not needed by playbooks with a timer.
    pub object_id: Option<String>,
    /// Fields that stand in for an object: a debug run, whose workflows wait before each task.
    pub simulation: Option<TextOrJson>,
}

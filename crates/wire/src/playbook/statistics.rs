//! How many playbooks a workspace has.

use serde::Serialize;
use utoipa::ToSchema;

/// Numbers of playbooks (`PlaybookStatisticDetail`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookStatisticsOut {
    /// Those with a version that waits for approval.
    pub unapproved_num: i64,
    /// Those that are not enabled.
    pub disabled_num: i64,
    /// Those that are enabled.
    pub enabled_num: i64,
}

//! Muster's own: how many runs of a playbook there may be, and when it pauses because they fail.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Limits to set; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookLimitsIn {
    /// Runs at once; 0 is no limit.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub concurrency: Option<i64>,
    /// Runs that start in a minute; 0 is no limit.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub starts_per_minute: Option<i64>,
    /// So many failures pause the playbook; 0 is never.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub breaker_failures: Option<i64>,
    /// The seconds within which they are counted.
    #[schema(minimum = 0, maximum = 604_800)]
    pub breaker_seconds: Option<i64>,
}

/// The limits of a playbook, and how it stands with them.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookLimitsOut {
    /// Runs at once; 0 is no limit.
    pub concurrency: i64,
    /// Runs that start in a minute; 0 is no limit.
    pub starts_per_minute: i64,
    /// So many failures pause the playbook; 0 is never.
    pub breaker_failures: i64,
    /// The seconds within which they are counted.
    pub breaker_seconds: i64,
    /// Since when it is paused, RFC 3339; empty when it is not. Enabling it again lets it go on.
    pub paused_at: String,
    /// Why; empty when it is not.
    pub pause_reason: String,
    /// Runs that wait to be admitted.
    pub queued: i64,
    /// Runs under way.
    pub active: i64,
    /// Runs that have failed and wait for a person.
    pub held: i64,
}

//! Settings that use-cases depend on.

use std::time::Duration;

use model::time::Zone;

/// Settings of one installation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The zone that times are written in on the wire.
    pub zone: Zone,
    /// The region's name, which is also the bootstrap project's.
    pub region: String,
    /// How long runs of playbooks that have ended, and events that could not be taken in, are kept.
    pub retention: Duration,
}

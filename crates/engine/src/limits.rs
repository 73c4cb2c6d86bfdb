//! How much one root instance may use, its children included.

use std::time::Duration;

use expr::Budget;

/// Limits of a root instance. A node that hits one gets a fault whose code begins with `Limit.`; nothing catches it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Nodes executed in all (`Limit.Nodes`).
    pub max_nodes: u64,
    /// Time since the first node (`Limit.Age`).
    pub max_age: Duration,
    /// Bytes of all variables and last outputs, counted as JSON (`Limit.Variables`).
    pub max_variable_bytes: usize,
    /// Call activities inside each other (`Limit.CallDepth`).
    pub max_call_depth: u32,
    /// Executions of one node in one process instance (`Limit.Loop`).
    pub max_loop: u32,
    /// Events after which a turn ends and asks to be continued. A single step is never split, so that a turn may
    /// exceed this by the events of its last step; to terminate an instance, or to retry all its faults, is one step.
    pub max_events_per_turn: usize,
    /// What one template, or the output mappings and conditions of one node together, may use.
    pub budget: Budget,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_nodes: 100_000,
            max_age: Duration::from_secs(366 * 24 * 60 * 60),
            max_variable_bytes: 8 << 20,
            max_call_depth: 20,
            max_loop: 10_000,
            max_events_per_turn: 1000,
            budget: Budget::default(),
        }
    }
}

//! What the runtime counts. `docs/operations.md` lists the names.

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

const TURNS: &str = "muster_turns_total";
const TURN_SECONDS: &str = "muster_turn_seconds";
const EFFECTS: &str = "muster_effects_total";
const EFFECT_SECONDS: &str = "muster_effect_seconds";
const DRIVEN: &str = "muster_driven_roots";
const CLAIMS: &str = "muster_claims_total";
const QUARANTINED: &str = "muster_quarantined_roots_total";
const LEASES_LOST: &str = "muster_leases_lost_total";

/// Handles that are looked up once. Without a recorder they do nothing.
pub(crate) struct Metrics {
    pub(crate) turns_committed: Counter,
    pub(crate) turns_superseded: Counter,
    pub(crate) turns_failed: Counter,
    pub(crate) turn_seconds: Histogram,
    pub(crate) driven: Gauge,
    pub(crate) claimed_woken: Counter,
    pub(crate) claimed_due: Counter,
    pub(crate) claimed_own: Counter,
    pub(crate) quarantined: Counter,
    pub(crate) leases_lost: Counter,
}

impl Metrics {
    /// Of the recorder that is installed when this is called.
    pub(crate) fn new() -> Self {
        describe_counter!(TURNS, "Turns of instances by outcome: committed, superseded or failed");
        describe_histogram!(TURN_SECONDS, Unit::Seconds, "From the begin of a turn to its commit");
        describe_counter!(EFFECTS, "Calls of components by component and outcome: ok, retryable or failed");
        describe_histogram!(EFFECT_SECONDS, Unit::Seconds, "How long a call of a component took, by component");
        describe_gauge!(DRIVEN, "Instances in memory on this node, each with its children");
        describe_counter!(CLAIMS, "Instances claimed by this node, by reason: woken, due or own");
        describe_counter!(QUARANTINED, "Instances put aside because they are damaged");
        describe_counter!(LEASES_LOST, "How often this node has lost its lease");
        Self {
            turns_committed: counter!(TURNS, "outcome" => "committed"),
            turns_superseded: counter!(TURNS, "outcome" => "superseded"),
            turns_failed: counter!(TURNS, "outcome" => "failed"),
            turn_seconds: histogram!(TURN_SECONDS),
            driven: gauge!(DRIVEN),
            claimed_woken: counter!(CLAIMS, "reason" => "woken"),
            claimed_due: counter!(CLAIMS, "reason" => "due"),
            claimed_own: counter!(CLAIMS, "reason" => "own"),
            quarantined: counter!(QUARANTINED),
            leases_lost: counter!(LEASES_LOST),
        }
    }
}

/// A call of a component has ended. Looked up each time: a call costs a thousand times as much.
pub(crate) fn effect_ended(component: &'static str, outcome: &'static str, seconds: f64) {
    counter!(EFFECTS, "component" => component, "outcome" => outcome).increment(1);
    histogram!(EFFECT_SECONDS, "component" => component).record(seconds);
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_metric_is_documented() {
        let page = include_str!("../../../docs/operations.md");
        let names =
            include_str!("metrics.rs").lines().filter_map(|line| line.strip_prefix("const ")?.split('"').nth(1));
        for name in names {
            assert!(page.contains(&format!("| `{name}` |")), "{name} has no row in docs/operations.md");
        }
    }
}

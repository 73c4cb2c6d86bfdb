//! What the writer counts. `docs/operations.md` lists the names.

use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram};

const GROUP_SIZE: &str = "muster_commit_group_size";
const COMMIT_SECONDS: &str = "muster_commit_seconds";
const FAILURES: &str = "muster_commit_failures_total";

/// Handles that are looked up once. Without a recorder they do nothing.
pub(crate) struct Metrics {
    pub(crate) group_size: Histogram,
    pub(crate) commit_seconds: Histogram,
    pub(crate) failures: Counter,
}

impl Metrics {
    /// Of the recorder that is installed when this is called. `lane` says what the lane writes: turns, writes or both.
    pub(crate) fn new(lane: &'static str) -> Self {
        describe_histogram!(GROUP_SIZE, "Turns and other writes that shared a commit, by lane");
        describe_histogram!(COMMIT_SECONDS, Unit::Seconds, "From the begin of a transaction to its commit, by lane");
        describe_counter!(FAILURES, "Transactions that were not committed or whose outcome is unknown, by lane");
        Self {
            group_size: histogram!(GROUP_SIZE, "lane" => lane),
            commit_seconds: histogram!(COMMIT_SECONDS, "lane" => lane),
            failures: counter!(FAILURES, "lane" => lane),
        }
    }
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

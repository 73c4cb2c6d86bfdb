//! Running nodes: storage of its own for each test, and server processes as far as the runtime sees them.

mod node;
mod settled;
mod storage;

use std::future::Future;
use std::time::{Duration, Instant};

pub use node::{Node, Settings, Workflow};
pub use storage::Storage;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the condition holds.
///
/// # Panics
/// When it does not within a minute.
pub async fn until<F, Fut>(what: &str, condition: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = bool>,
{
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

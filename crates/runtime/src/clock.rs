//! The system's clock and ids: the only place that reads either.

use std::time::{SystemTime, UNIX_EPOCH};

use model::{Clock, IdSource, Timestamp};
use uuid::Uuid;

/// The system's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the wall clock is read")]
    fn now(&self) -> Timestamp {
        // A clock before 1970 is taken as 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// UUIDv7 from the system's clock and random numbers; each is larger than the one before.
#[derive(Debug, Clone, Copy, Default)]
pub struct V7Ids;

impl IdSource for V7Ids {
    #[expect(clippy::disallowed_methods, reason = "this is where ids are made")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

//! Ids that count.

use std::sync::atomic::{AtomicU64, Ordering};

use model::IdSource;
use uuid::Uuid;

/// Ids of which each is larger than the one before; their low halves are mixed, as those of real ones are.
#[derive(Debug, Default)]
pub struct CountedIds(AtomicU64);

impl IdSource for CountedIds {
    fn next(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        // The finaliser of SplitMix64.
        let mut mixed = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Uuid::from_u64_pair(count, mixed ^ (mixed >> 31))
    }
}

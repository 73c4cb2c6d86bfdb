//! How long to wait before the next attempt.

use std::time::Duration;

use bpmn::executable::{Backoff, Retry};

use crate::EffectKey;

/// Other sides may ask for longer pauses than the policy's, up to this.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause after the `failed`-th failed attempt (from 1) under a policy. Up to a fifth is taken off, by a hash of key
/// and attempt, so that many instances that failed together do not come back together; the same attempt always gets
/// the same pause.
pub(crate) fn pause(policy: &Retry, key: EffectKey, attempt: u32, failed: u32, asked_ms: Option<u64>) -> Duration {
    let full = match policy.backoff {
        Backoff::Fixed => policy.initial,
        Backoff::Exponential => {
            let factor = 2u32.checked_pow(failed.saturating_sub(1)).unwrap_or(u32::MAX);
            policy.initial.saturating_mul(factor)
        }
    };
    let full = full.min(policy.max);
    // 1024 steps between none and a fifth.
    let off = full / 5 * u32::try_from(hash(key, attempt) % 1024).unwrap_or(0) / 1024;
    let asked = asked_ms.map_or(Duration::ZERO, |ms| Duration::from_millis(ms).min(LONGEST_ASKED));
    (full - off).max(asked)
}

/// FNV-1a: stable across releases and platforms.
fn hash(key: EffectKey, attempt: u32) -> u64 {
    let parts: [&[u8]; 4] =
        [key.root.0.as_bytes(), &key.element.0.to_le_bytes(), &key.generation.to_le_bytes(), &attempt.to_le_bytes()];
    let hash = parts
        .into_iter()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    // The low bits of FNV depend on few bits of the input.
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use model::InstanceId;

    use super::*;
    use crate::ElementNo;

    fn check(policy: &Retry, failed: u32, asked_ms: Option<u64>, between: (u64, u64)) {
        for root in 0..100 {
            let key = EffectKey {
                root: InstanceId(model::id::name_based(Default::default(), &[&root.to_string()])),
                element: ElementNo(7),
                generation: 0,
            };
            let millis = pause(policy, key, failed, failed, asked_ms).as_millis();
            assert!((u128::from(between.0)..=u128::from(between.1)).contains(&millis), "{millis}");
            assert_eq!(millis, pause(policy, key, failed, failed, asked_ms).as_millis());
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = Retry { max_attempts: 9, ..Retry::default() };
        check(&policy, 1, None, (800, 1000));
        check(&policy, 3, None, (3200, 4000));
        check(&policy, 30, None, (48_000, 60_000));
        check(&policy, 4_000_000, None, (48_000, 60_000));
    }

    #[test]
    fn a_longer_pause_that_was_asked_for_is_kept_within_a_day() {
        let policy = Retry { backoff: Backoff::Fixed, ..Retry::default() };
        check(&policy, 5, None, (800, 1000));
        check(&policy, 1, Some(10), (800, 1000));
        check(&policy, 1, Some(5_000), (5_000, 5_000));
        check(&policy, 1, Some(u64::MAX), (86_400_000, 86_400_000));
    }
}

//! Slowing down those who guess passwords. A user is never locked out: failures count for one user from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use model::Timestamp;
use sha2::{Digest, Sha256};

/// Failures that cost nothing: people mistype.
const FREE: u32 = 5;
/// The wait after the first failure that is not free; it doubles with each one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// After this long without an attempt, failures are forgotten.
const MEMORY: Duration = Duration::from_secs(15 * 60);
/// Entries kept at most; the oldest goes first.
const ENTRIES: usize = 10_000;

/// Who is tried, from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Attempt([u8; 32]);

impl Attempt {
    /// `user` is whatever names the user; an IPv6 client counts by its /64 network, which one host can have to itself.
    pub(crate) fn new(user: &str, client_ip: &str) -> Self {
        let place = match client_ip.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
            Ok(IpAddr::V4(address)) => address.to_string(),
            Err(_) => client_ip.to_owned(),
        };
        let mut hash = Sha256::new();
        hash.update((user.len() as u64).to_be_bytes());
        hash.update(user);
        hash.update(place);
        Self(hash.finalize().into())
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
    /// Attempts before this instant are refused.
    until: Timestamp,
}

/// Failures of late.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: HashMap<Attempt, Failures>,
}

impl Backoff {
    /// Lets an attempt begin, or tells how long to wait. From the first failure that is not free, the next attempt is
    /// put off at once, so that attempts made at the same time gain nothing.
    pub(crate) fn begin(&mut self, attempt: Attempt, now: Timestamp) -> Result<(), Duration> {
        let Some(failures) = self.failures.get_mut(&attempt) else { return Ok(()) };
        if failures.last.plus(MEMORY) <= now {
            self.failures.remove(&attempt);
            return Ok(());
        }
        if now < failures.until {
            return Err(Duration::from_micros(failures.until.0.abs_diff(now.0)));
        }
        failures.until = now.plus(wait(failures.count));
        Ok(())
    }

    /// The attempt had the wrong password.
    pub(crate) fn failed(&mut self, attempt: Attempt, now: Timestamp) {
        if self.failures.len() >= ENTRIES && !self.failures.contains_key(&attempt) {
            self.make_room(now);
        }
        let failures = self.failures.entry(attempt).or_insert(Failures { count: 0, last: now, until: now });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        failures.until = failures.until.max(now.plus(wait(failures.count)));
    }

    /// The attempt had the right password: what was before is forgotten.
    pub(crate) fn succeeded(&mut self, attempt: Attempt) {
        self.failures.remove(&attempt);
    }

    fn make_room(&mut self, now: Timestamp) {
        self.failures.retain(|_, failures| now < failures.last.plus(MEMORY));
        if self.failures.len() >= ENTRIES
            && let Some(oldest) = self.failures.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| *key)
        {
            self.failures.remove(&oldest);
        }
    }
}

fn wait(count: u32) -> Duration {
    match count.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(beyond) => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(beyond)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000_000);

    fn after(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    fn failed_times(count: u32) -> (Backoff, Attempt) {
        let (mut backoff, attempt) = (Backoff::default(), Attempt::new("alice", "192.0.2.1"));
        for _ in 0..count {
            backoff.failed(attempt, START);
        }
        (backoff, attempt)
    }

    #[test]
    fn the_wait_doubles_up_to_a_minute() {
        for (failures, seconds) in [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (11, 60), (1000, 60)] {
            let (mut backoff, attempt) = failed_times(failures);
            let begun = backoff.begin(attempt, START);
            assert_eq!(begun.err().unwrap_or_default(), Duration::from_secs(seconds), "{failures}");
            assert_eq!(backoff.begin(attempt, after(seconds)), Ok(()), "{failures}");
        }
    }

    #[test]
    fn attempts_at_the_same_time_do_not_get_around_the_wait() {
        let (mut backoff, attempt) = failed_times(5);
        assert_eq!(backoff.begin(attempt, after(1)), Ok(()));
        assert_eq!(backoff.begin(attempt, after(1)), Err(Duration::from_secs(1)));
    }

    #[test]
    fn other_users_and_other_addresses_go_on() {
        let (mut backoff, _) = failed_times(100);
        for (user, address) in [("bob", "192.0.2.1"), ("alice", "192.0.2.2"), ("alice", "2001:db8::1"), ("alice", "")] {
            assert_eq!(backoff.begin(Attempt::new(user, address), START), Ok(()), "{user} {address}");
        }
    }

    #[test]
    fn addresses_of_one_host_count_as_one() {
        assert_eq!(Attempt::new("alice", "2001:db8::1"), Attempt::new("alice", "2001:db8:0:0:ffff::9"));
        assert_ne!(Attempt::new("alice", "2001:db8::1"), Attempt::new("alice", "2001:db8:0:1::1"));
        assert_eq!(Attempt::new("alice", "::ffff:192.0.2.1"), Attempt::new("alice", "192.0.2.1"));
    }

    #[test]
    fn success_and_time_forget() {
        let (mut backoff, attempt) = failed_times(20);
        backoff.succeeded(attempt);
        assert_eq!(backoff.begin(attempt, START), Ok(()));
        let (mut backoff, attempt) = failed_times(20);
        assert_eq!(backoff.begin(attempt, after(15 * 60)), Ok(()));
        assert_eq!(backoff.begin(attempt, after(15 * 60)), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_newest_stay() {
        let mut backoff = Backoff::default();
        for index in 0..ENTRIES + 50 {
            let attempt = Attempt::new(&index.to_string(), "192.0.2.1");
            for _ in 0..6 {
                backoff.failed(attempt, START.plus(Duration::from_millis(index as u64)));
            }
        }
        assert_eq!(backoff.failures.len(), ENTRIES);
        let newest = Attempt::new(&(ENTRIES + 49).to_string(), "192.0.2.1");
        assert!(backoff.begin(newest, START).is_err());
        assert!(backoff.begin(Attempt::new("0", "192.0.2.1"), START).is_ok());
    }
}

//! Repeating intervals of ISO 8601: `R3/PT10S`, `R/2025-07-18T06:00:00Z/PT1H`, `R3/PT10S/2025-07-19T06:00:00Z`.

use model::Timestamp;
use model::time::{IsoDuration, Zone};

/// When a timer that repeats fires.
#[derive(Debug, Clone, PartialEq)]
pub struct Cycle {
    /// How often, at least once; `None` means without end.
    pub times: Option<u32>,
    /// When it first fires; `None` means one interval after it is armed.
    pub start: Option<Timestamp>,
    /// The time between.
    interval: IsoDuration,
    /// It does not fire after this instant.
    pub end: Option<Timestamp>,
}

impl Cycle {
    /// Reads a cycle; a bare duration repeats without end.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.trim().split('/');
        let mut times = None;
        let mut first = parts.next().unwrap_or_default();
        if let Some(count) = first.strip_prefix('R') {
            if !count.is_empty() {
                let count = count.parse::<u32>().ok().filter(|count| *count > 0);
                times = Some(count.ok_or_else(|| format!("'{first}' must repeat at least once, like R1, or be R"))?);
            }
            first = parts.next().ok_or("the cycle has no interval")?;
        }
        let second = parts.next();
        if parts.next().is_some() {
            return Err("the cycle has too many parts".to_owned());
        }
        let instant =
            |text: &str| Timestamp::parse(text, Zone::DEFAULT).map_err(|_| format!("'{text}' is not an instant"));
        let duration = |text: &str| {
            let duration = IsoDuration::parse(text).map_err(|_| format!("'{text}' is not a duration"))?;
            let is_long = duration.length().is_ok_and(|length| !length.is_zero());
            if is_long { Ok(duration) } else { Err(format!("'{text}' is not an interval that passes")) }
        };
        let (start, interval, end) = match second {
            None => (None, duration(first)?, None),
            Some(second) if first.starts_with('P') => (None, duration(first)?, Some(instant(second)?)),
            Some(second) => (Some(instant(first)?), duration(second)?, None),
        };
        Ok(Self { times, start, interval, end })
    }

    /// When a timer that is armed now first fires; `None` when the cycle is over by then.
    pub fn first(&self, now: Timestamp) -> Option<Timestamp> {
        self.start.or_else(|| self.after(now))
    }

    /// The instant one interval after another; `None` after the end.
    pub fn after(&self, last: Timestamp) -> Option<Timestamp> {
        let next = self.interval.after(last).ok()?;
        (self.end.is_none_or(|end| next <= end)).then_some(next)
    }
}

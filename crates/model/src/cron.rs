//! Cron: when the clock of a zone shows what a pattern asks for.
//!
//! The `croner` crate knows patterns and calendars; what happens where a clock is changed is decided here:
//!
//! - A pattern that names hours is about what the clock shows. A time that the clock skips counts as the instant at which
//!   it goes on; one that it shows twice counts once, the first time.
//! - A pattern for every hour is about time that passes. It goes on through the hour that the clock shows twice.

use std::cmp::Ordering;
use std::sync::LazyLock;

use croner::errors::CronError;
use croner::parser::CronParser;
use croner::{CivilDateTime, CronDateTime, Resolution, Weekday};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp as Instant};

use crate::Timestamp;
use crate::time::Zone;

/// Longer patterns are refused.
const PATTERN_BYTES: usize = 256;

/// How many years ahead a pattern is followed.
const YEARS: i64 = 100;

/// The time zones of the world, as they were known when the program was built: the same on every node.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone with the changes of its clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Clockwork(TimeZone);

impl Clockwork {
    /// A zone by its name in the IANA database: `Europe/Berlin`.
    pub fn named(name: &str) -> Option<Self> {
        ZONES.get(name).ok().map(Self)
    }
}

impl From<Zone> for Clockwork {
    /// A zone whose clock is never changed.
    fn from(zone: Zone) -> Self {
        Self(TimeZone::fixed(zone.offset()))
    }
}

/// A pattern in a zone.
#[derive(Debug, Clone)]
pub struct Cron {
    pattern: croner::Cron,
    every_hour: bool,
    zone: TimeZone,
}

impl Cron {
    /// Reads a pattern of 5 fields, of 6 with seconds before them, or of 7 with a year behind. Days of the week are 0 to
    /// 7, Sunday being both; in a pattern with a `?`, which is Quartz's, they are 1 (Sunday) to 7.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str, zone: &Clockwork) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES {
            return Err(format!("a pattern has at most {PATTERN_BYTES} characters"));
        }
        let parser = CronParser::builder().alternative_weekdays(text.contains('?')).sloppy_ranges(true).build();
        let pattern = parser.parse(text).map_err(|error| match error {
            CronError::EmptyPattern => "it is empty".to_owned(),
            CronError::InvalidPattern(reason)
            | CronError::IllegalCharacters(reason)
            | CronError::ComponentError(reason) => reason,
            CronError::InvalidDate | CronError::InvalidTime | CronError::TimeSearchLimitExceeded => error.to_string(),
        })?;
        let every_hour = (0..24).all(|hour| pattern.pattern.hour_match(hour).unwrap_or_default());
        Ok(Self { pattern, every_hour, zone: zone.0.clone() })
    }

    /// The first instant after this one; none if there is none in the next hundred years.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = Instant::from_second(after.0.div_euclid(1_000_000)).ok()?;
        let next = if self.every_hour { self.as_time_passes(after) } else { self.as_the_clock_shows(after) }?;
        Some(Timestamp(next.as_microsecond()))
    }

    fn as_the_clock_shows(&self, after: Instant) -> Option<Instant> {
        let mut shown = self.zone.to_datetime(after);
        loop {
            shown = self.next(shown, Bound::After, after)?;
            let at = match self.zone.to_ambiguous_timestamp(shown).offset() {
                AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                    offset.to_timestamp(shown).ok()?
                }
                // With the offset to come, the skipped time lies shortly before the change.
                AmbiguousOffset::Gap { after: offset, .. } => {
                    self.zone.following(offset.to_timestamp(shown).ok()?).next()?.timestamp()
                }
            };
            if at > after {
                return Some(at);
            }
        }
    }

    fn as_time_passes(&self, after: Instant) -> Option<Instant> {
        let (mut from, mut offset, mut bound) = (after, self.zone.to_offset(after), Bound::After);
        loop {
            let shown = self.next(offset.to_datetime(from), bound, after)?;
            let at = offset.to_timestamp(shown).ok()?;
            let Some(change) = self.zone.following(from).next().filter(|change| change.timestamp() <= at) else {
                return Some(at);
            };
            (from, offset, bound) = (change.timestamp(), change.offset(), Bound::From);
        }
    }

    /// The next match on a clock that is never changed, unless it is too far from the instant that was asked about.
    fn next(&self, shown: DateTime, bound: Bound, asked: Instant) -> Option<DateTime> {
        let Civil(next) = self.pattern.find_next_occurrence(&Civil(shown), bound == Bound::From).ok()?;
        let asked = self.zone.to_datetime(asked);
        (i64::from(next.year()) - i64::from(asked.year()) <= YEARS).then_some(next)
    }
}

/// Whether a match may be where the search begins.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    From,
    After,
}

/// What a clock shows, for `croner`.
#[derive(Debug, Clone, Copy)]
struct Civil(DateTime);

impl CronDateTime for Civil {
    fn to_civil(&self) -> CivilDateTime {
        let part = |value: i8| u32::try_from(value).unwrap_or_default();
        CivilDateTime::from_ymd_hms_opt(
            i32::from(self.0.year()),
            part(self.0.month()),
            part(self.0.day()),
            part(self.0.hour()),
            part(self.0.minute()),
            part(self.0.second()),
        )
        .expect("both calendars are Gregorian")
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(self.0.weekday().to_sunday_zero_offset().unsigned_abs().into())
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let part = |value: u32| i8::try_from(value).map_err(|_| CronError::InvalidDate);
        let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
        let (month, day) = (part(civil.month())?, part(civil.day())?);
        let (hour, minute, second) = (part(civil.hour())?, part(civil.minute())?, part(civil.second())?);
        DateTime::new(year, month, day, hour, minute, second, 0)
            .map(|resolved| Resolution::Single(Self(resolved)))
            .map_err(|_| CronError::InvalidDate)
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Clockwork {
        Clockwork::named(name).expect("a zone of the database")
    }

    /// The instants of a pattern after a time, as they are written in UTC.
    fn check(pattern: &str, zone: &Clockwork, after: &str, expected: &[&str]) {
        let cron = Cron::parse(pattern, zone).unwrap_or_else(|problem| panic!("{pattern}: {problem}"));
        let mut at = Timestamp::parse(after, Zone::DEFAULT).expect("a time");
        let found: Vec<String> = expected
            .iter()
            .map_while(|_| {
                at = cron.next_after(at)?;
                Some(at.to_rfc3339().replace(".000", ""))
            })
            .collect();
        assert_eq!(found, expected, "{pattern} after {after}");
    }

    #[test]
    fn five_six_and_seven_fields_are_read() {
        let utc = Clockwork::from(Zone::parse("Z").expect("UTC"));
        for (pattern, expected) in [
            ("30 9 * * *", "2026-03-02T09:30:00Z"),
            ("15 30 9 * * *", "2026-03-02T09:30:15Z"),
            ("15 30 9 * * * 2028", "2028-01-01T09:30:15Z"),
            ("*/20 * * * * *", "2026-03-01T12:00:20Z"),
            ("0 0/5 * * * ?", "2026-03-01T12:05:00Z"),
            ("0 0 9 ? * 2", "2026-03-02T09:00:00Z"),
            ("0 0 9 ? * MON-FRI", "2026-03-02T09:00:00Z"),
            ("0 9 * * 1", "2026-03-02T09:00:00Z"),
            ("0 9 * * 7", "2026-03-08T09:00:00Z"),
            ("0 0 0 L * ?", "2026-03-31T00:00:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ] {
            check(pattern, &utc, "2026-03-01T12:00:00Z", &[expected]);
        }
        let plus_eight = Clockwork::from(Zone::DEFAULT);
        check("0 9 * * *", &plus_eight, "2026-03-01T12:00:00Z", &["2026-03-02T01:00:00Z", "2026-03-03T01:00:00Z"]);
    }

    #[test]
    fn other_texts_are_refused() {
        let utc = Clockwork::from(Zone::DEFAULT);
        let long = format!("{} * * * *", "1,".repeat(200));
        for text in [
            "",
            "hourly",
            "* * * *",
            "60 * * * *",
            "* * * * * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "0 0 ? * 8 ?",
            &long,
        ] {
            assert!(Cron::parse(text, &utc).is_err(), "{text}");
        }
        assert_eq!(Clockwork::named("Mars/Olympus"), None);
        assert_eq!(Clockwork::named("../../etc/passwd"), None);
    }

    #[test]
    fn a_pattern_may_have_no_next_instant() {
        let utc = Clockwork::from(Zone::DEFAULT);
        for pattern in ["0 0 30 2 *", "0 0 0 1 1 ? 2020", "0 * * 1 1 ? 4999"] {
            check(pattern, &utc, "2026-03-01T12:00:00Z", &[]);
            let cron = Cron::parse(pattern, &zone("Europe/Berlin")).expect("a pattern");
            assert_eq!(cron.next_after(Timestamp(1_772_366_400_000_000)), None, "{pattern}");
        }
    }

    #[test]
    fn what_the_clock_skips_counts_when_it_goes_on() {
        // Berlin, 29 March 2026: 01:59:59 CET (+1) is followed by 03:00:00 CEST (+2), at 01:00 UTC.
        let berlin = zone("Europe/Berlin");
        check("30 2 * * *", &berlin, "2026-03-28T12:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
        check("15,45 2 * * *", &berlin, "2026-03-28T12:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-30T00:15:00Z"]);
        check("30 2,3 * * *", &berlin, "2026-03-28T12:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
        check("30 * * * *", &berlin, "2026-03-29T00:00:00Z", &["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]);
    }

    #[test]
    fn what_the_clock_shows_twice_counts_once_if_hours_are_named() {
        // Berlin, 25 October 2026: 02:59:59 CEST (+2) is followed by 02:00:00 CET (+1), at 01:00 UTC.
        let berlin = zone("Europe/Berlin");
        check("30 2 * * *", &berlin, "2026-10-24T12:00:00Z", &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
        check("30 2 * * *", &berlin, "2026-10-25T01:10:00Z", &["2026-10-26T01:30:00Z"]);
        check("0,30 2,3 * * *", &berlin, "2026-10-25T00:30:00Z", &["2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"]);
    }

    #[test]
    fn every_hour_goes_on_through_the_hour_shown_twice() {
        let berlin = zone("Europe/Berlin");
        check(
            "30 * * * *",
            &berlin,
            "2026-10-24T23:45:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"],
        );
        // Lord Howe's clock goes back by half an hour, from 02:00 to 01:30, at 15:00 UTC.
        let lord_howe = zone("Australia/Lord_Howe");
        check(
            "*/20 * * * *",
            &lord_howe,
            "2026-04-04T14:40:00Z",
            &["2026-04-04T15:10:00Z", "2026-04-04T15:30:00Z", "2026-04-04T15:50:00Z"],
        );
        // A day that the clock shows twice ends once.
        check("59 * 25 10 *", &berlin, "2026-10-25T22:00:00Z", &["2026-10-25T22:59:00Z", "2027-10-24T22:59:00Z"]);
    }

    #[test]
    fn parts_of_a_second_make_no_difference() {
        let utc = Clockwork::from(Zone::DEFAULT);
        check("* * * * * *", &utc, "2026-03-01T12:00:00.999Z", &["2026-03-01T12:00:01Z"]);
        check("* * * * * *", &utc, "1969-12-31T23:59:58.500Z", &["1969-12-31T23:59:59Z"]);
    }
}

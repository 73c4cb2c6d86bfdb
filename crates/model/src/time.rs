//! Instants, durations and their spellings.
//!
//! Instants are microseconds since 1970 in UTC, in memory and in both databases. On the wire they are written as
//! `2025-07-18T14:44:46.735Z+0800`: local time of the configured zone, a literal `Z`, the offset without a colon.

use std::fmt;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span};
use serde::{Deserialize, Serialize};

use crate::{Number, Value};

/// Microseconds since 1970-01-01T00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Where "now" comes from: the composition root passes the system's clock in, tests a manual one.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Why a text is not a time or a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    /// Not one of the accepted spellings of an instant.
    #[error("not a time: expected a form like 2025-07-18T14:44:46.735Z+0800")]
    Instant,
    /// Not an ISO 8601 duration.
    #[error("not a duration: expected ISO 8601, like PT30S or P1D")]
    Duration,
    /// Outside the range of years that can be represented.
    #[error("the time lies outside the supported range")]
    Range,
}

impl Timestamp {
    /// The instant `duration` later; saturates at the ends of the range.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// The instant `duration` earlier; saturates at the ends of the range.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// The instant so many calendar months and then so many microseconds later (earlier when negative), counted in UTC.
    /// A day that the month does not have becomes its last.
    pub fn plus_calendar(self, months: i64, micros: i64) -> Result<Self, InvalidTime> {
        let range = |_| InvalidTime::Range;
        let start = jiff::Timestamp::from_microsecond(self.0).map_err(range)?.to_zoned_datetime(TimeZone::UTC);
        let moved = start.checked_add(Span::new().try_months(months).map_err(range)?).map_err(range)?;
        let end = moved.checked_add(SignedDuration::from_micros(micros)).map_err(range)?;
        Ok(Self(end.timestamp().as_microsecond()))
    }

    /// Milliseconds since 1970.
    pub fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The spelling of the contract, in the zone with this offset: `2025-07-18T14:44:46.735Z+0800`.
    pub fn to_wire(self, zone: Zone) -> String {
        let local = self.civil(zone.0);
        let seconds = zone.0.seconds();
        let (sign, seconds) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
        format!("{}Z{sign}{:02}{:02}", local.strftime("%Y-%m-%dT%H:%M:%S.%3f"), seconds / 3600, seconds % 3600 / 60)
    }

    /// RFC 3339 in UTC with milliseconds: `2025-07-18T06:44:46.735Z`. Used in expressions, logs and Muster's own endpoints.
    pub fn to_rfc3339(self) -> String {
        format!("{}Z", self.civil(Offset::UTC).strftime("%Y-%m-%dT%H:%M:%S.%3f"))
    }

    fn civil(self, offset: Offset) -> DateTime {
        let instant = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        offset.to_datetime(instant)
    }

    /// Reads every spelling that clients send: with or without fraction, with or without the literal `Z` before an
    /// offset, offsets with or without a colon; a date alone is its midnight. Without an offset, the zone decides.
    pub fn parse(text: &str, zone: Zone) -> Result<Self, InvalidTime> {
        let text = text.trim();
        let (local, offset) = match split_offset(text) {
            Some((local, offset)) => (local, offset),
            None => match text.strip_suffix(['Z', 'z']) {
                Some(local) => (local, Offset::UTC),
                None => (text, zone.0),
            },
        };
        let local: DateTime = if local.contains(['T', 't', ' ']) {
            local.parse().map_err(|_| InvalidTime::Instant)?
        } else {
            local.parse::<jiff::civil::Date>().map_err(|_| InvalidTime::Instant)?.at(0, 0, 0, 0)
        };
        let instant = local.to_zoned_datetime(TimeZone::fixed(offset)).map_err(|_| InvalidTime::Range)?;
        Ok(Self(instant.timestamp().as_microsecond()))
    }

    /// Reads a time in any form that objects hold: a text that [`Timestamp::parse`] takes, or the time since 1970 as a
    /// number or in digits. Its size tells whether it counts seconds (below 10^11, the year 5138), milliseconds (below
    /// 10^14) or microseconds (below 10^17).
    pub fn from_value(value: &Value, zone: Zone) -> Result<Self, InvalidTime> {
        match value {
            Value::Number(number) => Self::since_epoch(number),
            Value::String(text) => Self::parse(text, zone)
                .or_else(|error| Number::parse(text.trim()).map_or(Err(error), |number| Self::since_epoch(&number))),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => Err(InvalidTime::Instant),
        }
    }

    fn since_epoch(number: &Number) -> Result<Self, InvalidTime> {
        let micros_a_unit = match number.as_f64().abs() {
            seconds if seconds < 1e11 => 1_000_000,
            millis if millis < 1e14 => 1_000,
            micros if micros < 1e17 => 1,
            _ => return Err(InvalidTime::Range),
        };
        // Neither goes beyond 10^17, which 64 bits hold.
        let fraction = || (number.as_f64() * micros_a_unit as f64).round() as i64;
        Ok(Self(number.as_i64().map_or_else(fraction, |count| count * micros_a_unit)))
    }
}

/// `(local part, offset)` when the text ends in `±hh:mm` or `±hhmm`, after an optional literal `Z`.
fn split_offset(text: &str) -> Option<(&str, Offset)> {
    let sign_at = text.rfind(['+', '-'])?;
    let time_at = text.find(['T', 't', ' '])?;
    if sign_at < time_at {
        return None; // the sign belongs to the date
    }
    let digits: String = text[sign_at + 1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i32>().ok()?, digits[2..].parse::<i32>().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    let offset = Offset::from_seconds(if text[sign_at..].starts_with('-') { -seconds } else { seconds }).ok()?;
    Some((text[..sign_at].trim_end_matches(['Z', 'z']), offset))
}

/// The offset that times are written in on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Offset);

impl Zone {
    /// UTC+08:00, as the vendor's service writes.
    pub const DEFAULT: Zone = Zone(Offset::constant(8));

    /// Reads `+0800`, `+08:00` or `Z`.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
            return Ok(Self(Offset::UTC));
        }
        split_offset(&format!("T{text}")).map(|(_, offset)| Self(offset)).ok_or(InvalidTime::Instant)
    }

    pub(crate) fn offset(self) -> Offset {
        self.0
    }
}

/// An ISO 8601 duration, kept as written because its months and days depend on where they start.
#[derive(Debug, Clone)]
pub struct IsoDuration(Span);

impl PartialEq for IsoDuration {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl IsoDuration {
    /// Reads `PT30S`, `P1DT12H`, `P15D` …; negative durations are refused.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let span: Span = text.trim().parse().map_err(|_| InvalidTime::Duration)?;
        // jiff also reads friendly forms ("5 minutes"); BPMN writes ISO 8601 only.
        if span.is_negative() || !text.trim().starts_with(['P', 'p']) {
            return Err(InvalidTime::Duration);
        }
        Ok(Self(span))
    }

    /// The instant this duration after `start`, counted on the UTC calendar.
    pub fn after(&self, start: Timestamp) -> Result<Timestamp, InvalidTime> {
        let start = jiff::Timestamp::from_microsecond(start.0).map_err(|_| InvalidTime::Range)?;
        let end = start.to_zoned_datetime(TimeZone::UTC).checked_add(self.0).map_err(|_| InvalidTime::Range)?;
        Ok(Timestamp(end.timestamp().as_microsecond()))
    }

    /// The length, with days of 24 hours and months counted from 1970-01-01.
    pub fn length(&self) -> Result<Duration, InvalidTime> {
        let end = self.after(Timestamp(0))?;
        Ok(Duration::from_micros(u64::try_from(end.0).unwrap_or(0)))
    }
}

impl fmt::Display for IsoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Writes a duration as ISO 8601 seconds: `PT30S`, `PT1.5S`.
pub fn iso_seconds(duration: Duration) -> String {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_spelling_is_written() {
        let time = Timestamp::parse("2025-07-18T14:44:46.735Z+0800", Zone::DEFAULT).expect("parses");
        assert_eq!(time.to_wire(Zone::DEFAULT), "2025-07-18T14:44:46.735Z+0800");
        assert_eq!(time.to_rfc3339(), "2025-07-18T06:44:46.735Z");
        assert_eq!(time.to_wire(Zone::parse("-03:30").expect("zone")), "2025-07-18T03:14:46.735Z-0330");
    }

    #[test]
    fn every_spelling_of_the_clients_is_the_same_instant() {
        let expected = Timestamp::parse("2023-04-18T05:00:00Z", Zone::DEFAULT).expect("parses");
        for text in [
            "2023-04-18T13:00:00.000Z+0800",
            "2023-04-18T13:00:00Z+0800",
            "2023-04-18T13:00:00+08:00",
            "2023-04-18T13:00:00.000+0800",
            "2023-04-18T05:00:00.000Z",
            "2023-04-18T13:00:00",
            "2023-04-18 13:00:00",
            " 2023-04-18T13:00:00 ",
        ] {
            assert_eq!(Timestamp::parse(text, Zone::DEFAULT), Ok(expected), "{text}");
        }
        assert_eq!(
            Timestamp::parse("2023-04-18", Zone::DEFAULT),
            Timestamp::parse("2023-04-18T00:00:00Z+0800", Zone::DEFAULT)
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "yesterday", "2023-13-01T00:00:00Z", "2023-04-18T25:00:00Z", "1681794000"] {
            assert!(Timestamp::parse(text, Zone::DEFAULT).is_err(), "{text}");
        }
    }

    #[test]
    fn objects_hold_times_as_text_and_as_counts() {
        let expected = Timestamp::parse("2023-04-18T05:00:00.250Z", Zone::DEFAULT);
        for json in [
            r#""2023-04-18T13:00:00.250Z+0800""#,
            r#""2023-04-18T13:00:00.25""#,
            "1681794000.25",
            "1681794000250",
            "1681794000250000",
            r#"" 1681794000250 ""#,
            "1681794000.250",
            "1.68179400025e9",
        ] {
            let value = Value::from_json(json).expect("JSON");
            assert_eq!(Timestamp::from_value(&value, Zone::DEFAULT), expected, "{json}");
        }
        for json in ["null", "true", "[1681794000]", "{}", r#""""#, r#""soon""#, "1e17", "-1e300", "1e999"] {
            let value = Value::from_json(json).expect("JSON");
            assert!(Timestamp::from_value(&value, Zone::DEFAULT).is_err(), "{json}");
        }
        assert_eq!(Timestamp::from_value(&Value::int(-1), Zone::DEFAULT), Ok(Timestamp(-1_000_000)));
    }

    #[test]
    fn months_are_counted_on_the_calendar() {
        let start = Timestamp::parse("2024-03-31T10:00:00Z", Zone::DEFAULT).expect("parses");
        let plus = |months, micros| start.plus_calendar(months, micros).map(Timestamp::to_rfc3339);
        assert_eq!(plus(-1, 0).as_deref(), Ok("2024-02-29T10:00:00.000Z"));
        assert_eq!(plus(1, -3_600_000_000).as_deref(), Ok("2024-04-30T09:00:00.000Z"));
        assert_eq!(plus(12, 0).as_deref(), Ok("2025-03-31T10:00:00.000Z"));
        for (months, micros) in [(i64::MAX, 0), (i64::MIN, 0), (100_000, 0), (0, i64::MAX), (0, i64::MIN)] {
            assert_eq!(plus(months, micros), Err(InvalidTime::Range), "{months} {micros}");
        }
    }

    #[test]
    fn durations_are_iso_8601_and_not_negative() {
        let start = Timestamp::parse("2024-01-31T00:00:00Z", Zone::DEFAULT).expect("parses");
        let after = |text| IsoDuration::parse(text).and_then(|d| d.after(start)).map(Timestamp::to_rfc3339);
        assert_eq!(after("PT30S").as_deref(), Ok("2024-01-31T00:00:30.000Z"));
        assert_eq!(after("P1M").as_deref(), Ok("2024-02-29T00:00:00.000Z"));
        assert_eq!(after("P15D").as_deref(), Ok("2024-02-15T00:00:00.000Z"));
        for text in ["", "30s", "5 minutes", "-PT5S", "P", "P99999999999Y"] {
            assert!(after(text).is_err(), "{text}");
        }
    }
}

//! Dates, times and durations: read from text, compared, added, written.
//!
//! A date is its midnight, and what has no offset is in UTC. A duration counts months or microseconds, never both, so
//! that durations have an order.

mod read;

use std::cmp::Ordering;
use std::fmt;

use model::{Timestamp, Value};

use read::{duration, instant, is_date, time_of_day, utc};

/// A value of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Temporal {
    /// A date, or a date with a time of the day.
    Instant {
        at: Timestamp,
        /// Whether it is written without the time of the day.
        date: bool,
    },
    /// A time of the day, in microseconds since midnight.
    TimeOfDay(i64),
    /// A duration of years and months, in months.
    Months(i64),
    /// A duration of days, hours, minutes and seconds, in microseconds.
    Length(i64),
}

/// How a literal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `date("…")`
    Date,
    /// `time("…")`
    Time,
    /// `date and time("…")`
    DateAndTime,
    /// `duration("…")`
    Duration,
}

/// Longer texts are none of them.
const LONGEST: usize = 64;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const OUT_OF_RANGE: &str = "the time lies outside the supported range";

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::DateAndTime => "date and time",
            Self::Duration => "duration",
        })
    }
}

impl Form {
    /// A literal that is right.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Date => "date(\"2025-07-18\")",
            Self::Time => "time(\"06:44:46\")",
            Self::DateAndTime => "date and time(\"2025-07-18T06:44:46Z\")",
            Self::Duration => "duration(\"PT4H\")",
        }
    }
}

impl Temporal {
    /// The value of a literal, or what is wrong with its text.
    pub(super) fn literal(form: Form, text: &str) -> Result<Self, String> {
        let found = match form {
            Form::Date => instant(text).filter(|_| is_date(text)),
            Form::DateAndTime => instant(text).map(|found| match found {
                Self::Instant { at, .. } => Self::Instant { at, date: false },
                Self::TimeOfDay(_) | Self::Months(_) | Self::Length(_) => found,
            }),
            Form::Time => time_of_day(text),
            Form::Duration => duration(text),
        };
        found.ok_or_else(|| {
            let more = match form {
                Form::Duration => ", P1Y6M or P2DT12H; years and months do not mix with the rest",
                Form::Time | Form::DateAndTime => "; an offset is written +02:00, not as the name of a zone",
                Form::Date => "",
            };
            format!("cannot read '{}' as {}{more}", crate::text::excerpt(text), form.example())
        })
    }

    /// A value read as the same kind of time; `None` when it is not one. An instant may be a count since 1970, as objects
    /// have it, and a duration a number of seconds, as `duration()` of CEL has it.
    pub(super) fn read_alike(self, value: &Value) -> Option<Self> {
        match (self, value) {
            (_, Value::String(text)) if text.len() > LONGEST => None,
            (Self::Instant { .. }, Value::String(_) | Value::Number(_)) => {
                Timestamp::from_value(value, utc()).ok().map(|at| Self::Instant { at, date: false })
            }
            (Self::TimeOfDay(_), Value::String(text)) => time_of_day(text),
            (Self::Months(_), Value::String(text)) => duration(text).filter(|found| matches!(found, Self::Months(_))),
            (Self::Length(_), Value::String(text)) => duration(text).filter(|found| matches!(found, Self::Length(_))),
            (Self::Length(_), Value::Number(seconds)) => {
                let exact = || seconds.as_i64()?.checked_mul(SECOND);
                let rounded = (seconds.as_f64() * SECOND as f64).round();
                let fits = rounded.abs() < 9e18;
                exact().or_else(|| fits.then_some(rounded as i64)).map(Self::Length)
            }
            (Self::TimeOfDay(_) | Self::Months(_), Value::Number(_))
            | (_, Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_)) => None,
        }
    }

    /// Whatever kind of time a text is. The spellings of two kinds are never the same.
    pub(super) fn read(text: &str) -> Option<Self> {
        instant(text).or_else(|| duration(text)).or_else(|| time_of_day(text))
    }

    /// The order of two times of a kind.
    pub(super) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Instant { at: a, .. }, Self::Instant { at: b, .. }) => Some(a.cmp(&b)),
            (Self::TimeOfDay(a), Self::TimeOfDay(b))
            | (Self::Months(a), Self::Months(b))
            | (Self::Length(a), Self::Length(b)) => Some(a.cmp(&b)),
            (Self::Instant { .. } | Self::TimeOfDay(_) | Self::Months(_) | Self::Length(_), _) => None,
        }
    }

    /// `self + other`; `None` when there is no such sum, the error when it is too large.
    pub(super) fn plus(self, other: Self) -> Option<Result<Self, &'static str>> {
        let sum = match (self, other) {
            (Self::Instant { .. }, Self::Months(months)) => self.moved(months, 0),
            (Self::Instant { .. }, Self::Length(length)) => self.moved(0, length),
            (Self::TimeOfDay(time), Self::Length(length)) => {
                Some(Self::TimeOfDay((time + length.rem_euclid(DAY)).rem_euclid(DAY)))
            }
            (Self::Months(a), Self::Months(b)) => a.checked_add(b).map(Self::Months),
            (Self::Length(a), Self::Length(b)) => a.checked_add(b).map(Self::Length),
            (Self::Months(_) | Self::Length(_), Self::Instant { .. }) | (Self::Length(_), Self::TimeOfDay(_)) => {
                return other.plus(self);
            }
            (Self::Instant { .. } | Self::TimeOfDay(_) | Self::Months(_) | Self::Length(_), _) => return None,
        };
        Some(sum.ok_or(OUT_OF_RANGE))
    }

    /// `self - other`, likewise.
    pub(super) fn minus(self, other: Self) -> Option<Result<Self, &'static str>> {
        let difference = match (self, other) {
            (Self::Instant { at: a, .. }, Self::Instant { at: b, .. }) => a.0.checked_sub(b.0).map(Self::Length),
            (Self::TimeOfDay(a), Self::TimeOfDay(b)) => Some(Self::Length(a - b)),
            (_, Self::Months(months)) => return self.plus(Self::Months(months.checked_neg()?)),
            (Self::Instant { .. } | Self::TimeOfDay(_) | Self::Length(_), Self::Length(length)) => {
                return self.plus(Self::Length(length.checked_neg()?));
            }
            (Self::Instant { .. } | Self::TimeOfDay(_) | Self::Months(_) | Self::Length(_), _) => return None,
        };
        Some(difference.ok_or(OUT_OF_RANGE))
    }

    /// An instant so much later. A date that is moved by whole days stays one.
    fn moved(self, months: i64, micros: i64) -> Option<Self> {
        let Self::Instant { at, date } = self else { return None };
        let at = at.plus_calendar(months, micros).ok()?;
        Some(Self::Instant { at, date: date && at.0.rem_euclid(DAY) == 0 })
    }

    /// Half-way between two of a kind, rounded down.
    pub(super) fn between(self, other: Self) -> Option<Self> {
        let middle = |a: i64, b: i64| i64::try_from((i128::from(a) + i128::from(b)).div_euclid(2)).ok();
        match (self, other) {
            (Self::Instant { at: a, .. }, Self::Instant { at: b, .. }) => {
                middle(a.0, b.0).map(|at| Self::Instant { at: Timestamp(at), date: false })
            }
            (Self::TimeOfDay(a), Self::TimeOfDay(b)) => middle(a, b).map(Self::TimeOfDay),
            (Self::Months(a), Self::Months(b)) => middle(a, b).map(Self::Months),
            (Self::Length(a), Self::Length(b)) => middle(a, b).map(Self::Length),
            (Self::Instant { .. } | Self::TimeOfDay(_) | Self::Months(_) | Self::Length(_), _) => None,
        }
    }

    /// One that is earlier or shorter than this; of a time of the day midnight.
    pub(super) fn before(self) -> Option<Self> {
        self.stepped(-1)
    }

    /// One that is later or longer than this; of a time of the day the last second.
    pub(super) fn after(self) -> Option<Self> {
        self.stepped(1)
    }

    fn stepped(self, by: i64) -> Option<Self> {
        match self {
            Self::Instant { .. } => self.moved(0, by * DAY),
            Self::TimeOfDay(_) => Some(Self::TimeOfDay(if by < 0 { 0 } else { DAY - SECOND })),
            Self::Months(months) => months.checked_add(by).map(Self::Months),
            Self::Length(length) => length.checked_add(by * MINUTE).map(Self::Length),
        }
    }

    /// What users call this kind of value.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Instant { date: true, .. } => "date",
            Self::Instant { date: false, .. } => "date and time",
            Self::TimeOfDay(_) => "time",
            Self::Months(_) | Self::Length(_) => "duration",
        }
    }
}

/// The spellings that the other parts of the house read: a date, RFC 3339 in UTC with milliseconds, ISO 8601.
impl fmt::Display for Temporal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Instant { at, date } => {
                let text = at.to_rfc3339();
                f.write_str(if date { text.split_once('T').map_or(text.as_str(), |(date, _)| date) } else { &text })
            }
            Self::TimeOfDay(time) => {
                write!(f, "{:02}:{:02}:{:02}", time / HOUR, time % HOUR / MINUTE, time % MINUTE / SECOND)?;
                fraction(f, time.unsigned_abs() % SECOND.unsigned_abs())
            }
            Self::Months(months) => {
                let (sign, months) = (if months < 0 { "-" } else { "" }, months.unsigned_abs());
                match (months / 12, months % 12) {
                    (0, months) => write!(f, "{sign}P{months}M"),
                    (years, 0) => write!(f, "{sign}P{years}Y"),
                    (years, months) => write!(f, "{sign}P{years}Y{months}M"),
                }
            }
            Self::Length(length) => {
                f.write_str(if length < 0 { "-P" } else { "P" })?;
                let length = length.unsigned_abs();
                let whole = |unit: i64| unit.unsigned_abs();
                let (days, rest) = (length / whole(DAY), length % whole(DAY));
                if days > 0 {
                    write!(f, "{days}D")?;
                }
                if rest > 0 || days == 0 {
                    f.write_str("T")?;
                }
                let (hours, minutes) = (rest / whole(HOUR), rest % whole(HOUR) / whole(MINUTE));
                let seconds = rest % whole(MINUTE);
                if hours > 0 {
                    write!(f, "{hours}H")?;
                }
                if minutes > 0 {
                    write!(f, "{minutes}M")?;
                }
                if seconds > 0 || length == 0 {
                    write!(f, "{}", seconds / whole(SECOND))?;
                    fraction(f, seconds % whole(SECOND))?;
                    f.write_str("S")?;
                }
                Ok(())
            }
        }
    }
}

/// Microseconds behind a decimal point, without zeros at the end.
fn fraction(f: &mut fmt::Formatter<'_>, micros: u64) -> fmt::Result {
    if micros == 0 {
        return Ok(());
    }
    f.write_str(format!(".{micros:06}").trim_end_matches('0'))
}

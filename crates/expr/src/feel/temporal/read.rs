//! The spellings of times and durations.

use model::Timestamp;
use model::time::Zone;

use super::{DAY, HOUR, LONGEST, MINUTE, SECOND, Temporal};

/// The zone of what has no offset.
pub(super) fn utc() -> Zone {
    Zone::parse("Z").expect("'Z' is a zone")
}

/// Whether the text of an instant is without the time of the day.
pub(super) fn is_date(text: &str) -> bool {
    !text.trim().contains(['T', 't', ' ', ':'])
}

/// A date, or a date with a time of the day.
pub(super) fn instant(text: &str) -> Option<Temporal> {
    let at = (text.len() <= LONGEST).then(|| Timestamp::parse(text, utc()).ok()).flatten()?;
    Some(Temporal::Instant { at, date: is_date(text) })
}

/// `hh:mm`, `hh:mm:ss` and fractions, with `Z` or an offset, which is taken off.
pub(super) fn time_of_day(text: &str) -> Option<Temporal> {
    let written = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | '-' | 'Z' | 'z');
    let shaped = text.len() <= LONGEST && text.get(2..3) == Some(":") && text.chars().all(written);
    let at = shaped.then(|| Timestamp::parse(&format!("1970-01-01T{text}"), utc()).ok()).flatten()?;
    Some(Temporal::TimeOfDay(at.0.rem_euclid(DAY)))
}

/// ISO 8601, perhaps negative: years and months, or weeks, days and times.
pub(super) fn duration(text: &str) -> Option<Temporal> {
    if text.len() > LONGEST {
        return None;
    }
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
    let (mut months, mut micros) = (None, None);
    let mut add = |to_months: bool, amount: i128| {
        let sum = if to_months { &mut months } else { &mut micros };
        *sum = Some(sum.unwrap_or(0) + amount);
    };
    parts(date, "YMWD", |unit, whole, fraction| {
        match unit {
            'Y' => add(true, whole * 12),
            'M' => add(true, whole),
            'W' => add(false, whole * i128::from(7 * DAY)),
            _ => add(false, whole * i128::from(DAY)),
        }
        fraction == 0
    })?;
    if let Some(time) = time.filter(|time| !time.is_empty()) {
        parts(time, "HMS", |unit, whole, fraction| {
            let length = match unit {
                'H' => HOUR,
                'M' => MINUTE,
                _ => SECOND,
            };
            add(false, whole * i128::from(length) + fraction);
            fraction == 0 || unit == 'S'
        })?;
    } else if time.is_some() {
        return None;
    }
    match (months, micros) {
        (Some(months), None) => i64::try_from(sign * months).ok().map(Temporal::Months),
        (None, Some(micros)) => i64::try_from(sign * micros).ok().map(Temporal::Length),
        _ => None,
    }
}

/// Numbers with a unit each, the units in this order and each at most once. `take` gets the unit, the whole number and
/// the fraction in millionths, and says whether that may be.
fn parts(mut text: &str, mut units: &str, mut take: impl FnMut(char, i128, i128) -> bool) -> Option<()> {
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        units = units.split_once(unit)?.1;
        text = &rest[unit.len_utf8()..];
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        // 18 digits, times the longest unit, are far from the end of the type.
        if whole.is_empty() || whole.len() > 18 || fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let millionths: String = fraction.chars().chain("000000".chars()).take(6).collect();
        if !take(unit, whole.parse().ok()?, millionths.parse().ok()?) {
            return None;
        }
    }
    Some(())
}

//! Instants and durations as numbers of seconds, so that they compare, add and subtract.
//!
//! An instant is the seconds since 1970-01-01T00:00:00 UTC. Whole seconds are integers, others are exact to the
//! microsecond.

use model::time::{IsoDuration, Zone};
use model::{Number, Timestamp, Value};

use super::convert::excerpt;
use super::{Call, Function};
use crate::Fault;

pub(super) const FUNCTIONS: [Function; 2] = [
    Function::new("timestamp", "timestamp(text)", 1..=1, timestamp),
    Function::new("duration", "duration(text)", 1..=1, duration),
];

/// Longer texts are neither.
const LONGEST: usize = 64;

const MICROS: i64 = 1_000_000;

fn seconds(micros: i64) -> Value {
    if micros % MICROS == 0 {
        return Value::int(micros / MICROS);
    }
    Value::Number(Number::Float(micros as f64 / MICROS as f64))
}

/// Reads RFC 3339 and the spelling of the contract; without an offset the time is UTC.
fn timestamp(call: &mut Call<'_>) -> Result<Value, Fault> {
    let Some(text) = call.text()? else { return Ok(Value::Null) };
    let time = match Zone::parse("Z") {
        Ok(utc) if text.len() <= LONGEST => Timestamp::parse(text, utc).ok(),
        Ok(_) | Err(_) => None,
    };
    match time {
        Some(Timestamp(micros)) => Ok(seconds(micros)),
        None => Err(call.fault(&format!("cannot read '{}' as a time like 2025-07-18T06:44:46Z", excerpt(text)))),
    }
}

/// Reads ISO 8601 (`PT5M`) and short forms (`1h30m`).
fn duration(call: &mut Call<'_>) -> Result<Value, Fault> {
    let Some(text) = call.text()? else { return Ok(Value::Null) };
    let micros = if text.len() > LONGEST {
        None
    } else if text.trim_start().starts_with(['P', 'p']) {
        IsoDuration::parse(text).and_then(|duration| duration.length()).ok().map(|length| length.as_micros())
    } else {
        short(text.trim())
    };
    match micros.and_then(|micros| i64::try_from(micros).ok()) {
        Some(micros) => Ok(seconds(micros)),
        None => Err(call.fault(&format!("cannot read '{}' as a duration like PT5M or 5m", excerpt(text)))),
    }
}

/// Microseconds of a form like `1h30m`: whole numbers with one of the units `w d h m s ms`.
fn short(text: &str) -> Option<u128> {
    let mut rest = text;
    let mut total = 0_u128;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, tail) = rest.split_at(unit_at);
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let micros: u128 = match unit {
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            "w" => 604_800_000_000,
            _ => return None,
        };
        // At most 19 digits: the sum of a few such numbers stays far below the end of the type.
        total += count.parse::<u64>().map(u128::from).ok()? * micros;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

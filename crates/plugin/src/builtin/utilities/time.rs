//! Functions on times. The present instant is not available: a function depends on its input alone.
//!
//! Everywhere, a time is a text in any of the spellings that [`model::Timestamp::parse`] reads, or a number of
//! milliseconds since 1970, or of seconds when it is below 100 000 000 000.

use model::time::{IsoDuration, Zone};
use model::{Number, Timestamp, Value};

use super::time_pattern::Pattern;
use super::{any, number, optional, pure, string};
use crate::builtin::arguments::text;
use crate::error::ActionError;
use crate::manifest::{Action, Parameter};

const DEFAULT_PATTERN: &str = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

/// Below this, a number of the epoch counts seconds: as milliseconds it would be before March 1973.
const SECONDS_BELOW: i64 = 100_000_000_000;

pub(super) fn actions() -> Vec<Action> {
    let time = |name| any(name, "A time: a text like 2025-07-18T14:44:46.735Z or a number of the epoch.");
    let zone = || optional(string("zone", "The offset for local times, like +0800 or Z.")).with_default("Z");
    let pattern =
        || string("pattern", "A pattern of the letters yyyy MM dd HH mm ss SSS EEE XXX, other text in single quotes.");
    vec![
        two_results("parseTime", "Reads a time.", vec![time("time"), optional(pattern()), zone()], parse),
        pure(
            "formatTime",
            "Writes a time.",
            vec![time("time"), optional(pattern()).with_default(DEFAULT_PATTERN), zone()],
            string("result", "The written time."),
            format,
        ),
        two_results(
            "addTime",
            "Gives the time that a duration later.",
            vec![time("time"), string("duration", "An ISO 8601 duration like PT30M, P1D or P1M.")],
            |input| times(shifted(input, |time, duration| duration.after(time).ok())?),
        ),
        two_results(
            "subtractTime",
            "Gives the time that a duration earlier.",
            vec![time("time"), string("duration", "An ISO 8601 duration without years and months, like PT30M or P1D.")],
            subtract,
        ),
        pure(
            "timeDifference",
            "Gives how much later one time is than another.",
            vec![
                time("start"),
                time("end"),
                optional(string("unit", "milliseconds, seconds, minutes, hours or days.")).with_default("seconds"),
            ],
            number("result", "The difference; negative when the end is before the start."),
            difference,
        ),
    ]
}

fn two_results(
    name: &'static str,
    description: &'static str,
    inputs: Vec<Parameter>,
    function: super::Function,
) -> Action {
    let mut action =
        pure(name, description, inputs, string("time", "The time in UTC, like 2025-07-18T06:44:46.735Z."), function);
    action.outputs.push(number("epochMilliseconds", "The time in milliseconds since 1970."));
    action
}

fn times(time: Timestamp) -> Result<Value, ActionError> {
    Ok(Value::object([("time", Value::from(time.to_rfc3339())), ("epochMilliseconds", Value::int(time.as_millis()))]))
}

fn zone(input: &Value) -> Result<Zone, ActionError> {
    Zone::parse(input.get("zone").as_str().unwrap_or("Z"))
        .map_err(|_| ActionError::input("zone", "expected an offset like +0800 or Z"))
}

fn instant(input: &Value, name: &str, zone: Zone) -> Result<Timestamp, ActionError> {
    let invalid = || ActionError::input(name, "expected a time like 2025-07-18T14:44:46.735Z or a number of the epoch");
    match input.get(name) {
        Value::Number(epoch) => from_epoch(epoch.as_i64()).ok_or_else(invalid),
        Value::String(text) => match text.trim().parse() {
            Ok(epoch) => from_epoch(Some(epoch)).ok_or_else(invalid),
            Err(_) => Timestamp::parse(text, zone).map_err(|_| invalid()),
        },
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => Err(invalid()),
    }
}

fn from_epoch(number: Option<i64>) -> Option<Timestamp> {
    let number = number?;
    let factor = if number.abs() < SECONDS_BELOW { 1_000_000 } else { 1000 };
    // The year 9999, the last that texts can spell.
    number.checked_mul(factor).filter(|micros| micros.abs() <= 253_402_300_799_000_000).map(Timestamp)
}

fn parse(input: &Value) -> Result<Value, ActionError> {
    let zone = zone(input)?;
    let Some(pattern) = input.get("pattern").as_str() else { return times(instant(input, "time", zone)?) };
    let found = Pattern::read(pattern, "pattern")?.parse(&input.get("time").to_text(), zone);
    times(found.ok_or_else(|| ActionError::input("time", format!("it does not fit the pattern {pattern}")))?)
}

fn format(input: &Value) -> Result<Value, ActionError> {
    let zone = zone(input)?;
    let pattern = Pattern::read(text(input, "pattern")?, "pattern")?;
    super::result("result", pattern.write(instant(input, "time", zone)?, zone))
}

fn shifted(
    input: &Value,
    shift: impl FnOnce(Timestamp, IsoDuration) -> Option<Timestamp>,
) -> Result<Timestamp, ActionError> {
    let time = instant(input, "time", zone(&Value::Null)?)?;
    let duration = IsoDuration::parse(text(input, "duration")?)
        .map_err(|_| ActionError::input("duration", "expected an ISO 8601 duration like PT30M"))?;
    shift(time, duration).ok_or_else(|| ActionError::input("duration", "the result lies outside the supported years"))
}

fn subtract(input: &Value) -> Result<Value, ActionError> {
    let text = text(input, "duration")?.to_ascii_uppercase();
    let date = text.split('T').next().unwrap_or_default();
    if date.contains(['Y', 'M']) {
        return Err(ActionError::input("duration", "years and months have no fixed length and cannot be subtracted"));
    }
    times(shifted(input, |time, duration| {
        let length = duration.after(Timestamp(0)).ok()?;
        time.0.checked_sub(length.0).filter(|micros| *micros >= -62_135_596_800_000_000).map(Timestamp)
    })?)
}

fn difference(input: &Value) -> Result<Value, ActionError> {
    let zone = zone(&Value::Null)?;
    let micros = instant(input, "end", zone)?.0 - instant(input, "start", zone)?.0;
    let unit = match text(input, "unit")? {
        "milliseconds" => 1000,
        "seconds" => 1_000_000,
        "minutes" => 60_000_000,
        "hours" => 3_600_000_000,
        "days" => 86_400_000_000,
        _ => return Err(ActionError::input("unit", "expected milliseconds, seconds, minutes, hours or days")),
    };
    let number = if micros % unit == 0 {
        Some(Number::Int(micros / unit))
    } else {
        Number::from_f64(micros as f64 / unit as f64)
    };
    super::result("result", number.map_or(Value::Null, Value::Number))
}

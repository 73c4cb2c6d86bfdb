//! Instants and durations that expressions give.

use bpmn::cycle::Cycle;
use model::time::{IsoDuration, Zone};
use model::{Timestamp, Value};

use super::failure::invalid_time;
use crate::command::Failure;

const INSTANT: &str = "a time like 2025-07-18T14:44:46Z";
const CYCLE: &str = "an ISO 8601 cycle like R3/PT10S";
const DURATION: &str = "an ISO 8601 duration like PT30S or P1D";

/// An instant as text; without an offset it is in the default zone of the contract.
pub(crate) fn instant(value: &Value) -> Result<Timestamp, Failure> {
    let parsed = value.as_str().and_then(|text| Timestamp::parse(text, Zone::DEFAULT).ok());
    parsed.ok_or_else(|| invalid_time(value, INSTANT))
}

/// The instant that lies an ISO 8601 duration after `start`.
pub(crate) fn after(start: Timestamp, value: &Value) -> Result<Timestamp, Failure> {
    let parsed = value.as_str().and_then(|text| IsoDuration::parse(text).ok()?.after(start).ok());
    parsed.ok_or_else(|| invalid_time(value, DURATION))
}

/// A cycle as text.
pub(crate) fn cycle(value: &Value) -> Result<Cycle, Failure> {
    let parsed = value.as_str().and_then(|text| Cycle::parse(text).ok());
    parsed.ok_or_else(|| invalid_time(value, CYCLE))
}

/// Either of the two.
pub(crate) fn instant_or_after(start: Timestamp, value: &Value) -> Result<Timestamp, Failure> {
    match after(start, value) {
        Ok(at) => Ok(at),
        Err(_) => instant(value).map_err(|_| invalid_time(value, &format!("{INSTANT} or {DURATION}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_is_a_duration_or_an_instant() {
        let start = Timestamp(0);
        let at = |text: &str| instant_or_after(start, &text.into()).map(Timestamp::to_rfc3339);
        assert_eq!(at("PT5M").as_deref(), Ok("1970-01-01T00:05:00.000Z"));
        assert_eq!(at("2025-07-18T14:44:46.000Z+0800").as_deref(), Ok("2025-07-18T06:44:46.000Z"));
        let refused = at("soon").expect_err("neither");
        assert_eq!(refused.code, "Timer.Invalid");
        assert!(refused.message.ends_with("not \"soon\""), "{}", refused.message);
        assert!(instant_or_after(start, &Value::int(5)).is_err());
    }
}

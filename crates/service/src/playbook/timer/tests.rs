//! Timers: what is refused, and when the others tick.

use model::time::Zone;
use model::{Timestamp, Value};

use super::{Tick, Timer};
use crate::field::Fields;
use crate::playbook::rule::{Rule, read};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, Zone::DEFAULT).unwrap_or_else(|_| panic!("{text} is no time"))
}

fn timer(json: &str) -> Result<Timer, String> {
    let document = Value::from_json(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    let class = expr::condition::Fields::new(Zone::DEFAULT);
    let mut fields = Fields::new();
    let rule = read(&mut fields, "TIMER", true, Some(&document), &class, Zone::DEFAULT);
    fields.finish().map_err(|error| error.message().en.clone())?;
    match rule {
        Some(Rule::Timer(timer)) => Ok(*timer),
        other => panic!("{json} is {other:?}"),
    }
}

/// The ticks of a timer after an instant, as the default zone writes them.
fn check(json: &str, after: &str, expected: &[&str]) {
    let timer = timer(json).unwrap_or_else(|problem| panic!("{json}: {problem}"));
    let mut now = at(after);
    let mut ticks = Vec::new();
    while ticks.len() <= expected.len().min(3)
        && let Some(tick) = timer.next_after(now)
    {
        now = tick;
        ticks.push(tick.to_wire(Zone::DEFAULT).replace(".000Z+0800", ""));
    }
    ticks.truncate(expected.len().max(1));
    assert_eq!(ticks, expected, "{json} after {after}");
}

#[test]
fn what_is_no_timer_is_refused_with_the_field_named() {
    let never = "rule.cron never fires between the rule's start and end and in its repeat_range";
    for (json, expected) in [
        ("{}", "rule.cron is required"),
        (r#"{"cron": ""}"#, "rule.cron is required"),
        (r#"{"cron": 5}"#, "rule.cron must be text"),
        (r#"{"cron": "hourly"}"#, "rule.cron must be a cron expression of 5, 6 or 7 fields: "),
        (r#"{"cron": "* * * *"}"#, "rule.cron must be a cron expression of 5, 6 or 7 fields: "),
        (r#"{"cron": "0 0 30 2 *"}"#, never),
        (r#"{"cron": "0 3 * * *", "repeat_range": "09:00-18:00"}"#, never),
        (r#"{"cron": "0 3 * * *", "start_time": "2026-03-02T12:00:00Z", "end_time": "2026-03-02T13:00:00Z"}"#, never),
        (r#"{"cron": "0 3 * * *", "start_time": "2026-03-02T12:00:00Z", "end_time": "2026-03-01T12:00:00Z"}"#, never),
        (
            r#"{"cron": "0 3 * * *", "schedule_type": "month"}"#,
            "rule.schedule_type must be one of: second, hour, day, week",
        ),
        (
            r#"{"cron": "0 3 * * *", "start_type": "CUSTOM"}"#,
            "rule.start_time is required when rule.start_type is CUSTOM",
        ),
        (r#"{"cron": "0 3 * * *", "end_type": "CUSTOM"}"#, "rule.end_time is required when rule.end_type is CUSTOM"),
        (r#"{"cron": "0 3 * * *", "start_type": "LATER"}"#, "rule.start_type must be one of: IMMEDIATELY, CUSTOM"),
        (r#"{"cron": "0 3 * * *", "start_time": "soon"}"#, "rule.start_time must be a time like "),
        (
            r#"{"cron": "0 3 * * *", "execution_type": "SERIAL"}"#,
            "rule.execution_type must be one of: PARALLEL, SERIAL_WAIT",
        ),
        (r#"{"cron": "0 3 * * *", "only_once": 1}"#, "rule.only_once must be true or false"),
        (r#"{"cron": "0 3 * * *", "zone": "Mars/Olympus"}"#, "rule.zone must be a zone of the IANA database"),
        (r#"{"cron": "0 3 * * *", "missed": "all"}"#, "rule.missed must be one of: once, skip"),
        (r#"{"cron": "0 3 * * *", "repeat_range": "mornings"}"#, "rule.repeat_range must be "),
        (r#"{"cron": "0 3 * * *", "repeat_range": "9:00-18:00"}"#, "rule.repeat_range must be "),
        (r#"{"cron": "0 3 * * *", "repeat_range": "09:00-24:00"}"#, "rule.repeat_range must be "),
        (r#"{"cron": "0 3 * * *", "repeat_range": "09:00-09:00"}"#, "rule.repeat_range must be "),
        (
            r#"{"cron": "0 3 * * *", "repeat_range": "2026-03-02T12:00:00Z/2026-03-01T12:00:00Z"}"#,
            "rule.repeat_range must be ",
        ),
    ] {
        let found = timer(json).expect_err(json);
        assert!(found.starts_with(expected), "{json}: {found}");
        assert!(!found.contains("; "), "{json} has one problem: {found}");
    }
}

#[test]
fn a_timer_ticks_between_its_start_and_its_end() {
    check(
        r#"{"cron": "0 0 9 * * ?", "schedule_type": "day", "start_type": "IMMEDIATELY", "end_type": "FOREVER",
            "start_time": null, "end_time": null, "repeat_range": null, "only_once": false, "execution_type": "PARALLEL"}"#,
        "2026-03-01T12:00:00",
        &["2026-03-02T09:00:00", "2026-03-03T09:00:00"],
    );
    let both = r#"{"cron": "0 9 * * *", "start_type": "CUSTOM", "start_time": "2026-03-05T09:00:00Z+0800",
        "end_type": "CUSTOM", "end_time": "2026-03-06T09:00:00Z+0800"}"#;
    check(both, "2026-03-01T12:00:00", &["2026-03-05T09:00:00", "2026-03-06T09:00:00"]);
    check(both, "2026-03-05T09:00:00", &["2026-03-06T09:00:00"]);
    check(both, "2026-03-06T09:00:00", &[]);
    // What is said not to count does not count.
    check(
        r#"{"cron": "0 9 * * *", "start_type": "IMMEDIATELY", "start_time": "2030-01-01T00:00:00Z"}"#,
        "2026-03-01T12:00:00",
        &["2026-03-02T09:00:00"],
    );
}

#[test]
fn a_repeat_range_is_a_span_its_beginning_or_a_window_of_the_day() {
    for separator in ["/", ","] {
        let span = format!(
            r#"{{"cron": "0 9 * * *", "repeat_range": "2026-03-05T00:00:00Z+0800{separator}2026-03-07T00:00:00Z+0800"}}"#
        );
        check(&span, "2026-03-01T12:00:00", &["2026-03-05T09:00:00", "2026-03-06T09:00:00"]);
        check(&span, "2026-03-06T09:00:00", &[]);
    }
    check(
        r#"{"cron": "0 9 * * *", "repeat_range": "2027-01-30T23:00:00Z+0800"}"#,
        "2026-03-01T12:00:00",
        &["2027-01-31T09:00:00"],
    );
    check(
        r#"{"cron": "0 0 0/4 * * ?", "repeat_range": "08:00-16:00"}"#,
        "2026-03-01T17:00:00",
        &["2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T16:00:00"],
    );
    check(
        r#"{"cron": "0 * * * *", "repeat_range": "22:30-01:00"}"#,
        "2026-03-01T12:00:00",
        &["2026-03-01T23:00:00", "2026-03-02T00:00:00", "2026-03-02T01:00:00"],
    );
    check(
        r#"{"cron": "* * * * * *", "repeat_range": "23:59-00:00"}"#,
        "2026-03-02T00:00:00",
        &["2026-03-02T23:59:00", "2026-03-02T23:59:01"],
    );
}

#[test]
fn a_rule_may_name_its_zone() {
    check(
        r#"{"cron": "0 9 * * *", "zone": "Europe/Berlin"}"#,
        "2026-03-27T20:00:00",
        &["2026-03-28T16:00:00", "2026-03-29T15:00:00"],
    );
}

#[test]
fn missed_ticks_count_once_or_not_at_all() {
    let fires = |json: &str, now: &str| timer(json).expect(json).take(at("2026-03-02T09:00:00"), at(now));
    let (daily, skip) = (r#"{"cron": "0 9 * * *"}"#, r#"{"cron": "0 9 * * *", "missed": "skip"}"#);
    let tick = |fires: bool, next: &str| Tick { fires, next: Some(at(next)) };
    for json in [daily, skip] {
        assert_eq!(fires(json, "2026-03-02T09:00:00.250"), tick(true, "2026-03-03T09:00:00"), "{json}");
        assert_eq!(fires(json, "2026-03-02T09:00:59"), tick(true, "2026-03-03T09:00:00"), "{json}");
    }
    assert_eq!(fires(daily, "2026-03-05T12:00:00"), tick(true, "2026-03-06T09:00:00"));
    assert_eq!(fires(skip, "2026-03-05T12:00:00"), tick(false, "2026-03-06T09:00:00"));
}

#[test]
fn a_timer_may_tick_only_once() {
    let once = timer(r#"{"cron": "0 9 * * *", "only_once": "true", "missed": "skip"}"#).expect("a timer");
    let tick = at("2026-03-02T09:00:00");
    assert_eq!(once.take(tick, tick), Tick { fires: true, next: None });
    // It has not ticked yet.
    let late = once.take(tick, at("2026-03-02T12:00:00"));
    assert_eq!(late, Tick { fires: false, next: Some(at("2026-03-03T09:00:00")) });
}

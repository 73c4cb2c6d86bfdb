//! Timers: when the clock sets a playbook off.

use model::Timestamp;
use model::cron::{Clockwork, Cron};
use model::time::Zone;

use super::rule::Document;
use crate::field::Fields;

const MINUTE: i64 = 60_000_000;

/// How often a cron may tick outside the daily window, one after the other, before it is given up. Each of them lies on
/// another day.
const DAYS: usize = 400;

/// 2000-01-01: a timer that does not tick in the hundred years from then never does.
const ANY_TIME: Timestamp = Timestamp(946_684_800_000_000);

/// When the clock sets a playbook off.
#[derive(Debug, Clone)]
pub(crate) struct Timer {
    cron: Cron,
    /// The first instant at which it may tick, and the last.
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    window: Option<Window>,
    /// Whether no run starts while another of the playbook is under way.
    pub(crate) serial: bool,
    /// Whether it ticks only once in all.
    pub(crate) only_once: bool,
    missed: Missed,
}

/// The hours of the day in which a timer may tick, the ends included.
#[derive(Debug, Clone)]
struct Window {
    opens: Cron,
    closes: Cron,
}

/// What becomes of ticks during which no node was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missed {
    /// All of them together set the playbook off once.
    Once,
    /// None of them does.
    Skip,
}

/// What a tick leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Whether the playbook is set off.
    pub(crate) fires: bool,
    /// The next tick; none if there is none any more.
    pub(crate) next: Option<Timestamp>,
}

impl Timer {
    /// Reads the timer of a rule. Times without an offset are in the zone; so is the cron, unless the rule names another.
    pub(super) fn read(fields: &mut Fields, document: &Document<'_>, zone: Zone) -> Option<Self> {
        let clockwork = clockwork(fields, document, zone);
        let cron = cron(fields, document, &clockwork);
        let schedule = document.text(fields, "schedule_type");
        fields.optional_one_of("rule.schedule_type", schedule, &["second", "hour", "day", "week"]);
        let start = bound(fields, document, zone, &BOUNDS[0]);
        let end = bound(fields, document, zone, &BOUNDS[1]);
        let range = range(fields, document, zone, &clockwork);
        let execution = document.text(fields, "execution_type");
        let execution = fields.optional_one_of("rule.execution_type", execution, &["PARALLEL", "SERIAL_WAIT"]);
        let missed = document.text(fields, "missed");
        let missed = fields.optional_one_of("rule.missed", missed, &["once", "skip"]);
        let only_once = document.flag(fields, "only_once");

        let Range { from, to, window } = range?;
        let timer = Self {
            cron: cron?,
            from: start.max(from),
            to: [end, to].into_iter().flatten().min(),
            window,
            serial: execution.as_deref() == Some("SERIAL_WAIT"),
            only_once,
            missed: if missed.as_deref() == Some("skip") { Missed::Skip } else { Missed::Once },
        };
        if timer.next_after(ANY_TIME).is_none() {
            fields.violation(
                "rule.cron never fires between the rule's start and end and in its repeat_range",
                "rule.cron在规则的开始时间、结束时间和repeat_range内永远不会触发",
            );
        }
        Some(timer)
    }

    /// The first tick after an instant; none when there is none. That a timer which ticks only once has done so is not
    /// known here.
    pub(crate) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let mut after = self.from.map_or(after, |from| after.max(just_before(from)));
        for _ in 0..DAYS {
            let tick = self.cron.next_after(after)?;
            if self.to.is_some_and(|to| tick > to) {
                return None;
            }
            match &self.window {
                Some(window) if !window.is_open(tick) => after = just_before(window.opens.next_after(tick)?),
                _ => return Some(tick),
            }
        }
        None
    }

    /// What to do about a tick now that it is due. One that is more than a minute late was missed.
    pub(crate) fn take(&self, tick: Timestamp, now: Timestamp) -> Tick {
        let late = now.0.saturating_sub(tick.0) > MINUTE;
        let fires = self.missed == Missed::Once || !late;
        let next = if fires && self.only_once { None } else { self.next_after(tick.max(now)) };
        Tick { fires, next }
    }
}

impl Window {
    /// It is open when it closes before it opens.
    fn is_open(&self, at: Timestamp) -> bool {
        self.opens.next_after(at).is_none_or(|opens| {
            let closes = self.closes.next_after(just_before(at));
            closes.is_some_and(|closes| closes < opens)
        })
    }
}

fn just_before(instant: Timestamp) -> Timestamp {
    Timestamp(instant.0.saturating_sub(1))
}

fn clockwork(fields: &mut Fields, document: &Document<'_>, zone: Zone) -> Clockwork {
    let Some(name) = document.text(fields, "zone") else { return zone.into() };
    Clockwork::named(&name).unwrap_or_else(|| {
        fields.violation(
            "rule.zone must be a zone of the IANA database, like Europe/Berlin",
            "rule.zone必须是IANA数据库中的时区，例如Asia/Shanghai",
        );
        zone.into()
    })
}

fn cron(fields: &mut Fields, document: &Document<'_>, clockwork: &Clockwork) -> Option<Cron> {
    let text = document.text(fields, "cron");
    if text.is_none() && document.holds("cron") {
        return None;
    }
    let text = fields.required("rule.cron", text);
    if text.is_empty() {
        return None;
    }
    Cron::parse(&text, clockwork)
        .map_err(|problem| {
            fields.violation(
                format!("rule.cron must be a cron expression of 5, 6 or 7 fields: {problem}"),
                format!("rule.cron必须是包含5、6或7个字段的cron表达式：{problem}"),
            );
        })
        .ok()
}

/// The fields of one end of the time in which a timer ticks: its kind, the value that means no limit, its time.
struct Bound {
    kind: &'static str,
    open: &'static str,
    time: &'static str,
}

const BOUNDS: [Bound; 2] = [
    Bound { kind: "start_type", open: "IMMEDIATELY", time: "start_time" },
    Bound { kind: "end_type", open: "FOREVER", time: "end_time" },
];

fn bound(fields: &mut Fields, document: &Document<'_>, zone: Zone, bound: &Bound) -> Option<Timestamp> {
    let kind_name = format!("rule.{}", bound.kind);
    let kind = document.text(fields, bound.kind);
    let kind = fields.optional_one_of(&kind_name, kind, &[bound.open, "CUSTOM"]);
    if kind.as_deref() == Some(bound.open) {
        return None;
    }
    let time = document.text(fields, bound.time);
    if time.is_none() && kind.as_deref() == Some("CUSTOM") {
        fields.violation(
            format!("rule.{} is required when {kind_name} is CUSTOM", bound.time),
            format!("{kind_name}为CUSTOM时rule.{}为必填项", bound.time),
        );
    }
    fields.time(&format!("rule.{}", bound.time), time.as_deref(), zone)
}

/// What `repeat_range` says.
#[derive(Default)]
struct Range {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    window: Option<Window>,
}

/// `09:00-18:00` is a window of each day, `from/to` and `from,to` are a span, one time alone is its beginning.
fn range(fields: &mut Fields, document: &Document<'_>, zone: Zone, clockwork: &Clockwork) -> Option<Range> {
    let Some(text) = document.text(fields, "repeat_range") else { return Some(Range::default()) };
    let time = |text: &str| Timestamp::parse(text, zone).ok();
    let read = || {
        if let Some(window) = window(&text, clockwork) {
            return Some(Range { window: Some(window), ..Range::default() });
        }
        match text.split_once(['/', ',']) {
            None => Some(Range { from: Some(time(&text)?), ..Range::default() }),
            Some((from, to)) => {
                let (from, to) = (time(from)?, time(to)?);
                (from < to).then_some(Range { from: Some(from), to: Some(to), window: None })
            }
        }
    };
    let range = read();
    if range.is_none() {
        fields.violation(
            "rule.repeat_range must be a window of the day like 09:00-18:00, two times like \
             2025-07-18T09:00:00Z+0800/2025-08-18T18:00:00Z+0800, the earlier first, or one time from which on it counts",
            "rule.repeat_range必须是每天的时间窗口，例如09:00-18:00；或两个时间，较早者在前，例如\
             2025-07-18T09:00:00Z+0800/2025-08-18T18:00:00Z+0800；或一个起始时间",
        );
    }
    range
}

fn window(text: &str, clockwork: &Clockwork) -> Option<Window> {
    let daily = |time: &str| {
        let (hour, minute) = time.trim().split_once(':')?;
        let part = |text: &str, below: u8| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|value: &u8| digits && *value < below)
        };
        let (hour, minute) = (part(hour, 24)?, part(minute, 60)?);
        let cron = Cron::parse(&format!("{minute} {hour} * * *"), clockwork).ok()?;
        Some(((hour, minute), cron))
    };
    let (from, to) = text.split_once('-')?;
    let ((from, opens), (to, closes)) = (daily(from)?, daily(to)?);
    (from != to).then_some(Window { opens, closes })
}

#[cfg(test)]
mod tests;

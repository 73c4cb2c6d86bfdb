//! Texts that say when: ISO 8601, or an expression that gives it.

use expr::Template;
use model::Value;
use model::time::{IsoDuration, Timestamp, Zone};

use super::expression::program;
use crate::ast::TimerText;
use crate::cycle::Cycle;
use crate::executable::Timer;

/// Compiles a timer. Bare text that is not ISO 8601 is an expression.
pub(super) fn timer(text: &TimerText) -> Result<Timer, String> {
    match text {
        TimerText::Date(text) => when(text, is_instant, "an instant like 2025-07-18T14:44:46Z").map(Timer::Date),
        TimerText::Duration(text) => when(text, is_duration, "a duration like PT30S").map(Timer::Duration),
        TimerText::Cycle(text) => when(text, is_cycle, "a cycle like R3/PT10S").map(Timer::Cycle),
        TimerText::Missing => Err("the timer has no time".to_owned()),
    }
}

fn when(text: &str, is_literal: fn(&str) -> bool, expected: &str) -> Result<Template, String> {
    if text.is_empty() {
        return Err("the timer has no time".to_owned());
    }
    if is_literal(text) {
        return template(text);
    }
    // A text that starts like a literal is a misspelt one: `PT5` would be a name.
    let misspelt = text.starts_with(|c: char| c.is_ascii_digit())
        || text.starts_with('R') && text.contains('/')
        || text.strip_prefix('P').is_some_and(|rest| rest.starts_with(|c: char| c == 'T' || c.is_ascii_digit()));
    let wrong = |why: String| format!("'{text}' is neither {expected} nor an expression{why}");
    if misspelt {
        return Err(wrong(String::new()));
    }
    if text.contains("${") {
        return template(text).map_err(|message| wrong(format!(": {message}")));
    }
    let program = program(text).map_err(|message| wrong(format!(": {message}")))?;
    template(&format!("${{{}}}", program.source()))
}

/// Compiles the due date of a user task: ISO 8601 duration or instant, or a text with `${…}`.
pub(super) fn due(text: &str) -> Result<Template, String> {
    if !text.contains("${") && !is_duration(text) && !is_instant(text) {
        return Err(format!("'{text}' is neither a duration like P15D nor an instant nor an expression in ${{…}}"));
    }
    template(text)
}

fn template(text: &str) -> Result<Template, String> {
    Template::compile(&Value::string(text)).map_err(|error| error.message)
}

fn is_duration(text: &str) -> bool {
    IsoDuration::parse(text).is_ok_and(|duration| duration.length().is_ok())
}

fn is_cycle(text: &str) -> bool {
    Cycle::parse(text).is_ok()
}

fn is_instant(text: &str) -> bool {
    Timestamp::parse(text, Zone::DEFAULT).is_ok()
}

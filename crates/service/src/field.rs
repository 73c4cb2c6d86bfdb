//! Checking the fields of a request: every violation is found before the request is refused, and each names its field
//! and what it may hold.

use std::str::FromStr;

use expr::condition::{Place, Problem};
use model::Timestamp;
use model::time::Zone;

use crate::code::{self, Code};
use crate::error::{Error, Text};

/// Collects violations.
#[derive(Debug, Default)]
pub struct Fields {
    violations: Vec<Text>,
}

/// How long a text may be, in characters.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: usize,
}

impl Fields {
    /// No violations yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a violation.
    pub fn violation(&mut self, en: impl Into<String>, zh: impl Into<String>) {
        self.violations.push(Text::new(en, zh));
    }

    /// A required value.
    pub fn required<T: Default>(&mut self, field: &str, value: Option<T>) -> T {
        value.unwrap_or_else(|| {
            self.violation(format!("{field} is required"), format!("{field}为必填项"));
            T::default()
        })
    }

    /// A required name: not blank, no control characters, within the length.
    pub fn name(&mut self, field: &str, value: Option<String>, length: Length) -> String {
        let value = self.required(field, value);
        self.check_name(field, &value, length);
        value
    }

    /// A name that may be left out.
    pub fn optional_name(&mut self, field: &str, value: Option<String>, length: Length) -> Option<String> {
        if let Some(value) = &value {
            self.check_name(field, value, length);
        }
        value
    }

    fn check_name(&mut self, field: &str, value: &str, length: Length) {
        let count = value.chars().count();
        if count < length.min || count > length.max || value.trim().is_empty() && length.min > 0 {
            self.violation(
                format!("{field} must have {} to {} characters", length.min, length.max),
                format!("{field}的长度必须为{}到{}个字符", length.min, length.max),
            );
        }
        if value.chars().any(char::is_control) {
            self.violation(format!("{field} must not contain control characters"), format!("{field}不能包含控制字符"));
        }
    }

    /// A text of several lines that may be left out: at most `max` characters, no U+0000, which PostgreSQL cannot
    /// hold.
    pub fn text(&mut self, field: &str, value: Option<String>, max: usize) -> Option<String> {
        if let Some(value) = &value {
            if value.chars().count() > max {
                self.violation(
                    format!("{field} must have at most {max} characters"),
                    format!("{field}最多{max}个字符"),
                );
            }
            if value.contains('\0') {
                self.violation(format!("{field} must not contain U+0000"), format!("{field}不能包含U+0000"));
            }
        }
        value
    }

    /// A text that a list is narrowed by; empty narrows nothing.
    pub fn filter(&mut self, field: &str, value: Option<String>) -> Option<String> {
        self.text(field, value, 1024).filter(|value| !value.is_empty())
    }

    /// A required value out of a few.
    pub fn one_of(&mut self, field: &str, value: Option<String>, allowed: &[&str]) -> String {
        let value = self.required(field, value);
        self.check_one_of(field, &value, allowed);
        value
    }

    /// A value out of a few that may be left out or empty.
    pub fn optional_one_of(&mut self, field: &str, value: Option<String>, allowed: &[&str]) -> Option<String> {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            self.check_one_of(field, value, allowed);
        }
        value
    }

    fn check_one_of(&mut self, field: &str, value: &str, allowed: &[&str]) {
        if !allowed.contains(&value) {
            let list = allowed.join(", ");
            self.violation(format!("{field} must be one of: {list}"), format!("{field}必须是以下之一：{list}"));
        }
    }

    /// A required id.
    pub fn id<T: FromStr>(&mut self, field: &str, value: Option<&str>) -> Option<T> {
        match value {
            None => {
                self.violation(format!("{field} is required"), format!("{field}为必填项"));
                None
            }
            Some(text) => self.parse_id(field, text),
        }
    }

    /// An id that may be left out or empty.
    pub fn optional_id<T: FromStr>(&mut self, field: &str, value: Option<&str>) -> Option<T> {
        value.filter(|text| !text.is_empty()).and_then(|text| self.parse_id(field, text))
    }

    fn parse_id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        let id = text.parse().ok();
        if id.is_none() {
            self.violation(format!("{field} must be a UUID"), format!("{field}必须是UUID"));
        }
        id
    }

    /// A time that may be left out or empty, in any spelling that clients send.
    pub fn time(&mut self, field: &str, value: Option<&str>, zone: Zone) -> Option<Timestamp> {
        let text = value.filter(|text| !text.is_empty())?;
        let time = Timestamp::parse(text, zone).ok();
        if time.is_none() {
            self.violation(
                format!("{field} must be a time like 2025-07-18T14:44:46.735Z+0800"),
                format!("{field}必须是时间，例如2025-07-18T14:44:46.735Z+0800"),
            );
        }
        time
    }

    /// A number in a range that may be left out.
    pub fn range(&mut self, field: &str, value: Option<i64>, min: i64, max: i64, default: i64) -> i64 {
        let value = value.unwrap_or(default);
        if value < min || value > max {
            self.violation(
                format!("{field} must be between {min} and {max}"),
                format!("{field}必须在{min}到{max}之间"),
            );
        }
        value
    }

    /// What is wrong with conditions, which are below `field`.
    pub(crate) fn conditions(&mut self, field: &str, problems: &[Problem]) {
        for Problem { place, message } in problems {
            let place = match place {
                Place::Conditions => format!("{field}.conditions"),
                Place::Condition { index, name } if name.is_empty() => format!("{field}.conditions[{index}].data"),
                Place::Condition { index, name } => format!("{field}.conditions[{index}].data ({name})"),
                Place::Logics => format!("{field}.logics"),
            };
            self.violation(format!("{place}: {message}"), format!("{place}：{message}"));
        }
    }

    /// Fails with every violation in one message, if there is one.
    pub fn finish(self) -> Result<(), Error> {
        self.finish_as(&code::INVALID)
    }

    /// As [`Fields::finish`], with another code.
    pub fn finish_as(self, code: &Code) -> Result<(), Error> {
        if self.violations.is_empty() {
            return Ok(());
        }
        let join =
            |pick: fn(&Text) -> &str, joint: &str| self.violations.iter().map(pick).collect::<Vec<_>>().join(joint);
        Err(Error::new(code, Text::new(join(|text| &text.en, "; "), join(|text| &text.zh, "；"))))
    }
}

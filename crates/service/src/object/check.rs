//! Whether an object is one of its class: the fields that it must have, and what they hold. Fields that the class does
//! not know hold anything.
//!
//! Values are taken as clients send them: numbers and times in text, an empty text for what is not set, null for what
//! is not there.

use std::fmt::Write as _;

use model::time::Zone;
use model::{Map, Number, Timestamp, Value};

use super::shape::{Holds, Members};
use crate::field::Fields;

/// Violations that are told at most: a list may have a hundred thousand wrong members.
const MOST_VIOLATIONS: usize = 50;

/// How much of an object is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it: what is required must be there.
    Whole,
    /// What is to change: what is required must not be taken away.
    Part,
}

/// Checks an object, or a part of one, and adds what is wrong to the violations of the request.
pub(super) fn check(fields: &mut Fields, members: &Members, object: &Map, extent: Extent, zone: Zone) {
    let mut check = Check { fields, left: MOST_VIOLATIONS, path: String::from("data_object"), extent, zone };
    check.members(members, object);
}

struct Check<'f> {
    fields: &'f mut Fields,
    left: usize,
    path: String,
    extent: Extent,
    zone: Zone,
}

impl Check<'_> {
    fn members(&mut self, members: &Members, object: &Map) {
        for (key, value) in object {
            if self.left == 0 {
                return;
            }
            if let Some(member) = members.get(key) {
                self.inside(format_args!(".{key}"), |check| check.value(&member.holds, value));
            }
        }
        for (key, _) in members.iter().filter(|(_, member)| member.required) {
            let is_missing = match object.get(key) {
                Some(value) => is_unset(value),
                None => self.extent == Extent::Whole,
            };
            if is_missing {
                self.inside(format_args!(".{key}"), |check| check.violation("is required", "为必填项"));
            }
        }
    }

    fn value(&mut self, holds: &Holds, value: &Value) {
        if is_unset(value) {
            return;
        }
        match holds {
            Holds::Text if is_scalar(value) => {}
            Holds::Text => self.violation("must be text", "必须是文本"),
            Holds::Time if Timestamp::from_value(value, self.zone).is_ok() => {}
            Holds::Time => self.violation(
                "must be a time like 2025-07-18T14:44:46.735Z+0800",
                "必须是时间，例如2025-07-18T14:44:46.735Z+0800",
            ),
            Holds::Integer if number(value).is_some_and(|number| is_whole(&number)) => {}
            Holds::Integer => self.violation("must be a whole number", "必须是整数"),
            Holds::Number if number(value).is_some() => {}
            Holds::Number => self.violation("must be a number", "必须是数字"),
            Holds::Boolean if is_truth(value) => {}
            Holds::Boolean => self.violation("must be true or false", "必须是true或false"),
            Holds::OneOf(options) if is_scalar(value) && options.iter().any(|option| *option == value.to_text()) => {}
            Holds::OneOf(options) => {
                let list = options.join(", ");
                self.violation(&format!("must be one of: {list}"), &format!("必须是以下之一：{list}"));
            }
            Holds::Texts => match value.as_list() {
                Some(items) => self.items(items, "must be text", "必须是文本", is_scalar),
                None => self.violation("must be a list of texts", "必须是文本列表"),
            },
            Holds::Object(members) => match value.as_map() {
                Some(object) => self.members(members, object),
                None => self.violation("must be an object", "必须是对象"),
            },
            Holds::Objects(members) => match value.as_list() {
                Some(items) => {
                    self.items(items, "must be an object", "必须是对象", |item| item.as_map().is_some());
                    for (index, item) in items.iter().enumerate() {
                        if self.left == 0 {
                            return;
                        }
                        if let Some(object) = item.as_map() {
                            self.inside(format_args!("[{index}]"), |check| check.members(members, object));
                        }
                    }
                }
                None => self.violation("must be a list of objects", "必须是对象列表"),
            },
            Holds::ObjectOrText if value.as_map().is_some() || value.as_str().is_some() => {}
            Holds::ObjectOrText => self.violation("must be an object or text", "必须是对象或文本"),
            Holds::Anything => {}
        }
    }

    fn items(&mut self, items: &[Value], en: &str, zh: &str, is_right: impl Fn(&Value) -> bool) {
        for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
            if self.left == 0 {
                return;
            }
            if !is_right(item) {
                self.inside(format_args!("[{index}]"), |check| check.violation(en, zh));
            }
        }
    }

    fn inside(&mut self, step: std::fmt::Arguments<'_>, work: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        let _ = self.path.write_fmt(step);
        work(self);
        self.path.truncate(length);
    }

    fn violation(&mut self, en: &str, zh: &str) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        self.fields.violation(format!("{} {en}", self.path), format!("{}{zh}", self.path));
        if self.left == 0 {
            self.fields.violation("there may be more", "可能还有更多");
        }
    }
}

fn is_unset(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

fn is_truth(value: &Value) -> bool {
    match value {
        Value::Bool(_) => true,
        Value::String(text) => ["true", "false"].iter().any(|truth| text.trim().eq_ignore_ascii_case(truth)),
        Value::Null | Value::Number(_) | Value::List(_) | Value::Map(_) => false,
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => Number::parse(text.trim()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

fn is_whole(number: &Number) -> bool {
    number.as_i64().is_some() || number.as_f64().fract() == 0.0
}

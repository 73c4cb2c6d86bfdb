//! Checking the configuration of a connection against its component's schema. Messages name keys, never values.

use plugin::Component;
use serde_json::{Map, Value};

use super::MASK;
use crate::field::Fields;

/// Longest configuration, in bytes.
const SIZE: usize = 64 << 10;
/// The vendor's clients send this with every configuration; it means nothing here.
const ALWAYS_KNOWN: &str = "connection_type";

/// Checks a configuration; gives it back as it came.
pub(super) fn check(fields: &mut Fields, component: &Component, config: String) -> String {
    if config.len() > SIZE {
        fields.violation(format!("config must have at most {SIZE} bytes"), format!("config最多{SIZE}字节"));
        return config;
    }
    // The parser's own message is left out: it could repeat a secret.
    let Ok(members) = serde_json::from_str::<Map<String, Value>>(&config) else {
        fields.violation("config must be a JSON object, as text", "config必须是JSON对象的文本");
        return config;
    };
    for key in &component.connection {
        let value = members.get(key.key);
        if key.required && key.default.is_none() && value.is_none_or(is_unset) {
            fields.violation(format!("config: '{}' is required", key.key), format!("config：'{}'为必填项", key.key));
        }
        if value.and_then(Value::as_str) == Some(MASK) {
            fields.violation(
                format!("config: '{}' must be the value itself, not {MASK}", key.key),
                format!("config：'{}'必须是实际的值，不能是{MASK}", key.key),
            );
        }
    }
    for (name, value) in &members {
        if name != ALWAYS_KNOWN && component.connection.iter().all(|key| key.key != name) {
            let known: Vec<&str> = component.connection.iter().map(|key| key.key).collect();
            let known = known.join(", ");
            let name = visible(name);
            fields.violation(
                format!("config: '{name}' is not a setting of '{}'; its settings are: {known}", component.name),
                format!("config：'{name}'不是'{}'的配置项；可用的配置项：{known}", component.name),
            );
        } else if value.is_array() || value.is_object() {
            fields.violation(
                format!("config: '{name}' must be a text, a number or a truth value"),
                format!("config：'{name}'必须是文本、数字或布尔值"),
            );
        }
    }
    config
}

fn is_unset(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// A key for a message: bounded and without control characters.
fn visible(name: &str) -> String {
    name.chars().take(64).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

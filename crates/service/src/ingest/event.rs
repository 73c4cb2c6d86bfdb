//! One event: a JSON object, or a line in one of the formats that security products write to syslog.

use model::Value;

use super::{cef, leef};

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON object.
    Json,
    /// ArcSight's Common Event Format, version 0 or 1, with or without a syslog header before it.
    Cef,
    /// IBM's Log Event Extended Format, version 1.0 or 2.0, with or without a syslog header before it.
    Leef,
}

/// Every format by its name.
pub const FORMATS: &[(&str, Format)] = &[("JSON", Format::Json), ("CEF", Format::Cef), ("LEEF", Format::Leef)];

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// Whether an event is a JSON object, which may take several lines.
    pub fn is_json(self) -> bool {
        self == Self::Json
    }

    /// Reads one event.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn read(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Json => {
                let event = Value::from_json(text).map_err(|error| format!("the event is not JSON: {error}"))?;
                if event.as_map().is_some() { Ok(event) } else { Err("the event is not a JSON object".to_owned()) }
            }
            Self::Cef => cef::read(text),
            Self::Leef => leef::read(text),
        }
    }
}

/// What a syslog line says before the event, and the event from its mark on.
pub(super) fn after_header<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let text = text.trim_end_matches(['\r', '\n']);
    let at = text.find(mark)?;
    Some((text[..at].trim(), &text[at + mark.len()..]))
}

/// The first fields of a line, which bars end, and what follows the last of them. A backslash takes the meaning from a
/// bar and from a backslash.
pub(super) fn bars(text: &str, count: usize) -> Option<(Vec<String>, &str)> {
    let (mut fields, mut field) = (Vec::with_capacity(count), String::new());
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '|' => {
                fields.push(std::mem::take(&mut field));
                if fields.len() == count {
                    return Some((fields, &text[at + 1..]));
                }
            }
            '\\' => match chars.clone().next() {
                Some((_, escaped @ ('|' | '\\'))) => {
                    chars.next();
                    field.push(escaped);
                }
                Some(_) | None => field.push('\\'),
            },
            c => field.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_name() {
        for (name, format) in FORMATS {
            assert_eq!(Format::named(name), Some(*format));
        }
        assert_eq!(Format::named("json"), None);
    }

    #[test]
    fn json_events_are_objects_and_keep_their_numbers() {
        let event = Format::Json.read(r#"{"flow_id": 12345678901234567890, "score": 1.10}"#).expect("reads");
        assert_eq!(event.to_json(), r#"{"flow_id":12345678901234567890,"score":1.10}"#);
        for (text, message) in [("[1]", "not a JSON object"), ("{", "not JSON"), ("", "not JSON")] {
            let error = Format::Json.read(text).expect_err("refused");
            assert!(error.contains(message), "{error}");
        }
    }
}

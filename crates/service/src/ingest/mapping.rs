//! From an event to the fields of a data object.

use expr::{Budget, Program, Scope, Template};
use model::{Map, Timestamp, Value};

use super::event::{FORMATS, Format};

/// The names that a mapping's expressions can read.
const NAMES: [&str; 2] = ["event", "received_at"];

/// How the events of a source become data objects:
/// `{"format": "JSON", "accept": "<expression>", "fields": {"title": "${event.…}", …}}`.
#[derive(Debug, Clone)]
pub struct Mapping {
    format: Format,
    accept: Option<Program>,
    fields: Template,
}

/// What becomes of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// The fields of an object.
    Object(Map),
    /// Nothing: the mapping does not accept it.
    Passed,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the member's name.
    pub fn parse(document: &Value) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let Some(members) = document.as_map() else { return Err(vec!["a mapping must be an object".to_owned()]) };
        for name in members.keys() {
            if !["about", "format", "accept", "fields"].contains(&&**name) {
                problems.push(format!("{name} is not a member of a mapping: it has about, format, accept and fields"));
            }
        }
        let format = document.get("format").as_str().and_then(Format::named);
        if format.is_none() {
            let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
            problems.push(format!("format must be one of {}", names.join(", ")));
        }
        let accept = match document.get("accept") {
            Value::Null => None,
            Value::String(text) => compiled("accept", Program::compile(text), Program::names, &mut problems),
            Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => {
                problems.push("accept must be an expression".to_owned());
                None
            }
        };
        let fields = document.get("fields");
        if fields.as_map().is_none_or(Map::is_empty) {
            problems.push("fields must be an object with the fields of the data object".to_owned());
        }
        let fields = compiled("fields", Template::compile(fields), Template::names, &mut problems);
        match (format, fields) {
            (Some(format), Some(fields)) if problems.is_empty() => Ok(Self { format, accept, fields }),
            _ => Err(problems),
        }
    }

    /// How its events are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Reads an event and makes the fields of an object of it. What has no value is left out.
    ///
    /// # Errors
    /// Why the event cannot be read or mapped, in a sentence.
    pub fn apply(&self, text: &str, received_at: Timestamp) -> Result<Mapped, String> {
        let scope = Event { event: self.format.read(text)?, received_at };
        let mut budget = Budget::default();
        if let Some(accept) = &self.accept {
            let accepted = accept.eval(&scope, &mut budget).map_err(|fault| format!("accept: {fault}"))?;
            if accepted.as_bool() != Some(true) {
                return Ok(Mapped::Passed);
            }
        }
        let fields = self.fields.eval(&scope, &mut budget).map_err(|fault| format!("fields: {fault}"))?;
        let Some(fields) = without_nothing(&fields) else { return Err("fields: none of them has a value".to_owned()) };
        fields.as_map().map(|fields| Mapped::Object(fields.clone())).ok_or_else(|| "fields: no object".to_owned())
    }
}

struct Event {
    event: Value,
    received_at: Timestamp,
}

impl Scope for Event {
    fn get(&self, name: &str) -> Option<Value> {
        match name {
            "event" => Some(self.event.clone()),
            "received_at" => Some(Value::from(self.received_at.to_rfc3339())),
            _ => None,
        }
    }
}

/// What was compiled, if it can be and reads nothing but what there is.
fn compiled<T>(
    member: &str,
    compiled: Result<T, expr::Error>,
    names: impl Fn(&T) -> Vec<std::sync::Arc<str>>,
    problems: &mut Vec<String>,
) -> Option<T> {
    match compiled {
        Ok(compiled) => {
            let unknown = names(&compiled).into_iter().find(|name| !NAMES.contains(&&**name));
            if let Some(name) = unknown {
                problems.push(format!("{member}: there is no '{name}': expressions read {}", NAMES.join(" and ")));
                return None;
            }
            Some(compiled)
        }
        Err(error) => {
            problems.push(format!("{member}: {error}"));
            None
        }
    }
}

/// The value without nulls, and without the lists, objects and texts that hold nothing.
fn without_nothing(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| value.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.clone()),
        Value::List(items) => {
            let items: Vec<Value> = items.iter().filter_map(without_nothing).collect();
            (!items.is_empty()).then(|| Value::list(items))
        }
        Value::Map(members) => {
            let members: Map = members
                .iter()
                .filter_map(|(name, value)| without_nothing(value).map(|value| (name.clone(), value)))
                .collect();
            (!members.is_empty()).then(|| Value::map(members))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(text: &str) -> Result<Mapping, Vec<String>> {
        Mapping::parse(&Value::from_json(text).expect("JSON"))
    }

    #[test]
    fn an_event_becomes_the_fields_that_have_a_value() {
        let mapping = mapping(
            r#"{"format": "JSON", "accept": "event.level >= 3", "fields": {
                "title": "${event.rule} on ${event.host}", "count": "${event.times}", "severity": "High",
                "network_list": [{"src_ip": "${event.from}", "dest_ip": "${event.to}"}], "arrive_time": "${received_at}"}}"#,
        )
        .expect("a mapping");
        let apply = |event: &str| mapping.apply(event, Timestamp(0));
        let Ok(Mapped::Object(fields)) = apply(r#"{"level": 3, "rule": "r", "host": "h", "times": 1.50}"#) else {
            panic!("an object");
        };
        assert_eq!(
            Value::map(fields).to_json(),
            r#"{"title":"r on h","count":1.50,"severity":"High","arrive_time":"1970-01-01T00:00:00.000Z"}"#
        );
        assert_eq!(apply(r#"{"level": 2}"#), Ok(Mapped::Passed));
        assert_eq!(apply("{}"), Ok(Mapped::Passed), "a comparison with nothing is false");
        assert!(apply(r#"{"level": "high"}"#).expect_err("a fault").starts_with("accept: "));
        assert!(apply("no JSON").expect_err("unreadable").contains("not JSON"));
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        for (text, expected) in [
            ("[]", vec!["a mapping must be an object"]),
            ("{}", vec!["format must be one of JSON, CEF, LEEF", "fields must be an object"]),
            (r#"{"format": "XML", "fields": {"a": "b"}, "when": 1}"#, vec!["when is not a member", "format must be"]),
            (r#"{"format": "JSON", "accept": 1, "fields": {"a": "b"}}"#, vec!["accept must be an expression"]),
            (
                r#"{"format": "JSON", "accept": "1 +", "fields": {"a": "${data_object.x}"}}"#,
                vec!["accept: ", "fields: there is no 'data_object': expressions read event and received_at"],
            ),
        ] {
            let problems = mapping(text).expect_err(text);
            assert_eq!(problems.len(), expected.len(), "{problems:?}");
            for (problem, expected) in problems.iter().zip(expected) {
                assert!(problem.contains(expected), "{problem}");
            }
        }
    }
}

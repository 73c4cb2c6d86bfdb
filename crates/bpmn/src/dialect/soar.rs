//! The vendor's namespace, which is also ours: every setting of `taskconfig` may stand in the graph as an attribute.
//! Those that are not plain text hold JSON.

use model::Value;

use super::Mapped;
use crate::settings::Settings;

/// Settings whose attribute holds JSON.
const JSON: &[&str] =
    &["input", "data_object", "output", "retry", "handlers", "view_parameters", "handle_parameters", "payload"];

pub(super) fn attribute(tag: &str, name: &str, value: &str, settings: &mut Settings) -> Mapped {
    let known: &[&str] = match tag {
        "serviceTask" => &["component", "action", "connection", "input", "output", "timeout", "retry", "on_error"],
        "userTask" => {
            &["description", "due", "due_handle", "handlers", "view_parameters", "handle_parameters", "output"]
        }
        "scriptTask" => &["output", "timeout"],
        "callActivity" => &["binding", "data_object", "input", "output"],
        "sendTask" => {
            &["component", "action", "connection", "input", "output", "timeout", "retry", "on_error", "key", "payload"]
        }
        "receiveTask" => &["key", "output"],
        "businessRuleTask" => &["decision", "output"],
        "startEvent" | "intermediateCatchEvent" | "boundaryEvent" => &["key", "output"],
        "intermediateThrowEvent" | "endEvent" | "messageEventDefinition" | "signalEventDefinition" => {
            &["key", "payload"]
        }
        "multiInstanceLoopCharacteristics" => {
            &["collection", "element", "output_collection", "output_element", "concurrency", "on_failure"]
        }
        _ => &[],
    };
    if !known.contains(&name) {
        return Mapped::No;
    }
    if value.trim().is_empty() {
        return Mapped::Yes; // the editor writes unset attributes as empty ones
    }
    // One expression in place of the JSON text is a value of its own.
    let value = if JSON.contains(&name) && !value.trim_start().starts_with("${") {
        match Value::from_json(value) {
            Ok(value) => value,
            Err(error) => return Mapped::Wrong(format!("it must hold JSON ({error})")),
        }
    } else {
        Value::string(value)
    };
    match settings.set(name, &value) {
        Ok(()) => Mapped::Yes,
        Err(message) => Mapped::Wrong(message),
    }
}

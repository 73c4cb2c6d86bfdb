//! Functions on JSON.

use model::Value;

use super::{any, boolean, object as members, optional, pure, result, string};
use crate::builtin::arguments::{flag, object, text};
use crate::builtin::path::Path;
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};

pub(super) fn actions() -> Vec<Action> {
    vec![
        pure(
            "stringToJson",
            "Reads a text as JSON.",
            vec![string("sourceString", "The JSON text, nested at most 128 deep.")],
            Parameter::optional("targetJson", Kind::Any, "What the text says."),
            |input| result("targetJson", parsed(text(input, "sourceString")?, "sourceString")?),
        ),
        pure(
            "jsonToString",
            "Writes a value as JSON text.",
            vec![
                any("sourceJson", "The value."),
                optional(boolean("pretty", "Whether to indent it by two spaces.")).with_default(false),
            ],
            string("targetString", "The JSON text."),
            to_string,
        ),
        pure(
            "queryJson",
            "Gives what is at a path.",
            vec![
                any("sourceJson", "The value, or its JSON text."),
                string("path", "Where, like a.b[0].c; [*] gives the results for every item as a list."),
            ],
            Parameter::optional("value", Kind::Any, "What is there, or null."),
            query,
        ),
        pure(
            "updateJsonObject",
            "Puts values at paths of an object.",
            vec![
                any("sourceJson", "The object, or its JSON text."),
                members("updates", "Paths like a.b[0] and the values to put there, one after the other."),
            ],
            members("targetJson", "The changed object."),
            update,
        ),
    ]
}

fn parsed(text: &str, parameter: &str) -> Result<Value, ActionError> {
    Value::from_json(text).map_err(|error| ActionError::input(parameter, format!("it is not JSON: {error}")))
}

/// A value that may also be given as its JSON text.
fn source(input: &Value) -> Result<Value, ActionError> {
    match input.get("sourceJson") {
        Value::String(text) => parsed(text, "sourceJson"),
        value => Ok(value.clone()),
    }
}

fn to_string(input: &Value) -> Result<Value, ActionError> {
    let value = input.get("sourceJson");
    let written = if flag(input, "pretty") {
        serde_json::to_string_pretty(value).map_err(|error| ActionError::input("sourceJson", error.to_string()))?
    } else {
        value.to_json()
    };
    result("targetString", written)
}

fn query(input: &Value) -> Result<Value, ActionError> {
    let path = Path::read(text(input, "path")?, "path")?;
    result("value", path.get(&source(input)?))
}

fn update(input: &Value) -> Result<Value, ActionError> {
    let mut target = source(input)?;
    if target.as_map().is_none() {
        return Err(ActionError::input("sourceJson", format!("expected object, got {}", target.kind())));
    }
    for (path, value) in object(input, "updates")? {
        Path::read(path, "updates")?.set(&mut target, value.clone())?;
    }
    result("targetJson", target)
}

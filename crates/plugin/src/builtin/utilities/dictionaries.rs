//! Functions on dictionaries (objects).

use model::{Map, Value};

use super::{any, boolean, list as list_of, object as members, optional, pure, result, string};
use crate::builtin::arguments::{flag, list, object, text};
use crate::builtin::path::Path;
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};

/// How deep two dictionaries are merged; JSON itself ends not much deeper.
const MAX_DEPTH: usize = 128;

pub(super) fn actions() -> Vec<Action> {
    let dictionary = || members("dictionary", "The dictionary.");
    let path = || string("path", "Where in the dictionary, like a.b[0].");
    let out = || members("result", "The resulting dictionary.");
    vec![
        pure(
            "dictionaryGet",
            "Gives the value at a path.",
            vec![dictionary(), path(), optional(any("default", "What to give where there is nothing."))],
            Parameter::optional("value", Kind::Any, "The value, or null."),
            get,
        ),
        pure(
            "dictionarySet",
            "Puts a value at a path, making the dictionaries on the way.",
            vec![dictionary(), path(), optional(any("value", "The value; null if not given."))],
            out(),
            set,
        ),
        pure(
            "dictionaryRemove",
            "Takes away what is at each of the paths.",
            vec![dictionary(), list_of("paths", "The paths, like a.b[0], one after the other.")],
            out(),
            remove,
        ),
        pure(
            "dictionaryMerge",
            "Adds the members of another dictionary; where both have one, the other wins.",
            vec![
                dictionary(),
                members("other", "The other dictionary."),
                optional(boolean("deep", "Whether members that are dictionaries in both are merged, too."))
                    .with_default(false),
            ],
            out(),
            merge,
        ),
        pure(
            "dictionaryKeys",
            "Lists the names of the members.",
            vec![dictionary()],
            list_of("keys", "The names."),
            |input| {
                result(
                    "keys",
                    object(input, "dictionary")?.keys().map(|name| Value::String(name.clone())).collect::<Vec<_>>(),
                )
            },
        ),
        pure(
            "dictionaryValues",
            "Lists the values of the members.",
            vec![dictionary()],
            list_of("values", "The values."),
            |input| result("values", object(input, "dictionary")?.values().cloned().collect::<Vec<_>>()),
        ),
    ]
}

fn get(input: &Value) -> Result<Value, ActionError> {
    let found = Path::read(text(input, "path")?, "path")?.get(input.get("dictionary"));
    result("value", if found.is_null() { input.get("default").clone() } else { found })
}

fn set(input: &Value) -> Result<Value, ActionError> {
    let mut target = input.get("dictionary").clone();
    Path::read(text(input, "path")?, "path")?.set(&mut target, input.get("value").clone())?;
    result("result", target)
}

fn remove(input: &Value) -> Result<Value, ActionError> {
    let mut target = input.get("dictionary").clone();
    for (index, path) in list(input, "paths")?.iter().enumerate() {
        let parameter = format!("paths[{index}]");
        let path = path.as_str().ok_or_else(|| ActionError::input(&parameter, "expected string"))?;
        Path::read(path, &parameter)?.remove(&mut target)?;
    }
    result("result", target)
}

fn merge(input: &Value) -> Result<Value, ActionError> {
    let depth = if flag(input, "deep") { MAX_DEPTH } else { 1 };
    result("result", merged(object(input, "dictionary")?, object(input, "other")?, depth))
}

fn merged(own: &Map, other: &Map, depth: usize) -> Value {
    let mut members = own.clone();
    for (name, value) in other {
        let both = (members.get(name).and_then(Value::as_map), value.as_map());
        let value = match both {
            (Some(own), Some(other)) if depth > 1 => merged(own, other, depth - 1),
            _ => value.clone(),
        };
        members.insert(name.clone(), value);
    }
    Value::map(members)
}

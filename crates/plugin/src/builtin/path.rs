//! Paths into values: `a.b`, `list[0].name`, `["a.b"].c`, and `list[*].name` where several results make sense.

use std::sync::Arc;

use model::{Map, Value};

use crate::error::ActionError;

const MAX_STEPS: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Every,
}

/// A parsed path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    steps: Vec<Step>,
    /// The parameter that holds it, for messages.
    parameter: String,
}

impl Path {
    /// Reads a path; `parameter` is named in errors.
    pub(super) fn read(text: &str, parameter: &str) -> Result<Self, ActionError> {
        let steps = steps(text)
            .ok_or_else(|| ActionError::input(parameter, "expected a path like a.b[0].c of at most 50 steps"))?;
        Ok(Self { steps, parameter: parameter.to_owned() })
    }

    /// What the path leads to; null when there is nothing. With `[*]`, the list of all results.
    pub(super) fn get(&self, value: &Value) -> Value {
        if !self.steps.contains(&Step::Every) {
            return self.steps.iter().fold(value, follow).clone();
        }
        let mut found = vec![value.clone()];
        for step in &self.steps {
            found = match step {
                Step::Every => found.iter().flat_map(|v| v.as_list().unwrap_or_default().to_vec()).collect(),
                Step::Key(_) | Step::Index(_) => {
                    found.iter().map(|value| follow(value, step).clone()).filter(|value| !value.is_null()).collect()
                }
            };
        }
        Value::list(found)
    }

    /// Puts a value where the path leads, making the objects on the way; an index may be one past the end of its list.
    pub(super) fn set(&self, target: &mut Value, new: Value) -> Result<(), ActionError> {
        let mut place = target;
        for step in &self.steps {
            if place.is_null() {
                *place = match step {
                    Step::Key(_) => Value::map(Map::new()),
                    Step::Index(_) | Step::Every => Value::list(Vec::new()),
                };
            }
            let kind = place.kind();
            place = match (step, place) {
                (Step::Key(name), Value::Map(members)) => {
                    Arc::make_mut(members).entry(name.as_str().into()).or_default()
                }
                (Step::Index(index), Value::List(items)) => {
                    let items = Arc::make_mut(items);
                    if *index > items.len() {
                        let length = items.len();
                        return Err(self.unfit(format!("index {index} lies behind the end of a list of {length}")));
                    }
                    if *index == items.len() {
                        items.push(Value::Null);
                    }
                    &mut items[*index]
                }
                (Step::Every, _) => return Err(self.unfit("[*] cannot be set")),
                (Step::Key(name), _) => return Err(self.unfit(format!("'{name}' cannot be set in a {kind}"))),
                (Step::Index(index), _) => return Err(self.unfit(format!("[{index}] cannot be set in a {kind}"))),
            };
        }
        *place = new;
        Ok(())
    }

    /// Takes away what the path leads to; nothing happens when there is nothing.
    pub(super) fn remove(&self, target: &mut Value) -> Result<(), ActionError> {
        let Some((last, way)) = self.steps.split_last() else { return Err(self.unfit("the path is empty")) };
        if way.iter().chain([last]).any(|step| *step == Step::Every) {
            return Err(self.unfit("[*] cannot be removed"));
        }
        let mut place = target;
        for step in way {
            let next = match (step, place) {
                (Step::Key(name), Value::Map(members)) => Arc::make_mut(members).get_mut(name.as_str()),
                (Step::Index(index), Value::List(items)) => Arc::make_mut(items).get_mut(*index),
                (Step::Key(_) | Step::Index(_) | Step::Every, _) => None,
            };
            match next {
                Some(next) => place = next,
                None => return Ok(()),
            }
        }
        match (last, place) {
            (Step::Key(name), Value::Map(members)) => {
                Arc::make_mut(members).shift_remove(name.as_str());
            }
            (Step::Index(index), Value::List(items)) if *index < items.len() => {
                Arc::make_mut(items).remove(*index);
            }
            _ => {}
        }
        Ok(())
    }

    fn unfit(&self, what: impl AsRef<str>) -> ActionError {
        ActionError::input(&self.parameter, what)
    }
}

fn follow<'a>(value: &'a Value, step: &Step) -> &'a Value {
    const NULL: &Value = &Value::Null;
    match step {
        Step::Key(name) => value.get(name),
        Step::Index(index) => value.as_list().and_then(|items| items.get(*index)).unwrap_or(NULL),
        Step::Every => NULL,
    }
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text.trim();
    let mut first = true;
    while !rest.is_empty() {
        if steps.len() == MAX_STEPS {
            return None;
        }
        if let Some(inside) = rest.strip_prefix("[\"") {
            let (name, after) = inside.split_once("\"]")?;
            steps.push(Step::Key(name.to_owned()));
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']')?;
            steps.push(match index {
                "*" => Step::Every,
                digits if digits.bytes().all(|b| b.is_ascii_digit()) => Step::Index(digits.parse().ok()?),
                _ => return None,
            });
            rest = after;
        } else {
            let name = if first { rest } else { rest.strip_prefix('.')? };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Key(name[..end].to_owned()));
            rest = &name[end..];
        }
        first = false;
    }
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(text).expect("JSON")
    }

    #[test]
    fn paths_lead_into_values() {
        let value = json(r#"{"a":{"b":[{"c":1},{"c":2},{}]},"a.b":3,"":4}"#);
        for (path, expected) in [
            ("a.b[1].c", "2"),
            ("a.b[9].c", "null"),
            ("a.x.y", "null"),
            (r#"["a.b"]"#, "3"),
            ("a.b[*].c", "[1,2]"),
            ("a[*]", "[]"),
            (r#"a["b"][0]"#, r#"{"c":1}"#),
        ] {
            assert_eq!(Path::read(path, "path").expect(path).get(&value).to_json(), expected, "{path}");
        }
        for path in ["", ".", "a.", "a..b", "a[", "a[x]", "a[-1]", "a b[", "a[0]b", "a[99999999999999999999]"] {
            assert!(Path::read(path, "path").is_err(), "{path}");
        }
        assert!(Path::read(&"a.".repeat(50), "path").is_err());
    }

    #[test]
    fn values_are_set_and_removed() {
        let check = |path: &str, expected: Result<&str, ()>| {
            let mut value = json(r#"{"a":{"b":[1]}}"#);
            let done = Path::read(path, "path").expect(path).set(&mut value, Value::int(9));
            assert_eq!(done.map(|()| value.to_json()).map_err(|_| ()), expected.map(str::to_owned), "{path}");
        };
        check("a.b[0]", Ok(r#"{"a":{"b":[9]}}"#));
        check("a.b[1]", Ok(r#"{"a":{"b":[1,9]}}"#));
        check("x.y[0].z", Ok(r#"{"a":{"b":[1]},"x":{"y":[{"z":9}]}}"#));
        check("a.b[5]", Err(()));
        check("a.b.c", Err(()));
        check("a[*]", Err(()));
        let mut value = json(r#"{"a":{"b":[1,2],"c":3}}"#);
        for path in ["a.b[0]", "a.c", "a.x.y", "z"] {
            Path::read(path, "path").expect(path).remove(&mut value).expect(path);
        }
        assert_eq!(value.to_json(), r#"{"a":{"b":[2]}}"#);
    }
}

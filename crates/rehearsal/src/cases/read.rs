//! Reading files of cases: every member is known or refused, and a refusal says where.

use model::{Map, Value};

use super::{Case, Expected, Suite};
use crate::plan::DEFAULT_STEPS;
use crate::{Delivery, Error, Mocks, Status, text};

const SUITE: &[&str] = &["workflow", "settings", "with", "process", "cases"];
const CASE: &[&str] = &["name", "settings", "process", "input", "set", "mocks", "messages", "max_steps", "expect"];
const DELIVERY: &[&str] = &["message", "signal", "key", "payload"];
const EXPECT: &[&str] = &["status", "path", "avoids", "variables", "fault"];

pub(super) fn suite(text: &str, workflow: &str) -> Result<Suite, Error> {
    let value = text::read(text).map_err(|message| Error::data("cases", message))?;
    let file = Place { value: &value, path: String::new() };
    file.knows(SUITE)?;
    let cases = file.member("cases");
    let cases = cases.list()?.into_iter().map(|item| case(&item)).collect::<Result<Vec<_>, _>>()?;
    if cases.is_empty() {
        return Err(file.member("cases").wrong("at least one case"));
    }
    Ok(Suite {
        workflow: file.member("workflow").text()?.unwrap_or_else(|| workflow.to_owned()),
        settings: file.member("settings").text()?,
        with: file.member("with").texts()?,
        processes: file.member("process").texts()?,
        cases,
    })
}

fn case(case: &Place<'_>) -> Result<Case, Error> {
    case.knows(CASE)?;
    let Some(name) = case.member("name").text()? else { return Err(case.member("name").wrong("a text")) };
    let process = case.member("process");
    let mocks = Mocks::read(case.member("mocks").value).map_err(|error| match error {
        Error::Data { place, message } => Error::data(format!("{}.{place}", case.path), message),
        other => other,
    })?;
    let max_steps = case.member("max_steps");
    let max_steps = match (max_steps.value, max_steps.value.as_i64().and_then(|steps| u64::try_from(steps).ok())) {
        (Value::Null, _) => DEFAULT_STEPS,
        (_, Some(steps)) if steps > 0 => steps,
        (_, _) => return Err(max_steps.wrong("a positive number")),
    };
    let input = case.member("input").value.clone();
    Ok(Case {
        name,
        settings: case.member("settings").text()?,
        processes: if process.value.is_null() { None } else { Some(process.texts()?) },
        input: if input.is_null() { Value::map(Map::new()) } else { input },
        variables: case.member("set").object()?,
        mocks,
        deliveries: case.member("messages").list()?.iter().map(delivery).collect::<Result<_, _>>()?,
        max_steps,
        expected: expected(&case.member("expect"))?,
    })
}

fn delivery(place: &Place<'_>) -> Result<Delivery, Error> {
    place.knows(DELIVERY)?;
    let payload = place.member("payload").value.clone();
    let key = place.member("key").text()?;
    match (place.member("message").text()?, place.member("signal").text()?, key) {
        (Some(name), None, key) => Ok(Delivery::Message { name: name.into(), key: key.map(Into::into), payload }),
        (None, Some(name), None) => Ok(Delivery::Signal { name: name.into(), payload }),
        (None, Some(_), Some(_)) => Err(place.member("key").wrong("none: a signal has no key")),
        (Some(_), Some(_), _) | (None, None, _) => Err(place.wrong("either 'message' or 'signal' with its name")),
    }
}

fn expected(place: &Place<'_>) -> Result<Expected, Error> {
    place.knows(EXPECT)?;
    let status = place.member("status");
    let word = status.text()?.unwrap_or_default();
    let Some(found) = Status::ALL.into_iter().find(|status| status.word() == word) else {
        return Err(status.wrong(&Status::ALL.map(Status::word).join(", ")));
    };
    Ok(Expected {
        status: found,
        path: place.member("path").texts()?,
        avoids: place.member("avoids").texts()?,
        variables: place.member("variables").object()?,
        fault: place.member("fault").text()?,
    })
}

/// A value with the way to it.
struct Place<'v> {
    value: &'v Value,
    path: String,
}

impl<'v> Place<'v> {
    fn member(&self, name: &str) -> Place<'v> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Place { value: self.value.get(name), path }
    }

    fn wrong(&self, expected: &str) -> Error {
        let place = if self.path.is_empty() { "the file" } else { &self.path };
        let found = match self.value {
            Value::Null => "nothing".to_owned(),
            Value::String(text) => format!("'{text}'"),
            Value::Bool(_) | Value::Number(_) => self.value.to_json(),
            Value::List(_) | Value::Map(_) => format!("this {}", self.value.kind()),
        };
        Error::data(place, format!("expected {expected}, found {found}"))
    }

    fn knows(&self, known: &[&str]) -> Result<(), Error> {
        let Some(members) = self.value.as_map() else { return Err(self.wrong("an object")) };
        match members.keys().find(|name| !known.contains(&&***name)) {
            Some(unknown) => {
                let message = format!("there is no such member; there are '{}'", known.join("', '"));
                Err(Error::data(self.member(unknown).path, message))
            }
            None => Ok(()),
        }
    }

    fn text(&self) -> Result<Option<String>, Error> {
        match self.value {
            Value::Null => Ok(None),
            Value::String(text) if !text.is_empty() => Ok(Some(text.to_string())),
            Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => {
                Err(self.wrong("a text"))
            }
        }
    }

    fn list(&self) -> Result<Vec<Place<'v>>, Error> {
        let items = match self.value {
            Value::Null => &[],
            Value::List(items) => items.as_slice(),
            Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Map(_) => return Err(self.wrong("a list")),
        };
        let items = items.iter().enumerate();
        Ok(items.map(|(index, value)| Place { value, path: format!("{}[{index}]", self.path) }).collect())
    }

    /// A list of texts; one text needs no list.
    fn texts(&self) -> Result<Vec<String>, Error> {
        if let Value::String(_) = self.value {
            return Ok(self.text()?.into_iter().collect());
        }
        self.list()?.iter().map(|item| item.text()?.ok_or_else(|| item.wrong("a text"))).collect()
    }

    fn object(&self) -> Result<Map, Error> {
        match self.value {
            Value::Null => Ok(Map::new()),
            Value::Map(members) => Ok((**members).clone()),
            Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::List(_) => Err(self.wrong("an object")),
        }
    }
}

//! Who plays components and people: answers by node, or by `component.action`.
//!
//! ```json
//! {"lookup": [{"error": {"code": "HTTP.Timeout", "retryable": true}}, {"output": {"score": 80}, "after": "PT2S"}],
//!  "HTTP.request": [{"output": {"status": 200}}],
//!  "review": [{"answer": {"verdict": "block"}, "after": "PT4H"}]}
//! ```
//!
//! The answers of one key are used in order, and the last one again and again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use engine::command::Failure;
use indexmap::IndexMap;
use model::Value;
use model::time::IsoDuration;

use crate::Error;
use crate::outline::Outline;

/// What an answer may hold.
const MEMBERS: [&str; 5] = ["output", "error", "answer", "terminate", "after"];

/// Answers by node id or `component.action`.
#[derive(Debug, Clone, Default)]
pub struct Mocks {
    answers: IndexMap<String, Vec<Answer>>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) says: Says,
    /// How long it takes.
    pub(crate) after: Option<Duration>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Says {
    /// The output of a component or script.
    Output(Value),
    /// Why there is none.
    Error(Failure),
    /// What a person fills in.
    Answer(Value),
    /// A person ends the instance.
    Terminate,
    /// The same as without a mock: an empty output, the declared defaults.
    Nothing,
}

impl Mocks {
    /// Reads `{"<node id or component.action>": [{…}, …]}`; a single answer needs no list.
    ///
    /// # Errors
    /// [`Error::Data`] with the place in the mocks.
    pub fn read(value: &Value) -> Result<Self, Error> {
        if value.is_null() {
            return Ok(Self::default());
        }
        let Some(members) = value.as_map() else {
            return Err(Error::data("mocks", format!("expected an object of answers by node, not a {}", value.kind())));
        };
        let mut answers = IndexMap::new();
        for (key, value) in members {
            let read = match value.as_list() {
                Some([]) => return Err(Error::data(format!("mocks.{key}"), "expected at least one answer")),
                Some(items) => {
                    let items = items.iter().enumerate();
                    items.map(|(index, item)| Answer::read(item, &format!("mocks.{key}[{index}]"))).collect()
                }
                None => Answer::read(value, &format!("mocks.{key}")).map(|answer| vec![answer]),
            };
            answers.insert(key.to_string(), read?);
        }
        Ok(Self { answers })
    }

    /// Refuses answers that the node of their key cannot get.
    pub(crate) fn check(&self, outlines: &[&Outline]) -> Result<(), Error> {
        for (key, answers) in &self.answers {
            let is = |element| outlines.iter().any(|outline| outline.is(key, element));
            let known = outlines.iter().any(|outline| outline.shape(key).is_some());
            let (person, component) = (is("userTask"), !is("userTask") && (known || key.contains('.')));
            for (index, answer) in answers.iter().enumerate() {
                let wrong = match answer.says {
                    Says::Output(_) | Says::Error(_) if person => "a user task takes 'answer' or 'terminate'",
                    Says::Answer(_) | Says::Terminate if component => "only a user task takes 'answer' or 'terminate'",
                    Says::Output(_) | Says::Error(_) | Says::Answer(_) | Says::Terminate | Says::Nothing => continue,
                };
                return Err(Error::data(format!("mocks.{key}[{index}]"), wrong));
            }
        }
        Ok(())
    }
}

impl Answer {
    fn read(value: &Value, place: &str) -> Result<Self, Error> {
        let Some(members) = value.as_map() else {
            return Err(Error::data(place, format!("expected an object, not a {}", value.kind())));
        };
        if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&&***name)) {
            let known = MEMBERS.join("', '");
            return Err(Error::data(place, format!("there is no '{unknown}' in an answer; there are '{known}'")));
        }
        if members.keys().filter(|name| &***name != "after").count() > 1 {
            return Err(Error::data(place, "expected only one of 'output', 'error', 'answer' and 'terminate'"));
        }
        let after = match members.get("after") {
            None => None,
            Some(text) => Some(
                duration(text)
                    .ok_or_else(|| Error::data(format!("{place}.after"), "expected an ISO 8601 duration like PT5M"))?,
            ),
        };
        let says = if let Some(output) = members.get("output") {
            Says::Output(output.clone())
        } else if let Some(error) = members.get("error") {
            Says::Error(failure(error, &format!("{place}.error"))?)
        } else if let Some(answer) = members.get("answer") {
            if answer.as_map().is_none() {
                return Err(Error::data(format!("{place}.answer"), "expected an object of handling parameters"));
            }
            Says::Answer(answer.clone())
        } else {
            match members.get("terminate") {
                None => Says::Nothing,
                Some(Value::Bool(true)) => Says::Terminate,
                Some(_) => return Err(Error::data(format!("{place}.terminate"), "expected true")),
            }
        };
        Ok(Self { says, after })
    }
}

fn duration(value: &Value) -> Option<Duration> {
    IsoDuration::parse(value.as_str()?).ok()?.length().ok()
}

fn failure(value: &Value, place: &str) -> Result<Failure, Error> {
    let (code, message, retryable) = (value.get("code"), value.get("message"), value.get("retryable"));
    let known = value
        .as_map()
        .is_some_and(|members| members.keys().all(|name| ["code", "message", "retryable"].contains(&&**name)));
    let texts = message.is_null() || message.as_str().is_some();
    let flag = retryable.is_null() || retryable.as_bool().is_some();
    let Some(code) = code.as_str().filter(|code| !code.is_empty() && known && texts && flag) else {
        return Err(Error::data(place, r#"expected {"code": "…", "message": "…", "retryable": false}"#));
    };
    let message = message.as_str().map_or_else(|| format!("the mock failed with {code}"), str::to_owned);
    Ok(Failure {
        code: code.to_owned(),
        message,
        retryable: retryable.as_bool().unwrap_or(false),
        retry_after_ms: None,
    })
}

/// Mocks while they are played.
#[derive(Debug)]
pub(crate) struct Player<'m> {
    mocks: &'m Mocks,
    played: HashMap<&'m str, usize>,
}

impl<'m> Player<'m> {
    pub(crate) fn new(mocks: &'m Mocks) -> Self {
        Self { mocks, played: HashMap::new() }
    }

    /// The next answer of the first key that has any.
    pub(crate) fn next(&mut self, keys: &[&str]) -> Option<&'m Answer> {
        let (key, answers) = keys.iter().find_map(|key| self.mocks.answers.get_key_value(*key))?;
        let played = self.played.entry(key).or_insert(0);
        let answer = answers.get(*played).or_else(|| answers.last());
        *played += 1;
        answer
    }

    /// The keys that nothing has asked for.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &'m str> {
        let played: HashSet<&str> = self.played.keys().copied().collect();
        self.mocks.answers.keys().map(String::as_str).filter(move |key| !played.contains(key))
    }
}

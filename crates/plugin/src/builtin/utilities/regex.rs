//! Functions on regular expressions.
//!
//! The engine takes time in proportion to pattern and text for one search, but all searches of a text together may
//! take the square of it. Size limits bound the first, a time limit the second.

use std::time::{Duration, Instant};

use model::{Map, Value};
use regex::{Captures, Regex, RegexBuilder};

use super::{boolean, list as list_of, optional, pure, result, string};
use crate::builtin::arguments::{Bounded, flag, text};
use crate::error::{ActionError, INPUT_INVALID};
use crate::manifest::{Action, Kind, PURE_LIMIT, Parameter};

const MAX_PATTERN: usize = 1000;
const MAX_COMPILED: usize = 256 << 10;
const MAX_TEXT: usize = 512 << 10;
const MAX_TIME: Duration = Duration::from_millis(500);

pub(super) fn actions() -> Vec<Action> {
    let inputs = || {
        vec![
            string("input", "The text, at most 512 KiB."),
            string("pattern", "The regular expression; it may match anywhere, ^ and $ tie it to the ends."),
            optional(boolean("ignoreCase", "Whether upper and lower case are the same.")).with_default(false),
        ]
    };
    vec![
        pure(
            "isMatch",
            "Says whether a regular expression matches a text.",
            inputs(),
            boolean("result", "Whether it does."),
            |input| {
                let (regex, text) = compiled(input)?;
                result("result", regex.is_match(text))
            },
        ),
        pure(
            "regexExtract",
            "Gives the first match of a regular expression.",
            inputs(),
            Parameter::optional(
                "match",
                Kind::Object,
                "The members text, groups (a list) and names (an object); null without a match.",
            ),
            |input| {
                let (regex, text) = compiled(input)?;
                result("match", regex.captures(text).map_or(Value::Null, |found| described(&regex, &found)))
            },
        ),
        pure(
            "regexExtractAll",
            "Gives all matches of a regular expression.",
            inputs(),
            list_of("matches", "A list of objects with the members text, groups (a list) and names (an object)."),
            |input| {
                let (regex, text) = compiled(input)?;
                let mut watch = Watch::start();
                let mut matches = Vec::new();
                let mut size = 0;
                for found in regex.captures_iter(text) {
                    watch.look()?;
                    let found = described(&regex, &found);
                    size += found.size();
                    if size > PURE_LIMIT {
                        return Err(ActionError::permanent(INPUT_INVALID, "the result is larger than 4 MiB"));
                    }
                    matches.push(found);
                }
                result("matches", matches)
            },
        ),
    ]
}

/// Replaces every match; a pattern without special characters is replaced as plain text, however large the text.
pub(super) fn replace(origin: &str, pattern: &str, replacement: &str) -> Result<Value, ActionError> {
    let mut replaced = Bounded::default();
    if regex::escape(pattern) == pattern && !pattern.is_empty() && !replacement.contains('$') {
        let mut parts = origin.split(pattern);
        replaced.push(parts.next().unwrap_or_default())?;
        for part in parts {
            replaced.push(replacement)?;
            replaced.push(part)?;
        }
        return Ok(replaced.into_value());
    }
    let regex = compile(pattern, "target", false)?;
    check_text(origin, "originString")?;
    let mut watch = Watch::start();
    let mut end = 0;
    for found in regex.captures_iter(origin) {
        watch.look()?;
        let whole = found.get_match();
        replaced.push(&origin[end..whole.start()])?;
        // Each reference adds at most the match; checked before the memory is taken.
        if replacement.matches('$').count().saturating_mul(whole.len()) > PURE_LIMIT {
            return Err(ActionError::input("replacement", "the result is larger than 4 MiB"));
        }
        let mut expanded = String::new();
        found.expand(replacement, &mut expanded);
        replaced.push(&expanded)?;
        end = whole.end();
    }
    replaced.push(&origin[end..])?;
    Ok(replaced.into_value())
}

fn compiled(input: &Value) -> Result<(Regex, &str), ActionError> {
    let subject = text(input, "input")?;
    check_text(subject, "input")?;
    Ok((compile(text(input, "pattern")?, "pattern", flag(input, "ignoreCase"))?, subject))
}

fn check_text(text: &str, parameter: &str) -> Result<(), ActionError> {
    if text.len() > MAX_TEXT {
        return Err(ActionError::input(parameter, "longer than 512 KiB, too long for a regular expression"));
    }
    Ok(())
}

fn compile(pattern: &str, parameter: &str, ignore_case: bool) -> Result<Regex, ActionError> {
    if pattern.len() > MAX_PATTERN {
        return Err(ActionError::input(parameter, format!("longer than {MAX_PATTERN} bytes")));
    }
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(2 << 20)
        .nest_limit(50)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => ActionError::input(parameter, "the regular expression is too complex"),
            other => {
                let text = other.to_string();
                // The last line says what is wrong; those before repeat the pattern and point into it.
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                ActionError::input(parameter, format!("not a regular expression: {reason}"))
            }
        })
}

fn described(regex: &Regex, found: &Captures<'_>) -> Value {
    let group = |found: Option<regex::Match<'_>>| found.map_or(Value::Null, |group| Value::from(group.as_str()));
    let names: Map = regex.capture_names().flatten().map(|name| (name.into(), group(found.name(name)))).collect();
    Value::object([
        ("text", group(found.get(0))),
        ("groups", Value::list(found.iter().skip(1).map(group).collect())),
        ("names", Value::map(names)),
    ])
}

/// Ends a loop over matches that takes too long.
struct Watch(Instant);

impl Watch {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn look(&mut self) -> Result<(), ActionError> {
        if self.0.elapsed() > MAX_TIME {
            return Err(ActionError::permanent(INPUT_INVALID, "the regular expression takes too long on this text"));
        }
        Ok(())
    }
}

//! Regular expressions: of linear time, and of limited size.

use std::sync::Arc;

use model::Value;
use regex::{Regex, RegexBuilder};

use super::{Call, Function};
use crate::{Budget, Fault, limits};

/// The function whose constant pattern is compiled with the expression.
pub(crate) const MATCHES: &str = "matches";

pub(super) const FUNCTIONS: [Function; 1] = [Function::new(MATCHES, "matches(text, pattern)", 2..=2, matches_computed)];

/// Bytes of a compiled pattern, and of the states that it caches while it runs.
const COMPILED_BYTES: usize = 256 << 10;

/// Compiling a pattern at run time costs as much as this many steps.
const COMPILE_STEPS: u64 = 10_000;

/// Patterns that one evaluation keeps.
const KEPT: usize = 8;

/// Patterns that an evaluation has computed and compiled, so that a macro does not compile the same one again.
#[derive(Default)]
pub(crate) struct Patterns(Vec<(Arc<str>, Regex)>);

/// Compiles a pattern; the error says what is wrong in a few words.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > limits::PATTERN_BYTES {
        return Err(format!("the regular expression is longer than {} bytes", limits::PATTERN_BYTES));
    }
    let built = RegexBuilder::new(pattern).size_limit(COMPILED_BYTES).dfa_size_limit(COMPILED_BYTES).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large when compiled".to_owned(),
        error => {
            // The crate draws the pattern with a caret below; its last line alone is a sentence.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default();
            format!("not a regular expression ({})", reason.strip_prefix("error: ").unwrap_or(reason))
        }
    })
}

/// Whether the pattern matches somewhere in the text; false for null.
pub(crate) fn matches(text: &Value, pattern: &Regex, budget: &mut Budget) -> Result<Value, Fault> {
    match text {
        Value::Null => Ok(Value::Bool(false)),
        Value::String(text) => {
            budget.step(price(text.len(), pattern.as_str().len()))?;
            Ok(Value::Bool(pattern.is_match(text)))
        }
        other @ (Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_)) => {
            Err(Fault::Type(format!("matches() needs a string as argument 1, not {}", other.kind())))
        }
    }
}

fn price(text: usize, _pattern: usize) -> u64 {
    (text / 8) as u64
}

fn matches_computed(call: &mut Call<'_>) -> Result<Value, Fault> {
    let pattern = call.text_at(1)?;
    let kept = &mut call.patterns.0;
    if let Some((_, regex)) = kept.iter().find(|(known, _)| known == pattern) {
        return matches(&call.arguments[0], regex, call.budget);
    }
    call.budget.step(COMPILE_STEPS)?;
    let regex = compile(pattern).map_err(Fault::Type)?;
    let result = matches(&call.arguments[0], &regex, call.budget);
    if kept.len() == KEPT {
        kept.remove(0);
    }
    kept.push((pattern.clone(), regex));
    result
}

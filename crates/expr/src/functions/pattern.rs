//! Regular expressions: of linear time, of limited size, and paid for by their size.
//!
//! As CEL asks, the syntax is RE2's, where `\d \w \s \b` mean ASCII.

use std::sync::Arc;

use model::Value;
use regex::{Regex, RegexBuilder};

use super::{Call, Function};
use crate::{Budget, Fault, limits};

/// The function whose constant pattern is compiled with the expression.
pub(crate) const MATCHES: &str = "matches";

pub(super) const FUNCTIONS: [Function; 1] = [Function::new(MATCHES, "matches(text, pattern)", 2..=2, matches_computed)];

/// Sizes that a compiled pattern may have, each with the steps that two bytes of text cost. At its worst the matcher
/// looks at all of the compiled pattern for each byte.
const SIZES: [(usize, u64); 4] = [(4 << 10, 1), (16 << 10, 4), (64 << 10, 16), (limits::COMPILED_PATTERN_BYTES, 64)];

/// Compiling a pattern at run time costs as much as this many steps.
const COMPILE_STEPS: u64 = 10_000;

/// Patterns that one evaluation keeps.
const KEPT: usize = 8;

/// A compiled regular expression.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    regex: Regex,
    /// The price of two bytes of text.
    steps: u64,
}

impl Pattern {
    /// Whether it matches somewhere in the text.
    pub(crate) fn is_in(&self, text: &str, budget: &mut Budget) -> Result<bool, Fault> {
        budget.step((text.len() as u64 / 2).saturating_mul(self.steps))?;
        Ok(self.regex.is_match(text))
    }
}

/// Patterns that an evaluation has computed and compiled, so that a macro does not compile the same one again.
#[derive(Default)]
pub(crate) struct Patterns(Vec<(Arc<str>, Pattern)>);

/// Compiles a pattern; the error says what is wrong in a few words.
pub(crate) fn compile(pattern: &str) -> Result<Pattern, String> {
    if pattern.len() > limits::PATTERN_BYTES {
        return Err(format!("the regular expression is longer than {} bytes", limits::PATTERN_BYTES));
    }
    let pattern = ascii_classes(pattern);
    for (size, steps) in SIZES {
        let cache = limits::COMPILED_PATTERN_BYTES;
        match RegexBuilder::new(&pattern).size_limit(size).dfa_size_limit(cache).build() {
            Ok(regex) => return Ok(Pattern { regex, steps }),
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(error) => {
                // The crate draws the pattern with a caret below; its last line alone is a sentence.
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default();
                let reason = reason.strip_prefix("error: ").unwrap_or(reason);
                return Err(format!("not a regular expression ({reason})"));
            }
        }
    }
    Err("the regular expression is too large when compiled".to_owned())
}

/// Replaces `\d` and the like by ASCII classes. Those of Unicode, which the crate would take, are not what CEL says and
/// have a hundred times the size.
fn ascii_classes(pattern: &str) -> String {
    let mut replaced = String::with_capacity(pattern.len());
    let mut classes = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => replaced.push_str("[0-9]"),
                Some('D') => replaced.push_str("[^0-9]"),
                Some('w') => replaced.push_str("[0-9A-Za-z_]"),
                Some('W') => replaced.push_str("[^0-9A-Za-z_]"),
                Some('s') => replaced.push_str(r"[\t\n\f\r ]"),
                Some('S') => replaced.push_str(r"[^\t\n\f\r ]"),
                Some('b') if classes == 0 => replaced.push_str(r"(?-u:\b)"),
                other => {
                    replaced.push('\\');
                    replaced.extend(other);
                }
            },
            '[' => {
                classes += 1;
                replaced.push('[');
                // Right behind the bracket, `]` stands for itself.
                replaced.extend(chars.next_if_eq(&'^'));
                replaced.extend(chars.next_if_eq(&']'));
            }
            ']' => {
                classes = classes.saturating_sub(1);
                replaced.push(']');
            }
            c => replaced.push(c),
        }
    }
    replaced
}

/// Whether the pattern matches somewhere in the text; false for null.
pub(crate) fn matches(text: &Value, pattern: &Pattern, budget: &mut Budget) -> Result<Value, Fault> {
    match text {
        Value::Null => Ok(Value::Bool(false)),
        Value::String(text) => pattern.is_in(text, budget).map(Value::Bool),
        other @ (Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_)) => {
            Err(Fault::Type(format!("matches() needs a string as argument 1, not {}", other.kind())))
        }
    }
}

fn matches_computed(call: &mut Call<'_>) -> Result<Value, Fault> {
    let source = call.text_at(1)?;
    let kept = &mut call.patterns.0;
    if let Some((_, pattern)) = kept.iter().find(|(known, _)| known == source) {
        return matches(&call.arguments[0], pattern, call.budget);
    }
    call.budget.step(COMPILE_STEPS)?;
    let pattern = compile(source).map_err(Fault::Type)?;
    let result = matches(&call.arguments[0], &pattern, call.budget);
    if kept.len() == KEPT {
        kept.remove(0);
    }
    kept.push((source.clone(), pattern));
    result
}

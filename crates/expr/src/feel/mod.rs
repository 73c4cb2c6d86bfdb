//! S-FEEL, the simple expression language of decision tables: our own parser and evaluator over [`model::Value`].
//!
//! Two kinds of text: [`UnaryTests`], which an input passes or not (`"High", "Fatal"`, `[7..9)`, `not(< 5)`), and
//! [`Expression`]s, which have a value (`impact * 2`). What FEEL has beyond S-FEEL is refused when a text is compiled, with
//! its name and place; functions that aggregate values are here for the tables that ask for them. Compiling needs no
//! thread, and work is counted as in the rest of the crate.
//!
//! Logic has three values, as the standard has it: a comparison of different kinds is neither true nor false, and what
//! is not true does not match. A date, a time or a duration is a value of its own only inside an expression. Outside it
//! is the text that ISO 8601 has for it, which compares as a time wherever a time stands on the other side.
//!
//! The language as users see it is described in `docs/decisions.md`.

mod collect;
mod datum;
mod evaluate;
mod parse;
mod samples;
mod temporal;
mod token;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use model::Value;

pub use collect::{greatest, least, sum};
pub use samples::samples;

use crate::{Budget, Error, Fault, Scope, walk};
use evaluate::Walk;
use parse::Parsed;
use tree::{Kind, Node, Tests};

/// A compiled cell that tests an input. Cheap to clone, free to share between threads.
#[derive(Clone)]
pub struct UnaryTests(Arc<Compiled<Tests>>);

/// A compiled simple expression. Cheap to clone, free to share between threads.
#[derive(Clone)]
pub struct Expression(Arc<Compiled<Node>>);

struct Compiled<T> {
    /// The text that positions count in.
    text: Box<str>,
    tree: T,
    names: Box<[Arc<str>]>,
}

impl<T> Compiled<T> {
    fn new(text: &str, parsed: Parsed<T>) -> Arc<Self> {
        Arc::new(Self { text: text.into(), tree: parsed.tree, names: parsed.names })
    }
}

impl UnaryTests {
    /// Compiles simple unary tests: `-` or nothing for any value, else tests with commas between them, perhaps in
    /// `not(…)`.
    ///
    /// # Errors
    /// The text is not S-FEEL, too long or nested too deep.
    pub fn compile(text: &str) -> Result<Self, Error> {
        let parsed = parse::unary_tests(text).map_err(|problem| problem.in_text(text))?;
        Ok(Self(Compiled::new(text, parsed)))
    }

    /// Whether the input passes one of the tests (none of them, when they stand in `not(…)`). The work is taken off the
    /// budget, also when there is a fault.
    ///
    /// # Errors
    /// See [`Fault`]. Values of different kinds are no fault: such a test is not passed, nor is its opposite.
    pub fn matches(&self, input: &Value, names: &dyn Scope, budget: &mut Budget) -> Result<bool, Fault> {
        let mut walk = Walk { text: &self.0.text, scope: names, budget };
        Ok(walk.passes(&input.clone().into(), &self.0.tree)? == Some(true))
    }

    /// Which of the tests the input passes first, from 0, whether or not they stand in `not(…)`; `None` when it passes
    /// none, or the cell takes any value.
    ///
    /// # Errors
    /// As [`UnaryTests::matches`].
    pub fn position(&self, input: &Value, names: &dyn Scope, budget: &mut Budget) -> Result<Option<usize>, Fault> {
        let input = input.clone().into();
        let mut walk = Walk { text: &self.0.text, scope: names, budget };
        for (position, test) in self.0.tree.any_of.iter().flatten().enumerate() {
            if walk.holds(&input, test)? == Some(true) {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    /// Whether every input passes, whatever it is.
    pub fn is_any(&self) -> bool {
        self.0.tree.any_of.is_none()
    }

    /// The top-level names it reads, in the order of their first use.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.0.names.to_vec()
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.text
    }
}

impl Expression {
    /// Compiles a simple expression.
    ///
    /// # Errors
    /// The text is not S-FEEL, empty, too long or nested too deep.
    pub fn compile(text: &str) -> Result<Self, Error> {
        let parsed = parse::expression(text).map_err(|problem| problem.in_text(text))?;
        Ok(Self(Compiled::new(text, parsed)))
    }

    /// Its value. The work is taken off the budget, also when there is a fault.
    ///
    /// # Errors
    /// See [`Fault`]; a [`Fault::Type`] says where in the text it arose.
    pub fn eval(&self, names: &dyn Scope, budget: &mut Budget) -> Result<Value, Fault> {
        let mut walk = Walk { text: &self.0.text, scope: names, budget };
        let value = walk.value(&self.0.tree)?.into_value();
        // What only reads cannot be larger than what is there already.
        if !matches!(self.0.tree.kind, Kind::Path { .. }) {
            budget.settle(&value)?;
        }
        Ok(value)
    }

    /// The names of `a.b.c`, when it is nothing but that.
    pub fn path(&self) -> Option<Vec<&str>> {
        let Kind::Path { name, members } = &self.0.tree.kind else { return None };
        Some(std::iter::once(name).chain(members).map(|name| &**name).collect())
    }

    /// The top-level names it reads, in the order of their first use.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.0.names.to_vec()
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.text
    }
}

/// Whether two values are equal, as tests compare them: numbers by value, different kinds never.
///
/// # Errors
/// The budget is used up.
pub fn equal(a: &Value, b: &Value, budget: &mut Budget) -> Result<bool, Fault> {
    walk::equal(a, b, budget)
}

/// Whether a text can be written as one name in an expression.
pub fn is_name(text: &str) -> bool {
    text.starts_with(token::starts_name) && text.chars().all(token::continues_name) && !parse::is_reserved(text)
}

impl fmt::Debug for UnaryTests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnaryTests").field(&self.source()).finish()
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source()).finish()
    }
}

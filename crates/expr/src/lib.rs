//! CEL expressions, S-FEEL of decision tables, and the conditions of searches and playbooks, compiled once and evaluated
//! by our own walkers.
//!
//! The `cel` crate only parses CEL; evaluation walks our own tree over [`model::Value`] under a [`Budget`], so that an
//! expression ends after a known amount of work whatever it says. Nothing here does IO or reads a clock; compiling CEL
//! starts one short-lived thread, because the parser needs a larger stack than callers have.
//!
//! The language as users see it is described in `docs/expressions.md`.

mod budget;
mod compile;
pub mod condition;
pub mod feel;
mod functions;
mod limits;
mod number;
mod program;
mod template;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use model::{Map, Value};

pub use budget::Budget;
pub use program::Program;
pub use template::Template;

/// Why a text is not an expression: one sentence with the position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong and where (line and column from 1).
    pub message: String,
}

/// Why an evaluation has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A name that the scope does not know.
    #[error("unknown name '{0}'")]
    UnknownName(String),
    /// An operation on a value of the wrong kind, a division by zero, an argument out of range …
    #[error("{0}")]
    Type(String),
    /// The step or byte budget is used up.
    #[error("the expression needs more than its budget of {0}")]
    Budget(&'static str),
}

/// Where top-level names get their values.
pub trait Scope {
    /// The value of a name; `None` when there is no such name.
    fn get(&self, name: &str) -> Option<Value>;
}

/// An object's members as names.
impl Scope for Map {
    fn get(&self, name: &str) -> Option<Value> {
        Map::get(self, name).cloned()
    }
}

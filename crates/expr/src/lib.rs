//! CEL expressions, compiled once and evaluated by our own walker.
//!
//! The `cel` crate only parses; evaluation walks its syntax tree over [`model::Value`] under a [`Budget`], so that an
//! expression ends after a known amount of work whatever it says.

use std::sync::Arc;

use model::Value;

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

/// How much work evaluations may do; shared by all expressions of one node.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Steps left; each visited node of the syntax tree and each item that a function walks over is one.
    pub steps: u64,
    /// Bytes left that results may take.
    pub bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 1_000_000, bytes: 16 << 20 }
    }
}

/// Where top-level names get their values.
pub trait Scope {
    /// The value of a name; `None` when there is no such name.
    fn get(&self, name: &str) -> Option<Value>;
}

/// A compiled expression. Cheap to clone, free to share between threads.
#[derive(Debug, Clone)]
pub struct Program(Arc<()>);

impl Program {
    /// Compiles a bare expression (no `${}` around it).
    pub fn compile(_source: &str) -> Result<Self, Error> {
        unimplemented!()
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        unimplemented!()
    }

    /// The top-level names it reads, for validation.
    pub fn names(&self) -> Vec<Arc<str>> {
        unimplemented!()
    }

    /// Evaluates it.
    pub fn eval(&self, _scope: &dyn Scope, _budget: &mut Budget) -> Result<Value, Fault> {
        unimplemented!()
    }
}

/// A JSON value whose strings may hold `${…}`: a string that is one `${…}` becomes the expression's value with its
/// type, any other string is interpolated as text. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Template(Arc<()>);

impl Template {
    /// Compiles every string in the value.
    pub fn compile(_value: &Value) -> Result<Self, Error> {
        unimplemented!()
    }

    /// The top-level names it reads, for validation.
    pub fn names(&self) -> Vec<Arc<str>> {
        unimplemented!()
    }

    /// The value with every `${…}` replaced.
    pub fn eval(&self, _scope: &dyn Scope, _budget: &mut Budget) -> Result<Value, Fault> {
        unimplemented!()
    }
}

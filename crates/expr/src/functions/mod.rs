//! The functions: one file for each family, one line in its table for each function.
//!
//! Of null, tests are false, conversions are null, and where a list is wanted it is an empty one.

mod convert;
mod json;
mod list;
pub(crate) mod network;
mod object;
pub(crate) mod pattern;
mod text;
mod time;

use std::ops::RangeInclusive;
use std::sync::Arc;

use model::Value;

use crate::{Budget, Fault};

/// A function that expressions can call.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: &'static str,
    /// How it is called, as the documentation writes it.
    pub(crate) usage: &'static str,
    /// How many arguments it takes.
    pub(crate) arguments: RangeInclusive<usize>,
    /// What it does.
    pub(crate) call: fn(&mut Call<'_>) -> Result<Value, Fault>,
}

impl Function {
    const fn new(
        name: &'static str,
        usage: &'static str,
        arguments: RangeInclusive<usize>,
        call: fn(&mut Call<'_>) -> Result<Value, Fault>,
    ) -> Self {
        Self { name, usage, arguments, call }
    }
}

/// All functions.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    let families: [&'static [Function]; 8] = [
        &text::FUNCTIONS,
        &pattern::FUNCTIONS,
        &convert::FUNCTIONS,
        &list::FUNCTIONS,
        &object::FUNCTIONS,
        &time::FUNCTIONS,
        &json::FUNCTIONS,
        &network::FUNCTIONS,
    ];
    families.into_iter().flatten()
}

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// A call with its arguments; their number is right.
pub(crate) struct Call<'a> {
    pub(crate) function: &'static Function,
    pub(crate) arguments: &'a [Value],
    pub(crate) budget: &'a mut Budget,
    pub(crate) patterns: &'a mut pattern::Patterns,
}

impl<'a> Call<'a> {
    /// The first argument, which always exists.
    fn subject(&self) -> &'a Value {
        &self.arguments[0]
    }

    /// The first argument as a string; `None` for null.
    fn text(&self) -> Result<Option<&'a Arc<str>>, Fault> {
        match self.subject() {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(self.wrong("a string", 0, other)),
        }
    }

    /// The first argument as a list; an empty one for null.
    fn list(&self) -> Result<&'a [Value], Fault> {
        match self.subject() {
            Value::Null => Ok(&[]),
            Value::List(items) => Ok(items),
            other => Err(self.wrong("a list", 0, other)),
        }
    }

    /// A further argument as a string.
    fn text_at(&self, index: usize) -> Result<&'a Arc<str>, Fault> {
        match &self.arguments[index] {
            Value::String(text) => Ok(text),
            other => Err(self.wrong("a string", index, other)),
        }
    }

    /// A further argument as a whole number.
    fn int_at(&self, index: usize) -> Result<i64, Fault> {
        let argument = &self.arguments[index];
        argument.as_i64().ok_or_else(|| self.wrong("a whole number", index, argument))
    }

    fn wrong(&self, wanted: &str, index: usize, found: &Value) -> Fault {
        let found = match found {
            Value::Number(number) => format!("the number {}", number.digits().chars().take(40).collect::<String>()),
            other => other.kind().to_owned(),
        };
        self.fault(&format!("needs {wanted} as argument {}, not {found}", index + 1))
    }

    /// A fault that begins with the function's name.
    fn fault(&self, what: &str) -> Fault {
        Fault::Type(format!("{}() {what}", self.function.name))
    }
}

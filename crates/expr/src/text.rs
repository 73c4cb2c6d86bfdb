//! Values as text and as JSON, paid for while they are written.
//!
//! A value that an expression put together may be far larger written out than it is in memory, since lists and objects
//! are shared.

use std::io;
use std::sync::Arc;

use model::Value;

use crate::{Budget, Fault};

/// The text that interpolation writes: strings as they are, null as nothing, the rest as JSON.
pub(crate) fn text(value: &Value, budget: &mut Budget) -> Result<Arc<str>, Fault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(Arc::from("")),
        Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => Ok(json(value, budget)?.into()),
    }
}

/// Appends the value's text.
pub(crate) fn append(value: &Value, to: &mut String, budget: &mut Budget) -> Result<(), Fault> {
    match value {
        Value::String(text) => append_str(text, to, budget)?,
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => to.push_str(&json(value, budget)?),
    }
    Ok(())
}

/// Appends a string.
pub(crate) fn append_str(text: &str, to: &mut String, budget: &mut Budget) -> Result<(), Fault> {
    budget.take(text.len())?;
    budget.scan(text.len())?;
    to.push_str(text);
    Ok(())
}

/// The beginning of a text, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The value as compact JSON.
pub(crate) fn json(value: &Value, budget: &mut Budget) -> Result<String, Fault> {
    let mut sink = Sink { written: Vec::new(), budget };
    // Writing a value fails only when the sink refuses.
    serde_json::to_writer(&mut sink, value).map_err(|_| Fault::Budget("bytes"))?;
    let written = sink.written;
    budget.scan(written.len())?;
    Ok(String::from_utf8(written).expect("JSON is written as UTF-8"))
}

struct Sink<'a> {
    written: Vec<u8>,
    budget: &'a mut Budget,
}

impl io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.budget.take(bytes.len()).map_err(io::Error::other)?;
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

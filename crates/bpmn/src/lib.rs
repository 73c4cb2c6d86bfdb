//! BPMN 2.0 documents: read, write, validate, compile to an executable graph.
//!
//! The way of a definition: [`Document`] (all that the text says, either form) → what it says about the process that
//! can run → a graph with resolved references → [`Executable`]. Each step reports everything it finds as
//! [`Problem`]s; only a text that is not BPMN at all is an [`Error`].

pub mod compile;
pub mod cycle;
pub mod document;
pub mod executable;
pub mod problem;
pub mod validate;

mod ast;
mod dialect;
mod error;
mod graph;
mod parse;
mod settings;

pub use compile::{Compiled, compile, compile_process};
pub use document::{Document, Form};
pub use error::Error;
pub use executable::Executable;
pub use parse::events::event_positions;
pub use parse::executable_processes;
pub use parse::table::{SupportedElement, elements};
pub use problem::{Problem, Severity};
pub use validate::{Catalogue, Mode, validate};

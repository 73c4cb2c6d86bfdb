//! Decisions of DMN: tables and literal expressions in S-FEEL.
//!
//! The way of a document: XML within limits → [`read()`], which reports everything that is wrong at once → [`Definitions`],
//! which evaluates a decision, with the ones that it requires, over names and under a budget. Nothing here does IO or
//! reads a clock, and nothing but a document that passed is ever evaluated.
//!
//! What users see of it is described in `docs/decisions.md`.

pub mod fault;
pub mod limits;
pub mod problem;

mod definitions;
mod document;
mod evaluate;
mod read;
mod table;
mod warn;

pub use definitions::{Decision, Definitions};
pub use document::namespaces::NAMESPACES;
pub use evaluate::{Decided, Required};
pub use fault::Fault;
pub use problem::{Problem, Severity};
pub use read::read;

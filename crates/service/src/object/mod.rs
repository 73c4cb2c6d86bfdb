//! Data objects: alerts, incidents, indicators, vulnerabilities and objects of every other class.
//!
//! An object is an open document. It comes back as it was sent, with what the server adds ([`fill`]); its class says
//! what it must have and what its fields hold ([`check`]). All writes pass one place ([`mod@write`]).

mod change;
mod check;
mod class;
mod classes;
mod dedup;
mod fill;
mod incident;
mod input;
mod locks;
mod records;
mod rights;
mod search;
mod shape;
pub mod transfer;
mod write;

pub use change::KINDS;
pub use class::Class;
pub use classes::ClassName;
pub use input::CreateObject;
pub use search::SearchObjects;
pub use write::{DataObject, Origin};

pub(crate) use change::not_found;
pub(crate) use classes::Classes;
pub(crate) use locks::Locks;
pub(crate) use records::Port;
pub(crate) use search::AT_ONCE;
pub(crate) use write::{Change, Outcome};

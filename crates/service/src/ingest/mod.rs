//! Events of other systems: reading them, and making data objects of them.
//!
//! A [`Mapping`] says which events count and what the fields of the object are. Mappings for well-known sources come
//! with the server ([`builtin`]); users write their own in the same form, described in `docs/how-to/mappings.md`.

pub mod builtin;
mod cef;
pub mod event;
mod leef;
pub mod mapping;
pub mod trial;

pub use event::Format;
pub use mapping::Mapping;

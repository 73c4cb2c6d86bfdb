//! Events of other systems: reading them, and making data objects of them.
//!
//! A [`Mapping`] says which events count and what the fields of the object are. Mappings for well-known sources come
//! with the server ([`builtin`]); users write their own in the same form, described in `docs/how-to/mappings.md`. A
//! [`source`] has a mapping and is where events come from: senders bring them ([`receive`]), or the server fetches them
//! ([`streams`]). What cannot be taken in is a [`dead_letter`].

pub mod builtin;
mod cef;
pub mod dead_letter;
pub mod event;
mod leef;
pub mod mapping;
mod mappings;
pub mod nats;
pub mod receive;
pub mod source;
pub mod streams;
pub mod trial;

pub use event::Format;
pub use mapping::Mapping;

pub(crate) use mappings::Mappings;
pub(crate) use streams::Streams;

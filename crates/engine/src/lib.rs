//! The BPMN engine: `(definitions, state, command, env)` to events and effects.
//!
//! Pure and synchronous: no IO, no clock, no randomness, no environment. [`turn`] decides; only [`State::apply`]
//! changes state, live and on replay, and replay evaluates nothing: whatever was computed is in the events.

pub mod command;
pub mod effect;
pub mod event;

pub use command::{Command, Rejection};
pub use effect::{Effect, EffectKey};
pub use event::Event;

/// The number of an element instance within its root instance; never used twice.
///
/// The process itself is an element instance: number 0 for the root, another for each call activity's child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ElementNo(pub u64);

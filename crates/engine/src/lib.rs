//! The BPMN engine: `(definitions, state, command, env)` to events and effects.
//!
//! Pure and synchronous: no IO, no clock, no randomness, no environment. [`turn`] decides; only [`State::apply`]
//! changes state, live and on replay, and replay evaluates nothing: whatever was computed is in the events.
//!
//! A failure of a process is a fault in its state. An [`Error::Corrupt`] means that events, state and definition do not
//! belong together; the caller sets the instance aside.

pub mod command;
pub mod effect;
pub mod env;
pub mod error;
pub mod event;
pub mod limits;
pub mod state;
pub mod trace;

mod apply;
mod behaviour;
mod decide;
mod node;

pub use command::{Command, Rejection};
pub use decide::{Turn, turn};
pub use effect::{Effect, EffectKey};
pub use env::{Definitions, Env};
pub use error::{Corrupt, Error};
pub use event::Event;
pub use limits::Limits;
pub use state::State;

/// The number of an element instance within its root instance; never used twice.
///
/// The process itself is an element instance: number 0 for the root, another for each call activity's child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ElementNo(pub u64);

impl ElementNo {
    /// The root process.
    pub const ROOT: ElementNo = ElementNo(0);
}

//! Rehearsal of workflows without a server: what a definition does with given data, and whether its cases hold.
//!
//! A world of root instances runs in the pure engine, on a virtual clock that moves only when nothing else can advance.
//! Components and people are played by [`Mocks`]; JavaScript is run by the caller's [`Scripts`]. Everything that was
//! left out, including what no mock answers, is said in the [`Outcome`].
//!
//! Pure: no files, no clock, no randomness; the same plan has the same outcome. Prints nothing and ends nothing.

pub mod cases;
pub mod error;
pub mod mocks;
pub mod outcome;
pub mod plan;
pub mod scripts;
pub mod text;
pub mod workflow;

mod outline;
mod trace;
mod world;

pub use cases::{Coverage, Suite};
pub use error::Error;
pub use mocks::Mocks;
pub use outcome::{Fault, Instance, Outcome, Status};
pub use plan::{Delivery, Plan};
pub use scripts::{NoScripts, Scripts};
pub use trace::{Entry, Happened};
pub use workflow::{Prepared, Workflow};

/// Carries a plan out to the point where nothing can advance any more.
///
/// # Errors
/// When the plan names what is not there. What goes wrong in the workflow itself is in the outcome.
pub fn rehearse(plan: &Plan<'_>, scripts: &mut dyn Scripts) -> Result<Outcome, Error> {
    world::World::new(plan, scripts)?.run()
}

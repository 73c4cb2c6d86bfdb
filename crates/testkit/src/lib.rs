//! For tests only: what the suites of several crates need.

pub mod clock;
#[cfg(feature = "runtime")]
pub mod crash;
pub mod ids;
pub mod nats;
pub mod postgres;
pub mod process;
pub mod random;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "runtime")]
pub mod sink;

//! Tests of the public behaviour of the crate.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod documents;
mod hit_policies;
mod hostile;
mod page;
mod problems;
mod properties;
mod reference;
mod requirements;
mod security;
mod support;
mod tables;
mod warnings;

//! Tests of the public behaviour of the crate.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod compiling;
mod dialects;
mod documents;
mod hostile;
mod joins_property;
mod miwg;
mod reading;
mod round_trip;
mod rules_basic;
mod rules_circle;
mod rules_joins;
mod rules_params;
mod samples;
mod support;
mod tables;

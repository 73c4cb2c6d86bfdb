//! For tests only: what the suites of several crates need.

pub mod postgres;
pub mod process;
pub mod random;

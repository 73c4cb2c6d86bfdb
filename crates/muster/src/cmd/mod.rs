//! Subcommands, one file each.

pub(crate) mod audit;
mod client;
pub(crate) mod key;
pub(crate) mod openapi;
pub(crate) mod serve;
pub(crate) mod user;
pub(crate) mod workflow;

use std::io::Write as _;

/// Prints a result for people or pipes.
pub(crate) fn print(text: &str) {
    // A reader that has gone away (`… | head`) is no reason to fail.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a failure.
pub(crate) fn print_error(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

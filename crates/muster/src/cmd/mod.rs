//! Subcommands, one file each.

pub(crate) mod audit;
mod client;
pub(crate) mod key;
pub(crate) mod openapi;
pub(crate) mod serve;
pub(crate) mod user;

/// Prints a result for people or pipes.
#[expect(clippy::print_stdout, reason = "this is the command line's output")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}

/// Prints a failure.
#[expect(clippy::print_stderr, reason = "this is the command line's error output")]
pub(crate) fn print_error(text: &str) {
    eprintln!("{text}");
}

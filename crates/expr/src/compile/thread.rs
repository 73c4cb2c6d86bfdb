//! Runs the parser with room to recurse.

use std::thread;

use crate::{Error, limits};

/// Runs `work` on a thread with a large stack and waits for it.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    let message = |message: &str| Error { message: message.to_owned() };
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("expr-compile".to_owned()).stack_size(limits::PARSER_STACK);
        match builder.spawn_scoped(scope, work) {
            // The parser is not ours: should it panic, the text is refused and the caller lives on.
            Ok(running) => running.join().unwrap_or_else(|_| Err(message("the expression cannot be parsed"))),
            Err(_) => Err(message("the expression cannot be compiled now: the system refuses another thread")),
        }
    })
}

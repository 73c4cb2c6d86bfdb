//! Who runs JavaScript: this crate cannot.

use std::time::Duration;

use engine::command::Failure;
use model::Value;

/// What a script did.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// The value of its last expression.
    pub value: Value,
    /// The variables that it set, an object.
    pub vars: Value,
}

/// Runs JavaScript.
pub trait Scripts {
    /// Runs a script with the members of `scope` as globals.
    ///
    /// # Errors
    /// The failure of the script's node.
    fn run(&mut self, source: &str, scope: &Value, timeout: Option<Duration>) -> Result<Ran, Failure>;
}

/// For callers that have no script host: a script fails unless a mock answers for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoScripts;

impl Scripts for NoScripts {
    fn run(&mut self, _source: &str, _scope: &Value, _timeout: Option<Duration>) -> Result<Ran, Failure> {
        Err(Failure {
            code: "Script.NotAvailable".to_owned(),
            message: "JavaScript cannot run here; give the node a mock".to_owned(),
            retryable: false,
            retry_after_ms: None,
        })
    }
}

//! Errors: of an action's run, with stable codes, and of this crate's own settings.

use std::time::Duration;

/// The action's input is missing, of the wrong type, or out of range; the message names the parameter.
pub const INPUT_INVALID: &str = "Input.Invalid";
/// The connection lacks a setting, or its settings contradict each other.
pub const CONNECTION_INVALID: &str = "Connection.Invalid";
/// The egress policy forbids the destination.
pub const EGRESS_DENIED: &str = "Egress.Denied";
/// The other side did not answer in time.
pub const HTTP_TIMEOUT: &str = "HTTP.Timeout";
/// The other side answered with a status that was not expected.
pub const HTTP_STATUS: &str = "HTTP.Status";
/// The other side could not be reached, or the connection broke.
pub const HTTP_CONNECT: &str = "HTTP.Connect";
/// The answer is larger than the host accepts.
pub const HTTP_TOO_LARGE: &str = "HTTP.TooLarge";
/// The answer redirects more often than is followed, or to nowhere.
pub const HTTP_REDIRECT: &str = "HTTP.Redirect";

/// The data class or the object does not exist.
pub const RECORDS_NOT_FOUND: &str = "Records.NotFound";
/// What is to be done with an object is not valid; the message says what.
pub const RECORDS_INVALID: &str = "Records.Invalid";
/// What is to be done with an object is not allowed, or not in its state.
pub const RECORDS_REFUSED: &str = "Records.Refused";
/// The server's data objects cannot be reached now.
pub const RECORDS_UNAVAILABLE: &str = "Records.Unavailable";

/// Why a run of an action has no result. Becomes a fault of the node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ActionError {
    /// A stable code, one of the constants of this module.
    pub code: &'static str,
    /// A sentence for the person who reads the fault; never holds a secret.
    pub message: String,
    /// Whether the same call may well succeed later.
    pub retryable: bool,
    /// How long the other side asked to be left alone.
    pub retry_after: Option<Duration>,
}

impl ActionError {
    /// An error that will come back as often as the call is repeated.
    pub fn permanent(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: false, retry_after: None }
    }

    /// An error that may pass.
    pub fn transient(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: true, retry_after: None }
    }

    /// [`INPUT_INVALID`], with the parameter's name in front.
    pub fn input(parameter: &str, what: impl AsRef<str>) -> Self {
        Self::permanent(INPUT_INVALID, format!("{parameter}: {}", what.as_ref()))
    }
}

/// Why a setting of this crate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an egress rule.
    #[error(
        "'{0}' is not an egress rule: expected an address, a range like 10.0.0.0/8 or [fd00::/8], a host name or \
         *.suffix, each with an optional :port"
    )]
    Rule(String),
    /// A connection's configuration is not a flat JSON object.
    #[error("the configuration of the connection must be a JSON object")]
    Config,
}

//! JavaScript of script tasks, run in child processes.
//!
//! An interrupt inside the process does not stop a native loop (`new Array(1e9).fill(0)`), and an allocation that
//! fails may take the whole server along. So scripts run in children of the same binary (`muster script-host`), which
//! the [`Pool`] keeps warm, watches and kills at the deadline. A script is a pure effect: its result is recorded and it
//! is never evaluated again on replay, which is why `Date` and `Math.random` are available.
//!
//! What a script sees:
//! - each name of the scope as a read-only global (assigning to it is an error), unless JavaScript has a global of that
//!   name; `vars` is the object whose members the script may set, and what it changed there is in [`Outcome::vars`];
//! - strict mode, the standard built-ins, a `console` that prints nowhere; no modules, no timers, no input or output;
//! - local time is UTC;
//! - numbers that a JavaScript number would not write back with the same value (`9007199254740993`, `1e400`, twenty
//!   decimals) arrive as strings; so does nothing else.
//!
//! What comes back: the value of the last expression. A promise stands for what it settled to; a rejected one that
//! nothing handles is an error wherever it is. `undefined`, `NaN` and
//! the infinities become null, a `BigInt` an exact number, an object with `toJSON` what that gives; a function or a
//! symbol is an error. The value and the changed variables together may take [`RESULT_LIMIT`] bytes as JSON.

use std::time::Duration;

use model::Value;

mod child;
mod evaluate;
mod export;
mod failure;
mod hardening;
mod pool;
mod protocol;
mod sandbox;

pub use child::child_main;
pub use pool::{Pool, PoolConfig};
pub use protocol::{REQUEST_LIMIT, RESULT_LIMIT};

/// How long a script may run when its node does not say.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

/// What a script did.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The value of its last expression.
    pub value: Value,
    /// The members of `vars` that it added or changed, an object; a deleted member is null.
    pub vars: Value,
}

/// Why a script has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// It does not compile, threw, or gave something that is no value; the message says where and what.
    #[error("{0}")]
    Failed(String),
    /// It did not end in time.
    #[error("the script did not end within {} ms", .0.as_millis())]
    Deadline(Duration),
    /// It needs more memory than it may have, in bytes.
    #[error("the script needs more than {} MiB of memory", .0 >> 20)]
    Memory(u64),
    /// Its process ended or could not be started.
    #[error("the process that runs scripts failed: {0}")]
    Crashed(String),
    /// No process became free in time.
    #[error("no process for scripts became free within {} ms", .0.as_millis())]
    Busy(Duration),
}

impl ScriptError {
    /// The stable code of the fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failed(_) => "Script.Error",
            Self::Deadline(_) => "Script.Deadline",
            Self::Memory(_) => "Script.Memory",
            Self::Crashed(_) => "Script.Crashed",
            Self::Busy(_) => "Script.Busy",
        }
    }

    /// Whether the same script may well succeed when it is run again: the cause was the host, not the script.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Crashed(_) | Self::Busy(_) => true,
            Self::Failed(_) | Self::Deadline(_) | Self::Memory(_) => false,
        }
    }
}

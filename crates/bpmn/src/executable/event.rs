//! What events wait for and what they do.

use std::sync::Arc;

use expr::{Program, Template};

use super::{NodeIx, Timer};

/// What an event waits for: one of its triggers, or all of them.
#[derive(Debug, Default)]
pub struct Catch {
    /// The event definitions; none of them for an event without one.
    pub triggers: Vec<Trigger>,
    /// Whether all must have happened (`parallelMultiple`).
    pub all: bool,
    /// Variable that receives the code of an error or escalation.
    pub code_variable: Option<Arc<str>>,
    /// Variable that receives the message of an error.
    pub message_variable: Option<Arc<str>>,
    /// Variables set from what came; inside, `output` is the payload.
    pub output: Vec<(Arc<str>, Program)>,
}

/// Something that an event waits for.
#[derive(Debug)]
pub enum Trigger {
    /// An instant.
    Timer(Timer),
    /// A message of this name.
    Message {
        /// The name.
        name: Arc<str>,
        /// The correlation key, a text; without one any message of the name will do.
        key: Option<Template>,
    },
    /// A signal of this name.
    Signal {
        /// The name.
        name: Arc<str>,
    },
    /// A condition that becomes true.
    Condition(Program),
    /// An error from inside.
    Error {
        /// The code; `None` catches every error.
        code: Option<Arc<str>>,
    },
    /// An escalation from inside.
    Escalation {
        /// The code; `None` catches every escalation.
        code: Option<Arc<str>>,
    },
    /// Compensation of what it belongs to.
    Compensation,
    /// The cancellation of its transaction.
    Cancel,
}

/// Something that an event does when a token reaches it.
#[derive(Debug)]
pub enum Throw {
    /// Sends a message.
    Message {
        /// Its name.
        name: Arc<str>,
        /// Its correlation key, a text.
        key: Option<Template>,
        /// What it carries; without it, nothing.
        payload: Option<Template>,
    },
    /// Sends a signal to everybody in the workspace.
    Signal {
        /// Its name.
        name: Arc<str>,
        /// What it carries; without it, nothing.
        payload: Option<Template>,
    },
    /// Throws an error to what is around.
    Error {
        /// Its code; empty when it has none.
        code: Arc<str>,
    },
    /// Tells what is around, and goes on.
    Escalation {
        /// Its code; empty when it has none.
        code: Arc<str>,
    },
    /// Undoes what has been done.
    Compensation {
        /// The activity; `None` means everything that was completed in the scope.
        activity: Option<NodeIx>,
        /// Whether the event waits until it is undone.
        wait: bool,
    },
    /// Cancels the transaction.
    Cancel,
    /// Ends everything in the scope.
    Terminate,
}

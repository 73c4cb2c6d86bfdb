//! Why a script has no outcome, as one sentence.

use rquickjs::{Coerced, Ctx, Error, Value as JsValue};

use super::export::Refusal;
use super::hardening::peak_memory;
use super::protocol::{Answer, MAX_MESSAGE};

/// The name of the script in stack traces.
pub(super) const FILE: &str = "script";

/// Why a script has no outcome, inside the sandbox.
pub(super) enum Failure {
    /// A JavaScript exception is pending, or a conversion failed.
    Thrown(Error),
    /// What it gave is no value; one sentence.
    Refused(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Thrown(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Thrown(error) => Self::Thrown(error),
            Refusal::Unfit(message) => Self::Refused(message),
        }
    }
}

impl Failure {
    /// The answer to the request; takes the pending exception. `memory_limit` is the size of the heap in bytes.
    pub(super) fn answer(&self, ctx: &Ctx<'_>, memory_limit: u64) -> Answer {
        match self {
            Self::Refused(message) => Answer::Error(shortened(message)),
            Self::Thrown(Error::Exception) => thrown(&ctx.catch(), memory_limit),
            Self::Thrown(Error::Allocation) => Answer::OutOfMemory,
            Self::Thrown(Error::Utf8(_)) => Answer::Error("a text holds half of a surrogate pair".into()),
            Self::Thrown(other) => Answer::Error(shortened(&other.to_string())),
        }
    }
}

/// The answer for a value that was thrown or that a promise was rejected with.
pub(super) fn thrown(value: &JsValue<'_>, memory_limit: u64) -> Answer {
    // On a heap that is full to the last byte the engine has no room for an error and throws null.
    if value.is_null() && peak_memory() >= memory_limit / 2 {
        return Answer::OutOfMemory;
    }
    let Some(exception) = value.as_exception() else {
        let text = value.get::<Coerced<String>>().map_or_else(|_| value.type_name().to_owned(), |text| text.0);
        return Answer::Error(shortened(&format!("the script threw {text}")));
    };
    let name = exception.get::<_, Coerced<String>>("name").map_or_else(|_| "Error".into(), |name| name.0);
    let message = exception.message().unwrap_or_default();
    if name == "InternalError" && message == "out of memory" {
        return Answer::OutOfMemory;
    }
    let line = exception.stack().as_deref().and_then(line_of).map(|line| format!("line {line}: ")).unwrap_or_default();
    Answer::Error(shortened(&format!("{line}{name}: {message}")))
}

/// The line of the innermost frame in the script itself; frames look like `at f (script:3:7)`.
fn line_of(stack: &str) -> Option<u32> {
    let (_, rest) = stack.split_once(&format!("{FILE}:"))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn shortened(message: &str) -> String {
    message.chars().take(MAX_MESSAGE).collect()
}

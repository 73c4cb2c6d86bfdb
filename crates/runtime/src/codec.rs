//! Events, states and commands as stored: versioned JSON. Old versions stay readable; a change that older releases
//! cannot read raises [`LEVEL`].

use std::borrow::Cow;

use engine::{Command, Event, State};
use serde::{Deserialize, Serialize};

/// The release level of what this release writes. A node refuses roots above its own level.
pub const LEVEL: i64 = 2;

/// A stored text that this release cannot read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the JSON that was written.
    #[error("the stored {what} cannot be read")]
    Broken {
        /// Which kind of text.
        what: &'static str,
        /// Where.
        #[source]
        cause: serde_json::Error,
    },
    /// Written by a newer release.
    #[error("the stored {what} has format {found}, this release reads {LEVEL}")]
    Newer {
        /// Which kind of text.
        what: &'static str,
        /// Its format.
        found: i64,
    },
    /// A turn of the journal is missing or was changed.
    #[error("turn {turn} is missing or is not as it was written")]
    Changed {
        /// Its place in the journal.
        turn: i64,
    },
}

#[derive(Serialize, Deserialize)]
struct Versioned<'a, T: Clone> {
    v: i64,
    body: Cow<'a, T>,
}

#[derive(Deserialize)]
struct VersionOnly {
    v: i64,
}

fn encode<T: Serialize + Clone>(body: &T) -> String {
    serde_json::to_string(&Versioned { v: LEVEL, body: Cow::Borrowed(body) })
        .expect("events, states and commands have string keys and cannot fail to serialise")
}

fn decode<T: for<'de> Deserialize<'de> + Clone>(what: &'static str, text: &str) -> Result<T, Error> {
    let broken = |cause| Error::Broken { what, cause };
    let VersionOnly { v } = serde_json::from_str(text).map_err(broken)?;
    if v > LEVEL {
        return Err(Error::Newer { what, found: v });
    }
    let versioned: Versioned<'_, T> = serde_json::from_str(text).map_err(broken)?;
    Ok(versioned.body.into_owned())
}

/// The journal's text for a turn.
pub fn encode_events(events: &Vec<Event>) -> String {
    encode(events)
}

/// The events of a turn.
pub fn decode_events(text: &str) -> Result<Vec<Event>, Error> {
    decode("turn", text)
}

/// The text of a snapshot.
pub fn encode_state(state: &State) -> String {
    encode(state)
}

/// The state of a snapshot.
pub fn decode_state(text: &str) -> Result<State, Error> {
    decode("snapshot", text)
}

/// The inbox's text for a command.
pub fn encode_command(command: &Command) -> String {
    encode(command)
}

/// The command of an inbox row.
pub fn decode_command(text: &str) -> Result<Command, Error> {
    decode("command", text)
}

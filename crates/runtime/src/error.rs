//! Why the runtime cannot go on with a root.

/// A runtime error. None of them is the fault of a process: those are in its state.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The storage failed.
    #[error("the storage failed")]
    Store(#[from] store::Error),
    /// A stored text cannot be read.
    #[error("stored data cannot be read")]
    Codec(#[from] crate::codec::Error),
    /// Events, state and definition do not belong together.
    #[error("the instance is damaged")]
    Corrupt(#[from] engine::Corrupt),
    /// The definition that an instance runs is gone or does not compile any more.
    #[error("the definition of version {version} cannot be used: {why}")]
    Definition {
        /// The version.
        version: model::VersionId,
        /// What is wrong with it.
        why: String,
    },
    /// The engine refused the command.
    #[error("the command was refused: {0}")]
    Rejected(engine::Rejection),
    /// The server is stopping and starts nothing new.
    #[error("the server is shutting down")]
    Stopping,
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

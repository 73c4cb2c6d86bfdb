//! Why there is no rehearsal.

/// Why there is no rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is in none of the forms of a workflow.
    #[error("it is neither BPMN 2.0 XML, nor its JSON form, nor Base64 of one of them")]
    NoForm,
    /// The text is no BPMN document.
    #[error(transparent)]
    Document(#[from] bpmn::Error),
    /// No process of that id can be started.
    #[error("there is no process '{asked}' that can run; there is {known}")]
    NoSuchProcess {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// Mocks, cases or other data are not as they should be.
    #[error("{place}: {message}")]
    Data {
        /// Where: a member, a case.
        place: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The engine found its own state damaged.
    #[error("the rehearsal cannot go on: {0}")]
    Damaged(#[from] engine::Corrupt),
}

impl Error {
    pub(crate) fn data(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Data { place: place.into(), message: message.into() }
    }
}

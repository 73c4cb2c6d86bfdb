//! What a use-case can answer instead of a result: a kind that HTTP maps to a status, a stable code, a message for
//! people in both languages, and the cause for the log.

use std::error::Error as StdError;
use std::fmt;

use crate::code::{self, Code};

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// Something else has the name, or something still needs the thing.
    Conflict,
    /// The request is wrong; the message names the field and what it may hold.
    Invalid,
    /// Nobody, or not who they say they are.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// The thing is not in a state that allows this.
    Precondition,
    /// More bytes than allowed.
    TooLarge,
    /// Too many requests.
    RateLimited,
    /// Something this needs does not answer; trying again may help.
    Unavailable,
    /// A defect; details are in the log only.
    Internal,
}

/// The languages that messages are written in (`X-Language`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// `en-us`.
    #[default]
    English,
    /// `zh-cn`.
    Chinese,
}

/// A message in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Text {
    /// A message in both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The message in a language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        }
    }
}

/// Why a use-case has no result.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    code: &'static str,
    message: Text,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a known code.
    pub fn new(code: &Code, message: Text) -> Self {
        Self { kind: code.kind, code: code.text, message, source: None }
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(cause.into());
        self
    }

    /// What a write has failed with: in these words when it has broken the constraint `(table, column)`, or as it is.
    pub(crate) fn taken(error: store::Error, (table, column): (&str, &str), code: &Code, text: Text) -> Self {
        if error.is_unique(table, column) { Self::new(code, text).caused_by(error) } else { error.into() }
    }

    /// A defect: the caller learns nothing but that it happened.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(&code::INTERNAL, Text::new("internal error", "内部错误")).caused_by(cause)
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The stable code, listed in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The message for the caller.
    pub fn message(&self) -> &Text {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message.en)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|cause| &**cause as &(dyn StdError + 'static))
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match &error {
            store::Error::Unavailable(_) | store::Error::Closed | store::Error::Fenced => Self::new(
                &code::UNAVAILABLE,
                Text::new("the storage does not answer; try again", "存储暂不可用，请重试"),
            )
            .caused_by(error),
            store::Error::CommitUnknown(_) => Self::new(
                &code::UNAVAILABLE,
                Text::new(
                    "the storage did not confirm the change; read it back before trying again",
                    "存储未确认此更改，请先查询再重试",
                ),
            )
            .caused_by(error),
            // Use-cases check the texts that they know of and name the field; this is for those that nobody thought of.
            store::Error::NulInText => {
                Self::new(&code::INVALID, Text::new("a text must not contain U+0000", "文本不能包含U+0000"))
                    .caused_by(error)
            }
            store::Error::Unique(_)
            | store::Error::Panicked
            | store::Error::NewerSchema { .. }
            | store::Error::ChangedMigration(_)
            | store::Error::Corrupt(_)
            | store::Error::Database(_) => Self::internal(error),
        }
    }
}

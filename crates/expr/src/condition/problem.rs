//! What is wrong with conditions.

use std::fmt;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What it is and what may stand there: a sentence without its subject's position.
    pub message: String,
}

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The list of conditions.
    Conditions,
    /// One condition.
    Condition {
        /// Its position, from 0.
        index: usize,
        /// Its name, shortened if it is long.
        name: String,
    },
    /// The logic.
    Logics,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Conditions => write!(f, "conditions: {}", self.message),
            Place::Condition { index, name } => write!(f, "conditions[{index}] '{name}': {}", self.message),
            Place::Logics => write!(f, "logics: {}", self.message),
        }
    }
}

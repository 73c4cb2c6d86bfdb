//! Calls that act on several things, each for itself.

use std::collections::HashSet;
use std::hash::Hash;
use std::str::FromStr;

use crate::field::Fields;

/// Things that one call may name.
const MOST: usize = 1_000;

/// What was done to several things.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Those that it was done to, as the caller named them.
    pub done: Vec<String>,
    /// Those that do not exist, likewise.
    pub failed: Vec<String>,
}

impl Batch {
    /// Together with what was done to others.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.done.extend(others.done);
        self.failed.extend(others.failed);
        self
    }
}

/// Things that a caller names by their ids. What is no id names nothing that exists.
#[derive(Debug)]
pub(crate) struct Named<T> {
    texts: Vec<String>,
    /// Each once, in the order they were named.
    pub(crate) ids: Vec<T>,
}

impl<T: Copy + Eq + Hash + FromStr> Named<T> {
    /// Between 1 and 1 000 things.
    pub(crate) fn read(fields: &mut Fields, field: &str, texts: Option<Vec<String>>) -> Self {
        let texts = texts.unwrap_or_default();
        if texts.is_empty() || texts.len() > MOST {
            fields.violation(format!("{field} must list 1 to {MOST} ids"), format!("{field}必须包含1到{MOST}个ID"));
        }
        let mut seen = HashSet::new();
        let ids = texts.iter().filter_map(|text| text.parse().ok()).filter(|id| seen.insert(*id)).collect();
        Self { texts, ids }
    }

    /// What became of them.
    pub(crate) fn batch(self, is_done: impl Fn(T) -> bool) -> Batch {
        let (done, failed) = self.texts.into_iter().partition(|text| text.parse().is_ok_and(&is_done));
        Batch { done, failed }
    }
}

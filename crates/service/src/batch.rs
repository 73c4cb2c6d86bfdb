//! What becomes of a call that acts on several things, each for itself.

use std::collections::HashSet;
use std::hash::Hash;

/// The things that were acted on, and the others, in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch<T> {
    /// It was done to these.
    pub done: Vec<T>,
    /// It was not done to these.
    pub failed: Vec<T>,
}

impl<T: Copy + Eq + Hash> Batch<T> {
    /// What was wanted, each once, by whether it is among what was done.
    pub(crate) fn of(wanted: Vec<T>, done: &HashSet<T>) -> Self {
        let mut seen = HashSet::new();
        let (done, failed) =
            wanted.into_iter().filter(|thing| seen.insert(*thing)).partition(|thing| done.contains(thing));
        Self { done, failed }
    }
}

//! What a turn may know besides the state and the command.

use std::collections::HashMap;
use std::sync::Arc;

use bpmn::Executable;
use model::{IdSource, Timestamp, VersionId};

use crate::Limits;

/// The surroundings of one turn.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The instant at which the turn happens.
    pub now: Timestamp,
    /// Where the ids of new to-dos come from.
    pub ids: &'a dyn IdSource,
    /// The definitions that the root instance and its children run.
    pub definitions: &'a dyn Definitions,
    /// What an instance may use.
    pub limits: &'a Limits,
}

/// Compiled definitions by version.
pub trait Definitions {
    /// The definition of a version; `None` when it is not at hand.
    fn get(&self, version: VersionId) -> Option<&Arc<Executable>>;
}

impl Definitions for HashMap<VersionId, Arc<Executable>> {
    fn get(&self, version: VersionId) -> Option<&Arc<Executable>> {
        self.get(&version)
    }
}

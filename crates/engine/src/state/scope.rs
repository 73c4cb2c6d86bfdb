//! What a process or sub-process holds: its variables, its active nodes, the tokens on its flows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::Map;
use serde::{Deserialize, Serialize};

use crate::ElementNo;

/// The inside of a running process or an active sub-process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// The process instance that it belongs to.
    pub process: ElementNo,
    /// The variables that it holds itself.
    pub variables: Arc<Map>,
    /// The active nodes directly in it.
    pub children: BTreeSet<ElementNo>,
    /// Tokens on its flows, moving and waiting.
    pub tokens: u32,
    /// Tokens that wait at joins, by flow.
    pub arrived: BTreeMap<Arc<str>, u32>,
}

impl Scope {
    pub(crate) fn new(process: ElementNo, variables: Arc<Map>) -> Self {
        Self { process, variables, children: BTreeSet::new(), tokens: 0, arrived: BTreeMap::new() }
    }

    /// Whether nothing is left that could go on in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.children.is_empty() && self.tokens == 0
    }

    /// Whether a token waits on a flow.
    pub(crate) fn has_arrived(&self, flow: &str) -> bool {
        self.arrived.contains_key(flow)
    }
}

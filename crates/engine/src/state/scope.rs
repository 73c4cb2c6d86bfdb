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
    /// Nodes of an ad-hoc sub-process that have begun without a flow.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) begun: u32,
    /// What was completed in it and can be undone, in the order of completion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) compensable: Vec<Compensable>,
    /// Whether it was completed before and is there again to be undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) was_completed: bool,
    /// Complex gateways that have fired and swallow what still comes, with the flows whose tokens they have had.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) fired: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

/// An activity that was completed and can be undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compensable {
    /// The activity.
    pub(crate) node: Arc<str>,
    /// Whether its handler undoes it; else it is undone from inside.
    pub(crate) is_handled: bool,
    /// Of a sub-process or loop: what was done inside, with the variables of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inside: Option<Inside>,
}

/// What is kept of a scope that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Inside {
    pub(crate) variables: Arc<Map>,
    pub(crate) compensable: Vec<Compensable>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Scope {
    pub(crate) fn new(process: ElementNo, variables: Arc<Map>) -> Self {
        Self {
            process,
            variables,
            children: BTreeSet::new(),
            tokens: 0,
            arrived: BTreeMap::new(),
            begun: 0,
            compensable: Vec::new(),
            was_completed: false,
            fired: BTreeMap::new(),
        }
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

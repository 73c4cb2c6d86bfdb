//! The state of a root instance: active elements, tokens on flows, variables. Changed only by [`State::apply`].
//!
//! Everything in it is named by BPMN ids, never by index, so that a snapshot outlives a recompiled graph.

mod element;
mod pending;
mod process;
mod scope;
mod status;
mod subscription;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::Node;
use model::{InstanceId, Map, Timestamp};
use serde::{Deserialize, Serialize};

pub use element::{Element, Looping, Phase};
pub use process::Process;
pub(crate) use scope::Inside;
pub use scope::{Compensable, Scope};
pub use status::Status;
pub use subscription::{EventWait, Subscription};
pub use waiting::{Fault, OpenTask, Wait, Waiting};

use crate::{Corrupt, Definitions, ElementNo};

/// A root instance with the children of its call activities.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The next element's number.
    pub(crate) next: u64,
    /// When the first node became active.
    pub(crate) started: Option<Timestamp>,
    /// Nodes executed so far.
    pub(crate) executed: u64,
    /// Bytes of all variables and last outputs.
    pub(crate) bytes: usize,
    /// Process instances, the ended ones too.
    pub(crate) processes: BTreeMap<ElementNo, Process>,
    /// Scopes of the running processes and the active sub-processes.
    pub(crate) scopes: BTreeMap<ElementNo, Scope>,
    /// Active nodes.
    pub(crate) elements: BTreeMap<ElementNo, Element>,
    /// What can advance without an outside event, first in, first out.
    pub(crate) agenda: VecDeque<Step>,
    /// Inclusive joins and complex gateways with a token, in the order of their first token.
    pub(crate) inclusive: Vec<Join>,
    /// When something falls due, and whose.
    pub(crate) due: BTreeSet<(Timestamp, ElementNo)>,
    /// Events that elements and scopes wait for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) subscriptions: BTreeMap<ElementNo, Vec<Subscription>>,
    /// The next subscription's number.
    #[serde(default)]
    pub(crate) next_subscription: u32,
    /// When the timers of subscriptions are due.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) timers: BTreeSet<(Timestamp, ElementNo, u32)>,
}

/// Something that can advance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A token moves along its flow into the node behind it.
    Token {
        /// The scope that the flow lies in.
        scope: ElementNo,
        /// The flow.
        flow: Arc<str>,
    },
    /// A parallel join has a token on each incoming flow, an activity as many as it takes.
    Join(Join),
    /// A loop has room for another iteration.
    Iterate {
        /// The loop's body.
        body: ElementNo,
    },
}

/// A converging gateway in one instance of its scope.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Join {
    /// The scope instance.
    pub(crate) scope: ElementNo,
    /// The gateway.
    pub(crate) node: Arc<str>,
}

impl State {
    /// The state before [`crate::Command::Start`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The root instance's id; `None` before it has started.
    pub fn root(&self) -> Option<InstanceId> {
        self.processes.get(&ElementNo::ROOT).map(|root| root.instance)
    }

    /// The process instances in the order of their creation, the ended ones too.
    pub fn instances(&self) -> impl Iterator<Item = (ElementNo, &Process)> {
        self.processes.iter().map(|(no, process)| (*no, process))
    }

    /// A process instance.
    pub fn instance(&self, no: ElementNo) -> Option<&Process> {
        self.processes.get(&no)
    }

    /// The active nodes in the order of their activation.
    pub fn elements(&self) -> impl Iterator<Item = (ElementNo, &Element)> {
        self.elements.iter().map(|(no, element)| (*no, element))
    }

    /// An active node.
    pub fn element(&self, no: ElementNo) -> Option<&Element> {
        self.elements.get(&no)
    }

    /// The variables of a running process or an active sub-process.
    pub fn variables(&self, scope: ElementNo) -> Option<&Map> {
        self.scopes.get(&scope).map(|scope| &*scope.variables)
    }

    /// The earliest instant at which a [`crate::Command::Tick`] has something to do: a timer, a task's due date, a
    /// scheduled retry.
    pub fn next_due(&self) -> Option<Timestamp> {
        let timers = self.timers.first().map(|(at, _, _)| *at);
        self.due.first().map(|(at, _)| *at).into_iter().chain(timers).min()
    }

    /// Nodes executed so far, children included.
    pub fn executed(&self) -> u64 {
        self.executed
    }

    /// Bytes that variables and last outputs take, counted as JSON.
    pub fn variable_bytes(&self) -> usize {
        self.bytes
    }

    /// The graph that a process runs.
    pub(crate) fn graph<'d>(
        &self,
        process: ElementNo,
        definitions: &'d dyn Definitions,
    ) -> Result<&'d Executable, Corrupt> {
        let process = self.processes.get(&process).ok_or(Corrupt::Element(process))?;
        match definitions.get(process.definition) {
            Some(definition) => Ok(definition),
            None => Err(Corrupt::Definition(process.definition)),
        }
    }

    /// The scope of a running process or an active sub-process.
    pub(crate) fn scope(&self, no: ElementNo) -> Result<&Scope, Corrupt> {
        self.scopes.get(&no).ok_or(Corrupt::Element(no))
    }

    /// An active node; its absence is damage.
    pub(crate) fn active(&self, no: ElementNo) -> Result<&Element, Corrupt> {
        self.elements.get(&no).ok_or(Corrupt::Element(no))
    }

    /// The scope whose names an element sees: an iteration has one of its own.
    pub(crate) fn own_scope(&self, no: ElementNo, around: ElementNo) -> ElementNo {
        match self.elements.get(&no) {
            Some(element) if element.iteration.is_some() => no,
            Some(_) | None => around,
        }
    }

    /// Whether an element that undoes something does so activity by activity: it stands for what was done inside.
    pub(crate) fn is_undone_inside(&self, no: ElementNo) -> bool {
        self.scopes.get(&no).is_some_and(|scope| scope.was_completed)
    }

    /// The scope around a scope; `None` around a process.
    pub(crate) fn outer(&self, scope: ElementNo) -> Option<ElementNo> {
        self.elements.get(&scope).map(|element| element.scope)
    }
}

/// The node of an id.
pub(crate) fn find_node<'d>(graph: &'d Executable, id: &Arc<str>) -> Result<&'d Node, Corrupt> {
    let ix = graph.node_by_id.get(id).ok_or_else(|| Corrupt::Node(id.clone()))?;
    Ok(graph.node(*ix))
}

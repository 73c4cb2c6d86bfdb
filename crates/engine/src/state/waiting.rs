//! What each active node and each join waits for.

use std::sync::Arc;

use model::{TaskId, Timestamp};

use super::{EventWait, Phase, State, Subscription, find_node};
use crate::command::Failure;
use crate::{Corrupt, Definitions, ElementNo};

/// A node that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The process instance.
    pub process: ElementNo,
    /// The node's BPMN id.
    pub node: Arc<str>,
    /// Its element; a join that has not fired has none.
    pub element: Option<ElementNo>,
    /// What it waits for.
    pub wait: Wait,
}

/// What a node waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// The end of an effect.
    Effect {
        /// The attempt under way, from 1.
        attempt: u32,
    },
    /// The version that a call activity calls.
    Version,
    /// The end of the child process.
    Child(ElementNo),
    /// The nodes inside the sub-process, the iterations of the loop.
    Inside,
    /// One of these events.
    Events(Vec<EventWait>),
    /// What undoes what was done.
    Compensation,
    /// A person's answer.
    Answer {
        /// The to-do.
        task: TaskId,
        /// When it falls due.
        due: Timestamp,
    },
    /// An instant.
    Timer {
        /// The instant.
        due: Timestamp,
    },
    /// The next attempt.
    Retry {
        /// Why the last one failed.
        failure: Failure,
        /// When the next one starts.
        at: Timestamp,
    },
    /// A debug command.
    Debug,
    /// A person's repair.
    Repair {
        /// What went wrong.
        failure: Failure,
        /// Since when.
        at: Timestamp,
    },
    /// More tokens.
    Tokens {
        /// Incoming flows that have one.
        arrived: Vec<Arc<str>>,
        /// Incoming flows that have none.
        missing: Vec<Arc<str>>,
    },
}

/// A fault that holds a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault<'a> {
    /// The element.
    pub element: ElementNo,
    /// The process instance.
    pub process: ElementNo,
    /// The node's BPMN id.
    pub node: &'a Arc<str>,
    /// What went wrong.
    pub failure: &'a Failure,
    /// Since when.
    pub at: Timestamp,
}

/// An open to-do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTask<'a> {
    /// The user task.
    pub element: ElementNo,
    /// The process instance.
    pub process: ElementNo,
    /// The node's BPMN id.
    pub node: &'a Arc<str>,
    /// The to-do.
    pub task: TaskId,
    /// When it falls due.
    pub due: Timestamp,
}

impl State {
    /// The faults that hold tokens, oldest element first.
    pub fn faults(&self) -> impl Iterator<Item = Fault<'_>> {
        self.elements.iter().filter_map(|(no, element)| {
            let Phase::Faulted { failure, at, .. } = &element.phase else { return None };
            Some(Fault { element: *no, process: element.process, node: &element.node, failure, at: *at })
        })
    }

    /// The open to-dos, oldest element first.
    pub fn open_tasks(&self) -> impl Iterator<Item = OpenTask<'_>> {
        self.elements.iter().filter_map(|(no, element)| {
            let Phase::Task { task, due } = element.phase else { return None };
            Some(OpenTask { element: *no, process: element.process, node: &element.node, task, due })
        })
    }

    /// The nodes that a debug run holds, as element and BPMN id.
    pub fn held(&self) -> impl Iterator<Item = (ElementNo, &Arc<str>)> {
        self.elements.iter().filter(|(_, element)| element.phase == Phase::Held).map(|(no, e)| (*no, &e.node))
    }

    /// Everything that waits, and for what: active nodes first, then joins.
    pub fn waiting(&self, definitions: &dyn Definitions) -> Result<Vec<Waiting>, Corrupt> {
        let mut all: Vec<Waiting> = self
            .elements
            .iter()
            .map(|(no, element)| Waiting {
                process: element.process,
                node: element.node.clone(),
                element: Some(*no),
                wait: element.wait(self.subscriptions_of(*no)),
            })
            .collect();
        for scope in self.scopes.values().filter(|scope| !scope.arrived.is_empty()) {
            let graph = self.graph(scope.process, definitions)?;
            let mut seen = Vec::new();
            for flow in scope.arrived.keys() {
                let ix = graph.flow_by_id.get(flow).ok_or_else(|| Corrupt::Flow(flow.clone()))?;
                let target = graph.flow(*ix).target;
                if seen.contains(&target) {
                    continue;
                }
                seen.push(target);
                let node = find_node(graph, &graph.node(target).id)?;
                let ids = node.incoming.iter().map(|ix| graph.flow(*ix).id.clone());
                let (arrived, missing) = ids.partition(|id| scope.has_arrived(id));
                all.push(Waiting {
                    process: scope.process,
                    node: node.id.clone(),
                    element: None,
                    wait: Wait::Tokens { arrived, missing },
                });
            }
        }
        Ok(all)
    }
}

impl super::Element {
    fn wait(&self, subscriptions: &[Subscription]) -> Wait {
        match &self.phase {
            Phase::Event => Wait::Events(subscriptions.iter().map(|it| it.wait.clone()).collect()),
            Phase::Compensating => Wait::Compensation,
            Phase::Active => Wait::Inside,
            Phase::Held => Wait::Debug,
            Phase::Effect => Wait::Effect { attempt: self.attempt },
            Phase::Resolving => Wait::Version,
            Phase::Calling { child } => Wait::Child(*child),
            Phase::Task { task, due } => Wait::Answer { task: *task, due: *due },
            Phase::Timer { due } => Wait::Timer { due: *due },
            Phase::Retrying { failure, at } => Wait::Retry { failure: failure.clone(), at: *at },
            Phase::Faulted { failure, at, .. } => Wait::Repair { failure: failure.clone(), at: *at },
        }
    }
}

//! The process as a graph: every reference resolved to an index. What cannot be resolved is reported and left out, so
//! that the rules can look at the rest.

use std::collections::HashMap;

use crate::ast::{Catches, EventText, Flow, Form, Kind, Node, Process, declared};
use crate::problem::{Problems, rule};

/// Edges between the nodes of a [`Process`], by index into its `nodes` and `flows`.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Source and target of each flow; `None` when one of them does not exist or lies in another scope.
    pub(crate) ends: Vec<Option<(usize, usize)>>,
    /// Incoming flows of each node.
    pub(crate) incoming: Vec<Vec<usize>>,
    /// Outgoing flows of each node.
    pub(crate) outgoing: Vec<Vec<usize>>,
    /// The default flow of each node.
    pub(crate) default: Vec<Option<usize>>,
    /// Boundary events of each node.
    pub(crate) boundary: Vec<Vec<usize>>,
    /// What each boundary event is attached to.
    pub(crate) attached_to: Vec<Option<usize>>,
    /// The activity that compensates each one.
    pub(crate) handler: Vec<Option<usize>>,
    /// Where tokens appear in each scope.
    pub(crate) starts: Vec<Vec<usize>>,
    /// What starts each scope when something happens: start events with a trigger, gateways and tasks that instantiate.
    pub(crate) triggered: Vec<Vec<usize>>,
    /// The nodes directly in each scope.
    pub(crate) members: Vec<Vec<usize>>,
}

impl Graph {
    pub(crate) fn build(process: &Process, problems: &mut Problems) -> Self {
        let mut graph = Self {
            incoming: vec![Vec::new(); process.nodes.len()],
            outgoing: vec![Vec::new(); process.nodes.len()],
            boundary: vec![Vec::new(); process.nodes.len()],
            handler: vec![None; process.nodes.len()],
            starts: vec![Vec::new(); process.scopes.len()],
            triggered: vec![Vec::new(); process.scopes.len()],
            members: vec![Vec::new(); process.scopes.len()],
            ..Self::default()
        };
        let mut by_id: HashMap<&str, usize> = HashMap::new();
        for (index, node) in process.nodes.iter().enumerate() {
            if !node.id.is_empty() {
                by_id.entry(&node.id).or_insert(index);
            }
            graph.members[node.scope].push(index);
        }
        for (index, flow) in process.flows.iter().enumerate() {
            let ends = resolve_flow(flow, process, &by_id, problems);
            if let Some((source, target)) = ends {
                graph.outgoing[source].push(index);
                graph.incoming[target].push(index);
            }
            graph.ends.push(ends);
        }
        for (index, node) in process.nodes.iter().enumerate() {
            let default = graph.resolve_default(index, node, process, problems);
            graph.default.push(default);
            let attached_to = resolve_attachment(node, process, &by_id, problems);
            if let Some(activity) = attached_to {
                graph.boundary[activity].push(index);
            }
            graph.attached_to.push(attached_to);
            check_error(node, process, problems);
        }
        graph.find_handlers(process, &by_id, problems);
        graph.find_starts(process);
        graph
    }

    /// Where a token can go from a node, the boundary events of an activity included.
    pub(crate) fn next(&self, node: usize) -> impl Iterator<Item = usize> {
        let flows = self.outgoing[node].iter().filter_map(|flow| self.ends[*flow].map(|(_, target)| target));
        flows.chain(self.boundary[node].iter().copied())
    }

    fn resolve_default(&self, index: usize, node: &Node, process: &Process, problems: &mut Problems) -> Option<usize> {
        let default = node.default.as_deref()?;
        let flow = self.outgoing[index].iter().copied().find(|flow| &*process.flows[*flow].id == default);
        if flow.is_none() {
            let message = format!("the default flow '{default}' is not an outgoing flow of this node");
            problems.error(rule::DEFAULT_FLOW, node.at(), message);
        }
        flow
    }

    /// An association leads from a compensation event on the border of an activity to what undoes it.
    fn find_handlers(&mut self, process: &Process, by_id: &HashMap<&str, usize>, problems: &mut Problems) {
        let mut handles = vec![false; process.nodes.len()];
        for (event, node) in process.nodes.iter().enumerate().filter(|(_, node)| compensates(&node.kind)) {
            let Some(activity) = self.attached_to[event] else { continue };
            let others =
                process.associations.iter().filter_map(|(from, to)| match (from == &*node.id, to == &*node.id) {
                    (true, _) => by_id.get(to.as_str()),
                    (_, true) => by_id.get(from.as_str()),
                    (false, false) => None,
                });
            let handlers: Vec<usize> = others.copied().filter(|other| process.nodes[*other].compensates).collect();
            match handlers.as_slice() {
                [handler] if process.nodes[*handler].scope == node.scope => {
                    self.handler[activity] = Some(*handler);
                    handles[*handler] = true;
                }
                [_] => {
                    let message = "the activity that compensates must lie in the same scope";
                    problems.error(rule::COMPENSATION, node.at(), message);
                }
                [] => {
                    let message = "no association leads to an activity with isForCompensation=\"true\"";
                    problems.error(rule::COMPENSATION, node.at(), message);
                }
                _ => {
                    let message = "several activities compensate this one; there can be one";
                    problems.error(rule::COMPENSATION, node.at(), message);
                }
            }
        }
        for (index, node) in process.nodes.iter().enumerate().filter(|(_, node)| node.compensates) {
            if !handles[index] {
                let message = "nothing is compensated by this activity: no compensation event leads to it";
                problems.warning(rule::COMPENSATION, node.at(), message);
            }
        }
    }

    fn find_starts(&mut self, process: &Process) {
        for (scope, members) in self.members.iter().enumerate() {
            let is_start = |node: &&usize| is_start(&process.nodes[**node].kind);
            let (triggered, events): (Vec<usize>, Vec<usize>) =
                members.iter().filter(is_start).partition(|node| is_triggered(&process.nodes[**node].kind));
            let loose = members.iter().copied();
            let loose = loose.filter(|node| self.incoming[*node].is_empty() && is_entered(&process.nodes[*node]));
            let instantiating: Vec<usize> =
                loose.clone().filter(|node| instantiates(&process.nodes[*node].kind)).collect();
            let has_event = !events.is_empty() || !triggered.is_empty() || !instantiating.is_empty();
            self.starts[scope] =
                if !has_event && process.scopes[scope].node.is_some() { loose.collect() } else { events };
            self.triggered[scope] = triggered.into_iter().chain(instantiating).collect();
        }
    }
}

/// Whether a node is a start event.
pub(crate) fn is_start(kind: &Kind) -> bool {
    matches!(kind, Kind::StartEvent { .. })
}

/// Whether a start event waits for something.
pub(crate) fn is_triggered(kind: &Kind) -> bool {
    matches!(kind, Kind::StartEvent { catches, .. } if !catches.events.is_empty())
}

/// Whether a node that no flow leads to starts its process when something happens.
pub(crate) fn instantiates(kind: &Kind) -> bool {
    matches!(kind, Kind::EventBasedGateway { instantiate: true, .. } | Kind::ReceiveTask { instantiate: true, .. })
}

/// Whether a boundary event is there for compensation.
pub(crate) fn compensates(kind: &Kind) -> bool {
    matches!(kind, Kind::BoundaryEvent { catches: Catches { events, .. }, .. }
        if events.iter().any(|event| matches!(event, EventText::Compensation { .. })))
}

/// Whether a node is outside of all flows: an event sub-process, or an activity that only compensates.
pub(crate) fn is_detached(node: &Node) -> bool {
    node.compensates || matches!(node.kind, Kind::SubProcess { form: Form::Event, .. })
}

/// Whether a token comes to a node by flows.
pub(crate) fn is_entered(node: &Node) -> bool {
    !is_detached(node) && !matches!(node.kind, Kind::StartEvent { .. } | Kind::BoundaryEvent { .. })
}

/// Whether a node is an activity, which boundary events can be attached to.
pub(crate) fn is_activity(kind: &Kind, tag: &str) -> bool {
    match kind {
        Kind::UserTask
        | Kind::ServiceTask
        | Kind::ScriptTask { .. }
        | Kind::BusinessRuleTask
        | Kind::SendTask(_)
        | Kind::ReceiveTask { .. }
        | Kind::SubProcess { .. }
        | Kind::CallActivity
        | Kind::Unsupported => true,
        Kind::Pass => tag != "intermediateThrowEvent",
        Kind::StartEvent { .. }
        | Kind::EndEvent(_)
        | Kind::ExclusiveGateway
        | Kind::ParallelGateway
        | Kind::InclusiveGateway
        | Kind::ComplexGateway { .. }
        | Kind::EventBasedGateway { .. }
        | Kind::CatchEvent(_)
        | Kind::ThrowEvent(_)
        | Kind::BoundaryEvent { .. } => false,
    }
}

fn resolve_flow(
    flow: &Flow,
    process: &Process,
    by_id: &HashMap<&str, usize>,
    problems: &mut Problems,
) -> Option<(usize, usize)> {
    let mut find = |attribute: &str, id: &str| {
        let node = by_id.get(id).copied();
        if node.is_none() {
            let message = if id.is_empty() {
                format!("the sequence flow has no '{attribute}'")
            } else {
                format!("'{attribute}' names '{id}', which is not a flow node of the process")
            };
            problems.error(rule::REFERENCE, flow.at(), message);
        }
        node
    };
    // Both are looked up, so that both are reported.
    let (source, target) = (find("sourceRef", &flow.source), find("targetRef", &flow.target));
    let (source, target) = (source?, target?);
    let (from, to) = (process.nodes[source].scope, process.nodes[target].scope);
    if from != to || from != flow.scope {
        let message =
            format!("the flow from '{}' to '{}' crosses the border of a sub-process", flow.source, flow.target);
        problems.error(rule::SCOPE_BORDER, flow.at(), message);
        return None;
    }
    Some((source, target))
}

fn resolve_attachment(
    node: &Node,
    process: &Process,
    by_id: &HashMap<&str, usize>,
    problems: &mut Problems,
) -> Option<usize> {
    let Kind::BoundaryEvent { attached_to, .. } = &node.kind else {
        return None;
    };
    let activity = by_id.get(attached_to.as_str()).copied();
    let activity = activity.filter(|activity| {
        let activity = &process.nodes[*activity];
        is_activity(&activity.kind, activity.tag) && activity.scope == node.scope
    });
    if activity.is_none() {
        let message = format!("'attachedToRef' names '{attached_to}', which is not an activity beside it");
        problems.error(rule::REFERENCE, node.at(), message);
    }
    activity
}

/// Errors that events name must be declared.
fn check_error(node: &Node, process: &Process, problems: &mut Problems) {
    let events = match &node.kind {
        Kind::StartEvent { catches, .. } | Kind::CatchEvent(catches) | Kind::BoundaryEvent { catches, .. } => {
            catches.events.as_slice()
        }
        Kind::EndEvent(events) | Kind::ThrowEvent(events) => events.as_slice(),
        _ => return,
    };
    for event in events {
        let (attribute, what, reference, is_declared) = match event {
            EventText::Error(Some(id)) => ("errorRef", "error", id, process.error_code(id).is_some()),
            EventText::Escalation(Some(id)) => {
                let found = declared(&process.escalations, id);
                ("escalationRef", "escalation", id, found.is_some())
            }
            _ => continue,
        };
        if !is_declared {
            let message = format!("'{attribute}' names '{reference}', which is not an {what} of the document");
            problems.error(rule::REFERENCE, node.at(), message);
        }
    }
}

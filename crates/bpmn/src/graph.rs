//! The process as a graph: every reference resolved to an index. What cannot be resolved is reported and left out, so
//! that the rules can look at the rest.

use std::collections::HashMap;

use crate::ast::{End, Flow, Kind, Node, Process, Role};
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
    /// Where tokens appear in each scope.
    pub(crate) starts: Vec<Vec<usize>>,
    /// The nodes directly in each scope.
    pub(crate) members: Vec<Vec<usize>>,
}

impl Graph {
    pub(crate) fn build(process: &Process, problems: &mut Problems) -> Self {
        let mut graph = Self {
            incoming: vec![Vec::new(); process.nodes.len()],
            outgoing: vec![Vec::new(); process.nodes.len()],
            boundary: vec![Vec::new(); process.nodes.len()],
            starts: vec![Vec::new(); process.scopes.len()],
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

    fn find_starts(&mut self, process: &Process) {
        for (scope, members) in self.members.iter().enumerate() {
            let kinds = members.iter().copied();
            let events: Vec<usize> = kinds.filter(|node| is_start(&process.nodes[*node].kind)).collect();
            self.starts[scope] = if events.is_empty() && process.scopes[scope].node.is_some() {
                let members = members.iter().copied();
                members.filter(|node| self.incoming[*node].is_empty() && is_entered(&process.nodes[*node])).collect()
            } else {
                events
            };
        }
    }
}

/// Whether a node is a start event.
pub(crate) fn is_start(kind: &Kind) -> bool {
    matches!(kind, Kind::StartEvent | Kind::Unsupported(Role::Start))
}

/// Whether a token comes to a node by flows.
pub(crate) fn is_entered(node: &Node) -> bool {
    !matches!(
        node.kind,
        Kind::StartEvent
            | Kind::BoundaryEvent { .. }
            | Kind::Unsupported(Role::Start | Role::Boundary(_) | Role::Detached)
    )
}

/// Whether a node is an activity, which boundary events can be attached to.
pub(crate) fn is_activity(kind: &Kind, tag: &str) -> bool {
    match kind {
        Kind::UserTask
        | Kind::ServiceTask
        | Kind::ScriptTask { .. }
        | Kind::SubProcess(_)
        | Kind::CallActivity
        | Kind::Unsupported(Role::Activity) => true,
        Kind::Pass => tag != "intermediateThrowEvent",
        Kind::StartEvent
        | Kind::EndEvent(_)
        | Kind::ExclusiveGateway
        | Kind::ParallelGateway
        | Kind::InclusiveGateway
        | Kind::TimerCatch(_)
        | Kind::BoundaryEvent { .. }
        | Kind::Unsupported(Role::Start | Role::End | Role::Boundary(_) | Role::Choice | Role::Detached) => false,
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
    let (Kind::BoundaryEvent { attached_to, .. } | Kind::Unsupported(Role::Boundary(attached_to))) = &node.kind else {
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

fn check_error(node: &Node, process: &Process, problems: &mut Problems) {
    if let Kind::BoundaryEvent { error: Some(error), .. } | Kind::EndEvent(End::Error(Some(error))) = &node.kind
        && process.error_code(error).is_none()
    {
        let message = format!("'errorRef' names '{error}', which is not an error of the document");
        problems.error(rule::REFERENCE, node.at(), message);
    }
}

//! Every scope can end, and its paths end in end events.

use std::collections::HashSet;

use super::Model;
use crate::ast::Kind;
use crate::graph::is_entered;
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    let Model { process, graph } = model;
    // Where a flow leads nowhere, that is the finding.
    let unresolved = process.flows.iter().zip(&graph.ends).filter(|(_, ends)| ends.is_none());
    let leads_on: HashSet<&str> = unresolved.map(|(flow, _)| flow.source.as_str()).collect();
    for (members, scope) in graph.members.iter().zip(&process.scopes) {
        let is_end = |node: &usize| matches!(process.nodes[*node].kind, Kind::EndEvent(_));
        let (at, what) = match scope.node {
            Some(node) => (process.nodes[node].at(), "sub-process"),
            None => (process.at(), "process"),
        };
        let open: Vec<usize> = members
            .iter()
            .copied()
            .filter(|node| !is_end(node) && graph.outgoing[*node].is_empty() && is_entered(&process.nodes[*node]))
            .filter(|node| !leads_on.contains(&*process.nodes[*node].id))
            .collect();
        if members.is_empty() {
            if scope.node.is_none() {
                problems.error(rule::END_EVENT, at, "the process has no end event");
            }
            continue;
        }
        let leaves = |node: &usize| leads_on.contains(&*process.nodes[*node].id);
        if !members.iter().any(is_end) && open.is_empty() && !members.iter().any(leaves) {
            problems.error(rule::END_EVENT, at, format!("the {what} has no end event and no other way to end"));
        }
        // In a sub-process without start and end events, loose nodes are the usual way of drawing.
        let drawn_loosely = scope.node.is_some() && !members.iter().any(is_end);
        if !drawn_loosely {
            for node in open {
                problems.warning(rule::END_EVENT, process.nodes[node].at(), "the path ends here without an end event");
            }
        }
    }
}

//! Loops without a way out: strongly connected parts of the graph from which no path leads to an end, or in which no
//! node ever decides to leave.

use super::Model;
use crate::ast::{EventText, Kind, Node};
use crate::graph::{is_activity, is_entered};
use crate::problem::{Problems, rule};

/// Most node names in a message.
const SHOWN: usize = 20;

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    let Model { process, graph } = model;
    let component = components(model);
    let to_end = leads_to(model, |index, node| {
        matches!(node.kind, Kind::EndEvent(_)) || graph.outgoing[index].is_empty() && is_entered(node)
    });
    let to_stop = leads_to(model, |_, node| {
        matches!(&node.kind, Kind::EndEvent(events)
        if events.iter().any(|event| matches!(event, EventText::Terminate | EventText::Error(_) | EventText::Cancel)))
    });

    let mut loops: Vec<Vec<usize>> = vec![Vec::new(); process.nodes.len()];
    for (node, component) in component.iter().enumerate() {
        loops[*component].push(node);
    }
    for nodes in
        loops.into_iter().filter(|nodes| nodes.len() > 1 || nodes.iter().any(|n| graph.next(*n).any(|to| to == *n)))
    {
        let first = nodes[0];
        let inside = |node: usize| component[node] == component[first];
        let problem = if !to_end[first] {
            "no path leads from it to an end"
        } else if !to_stop[first] && !nodes.iter().any(|node| can_stop(model, *node, inside)) {
            "every round goes round again, whatever else it starts"
        } else {
            continue;
        };
        let names: Vec<&str> = nodes.iter().take(SHOWN).map(|node| &*process.nodes[*node].id).collect();
        let more = if nodes.len() > SHOWN { format!(" and {} more", nodes.len() - SHOWN) } else { String::new() };
        let message = format!("endless loop: {problem}; it consists of {}{more}", names.join(", "));
        problems.error(rule::ENDLESS_LOOP, process.nodes[first].at(), message);
    }
}

/// Whether a token in this node of a loop may leave it, or stay behind: a decision with a way out, an activity that
/// may fail, a join that also waits for tokens from outside the loop.
fn can_stop(model: &Model<'_>, index: usize, inside: impl Fn(usize) -> bool) -> bool {
    let Model { process, graph } = model;
    let node = &process.nodes[index];
    let leaves = |flow: &usize| graph.ends[*flow].is_some_and(|(_, target)| !inside(target));
    let decides = match node.kind {
        Kind::ExclusiveGateway
        | Kind::InclusiveGateway
        | Kind::ComplexGateway { .. }
        | Kind::EventBasedGateway { .. } => true,
        _ => {
            // Conditions, or a boundary event that takes the token elsewhere.
            is_activity(&node.kind, node.tag)
                && (graph.outgoing[index].iter().any(|flow| process.flows[*flow].condition.is_some())
                    || graph.boundary[index].iter().any(|event| !inside(*event)))
        }
    };
    let waits = node.kind == Kind::ParallelGateway
        && graph.incoming[index].iter().any(|flow| graph.ends[*flow].is_some_and(|(source, _)| !inside(source)));
    waits || decides && (graph.outgoing[index].iter().any(leaves) || graph.boundary[index].iter().any(|e| !inside(*e)))
}

/// Which nodes have a path to one of the wanted nodes, themselves included.
fn leads_to(model: &Model<'_>, wanted: impl Fn(usize, &Node) -> bool) -> Vec<bool> {
    let Model { process, graph } = model;
    let mut found = vec![false; process.nodes.len()];
    let mut open: Vec<usize> = (0..process.nodes.len()).filter(|node| wanted(*node, &process.nodes[*node])).collect();
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut found[node], true) {
            continue;
        }
        open.extend(graph.incoming[node].iter().filter_map(|flow| graph.ends[*flow].map(|(source, _)| source)));
        open.extend(graph.attached_to[node]);
    }
    found
}

/// The strongly connected component of each node (Tarjan's algorithm with an explicit stack), named by its root.
fn components(model: &Model<'_>) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let count = model.process.nodes.len();
    let next: Vec<Vec<usize>> = (0..count).map(|node| model.graph.next(node).collect()).collect();
    let (mut order, mut low) = (vec![UNSEEN; count], vec![0; count]);
    let mut component = vec![UNSEEN; count];
    let mut path: Vec<usize> = Vec::new();
    let mut seen = 0;
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        // (node, how many of its edges are done)
        let mut calls = vec![(root, 0)];
        while let Some((node, edge)) = calls.pop() {
            if edge == 0 {
                (order[node], low[node]) = (seen, seen);
                seen += 1;
                path.push(node);
            }
            match next[node].get(edge) {
                Some(to) => {
                    calls.push((node, edge + 1));
                    if order[*to] == UNSEEN {
                        calls.push((*to, 0));
                    } else if component[*to] == UNSEEN {
                        low[node] = low[node].min(order[*to]);
                    }
                }
                None => {
                    if low[node] == order[node] {
                        while let Some(member) = path.pop() {
                            component[member] = node;
                            if member == node {
                                break;
                            }
                        }
                    }
                    if let Some((parent, _)) = calls.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                }
            }
        }
    }
    component
}

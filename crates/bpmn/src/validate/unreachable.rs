//! Every node can be reached from a start.

use super::Model;
use crate::graph::is_detached;
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    let reached = reached(model);
    for (index, node) in model.process.nodes.iter().enumerate() {
        // Where a scope has no start or is not reached itself, that is the finding; its nodes follow from it.
        let parent = model.process.scopes[node.scope].node;
        let scope_runs = !(model.graph.starts[node.scope].is_empty() && model.graph.triggered[node.scope].is_empty())
            && parent.is_none_or(|parent| reached[parent]);
        if !reached[index] && scope_runs {
            problems.error(rule::UNREACHABLE, node.at(), "no path from a start event leads here");
        }
    }
}

/// Which nodes tokens can reach. Sub-processes are entered when they are reached, event sub-processes always.
pub(super) fn reached(model: &Model<'_>) -> Vec<bool> {
    let Model { process, graph } = model;
    let mut reached = vec![false; process.nodes.len()];
    let detached = (0..process.nodes.len()).filter(|node| is_detached(&process.nodes[*node]));
    let mut open: Vec<usize> = graph.starts[0].iter().chain(&graph.triggered[0]).copied().chain(detached).collect();
    let inner: Vec<(usize, usize)> =
        process.scopes.iter().enumerate().filter_map(|(scope, it)| Some((it.node?, scope))).collect();
    let scope_of = |node: usize| inner.binary_search_by_key(&node, |(node, _)| *node).ok().map(|at| inner[at].1);
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut reached[node], true) {
            continue;
        }
        open.extend(graph.next(node));
        if let Some(scope) = scope_of(node) {
            open.extend(graph.starts[scope].iter().chain(&graph.triggered[scope]));
        }
    }
    reached
}

//! Joins that never fire, joins that may wait for ever, and parallel paths that meet without a join.
//!
//! Each scope is first reduced: sequences, matching blocks and plain loops vanish without changing which tokens reach
//! what is left (see [`reduce`]). In a well-structured process nothing is left. For each join that is left, the part
//! of the graph that leads to it is searched:
//!
//! * A parallel join needs two tokens. If no node before it can make two that both go to the join, it never fires:
//!   a certain deadlock.
//! * Otherwise, if a decision lies between such a node and the join, the join may wait for a token that took another
//!   way: a possible deadlock.
//! * A node with several incoming flows that two tokens of one fork can reach without a join runs twice.

mod reduce;

use std::collections::HashSet;

use super::{Model, unreachable};
use crate::ast::Kind;
use crate::problem::{Problems, rule};
use reduce::{Joins, Reduced, Splits};

/// Most edges looked at per process. Only graphs that are large and unstructured come near it.
const BUDGET: usize = 2_000_000;

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    let reached = unreachable::reached(model);
    let mut budget = BUDGET;
    let mut skipped = 0;
    for scope in 0..model.process.scopes.len() {
        let graph = Reduced::new(model, scope, &reached);
        for point in graph.nodes() {
            if graph.joins(point) == Joins::None {
                continue;
            }
            match budget.checked_sub(graph.edges()) {
                Some(left) => budget = left,
                None => {
                    skipped += 1;
                    continue;
                }
            }
            check_point(model, &graph, point, problems);
        }
    }
    if skipped > 0 {
        let message = format!("the process is too entangled to examine all joins; {skipped} were not");
        problems.warning(rule::POSSIBLE_DEADLOCK, model.process.at(), message);
    }
}

fn check_point(model: &Model<'_>, graph: &Reduced, point: usize, problems: &mut Problems) {
    let Some(node) = graph.label(point).map(|node| &model.process.nodes[node]) else {
        return; // where the whole scope ends
    };
    let joins = graph.joins(point);
    let before = leading_to(graph, point, joins == Joins::Any);
    let forks: Vec<usize> = before.iter().copied().filter(|fork| makes_two(graph, *fork, point, &before)).collect();
    match joins {
        Joins::All if forks.is_empty() => {
            let message = "this join can never fire: no path before it makes more than one token, and it waits for \
                           one on each incoming flow";
            problems.error(rule::DEADLOCK, node.at(), message);
        }
        Joins::All if decided_between(graph, &forks, &before) => {
            let message = "this join may wait for ever: a decision before it can lead a token another way";
            problems.warning(rule::POSSIBLE_DEADLOCK, node.at(), message);
        }
        Joins::Any if !forks.is_empty() => {
            if matches!(node.kind, Kind::EndEvent(_)) {
                let message = "parallel paths reach this end event without a join; it completes more than once";
                problems.warning(rule::SEVERAL_COMPLETIONS, node.at(), message);
            } else {
                let message = "parallel paths meet here without a join; what follows runs more than once";
                problems.warning(rule::LACK_OF_SYNCHRONISATION, node.at(), message);
            }
        }
        Joins::None | Joins::All | Joins::Any | Joins::Inclusive => {}
    }
}

/// The nodes from which a path leads to the point without passing it; with `stop_at_joins`, paths do not come out of
/// joins, since what comes out of one has been synchronised.
fn leading_to(graph: &Reduced, point: usize, stop_at_joins: bool) -> HashSet<usize> {
    let mut before = HashSet::new();
    let mut open: Vec<usize> = graph.sources(point).collect();
    while let Some(node) = open.pop() {
        if node == point || !before.insert(node) {
            continue;
        }
        let synchronised = matches!(graph.joins(node), Joins::All | Joins::Inclusive);
        if !(stop_at_joins && synchronised) {
            open.extend(graph.sources(node));
        }
    }
    before
}

/// Whether a node can put tokens on two flows that both lead to the point.
fn makes_two(graph: &Reduced, node: usize, point: usize, before: &HashSet<usize>) -> bool {
    matches!(graph.splits(node), Splits::All | Splits::Some)
        && graph.targets(node).filter(|target| *target == point || before.contains(target)).count() > 1
}

/// Whether a decision lies between one of the forks and the point.
fn decided_between(graph: &Reduced, forks: &[usize], before: &HashSet<usize>) -> bool {
    let mut seen = HashSet::new();
    let mut open: Vec<usize> = forks.to_vec();
    while let Some(node) = open.pop() {
        if !before.contains(&node) || !seen.insert(node) {
            continue;
        }
        if matches!(graph.splits(node), Splits::One | Splits::Some) {
            return true;
        }
        open.extend(graph.targets(node));
    }
    false
}

//! A process starts at one start event; a sub-process at its start event or at its nodes without an incoming flow.

use super::Model;
use crate::compile::check_starts;
use crate::graph::is_start;
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    check_starts(model.process, model.graph, problems);
    for (starts, scope) in model.graph.starts.iter().zip(&model.process.scopes) {
        let events = starts.iter().filter(|node| is_start(&model.process.nodes[**node].kind)).count();
        if events > 1 {
            let (at, what) = match scope.node {
                Some(node) => (model.process.nodes[node].at(), "sub-process"),
                None => (model.process.at(), "process"),
            };
            let message = format!("the {what} has {events} start events; a run starts at all of them");
            problems.warning(rule::START_EVENT, at, message);
        }
    }
}

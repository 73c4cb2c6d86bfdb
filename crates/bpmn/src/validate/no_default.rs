//! Decisions that may find no flow to take, and exclusive gateways with a flow that is taken whatever the data says.

use super::Model;
use crate::ast::Kind;
use crate::graph::is_activity;
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    for (index, node) in model.process.nodes.iter().enumerate() {
        let exclusive = node.kind == Kind::ExclusiveGateway;
        if !exclusive && node.kind != Kind::InclusiveGateway && !is_activity(&node.kind, node.tag) {
            continue;
        }
        let default = model.graph.default[index];
        let flows = model.graph.outgoing[index].iter().filter(|flow| Some(**flow) != default);
        let (conditional, always): (Vec<usize>, Vec<usize>) =
            flows.partition(|flow| model.process.flows[**flow].condition.is_some());
        if default.is_none() && always.is_empty() && !conditional.is_empty() {
            let message = "when no condition holds there is no flow to take: a default flow is missing";
            problems.warning(rule::NO_DEFAULT, node.at(), message);
        }
        if exclusive && model.graph.outgoing[index].len() > 1 {
            for flow in always {
                let message = "a flow of an exclusive gateway without a condition that is not the default one is \
                               always taken; the flows after it never are";
                problems.warning(rule::NO_DEFAULT, model.process.flows[flow].at(), message);
            }
        }
    }
}

//! Only exclusive and inclusive gateways and activities decide by conditions.

use super::Model;
use crate::ast::Kind;
use crate::graph::is_activity;
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    for (flow, ends) in model.process.flows.iter().zip(&model.graph.ends) {
        let Some((source, _)) = ends else { continue };
        let node = &model.process.nodes[*source];
        let decides =
            matches!(node.kind, Kind::ExclusiveGateway | Kind::InclusiveGateway | Kind::ComplexGateway { .. })
                || is_activity(&node.kind, node.tag);
        if flow.condition.is_some() && !decides {
            let message = format!("a flow that leaves a '{}' cannot have a condition", node.tag);
            problems.error(rule::CONDITION_PLACE, flow.at(), message);
        }
    }
}

//! A default flow has no condition. (That it is an outgoing flow of its node is checked where it is resolved.)

use super::Model;
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    for default in model.graph.default.iter().flatten() {
        let flow = &model.process.flows[*default];
        if flow.condition.is_some() {
            problems.warning(rule::DEFAULT_FLOW, flow.at(), "the condition of a default flow is ignored");
        }
    }
}

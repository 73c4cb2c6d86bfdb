//! Behind an event-based gateway stand events that wait for something, each for its gateway alone (BPMN 2.0.2, 10.6.6).

use super::Model;
use crate::ast::{Catches, EventText, Kind};
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    let Model { process, graph } = model;
    for (index, node) in process.nodes.iter().enumerate() {
        if !matches!(node.kind, Kind::EventBasedGateway { .. }) {
            continue;
        }
        if graph.outgoing[index].len() < 2 {
            problems.error(
                rule::EVENT_GATEWAY,
                node.at(),
                "an event-based gateway has two events to choose from at least",
            );
        }
        for target in graph.outgoing[index].iter().filter_map(|flow| graph.ends[*flow].map(|(_, target)| target)) {
            let event = &process.nodes[target];
            let waits = match &event.kind {
                Kind::CatchEvent(Catches { events, .. }) => {
                    !events.iter().any(|event| matches!(event, EventText::Link(_)))
                }
                Kind::ReceiveTask { .. } => true,
                _ => false,
            };
            if !waits {
                let message = "behind an event-based gateway there can only be catching events and receive tasks";
                problems.error(rule::EVENT_GATEWAY, event.at(), message);
            } else if graph.incoming[target].len() > 1 {
                let message = "an event behind an event-based gateway has no other incoming flow";
                problems.error(rule::EVENT_GATEWAY, event.at(), message);
            }
        }
    }
}

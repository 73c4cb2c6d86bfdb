//! Cancel events belong to transactions: one ends it from directly inside, one on its border goes on.

use super::Model;
use crate::ast::{Catches, EventText, Form, Kind, Node};
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    let Model { process, graph } = model;
    let is_transaction = |node: Option<usize>| {
        matches!(node.map(|node| &process.nodes[node].kind), Some(Kind::SubProcess { form: Form::Transaction, .. }))
    };
    for (index, node) in process.nodes.iter().enumerate() {
        match &node.kind {
            Kind::EndEvent(events) if events.contains(&EventText::Cancel) => {
                let around = process.scopes[node.scope].node;
                if !is_transaction(around) {
                    let message = "a cancel end event lies directly in a transaction";
                    problems.error(rule::COMPENSATION, node.at(), message);
                } else if !around.is_some_and(|around| {
                    graph.boundary[around].iter().any(|event| catches_cancel(&process.nodes[*event]))
                }) {
                    let message = "the transaction has no cancel boundary event: where would its token go?";
                    problems.error(rule::COMPENSATION, node.at(), message);
                }
            }
            Kind::BoundaryEvent { .. } if catches_cancel(node) && !is_transaction(graph.attached_to[index]) => {
                let message = "a cancel boundary event is attached to a transaction";
                problems.error(rule::COMPENSATION, node.at(), message);
            }
            _ => {}
        }
    }
}

fn catches_cancel(node: &Node) -> bool {
    matches!(&node.kind, Kind::BoundaryEvent { catches: Catches { events, .. }, .. } if events.contains(&EventText::Cancel))
}

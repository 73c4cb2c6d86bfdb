//! Start events have no incoming flows, end events no outgoing ones, boundary events only outgoing ones; event
//! sub-processes and compensation activities have none.

use super::Model;
use crate::ast::{Kind, Role};
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    for (index, node) in model.process.nodes.iter().enumerate() {
        let incoming = !model.graph.incoming[index].is_empty();
        let outgoing = !model.graph.outgoing[index].is_empty();
        let mut wrong = |message: &str| problems.error(rule::EVENT_FLOW, node.at(), message);
        match &node.kind {
            Kind::StartEvent | Kind::Unsupported(Role::Start) => {
                if incoming {
                    wrong("a start event cannot have an incoming flow");
                }
                if !outgoing {
                    wrong("the start event has no outgoing flow");
                }
            }
            Kind::EndEvent(_) | Kind::Unsupported(Role::End) if outgoing => {
                wrong("an end event cannot have an outgoing flow");
            }
            Kind::BoundaryEvent { .. } | Kind::Unsupported(Role::Boundary(_)) => {
                if incoming {
                    wrong("a boundary event cannot have an incoming flow");
                }
                // A compensation event, which is not supported, has an association in its place.
                if !outgoing && matches!(node.kind, Kind::BoundaryEvent { .. }) {
                    wrong("the boundary event has no outgoing flow");
                }
            }
            Kind::Unsupported(Role::Detached) if incoming || outgoing => {
                wrong("an event sub-process or compensation activity cannot have flows");
            }
            Kind::EndEvent(_)
            | Kind::Pass
            | Kind::UserTask
            | Kind::ServiceTask
            | Kind::ScriptTask { .. }
            | Kind::ExclusiveGateway
            | Kind::ParallelGateway
            | Kind::InclusiveGateway
            | Kind::TimerCatch(_)
            | Kind::SubProcess(_)
            | Kind::CallActivity
            | Kind::Unsupported(_) => {}
        }
    }
}

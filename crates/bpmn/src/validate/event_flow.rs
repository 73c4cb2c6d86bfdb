//! Start events have no incoming flows, end events no outgoing ones, boundary events only outgoing ones; event
//! sub-processes and compensation activities have none.

use super::Model;
use crate::ast::Kind;
use crate::graph::{compensates, is_detached};
use crate::problem::{Problems, rule};

pub(super) fn check(model: &Model<'_>, problems: &mut Problems) {
    for (index, node) in model.process.nodes.iter().enumerate() {
        let incoming = !model.graph.incoming[index].is_empty();
        let outgoing = !model.graph.outgoing[index].is_empty();
        let mut wrong = |message: &str| problems.error(rule::EVENT_FLOW, node.at(), message);
        match &node.kind {
            _ if is_detached(node) => {
                if incoming || outgoing {
                    wrong("an event sub-process or compensation activity cannot have flows");
                }
            }
            Kind::StartEvent { .. } => {
                if incoming {
                    wrong("a start event cannot have an incoming flow");
                }
                if !outgoing {
                    wrong("the start event has no outgoing flow");
                }
            }
            Kind::EndEvent(_) if outgoing => {
                wrong("an end event cannot have an outgoing flow");
            }
            Kind::BoundaryEvent { .. } => {
                if incoming {
                    wrong("a boundary event cannot have an incoming flow");
                }
                match (compensates(&node.kind), outgoing) {
                    (true, true) => wrong("a compensation event has an association in place of a flow"),
                    (false, false) => wrong("the boundary event has no outgoing flow"),
                    (true, false) | (false, true) => {}
                }
            }
            Kind::EndEvent(_)
            | Kind::Pass
            | Kind::UserTask
            | Kind::ServiceTask
            | Kind::ScriptTask { .. }
            | Kind::BusinessRuleTask
            | Kind::SendTask(_)
            | Kind::ReceiveTask { .. }
            | Kind::ExclusiveGateway
            | Kind::ParallelGateway
            | Kind::InclusiveGateway
            | Kind::ComplexGateway { .. }
            | Kind::EventBasedGateway { .. }
            | Kind::CatchEvent(_)
            | Kind::ThrowEvent(_)
            | Kind::SubProcess { .. }
            | Kind::CallActivity
            | Kind::Unsupported => {}
        }
    }
}

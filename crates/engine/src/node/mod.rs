//! What each BPMN element does: one file for each, registered in [`contract`].
//!
//! An element only says what it does; taking tokens, faults, mappings and outgoing flows are shared steps of
//! [`crate::behaviour`].

mod boundary_event;
mod business_rule_task;
mod call_activity;
mod catch_event;
mod complex_gateway;
mod event_based_gateway;
mod exclusive_gateway;
mod inclusive_gateway;
mod parallel_gateway;
mod pass;
mod script_task;
mod service_task;
mod start_event;
mod sub_process;
mod throw_event;
mod timer_catch;
mod user_task;

use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{Node, NodeKind, OnError, Retry};
use expr::Program;
use model::Value;

pub(crate) use user_task::answer_parameters;

use crate::command::Failure;
use crate::decide::Cx;
use crate::state::find_node;
use crate::{Corrupt, Definitions, Effect, ElementNo, State};

/// What the engine asks of an element.
pub(crate) trait Contract {
    /// Starts (again after a fault). `input` replaces the input that the definition gives; only tasks get one.
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, input: Option<Value>) -> Result<Progress, Halt>;

    /// The instant that the element waited for has come.
    fn due(&self, _cx: &mut Cx<'_>, at: &At<'_>) -> Result<Progress, Halt> {
        Err(Halt::Corrupt(Corrupt::Element(at.no)))
    }

    /// Where the work is done once the element has started.
    fn work(&self) -> Work {
        Work::Inside
    }

    /// The effect that the element waits for.
    fn effect(&self, _state: &State, _at: &At<'_>) -> Result<Option<Effect>, Corrupt> {
        Ok(None)
    }

    /// What the result of the work means: the node's output and the variables that it sets itself.
    fn product(&self, result: Value) -> Product {
        Product { output: result, assignments: Vec::new() }
    }

    /// The result that means this output; for nodes that a debug command completes.
    fn result_of(&self, output: Value) -> Value {
        output
    }

    /// Variables set from the output.
    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &[]
    }

    /// Which outgoing flows are taken.
    fn split(&self) -> Split {
        Split::Every
    }

    /// When a failed effect is repeated.
    fn retry(&self) -> Option<&Retry> {
        None
    }

    /// What happens when no attempt is left and nothing catches the failure.
    fn on_error(&self) -> OnError {
        OnError::Fail
    }

    /// Whether this is a task: a debug run holds it, and it can be retried with another input.
    fn is_task(&self) -> bool {
        false
    }
}

/// The contract of a node; the place where an element is registered.
pub(crate) fn contract(kind: &NodeKind) -> &dyn Contract {
    match kind {
        NodeKind::StartEvent(event) => event,
        NodeKind::EndEvent(throws) | NodeKind::ThrowEvent(throws) => throws,
        NodeKind::CatchEvent(catch) => catch,
        NodeKind::SendTask(throw) => throw,
        NodeKind::ComplexGateway { .. } => &complex_gateway::ComplexGateway,
        NodeKind::EventBasedGateway { .. } => &event_based_gateway::EventBasedGateway,
        NodeKind::Pass => &pass::Pass,
        NodeKind::UserTask(task) => task,
        NodeKind::ServiceTask(task) => task,
        NodeKind::ScriptTask(task) => task,
        NodeKind::BusinessRuleTask(task) => task,
        NodeKind::ExclusiveGateway => &exclusive_gateway::ExclusiveGateway,
        NodeKind::ParallelGateway => &parallel_gateway::ParallelGateway,
        NodeKind::InclusiveGateway => &inclusive_gateway::InclusiveGateway,
        NodeKind::TimerCatch(timer) => timer,
        NodeKind::SubProcess(scope) => scope,
        NodeKind::CallActivity(call) => call,
        NodeKind::BoundaryEvent(event) => event,
    }
}

/// How far an element has come.
pub(crate) enum Progress {
    /// It waits for something.
    Waits,
    /// Its work is done, with this result.
    Done(Value),
    /// It has ended already, with whatever that meant for its surroundings.
    Gone,
}

/// Why an element cannot go on.
pub(crate) enum Halt {
    /// The process failed here.
    Fault(Failure),
    /// The instance has used up something; nothing catches this.
    Limit(Failure),
    /// The data is damaged.
    Corrupt(Corrupt),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Fault(failure)
    }
}

impl From<Corrupt> for Halt {
    fn from(corrupt: Corrupt) -> Self {
        Self::Corrupt(corrupt)
    }
}

/// Where an element's work is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// In the turn, or by the nodes inside it.
    Inside,
    /// By an effect that answers with [`crate::Command::EffectDone`].
    Effect,
    /// By another process, once [`crate::Command::CallResolved`] says which.
    Call,
}

/// What the result of a node means.
pub(crate) struct Product {
    /// The node's output.
    pub(crate) output: Value,
    /// Variables that the node sets itself, before its mappings.
    pub(crate) assignments: Vec<(Arc<str>, Value)>,
}

/// Which outgoing flows a node takes.
#[derive(Clone, Copy)]
pub(crate) enum Split {
    /// The first one whose condition is true, else the default flow.
    First,
    /// Each one whose condition is true or that has none, else the default flow.
    Every,
    /// All, whatever their conditions.
    All,
}

/// An active element together with its node.
#[derive(Clone, Copy)]
pub(crate) struct At<'d> {
    pub(crate) no: ElementNo,
    pub(crate) scope: ElementNo,
    pub(crate) process: ElementNo,
    pub(crate) graph: &'d Executable,
    pub(crate) node: &'d Node,
}

impl<'d> At<'d> {
    pub(crate) fn find(state: &State, definitions: &'d dyn Definitions, no: ElementNo) -> Result<Self, Corrupt> {
        let element = state.active(no)?;
        let graph = state.graph(element.process, definitions)?;
        let node = find_node(graph, &element.node)?;
        Ok(Self { no, scope: element.scope, process: element.process, graph, node })
    }

    pub(crate) fn contract(&self) -> &'d dyn Contract {
        contract(&self.node.kind)
    }
}

//! The executable graph: what the engine runs. Indexed arrays with every reference resolved and every expression
//! compiled. Immutable; one is shared by all instances of a version.
//!
//! Indexes are only valid within one compiled graph: whatever is stored (events, rows) names nodes and flows by id.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use expr::{Program, Template};
use model::Value;

mod event;
mod looping;

pub use event::{Catch, Throw, Trigger};
pub use looping::{Loop, MultiInstance, OnFailure, Over};

/// Index into [`Executable::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIx(pub u32);
/// Index into [`Executable::flows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowIx(pub u32);
/// Index into [`Executable::scopes`]; 0 is the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeIx(pub u32);

/// One executable process with everything inside it.
#[derive(Debug)]
pub struct Executable {
    /// The process's `id`.
    pub process_id: Arc<str>,
    /// The process's `name`; empty when it has none.
    pub name: Arc<str>,
    /// Every flow node of the process and its sub-processes, in document order.
    pub nodes: Vec<Node>,
    /// Every sequence flow, in document order.
    pub flows: Vec<Flow>,
    /// The process (index 0) and every embedded sub-process.
    pub scopes: Vec<Scope>,
    /// Node by BPMN id.
    pub node_by_id: HashMap<Arc<str>, NodeIx>,
    /// Flow by BPMN id.
    pub flow_by_id: HashMap<Arc<str>, FlowIx>,
}

/// A process or an embedded sub-process.
#[derive(Debug)]
pub struct Scope {
    /// The sub-process node that holds it; `None` for the process.
    pub node: Option<NodeIx>,
    /// Where a token appears when the scope begins: its start events without a trigger; where it has none of any kind,
    /// the nodes without an incoming flow.
    pub starts: Vec<NodeIx>,
    /// Start events with a trigger, and event-based gateways and receive tasks that instantiate.
    pub triggered: Vec<NodeIx>,
    /// Event sub-processes directly in it.
    pub event_sub_processes: Vec<NodeIx>,
    /// All nodes directly in it.
    pub nodes: Vec<NodeIx>,
}

/// A sequence flow.
#[derive(Debug)]
pub struct Flow {
    /// Its BPMN id.
    pub id: Arc<str>,
    /// Where it leaves.
    pub source: NodeIx,
    /// Where it arrives.
    pub target: NodeIx,
    /// Its condition; `None` means always.
    pub condition: Option<Program>,
}

/// A flow node.
#[derive(Debug)]
pub struct Node {
    /// Its BPMN id.
    pub id: Arc<str>,
    /// Its name; empty when it has none.
    pub name: Arc<str>,
    /// Its BPMN element, like `userTask`.
    pub element: &'static str,
    /// The scope that it lies in.
    pub scope: ScopeIx,
    /// What it does.
    pub kind: NodeKind,
    /// Incoming sequence flows.
    pub incoming: Vec<FlowIx>,
    /// Outgoing sequence flows, in document order, the default one included.
    pub outgoing: Vec<FlowIx>,
    /// The default flow, one of `outgoing`.
    pub default: Option<FlowIx>,
    /// Boundary events attached to this activity.
    pub boundary: Vec<NodeIx>,
    /// How often the activity is done; `None` means once.
    pub looping: Option<Loop>,
    /// The activity that compensates this one.
    pub handler: Option<NodeIx>,
    /// How many tokens the activity takes, at least 1.
    pub takes: u32,
    /// How many tokens it puts on each flow that it takes, at least 1.
    pub gives: u32,
}

/// What a flow node does; one variant for each BPMN element that the engine runs.
#[derive(Debug)]
pub enum NodeKind {
    /// `startEvent`.
    StartEvent(StartEvent),
    /// `endEvent`: what it does when a token reaches it, which may be nothing.
    EndEvent(Vec<Throw>),
    /// `intermediateThrowEvent` with definitions.
    ThrowEvent(Vec<Throw>),
    /// `intermediateCatchEvent`, `receiveTask`: waits.
    CatchEvent(Catch),
    /// `intermediateThrowEvent` without a definition, `task`, `manualTask`: passes the token on.
    Pass,
    /// `userTask`.
    UserTask(UserTask),
    /// `serviceTask`: an action of a component.
    ServiceTask(ServiceTask),
    /// `scriptTask`.
    ScriptTask(ScriptTask),
    /// `exclusiveGateway`.
    ExclusiveGateway,
    /// `parallelGateway`.
    ParallelGateway,
    /// `inclusiveGateway`.
    InclusiveGateway,
    /// `complexGateway`.
    ComplexGateway {
        /// When it activates, by `activationCount` and the variables; without it, at the first token.
        activation: Option<Program>,
    },
    /// `eventBasedGateway`: waits for the first of the events behind it.
    EventBasedGateway {
        /// Whether it waits for all of them.
        all: bool,
    },
    /// `intermediateCatchEvent` with one timer.
    TimerCatch(Timer),
    /// `businessRuleTask`.
    BusinessRuleTask(BusinessRuleTask),
    /// `sendTask` that sends a message: what it sends.
    SendTask(Throw),
    /// `subProcess`, `transaction`, `adHocSubProcess`.
    SubProcess(SubProcess),
    /// `callActivity`.
    CallActivity(CallActivity),
    /// `boundaryEvent`; it has no incoming flow.
    BoundaryEvent(BoundaryEvent),
}

/// Where a scope begins.
#[derive(Debug)]
pub struct StartEvent {
    /// What starts it; without triggers a token appears when its scope begins.
    pub catch: Catch,
    /// Whether the event sub-process that it starts ends the scope's other activities.
    pub interrupting: bool,
}

/// A sub-process.
#[derive(Debug)]
pub struct SubProcess {
    /// What is inside.
    pub scope: ScopeIx,
    /// How it runs.
    pub form: Form,
}

/// How a sub-process runs.
#[derive(Debug)]
pub enum Form {
    /// A token comes by a flow.
    Embedded,
    /// An event starts it, while its surroundings are active.
    Event,
    /// Can be cancelled, which undoes what was done in it.
    Transaction,
    /// Its activities without an incoming flow are done once each.
    AdHoc {
        /// One after the other, in the order of the document.
        sequential: bool,
        /// Ends it when it is true after an activity has ended; without it, it ends when nothing is left.
        completion: Option<Program>,
        /// Whether what is still active then is ended; else it is waited for.
        cancel_remaining: bool,
    },
}

/// A decision by a table.
#[derive(Debug)]
pub struct BusinessRuleTask {
    /// The decisions of its document.
    pub decisions: Arc<dmn::Definitions>,
    /// The decision's id or name.
    pub decision: Arc<str>,
    /// Variable that receives the result (`resultVariable`).
    pub result_variable: Option<Arc<str>>,
    /// Variables set from the result; inside, `output` is the decision's value.
    pub output: Vec<(Arc<str>, Program)>,
}

/// An event on the border of an activity.
#[derive(Debug)]
pub struct BoundaryEvent {
    /// The activity.
    pub attached_to: NodeIx,
    /// What it catches.
    pub catch: Catch,
    /// Whether it ends the activity.
    pub interrupting: bool,
}

/// When a timer fires. Each expression gives an ISO 8601 text (or an instant for a date).
#[derive(Debug)]
pub enum Timer {
    /// `timeDate`.
    Date(Template),
    /// `timeDuration`.
    Duration(Template),
    /// `timeCycle`: `R3/PT10S`, `R/…/PT1H`, or a bare duration for ever.
    Cycle(Template),
}

/// A durable pause for a person.
#[derive(Debug)]
pub struct UserTask {
    /// The text shown to the handler.
    pub description: Template,
    /// How long it stays open, as an ISO 8601 duration or an instant; `None` means the default of 15 days.
    pub due: Option<Template>,
    /// What happens at the due date.
    pub due_handle: DueHandle,
    /// Who may answer: user or role names; empty means anyone with the right.
    pub handlers: Vec<Arc<str>>,
    /// What the handler is shown, by key.
    pub view_parameters: Template,
    /// What the handler fills in.
    pub handle_parameters: Vec<HandleParameter>,
    /// Variables set from the answer; inside, `output` is the object of handling parameters.
    pub output: Vec<(Arc<str>, Program)>,
}

/// What happens when nobody answers in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueHandle {
    /// Go on with the declared defaults.
    Continue,
    /// End the instance.
    Interrupt,
}

/// A value that the handler of a user task fills in.
#[derive(Debug, Clone)]
pub struct HandleParameter {
    /// Its key in `handle_parameters`.
    pub key: Arc<str>,
    /// The label.
    pub name: Arc<str>,
    /// Whether an answer must have it (unless there is a default).
    pub required: bool,
    /// The value when the answer does not have it.
    pub default: Option<Value>,
}

/// A call of an action of a component.
#[derive(Debug)]
pub struct ServiceTask {
    /// The component's id or name.
    pub component: Arc<str>,
    /// The action's name.
    pub action: Arc<str>,
    /// The connection's id or name.
    pub connection: Option<Arc<str>>,
    /// The action's input.
    pub input: Template,
    /// Variables set from the answer; inside, `output` is the action's output.
    pub output: Vec<(Arc<str>, Program)>,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// What happens after a failed attempt.
    pub retry: Retry,
    /// What happens when no attempt is left.
    pub on_error: OnError,
}

/// When failed attempts are repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, at least 1.
    pub max_attempts: u32,
    /// How the pause grows.
    pub backoff: Backoff,
    /// The first pause.
    pub initial: Duration,
    /// The longest pause.
    pub max: Duration,
}

impl Default for Retry {
    /// One attempt, no retry.
    fn default() -> Self {
        Self {
            max_attempts: 1,
            backoff: Backoff::Exponential,
            initial: Duration::from_secs(1),
            max: Duration::from_secs(60),
        }
    }
}

/// How the pause between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backoff {
    /// Always the initial pause.
    Fixed,
    /// Doubles after each attempt.
    Exponential,
}

/// What happens to a node whose last attempt failed and whose error no boundary event catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The node holds its token with a fault until a person retries it.
    Fail,
    /// The token goes on; the node's output is `{"error":{"code","message"}}`.
    Continue,
}

/// A script.
#[derive(Debug)]
pub struct ScriptTask {
    /// The language and the code.
    pub script: Script,
    /// Variable that receives the result (`resultVariable`).
    pub result_variable: Option<Arc<str>>,
    /// Variables set from the result; inside, `output` is the script's value.
    pub output: Vec<(Arc<str>, Program)>,
}

/// A script by language.
#[derive(Debug)]
pub enum Script {
    /// A CEL expression, evaluated in the turn.
    Cel(Program),
    /// JavaScript, evaluated in a script host before the turn is committed.
    JavaScript {
        /// The source text.
        source: Arc<str>,
        /// How long it may run.
        timeout: Option<Duration>,
    },
}

/// A call of another workflow.
#[derive(Debug)]
pub struct CallActivity {
    /// The workflow's id or name (`calledElement`).
    pub workflow: Arc<str>,
    /// Which version runs.
    pub binding: Binding,
    /// The child's `data_object`; `None` passes the parent's on.
    pub data_object: Option<Template>,
    /// The child's variables, an object; without it, the child gets a copy of the parent's variables.
    pub input: Option<Template>,
    /// Variables set from the child's variables; inside, `output` is the object of the child's variables at its end.
    pub output: Vec<(Arc<str>, Program)>,
}

/// Which version of a called workflow runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// The version that was activated when the caller was approved.
    Pinned,
    /// The version that is activated when the call is made.
    Latest,
}

impl Executable {
    /// What starts the process from outside: the id of the event at which it begins, and what that waits for. Of an
    /// event-based gateway that instantiates, the events behind it.
    pub fn start_triggers(&self) -> impl Iterator<Item = (&Arc<str>, &Trigger)> {
        let events = self.scope(ScopeIx(0)).triggered.iter().flat_map(|ix| match &self.node(*ix).kind {
            NodeKind::EventBasedGateway { .. } => {
                self.node(*ix).outgoing.iter().map(|flow| self.flow(*flow).target).collect()
            }
            _ => vec![*ix],
        });
        events.flat_map(|ix| {
            let node = self.node(ix);
            let triggers = match &node.kind {
                NodeKind::StartEvent(StartEvent { catch, .. }) | NodeKind::CatchEvent(catch) => {
                    catch.triggers.as_slice()
                }
                _ => &[],
            };
            triggers.iter().map(move |trigger| (&node.id, trigger))
        })
    }

    /// The nodes that send messages or signals or wait for them.
    pub fn correspondents(&self) -> impl Iterator<Item = &Node> {
        let waits = |catch: &Catch| {
            catch.triggers.iter().any(|trigger| matches!(trigger, Trigger::Message { .. } | Trigger::Signal { .. }))
        };
        let sends = |throw: &Throw| matches!(throw, Throw::Message { .. } | Throw::Signal { .. });
        self.nodes.iter().filter(move |node| match &node.kind {
            NodeKind::StartEvent(event) => waits(&event.catch),
            NodeKind::BoundaryEvent(event) => waits(&event.catch),
            NodeKind::CatchEvent(catch) => waits(catch),
            NodeKind::EndEvent(throws) | NodeKind::ThrowEvent(throws) => throws.iter().any(sends),
            NodeKind::SendTask(throw) => sends(throw),
            NodeKind::Pass
            | NodeKind::UserTask(_)
            | NodeKind::ServiceTask(_)
            | NodeKind::ScriptTask(_)
            | NodeKind::BusinessRuleTask(_)
            | NodeKind::ExclusiveGateway
            | NodeKind::ParallelGateway
            | NodeKind::InclusiveGateway
            | NodeKind::ComplexGateway { .. }
            | NodeKind::EventBasedGateway { .. }
            | NodeKind::TimerCatch(_)
            | NodeKind::SubProcess(_)
            | NodeKind::CallActivity(_) => false,
        })
    }

    /// The node at an index.
    pub fn node(&self, ix: NodeIx) -> &Node {
        &self.nodes[ix.0 as usize]
    }

    /// The flow at an index.
    pub fn flow(&self, ix: FlowIx) -> &Flow {
        &self.flows[ix.0 as usize]
    }

    /// The scope at an index.
    pub fn scope(&self, ix: ScopeIx) -> &Scope {
        &self.scopes[ix.0 as usize]
    }
}

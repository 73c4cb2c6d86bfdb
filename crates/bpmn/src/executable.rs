//! The executable graph: what the engine runs. Indexed arrays with every reference resolved and every expression
//! compiled. Immutable; one is shared by all instances of a version.
//!
//! Indexes are only valid within one compiled graph: whatever is stored (events, rows) names nodes and flows by id.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use expr::{Program, Template};
use model::Value;

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
    /// The none start event(s) of the scope; where a sub-process has none, the nodes without an incoming flow.
    pub starts: Vec<NodeIx>,
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
}

/// What a flow node does; one variant for each BPMN element that the engine runs.
#[derive(Debug)]
pub enum NodeKind {
    /// `startEvent` without a definition.
    StartEvent,
    /// `endEvent`.
    EndEvent(EndEvent),
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
    /// `intermediateCatchEvent` with a timer.
    TimerCatch(Timer),
    /// `subProcess`: the scope inside it.
    SubProcess(ScopeIx),
    /// `callActivity`.
    CallActivity(CallActivity),
    /// `boundaryEvent`; it has no incoming flow.
    BoundaryEvent(BoundaryEvent),
}

/// How an end event ends.
#[derive(Debug)]
pub enum EndEvent {
    /// Ends its token only.
    None,
    /// `terminateEventDefinition`: ends everything in its scope.
    Terminate,
    /// `errorEventDefinition`: throws the error to the nearest catching boundary event.
    Error {
        /// `errorCode` of the referenced error; empty when it has none.
        code: Arc<str>,
    },
}

/// An event on the border of an activity.
#[derive(Debug)]
pub struct BoundaryEvent {
    /// The activity.
    pub attached_to: NodeIx,
    /// What it catches.
    pub catches: Caught,
}

/// What a boundary event catches.
#[derive(Debug)]
pub enum Caught {
    /// An error; always interrupting.
    Error {
        /// The code; `None` catches every error.
        code: Option<Arc<str>>,
        /// Variable that receives the code.
        code_variable: Option<Arc<str>>,
        /// Variable that receives the message.
        message_variable: Option<Arc<str>>,
    },
}

/// When a timer fires. Each expression gives an ISO 8601 text (or an instant for a date).
#[derive(Debug)]
pub enum Timer {
    /// `timeDate`.
    Date(Template),
    /// `timeDuration`.
    Duration(Template),
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

/// What starts a process from outside.
#[derive(Debug)]
pub enum Trigger {
    /// A message of this name.
    Message(Arc<str>),
    /// A signal of this name.
    Signal(Arc<str>),
    /// An instant.
    Timer(Timer),
    /// A condition that becomes true.
    Conditional(Program),
}

impl Executable {
    /// The start events that something outside triggers, with what does.
    pub fn start_triggers(&self) -> impl Iterator<Item = (&Arc<str>, &Trigger)> {
        std::iter::empty()
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

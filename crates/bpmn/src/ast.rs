//! What the document says about the process that can run, with ids and positions, before references are resolved.

use std::collections::HashMap;
use std::sync::Arc;

use crate::problem::At;
use crate::settings::Settings;

/// The process that can run.
#[derive(Debug, Default)]
pub(crate) struct Process {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) line: Option<u32>,
    /// The process (index 0) and every sub-process.
    pub(crate) scopes: Vec<Scope>,
    /// Flow nodes in document order.
    pub(crate) nodes: Vec<Node>,
    /// Sequence flows in document order.
    pub(crate) flows: Vec<Flow>,
    /// Declared errors: id to error code.
    pub(crate) errors: HashMap<String, Arc<str>>,
    /// Names of the data inputs that the process declares.
    pub(crate) inputs: Vec<Arc<str>>,
}

/// A process or a sub-process.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Index of the sub-process node.
    pub(crate) node: Option<usize>,
}

/// A flow node.
#[derive(Debug)]
pub(crate) struct Node {
    /// Empty when the document has none, which is an error.
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    /// Its BPMN element.
    pub(crate) tag: &'static str,
    pub(crate) line: Option<u32>,
    pub(crate) scope: usize,
    pub(crate) kind: Kind,
    /// The attribute `default`.
    pub(crate) default: Option<String>,
    /// What its attributes and extension elements say.
    pub(crate) settings: Settings,
}

/// What a flow node is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    StartEvent,
    EndEvent(End),
    Pass,
    UserTask,
    ServiceTask,
    ScriptTask {
        format: String,
        source: String,
    },
    ExclusiveGateway,
    ParallelGateway,
    InclusiveGateway,
    TimerCatch(TimerText),
    /// The scope inside.
    SubProcess(usize),
    CallActivity,
    BoundaryEvent {
        attached_to: String,
        /// `errorRef`; `None` catches every error.
        error: Option<String>,
    },
    /// An element that is reported as unsupported. It stays in the graph so that the rules still see its flows.
    Unsupported(Role),
}

/// How an end event ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    None,
    Terminate,
    /// `errorRef`.
    Error(Option<String>),
}

/// The text of a timer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TimerText {
    Date(String),
    Duration(String),
    /// No definition that can be used, which is reported where it is read.
    Missing,
}

/// What an unsupported element is to the graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Role {
    Start,
    End,
    /// The activity it is attached to.
    Boundary(String),
    /// Takes one flow: event-based and complex gateways.
    Choice,
    Activity,
    /// Has no flows: event sub-processes, compensation activities.
    Detached,
}

/// A sequence flow.
#[derive(Debug)]
pub(crate) struct Flow {
    /// Empty when the document has none, which is an error.
    pub(crate) id: Arc<str>,
    pub(crate) source: String,
    pub(crate) target: String,
    /// Text of the condition.
    pub(crate) condition: Option<String>,
    pub(crate) scope: usize,
    pub(crate) line: Option<u32>,
}

impl Process {
    pub(crate) fn at(&self) -> At<'_> {
        At { id: Some(&self.id).filter(|id| !id.is_empty()).map(|id| &**id), line: self.line }
    }
}

impl Node {
    pub(crate) fn at(&self) -> At<'_> {
        At { id: Some(&self.id).filter(|id| !id.is_empty()).map(|id| &**id), line: self.line }
    }
}

impl Flow {
    pub(crate) fn at(&self) -> At<'_> {
        At { id: Some(&self.id).filter(|id| !id.is_empty()).map(|id| &**id), line: self.line }
    }
}

impl Process {
    /// The code of a declared error. References may carry a prefix, declarations never do.
    pub(crate) fn error_code(&self, reference: &str) -> Option<&Arc<str>> {
        let local = || reference.split_once(':').and_then(|(_, local)| self.errors.get(local));
        self.errors.get(reference).or_else(local)
    }
}

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
    /// Declared escalations: id to escalation code.
    pub(crate) escalations: HashMap<String, Arc<str>>,
    /// Declared messages: id to name.
    pub(crate) messages: HashMap<String, Arc<str>>,
    /// Declared signals: id to name.
    pub(crate) signals: HashMap<String, Arc<str>>,
    /// Documents of decisions that the document has inside: DMN, or why one cannot be written out.
    pub(crate) decisions: Vec<Result<String, String>>,
    /// Associations, from and to: what compensates an activity hangs on one.
    pub(crate) associations: Vec<(String, String)>,
    /// Names of the data inputs that the process declares.
    pub(crate) inputs: Vec<Arc<str>>,
}

/// A process or a sub-process.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Index of the sub-process node.
    pub(crate) node: Option<usize>,
    /// Whether it is an event sub-process.
    pub(crate) by_event: bool,
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
    /// The loop marker of an activity.
    pub(crate) looping: Option<LoopText>,
    /// `isForCompensation`.
    pub(crate) compensates: bool,
    /// `startQuantity` and `completionQuantity`.
    pub(crate) quantities: (u32, u32),
    /// The attribute `default`.
    pub(crate) default: Option<String>,
    /// What its attributes and extension elements say.
    pub(crate) settings: Settings,
}

/// What a flow node is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    StartEvent {
        catches: Catches,
        /// Of an event sub-process.
        interrupting: bool,
    },
    EndEvent(Vec<EventText>),
    Pass,
    UserTask,
    ServiceTask,
    ScriptTask {
        format: String,
        source: String,
    },
    /// `messageRef`, if any.
    SendTask(Option<String>),
    ReceiveTask {
        /// `messageRef`, if any.
        message: Option<String>,
        instantiate: bool,
    },
    BusinessRuleTask,
    ExclusiveGateway,
    ParallelGateway,
    InclusiveGateway,
    ComplexGateway {
        /// `activationCondition`.
        activation: Option<String>,
    },
    EventBasedGateway {
        /// Waits for all of its events.
        parallel: bool,
        instantiate: bool,
    },
    CatchEvent(Catches),
    ThrowEvent(Vec<EventText>),
    SubProcess {
        /// The scope inside.
        scope: usize,
        form: Form,
    },
    CallActivity,
    BoundaryEvent {
        attached_to: String,
        catches: Catches,
        interrupting: bool,
    },
    /// An activity that is reported as unsupported. It stays in the graph so that the rules still see its flows.
    Unsupported,
}

/// What an event waits for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Catches {
    pub(crate) events: Vec<EventText>,
    /// All of them, not one of them.
    pub(crate) all: bool,
}

/// What kind of sub-process it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    Embedded,
    /// `triggeredByEvent`.
    Event,
    Transaction,
    AdHoc {
        sequential: bool,
        completion: Option<String>,
        cancel_remaining: bool,
    },
}

/// An event definition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EventText {
    Timer(TimerText),
    /// `messageRef`.
    Message(Option<String>),
    /// `signalRef`.
    Signal(Option<String>),
    /// `errorRef`; `None` catches every error.
    Error(Option<String>),
    /// `escalationRef`; `None` catches every escalation.
    Escalation(Option<String>),
    Compensation {
        /// `activityRef`; `None` means everything in the scope.
        activity: Option<String>,
        wait: bool,
    },
    Conditional(String),
    /// The link's name.
    Link(String),
    Cancel,
    Terminate,
}

impl EventText {
    /// What modellers call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Timer(_) => "timer",
            Self::Message(_) => "message",
            Self::Signal(_) => "signal",
            Self::Error(_) => "error",
            Self::Escalation(_) => "escalation",
            Self::Compensation { .. } => "compensation",
            Self::Conditional(_) => "conditional",
            Self::Link(_) => "link",
            Self::Cancel => "cancel",
            Self::Terminate => "terminate",
        }
    }
}

/// A loop marker.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LoopText {
    Standard {
        test_before: bool,
        maximum: Option<String>,
        condition: Option<String>,
    },
    MultiInstance {
        sequential: bool,
        cardinality: Option<String>,
        completion: Option<String>,
        /// `loopDataInputRef` and the name of `inputDataItem`.
        collection: Option<String>,
        element: Option<String>,
        /// `loopDataOutputRef` and the name of `outputDataItem`.
        output_collection: Option<String>,
        output_element: Option<String>,
    },
}

/// The text of a timer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TimerText {
    Date(String),
    Duration(String),
    Cycle(String),
    /// No definition that can be used, which is reported where it is read.
    Missing,
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
    /// The code of a declared error.
    pub(crate) fn error_code(&self, reference: &str) -> Option<&Arc<str>> {
        declared(&self.errors, reference)
    }
}

/// What is declared under an id. References may carry a prefix, declarations never do.
pub(crate) fn declared<'d>(declarations: &'d HashMap<String, Arc<str>>, reference: &str) -> Option<&'d Arc<str>> {
    let local = || reference.split_once(':').and_then(|(_, local)| declarations.get(local));
    declarations.get(reference).or_else(local)
}

//! Every element of BPMN 2.0 that can stand where a process is described, with what is done with it. This table is
//! what `docs/bpmn-support.md` shows; a test compares the two.

use super::{Parser, containers, events, gateways, tasks};
use crate::ast::Kind;
use crate::document::Element;

/// Reads a flow node; the index is that of the node in the process.
pub(super) type NodeParser = for<'d> fn(&mut Parser<'d>, &'d Element, usize) -> Kind;

/// A line of the table.
pub(crate) struct Entry {
    /// Local name in the BPMN namespace.
    pub(crate) tag: &'static str,
    pub(super) support: Support,
    /// Attributes that are understood, besides `id` and `name`.
    pub(super) attributes: &'static [&'static str],
}

/// What is done with an element.
pub(super) enum Support {
    /// A flow node that runs.
    Node(NodeParser),
    /// A flow node that does not run yet. It is read for the sake of the graph.
    UnsupportedNode(NodeParser),
    /// The sequence flow.
    Flow,
    /// Read by the parser of the element that it stands in.
    Part,
    /// Read by the parser of the activity that it stands in, whatever kind of activity it is.
    Marker,
    /// Legal, and without meaning for a run.
    Ignored,
    /// Changes how its parent runs, and does not run yet.
    Unsupported,
}

/// Attributes of BPMN that are legal and change nothing in a run, or only repeat what the graph says.
pub(super) const IGNORED_ATTRIBUTES: &[&str] = &[
    "completionQuantity",
    "definitionalCollaborationRef",
    "gatewayDirection",
    "implementation",
    "isClosed",
    "isForCompensation",
    "isImmediate",
    "isInterrupting",
    "parallelMultiple",
    "processType",
    "startQuantity",
];

/// An element of BPMN 2.0 and what is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupportedElement {
    /// Local name in the BPMN namespace.
    pub tag: &'static str,
    /// `supported`, `ignored` (legal, without meaning for a run) or `unsupported` (the problem `unsupported_element`).
    pub status: &'static str,
    /// Attributes that are understood, besides `id` and `name`.
    pub attributes: &'static [&'static str],
}

/// Every BPMN element that is known, sorted by name. Any other is the problem `unknown_element`.
pub fn elements() -> impl Iterator<Item = SupportedElement> {
    TABLE.iter().map(|entry| SupportedElement {
        tag: entry.tag,
        status: match entry.support {
            Support::Node(_) | Support::Flow | Support::Part | Support::Marker => "supported",
            Support::Ignored => "ignored",
            Support::UnsupportedNode(_) | Support::Unsupported => "unsupported",
        },
        attributes: entry.attributes,
    })
}

/// The entry of a local name.
pub(super) fn find(tag: &str) -> Option<&'static Entry> {
    TABLE.binary_search_by(|entry| entry.tag.cmp(tag)).ok().map(|index| &TABLE[index])
}

const fn row(tag: &'static str, support: Support, attributes: &'static [&'static str]) -> Entry {
    Entry { tag, support, attributes }
}

/// Sorted by tag.
pub(crate) static TABLE: &[Entry] = &[
    row("activationCondition", Support::Part, &[]),
    row("adHocSubProcess", Support::Node(containers::ad_hoc), &["cancelRemainingInstances", "default", "ordering"]),
    row("association", Support::Ignored, &[]),
    row("auditing", Support::Ignored, &[]),
    row("boundaryEvent", Support::Node(events::boundary), &["attachedToRef", "cancelActivity", "parallelMultiple"]),
    row("businessRuleTask", Support::Node(tasks::business_rule), &["default"]),
    row("callActivity", Support::Node(tasks::call), &["calledElement", "default"]),
    row("callChoreography", Support::UnsupportedNode(tasks::unsupported), &[]),
    row("cancelEventDefinition", Support::Part, &[]),
    row("category", Support::Ignored, &[]),
    row("choreographyTask", Support::UnsupportedNode(tasks::unsupported), &[]),
    row("collaboration", Support::Ignored, &[]),
    row("compensateEventDefinition", Support::Part, &["activityRef", "waitForCompletion"]),
    row("completionCondition", Support::Marker, &[]),
    row("complexBehaviorDefinition", Support::Unsupported, &[]),
    row("complexGateway", Support::Node(gateways::complex), &["default"]),
    row("condition", Support::Part, &[]),
    row("conditionExpression", Support::Part, &[]),
    row("conditionalEventDefinition", Support::Part, &[]),
    row("correlationProperty", Support::Ignored, &[]),
    row("correlationSubscription", Support::Ignored, &[]),
    row("dataInput", Support::Ignored, &[]),
    row("dataInputAssociation", Support::Ignored, &[]),
    row("dataObject", Support::Ignored, &[]),
    row("dataObjectReference", Support::Ignored, &[]),
    row("dataOutput", Support::Ignored, &[]),
    row("dataOutputAssociation", Support::Ignored, &[]),
    row("dataStore", Support::Ignored, &[]),
    row("dataStoreReference", Support::Ignored, &[]),
    row("definitions", Support::Ignored, &[]),
    row("documentation", Support::Ignored, &[]),
    row("endEvent", Support::Node(events::end), &[]),
    row("endPoint", Support::Ignored, &[]),
    row("error", Support::Part, &["errorCode"]),
    row("errorEventDefinition", Support::Part, &["errorRef"]),
    row("escalation", Support::Part, &["escalationCode"]),
    row("escalationEventDefinition", Support::Part, &["escalationRef"]),
    row("eventBasedGateway", Support::Node(gateways::event_based), &["eventGatewayType", "instantiate"]),
    row("eventDefinitionRef", Support::Part, &[]),
    row("exclusiveGateway", Support::Node(gateways::exclusive), &["default"]),
    row("extension", Support::Ignored, &[]),
    row("extensionElements", Support::Ignored, &[]),
    row("group", Support::Ignored, &[]),
    row("humanPerformer", Support::Ignored, &[]),
    row("implicitThrowEvent", Support::UnsupportedNode(tasks::unsupported), &[]),
    row("import", Support::Ignored, &[]),
    row("inclusiveGateway", Support::Node(gateways::inclusive), &["default"]),
    row("incoming", Support::Ignored, &[]),
    row("inputDataItem", Support::Part, &[]),
    row("inputSet", Support::Ignored, &[]),
    row("interface", Support::Ignored, &[]),
    row("intermediateCatchEvent", Support::Node(events::catch), &["parallelMultiple"]),
    row("intermediateThrowEvent", Support::Node(events::throw), &[]),
    row("ioBinding", Support::Ignored, &[]),
    row("ioSpecification", Support::Ignored, &[]),
    row("itemDefinition", Support::Ignored, &[]),
    row("laneSet", Support::Ignored, &[]),
    row("linkEventDefinition", Support::Part, &[]),
    row("loopCardinality", Support::Part, &[]),
    row("loopCondition", Support::Part, &[]),
    row("loopDataInputRef", Support::Part, &[]),
    row("loopDataOutputRef", Support::Part, &[]),
    row("manualTask", Support::Node(tasks::pass), &["default"]),
    row("message", Support::Part, &[]),
    row("messageEventDefinition", Support::Part, &["messageRef", "operationRef"]),
    row("monitoring", Support::Ignored, &[]),
    row("multiInstanceLoopCharacteristics", Support::Marker, &["behavior", "isSequential"]),
    row("outgoing", Support::Ignored, &[]),
    row("outputDataItem", Support::Part, &[]),
    row("outputSet", Support::Ignored, &[]),
    row("parallelGateway", Support::Node(gateways::parallel), &[]),
    row("partnerEntity", Support::Ignored, &[]),
    row("partnerRole", Support::Ignored, &[]),
    row("performer", Support::Ignored, &[]),
    row("potentialOwner", Support::Ignored, &[]),
    row("process", Support::Part, &["isExecutable"]),
    row("property", Support::Ignored, &[]),
    row("receiveTask", Support::Node(tasks::receive), &["default", "instantiate", "messageRef", "operationRef"]),
    row("relationship", Support::Ignored, &[]),
    row("rendering", Support::Ignored, &[]),
    row("resource", Support::Ignored, &[]),
    row("resourceRole", Support::Ignored, &[]),
    row("script", Support::Part, &[]),
    row("scriptTask", Support::Node(tasks::script), &["default", "scriptFormat"]),
    row("sendTask", Support::Node(tasks::send), &["default", "messageRef", "operationRef"]),
    row("sequenceFlow", Support::Flow, &["sourceRef", "targetRef"]),
    row("serviceTask", Support::Node(tasks::service), &["default"]),
    row("signal", Support::Part, &[]),
    row("signalEventDefinition", Support::Part, &["signalRef"]),
    row("standardLoopCharacteristics", Support::Marker, &["loopMaximum", "testBefore"]),
    row("startEvent", Support::Node(events::start), &["isInterrupting", "parallelMultiple"]),
    row("subChoreography", Support::UnsupportedNode(tasks::unsupported), &[]),
    row("subProcess", Support::Node(containers::sub_process), &["default", "triggeredByEvent"]),
    row("supports", Support::Ignored, &[]),
    row("task", Support::Node(tasks::pass), &["default"]),
    row("terminateEventDefinition", Support::Part, &[]),
    row("textAnnotation", Support::Ignored, &[]),
    row("timeCycle", Support::Part, &[]),
    row("timeDate", Support::Part, &[]),
    row("timeDuration", Support::Part, &[]),
    row("timerEventDefinition", Support::Part, &[]),
    row("transaction", Support::Node(containers::transaction), &["default", "method"]),
    row("userTask", Support::Node(tasks::user), &["default"]),
];

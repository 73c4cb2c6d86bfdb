//! What has happened in a root instance: the journal's content. Released events are never changed, only added to.
//!
//! Nodes and flows are named by their BPMN ids, so that a journal can be replayed over a graph compiled by a newer
//! release.

use std::sync::Arc;

use model::{InstanceId, TaskId, Timestamp, Value, VersionId};
use serde::{Deserialize, Serialize};

use crate::ElementNo;
use crate::command::Failure;
use crate::state::Subscription;

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "e", rename_all = "snake_case")]
pub enum Event {
    /// A process instance exists: the root, or the child of a call activity.
    InstanceCreated {
        /// The process's own element.
        no: ElementNo,
        /// The call activity that called it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<ElementNo>,
        /// Its id.
        instance: InstanceId,
        /// Its definition.
        definition: VersionId,
        /// Its read-only context, an object.
        context: Value,
        /// Its first variables, an object.
        variables: Value,
        /// Whether tasks wait for a debug command.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        debug: bool,
    },
    /// A process instance has ended.
    InstanceEnded {
        /// The process's own element.
        no: ElementNo,
        /// How.
        outcome: Outcome,
    },
    /// A token was put on a flow.
    FlowTaken {
        /// The process or sub-process element that the flow lies in.
        scope: ElementNo,
        /// The flow's BPMN id.
        flow: Arc<str>,
    },
    /// A node has taken its token(s) and become active.
    Activated {
        /// Its number.
        no: ElementNo,
        /// The process or sub-process element around it.
        scope: ElementNo,
        /// The node's BPMN id.
        node: Arc<str>,
        /// The flows whose tokens it took.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        consumed: Vec<Arc<str>>,
        /// When.
        at: Timestamp,
        /// Which iteration of the loop it is whose body the scope is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        iteration: Option<u32>,
        /// The element on whose behalf it undoes what was done: the last of what that has to have undone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compensates: Option<ElementNo>,
    },
    /// A loop begins.
    LoopStarted {
        /// Its body.
        no: ElementNo,
        /// How many iterations there are; `None` while a condition decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<u32>,
        /// What they are about, if anything.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<Value>,
    },
    /// No more iterations begin.
    LoopOver {
        /// The loop's body.
        no: ElementNo,
    },
    /// Somebody waits for an event.
    Subscribed {
        /// The element or scope that waits.
        owner: ElementNo,
        /// What it waits for.
        subscription: Subscription,
    },
    /// Nobody waits for it any more.
    Unsubscribed {
        /// The element or scope that waited.
        owner: ElementNo,
        /// The subscription's number.
        no: u32,
    },
    /// A condition that somebody waits for has changed.
    ConditionSeen {
        /// The element or scope that waits.
        owner: ElementNo,
        /// The subscription's number.
        no: u32,
        /// What it is now.
        value: bool,
    },
    /// The element waits for events.
    Waits {
        /// The element.
        no: ElementNo,
    },
    /// A message was sent.
    MessageSent {
        /// The element that sent it.
        no: ElementNo,
        /// Its name.
        name: Arc<str>,
        /// Its correlation key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Arc<str>>,
        /// What it carries.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        payload: Value,
    },
    /// A signal was sent.
    SignalSent {
        /// The element that sent it.
        no: ElementNo,
        /// Its name.
        name: Arc<str>,
        /// What it carries.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        payload: Value,
    },
    /// Every token on a flow of a scope is gone.
    TokensCleared {
        /// The scope.
        scope: ElementNo,
    },
    /// A complex gateway that has fired has swallowed what came after, and waits for its first token again.
    GatewayReset {
        /// The scope that it lies in.
        scope: ElementNo,
        /// The gateway's BPMN id.
        node: Arc<str>,
        /// The flows whose tokens it swallowed.
        consumed: Vec<Arc<str>>,
    },
    /// An element begins to have undone what was done in a scope.
    CompensationStarted {
        /// The element.
        no: ElementNo,
        /// The scope.
        scope: ElementNo,
        /// Only this activity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activity: Option<Arc<str>>,
    },
    /// A debug run holds the node until a debug command comes.
    Held {
        /// The element.
        no: ElementNo,
    },
    /// The node's input is known and its work begins (again, after a retry).
    Started {
        /// The element.
        no: ElementNo,
        /// The input.
        input: Value,
        /// The attempt, from 1.
        attempt: u32,
        /// See [`crate::EffectKey::generation`].
        #[serde(default, skip_serializing_if = "is_zero")]
        generation: u32,
    },
    /// A user task is open.
    TaskOpened {
        /// The element.
        no: ElementNo,
        /// The to-do.
        task: TaskId,
        /// What the handler is told.
        description: String,
        /// What the handler is shown, an object.
        view_parameters: Value,
        /// When it falls due.
        due: Timestamp,
    },
    /// The to-do is closed without a person's answer (its due date, or the instance ended).
    TaskClosed {
        /// The element.
        no: ElementNo,
        /// The to-do.
        task: TaskId,
        /// Whether the due date closed it (else it is cancelled).
        expired: bool,
    },
    /// The element waits until this instant.
    TimerArmed {
        /// The element.
        no: ElementNo,
        /// When it fires.
        due: Timestamp,
    },
    /// A variable has a new value.
    VariableSet {
        /// The process or sub-process element that holds it.
        scope: ElementNo,
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Value,
    },
    /// The attempt failed and will be repeated.
    RetryScheduled {
        /// The element.
        no: ElementNo,
        /// What went wrong.
        failure: Failure,
        /// When the next attempt starts.
        at: Timestamp,
    },
    /// The node has a fault: it holds its token until a person retries it.
    Faulted {
        /// The element.
        no: ElementNo,
        /// What went wrong.
        failure: Failure,
        /// When.
        at: Timestamp,
        /// Set when the node's work is done and only what follows it failed (output mapping, outgoing flows): a retry
        /// goes on from there and does not do the work again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done: Option<Done>,
    },
    /// The node has done its work and is gone.
    Completed {
        /// The element.
        no: ElementNo,
        /// Its output.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        output: Value,
        /// When.
        at: Timestamp,
        /// What an iteration gives to its loop.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collected: Option<Value>,
    },
    /// The node was ended from outside (boundary event, terminate end event, command) and is gone.
    Terminated {
        /// The element.
        no: ElementNo,
        /// When.
        at: Timestamp,
    },
}

/// The result of a node whose work is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// What the work gave, before any mapping.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub result: Value,
}

/// How a process instance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// By itself, also through a terminate end event.
    Finished,
    /// By command, by a handler's answer, by a due date that interrupts, or (a child) because its caller was ended or
    /// caught its error.
    Terminated,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

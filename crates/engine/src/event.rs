//! What has happened in a root instance: the journal's content. Released events are never changed, only added to.
//!
//! Nodes and flows are named by their BPMN ids, so that a journal can be replayed over a graph compiled by a newer
//! release.

use std::sync::Arc;

use model::{InstanceId, TaskId, Timestamp, Value, VersionId};
use serde::{Deserialize, Serialize};

use crate::ElementNo;
use crate::command::Failure;

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

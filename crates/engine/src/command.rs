//! What can be asked of a root instance.

use std::sync::Arc;

use model::{InstanceId, Value, VersionId};
use serde::{Deserialize, Serialize};

use crate::{EffectKey, ElementNo};

/// A command to one root instance. Commands that wait in the inbox are stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Starts the root instance; only valid on an empty state.
    Start(Start),
    /// An effect has ended. Rejected when the element no longer waits for this key and attempt.
    EffectDone {
        /// The effect's key.
        key: EffectKey,
        /// The attempt that ended, from 1.
        attempt: u32,
        /// Its result.
        result: Result<Value, Failure>,
    },
    /// The called workflow's version is known (answers [`crate::Effect::ResolveCall`]).
    CallResolved {
        /// The call activity.
        element: ElementNo,
        /// The version that runs (its definition can be had from [`crate::Env`]), or why there is none.
        result: Result<Called, Failure>,
    },
    /// A person has answered a user task.
    TaskAnswered {
        /// The user task.
        element: ElementNo,
        /// The answer.
        answer: Answer,
    },
    /// A message has come for one of those who wait for its name and, where they have one, its key.
    Message {
        /// Its name.
        name: Arc<str>,
        /// Its correlation key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Arc<str>>,
        /// What it carries.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        payload: Value,
    },
    /// A signal has come for all who wait for its name.
    Signal {
        /// Its name.
        name: Arc<str>,
        /// What it carries.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        payload: Value,
    },
    /// Time has passed: every timer, due date and retry that is due at `Env::now` fires.
    Tick,
    /// The last turn stopped at its event limit: go on.
    Continue,
    /// Ends the instance.
    Terminate {
        /// Why, for the record.
        reason: String,
    },
    /// Retries faulted nodes: all, or one with other input.
    Retry {
        /// The node's BPMN id or the element's number; `None` retries every faulted node.
        node: Option<Arc<str>>,
        /// Replaces the node's input (an effect with changed input gets a new key).
        input: Option<Value>,
    },
    /// Lets a faulted node go on as if it had given this output.
    Skip {
        /// The node's BPMN id or the element's number.
        node: Arc<str>,
        /// Its output.
        output: Value,
    },
    /// Lets a node that a debug run holds go on.
    Debug {
        /// The node's BPMN id.
        node: Arc<str>,
        /// `{"output": …}` becomes the node's output without running it; anything else is the node's input.
        data: Value,
    },
}

/// How a root instance starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The root instance's id.
    pub instance: InstanceId,
    /// The definition that it runs.
    pub definition: VersionId,
    /// Read-only context by name: `data_object`, `playbook`, `workspace`, `instance` …
    pub context: Value,
    /// First variables, an object.
    pub variables: Value,
    /// Whether every task waits for a `Debug` command before it runs.
    pub debug: bool,
    /// What has started it; without it, its start events that wait for nothing begin, or, where it has none, all others
    /// wait and the first that happens begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<StartTrigger>,
}

/// Something that has started a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartTrigger {
    /// The BPMN id of the start event (or of the event behind a gateway that instantiates).
    pub node: Arc<str>,
    /// What came with it.
    pub payload: Value,
}

/// The version that a call activity runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// The child instance's id.
    pub instance: InstanceId,
    /// The definition.
    pub definition: VersionId,
}

/// A person's answer to a user task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Go on with these handling parameters (an object, defaults already filled in).
    Continue {
        /// The values by key.
        parameters: Value,
    },
    /// End the instance.
    Terminate,
}

/// Why an effect has no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable code, which error boundary events can name: `HTTP.Timeout`, `Script.Deadline` …
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// Whether the same call may succeed later; others are not repeated.
    pub retryable: bool,
    /// How long the other side asked to wait, in milliseconds; overrides a shorter back-off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// Why a command cannot be carried out; the state is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The instance has ended.
    #[error("the instance has ended")]
    Ended,
    /// Nothing in the instance waits for this (a late or repeated command).
    #[error("nothing waits for this")]
    NotWaiting,
    /// There is no faulted node to retry.
    #[error("there is no faulted node")]
    NoFault,
    /// No node of this id is held.
    #[error("no node '{0}' waits")]
    NoSuchNode(String),
    /// A required handling parameter is missing.
    #[error("the handling parameter '{0}' is required")]
    MissingParameter(String),
}

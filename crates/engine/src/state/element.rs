//! An active node.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{TaskId, Timestamp, Value};
use serde::{Deserialize, Serialize};

use super::scope::Compensable;
use crate::ElementNo;
use crate::command::Failure;
use crate::event::Done;

/// An active node: it has taken its token and not given it on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// The process or sub-process around it.
    pub scope: ElementNo,
    /// The process instance that it belongs to.
    pub process: ElementNo,
    /// The node's BPMN id.
    pub node: Arc<str>,
    /// When it took its token.
    pub activated: Timestamp,
    /// Its input, once it has started.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input: Value,
    /// The last attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// The last attempt before the latest manual retry: the retry policy counts from there.
    pub attempts_before: u32,
    /// See [`crate::EffectKey::generation`].
    pub generation: u32,
    /// What it is doing.
    pub phase: Phase,
    /// Which iteration of a loop it is; its scope is the loop's body then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u32>,
    /// How far the loop has come whose body it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looping: Option<Box<Looping>>,
    /// The element on whose behalf it undoes what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensates: Option<ElementNo>,
    /// What it still has to have undone; the last comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) undo: Vec<Compensable>,
}

/// A loop under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Looping {
    /// How many iterations there are; `None` while a condition decides.
    pub total: Option<u32>,
    /// What they are about, if anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Value>,
    /// Iterations that have begun.
    pub begun: u32,
    /// Iterations that are under way.
    pub active: u32,
    /// Iterations that have completed.
    pub completed: u32,
    /// What iterations gave, by their index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub collected: BTreeMap<u32, Value>,
    /// Whether no more iterations begin.
    #[serde(default)]
    pub over: bool,
}

/// What an active node is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It contains others (a sub-process), or is in the middle of a step.
    Active,
    /// A debug run holds it.
    Held,
    /// Its effect is under way.
    Effect,
    /// A call activity asks for the version to call.
    Resolving,
    /// A call activity waits for its child.
    Calling {
        /// The child process.
        child: ElementNo,
    },
    /// Its to-do is open.
    Task {
        /// The to-do.
        task: TaskId,
        /// When it falls due.
        due: Timestamp,
    },
    /// It waits for an instant.
    Timer {
        /// The instant.
        due: Timestamp,
    },
    /// It waits for events; its subscriptions say which.
    Event,
    /// It waits until what it has to have undone is undone.
    Compensating,
    /// Its last attempt failed and will be repeated.
    Retrying {
        /// What went wrong.
        failure: Failure,
        /// When the next attempt starts.
        at: Timestamp,
    },
    /// It holds its token until a person retries it.
    Faulted {
        /// What went wrong.
        failure: Failure,
        /// Since when.
        at: Timestamp,
        /// The result when only what follows the work failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done: Option<Done>,
    },
}

impl Phase {
    /// When [`crate::Command::Tick`] has something to do here.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Task { due, .. } | Self::Timer { due } | Self::Retrying { at: due, .. } => Some(*due),
            Self::Active
            | Self::Held
            | Self::Effect
            | Self::Resolving
            | Self::Calling { .. }
            | Self::Event
            | Self::Compensating
            | Self::Faulted { .. } => None,
        }
    }
}

//! What the engine asks the outside to do. Effects are data; the runtime carries them out.

use std::sync::Arc;
use std::time::Duration;

use bpmn::executable::Binding;
use model::{InstanceId, Value};
use serde::{Deserialize, Serialize};

use crate::ElementNo;

/// The idempotency key of an effect: the same across redelivery and automatic retry, a new generation after a manual
/// retry with changed input. Connectors pass it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EffectKey {
    /// The root instance.
    pub root: InstanceId,
    /// The element that asks.
    pub element: ElementNo,
    /// Counts manual retries with changed input, from 0.
    pub generation: u32,
}

/// Something to be done outside. All of them can be had again from `State::pending_effects` after a restart.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Call an action of a component. Whether it only computes (and so runs before the commit) or acts on the world
    /// (and so runs after it) is the component's to say.
    CallAction {
        /// The idempotency key.
        key: EffectKey,
        /// Counts attempts, from 1.
        attempt: u32,
        /// The component's id or name.
        component: Arc<str>,
        /// The action's name.
        action: Arc<str>,
        /// The connection's id or name.
        connection: Option<Arc<str>>,
        /// The input, expressions already replaced.
        input: Value,
        /// How long the attempt may take.
        timeout: Option<Duration>,
    },
    /// Run JavaScript; always before the commit.
    RunScript {
        /// The idempotency key.
        key: EffectKey,
        /// Counts attempts, from 1.
        attempt: u32,
        /// The source text.
        source: Arc<str>,
        /// Names that the script can read, an object: `vars`, `data_object`, `nodes`, and each variable by its name.
        scope: Value,
        /// How long it may run.
        timeout: Option<Duration>,
    },
    /// Find the version that a call activity runs; always before the commit.
    ResolveCall {
        /// The call activity.
        element: ElementNo,
        /// The workflow's id or name.
        workflow: Arc<str>,
        /// Which version.
        binding: Binding,
    },
    /// Deliver a message to whoever waits for it. Nothing answers; it must be stored with the turn.
    SendMessage {
        /// The idempotency key.
        key: EffectKey,
        /// Its name.
        name: Arc<str>,
        /// Its correlation key.
        correlation: Option<Arc<str>>,
        /// What it carries.
        payload: Value,
    },
    /// Deliver a signal to everybody in the workspace who waits for it. Nothing answers; it must be stored with the turn.
    BroadcastSignal {
        /// The idempotency key.
        key: EffectKey,
        /// Its name.
        name: Arc<str>,
        /// What it carries.
        payload: Value,
    },
}

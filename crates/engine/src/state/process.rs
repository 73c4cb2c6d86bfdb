//! A process instance: the root or the child of a call activity.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{InstanceId, Map, Value, VersionId};
use serde::{Deserialize, Serialize};

use crate::ElementNo;
use crate::event::Outcome;

/// A process instance. It stays in the state after its end, without its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub instance: InstanceId,
    /// The definition that it runs.
    pub definition: VersionId,
    /// The call activity that called it; `None` for the root.
    pub caller: Option<ElementNo>,
    /// Read-only names for expressions, an object; null after the end.
    pub context: Value,
    /// Whether its tasks wait for a debug command.
    pub debug: bool,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// `{"output": …}` by node: what expressions read as `nodes`.
    pub(crate) nodes: Arc<Map>,
    /// How often each node became active.
    pub(crate) activations: BTreeMap<Arc<str>, u32>,
}

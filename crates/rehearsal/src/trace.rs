//! What happened to the nodes, in order.

use std::sync::Arc;

use model::Timestamp;
use serde::{Serialize, Serializer};

/// Something that happened to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The instance, as a place in the outcome's instances.
    pub instance: usize,
    /// The node's BPMN id.
    pub node: Arc<str>,
    /// Its name; empty when it has none.
    pub name: Arc<str>,
    /// Its BPMN element; `standardLoop` or `multiInstance` for the body around the iterations of an activity.
    pub element: Arc<str>,
    /// The index of the iteration.
    #[serde(rename = "loop")]
    pub iteration: Option<u32>,
    /// What happened.
    pub event: Happened,
    /// When, on the virtual clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
}

/// What can happen to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Happened {
    /// It took its token.
    Started,
    /// It has done its work.
    Completed,
    /// It has a fault that holds it, or an error that a boundary event caught.
    Failed,
    /// It was ended from outside.
    Cancelled,
    /// What it had done was undone.
    Compensated,
}

impl Happened {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Compensated => "compensated",
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339())
}

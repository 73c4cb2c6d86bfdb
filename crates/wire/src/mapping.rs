//! Mappings from the events of other systems to data objects.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A mapping that comes with the server.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct MappingOut {
    /// Its name.
    pub name: String,
    /// The mapping: `about`, `format`, `accept`, `fields`.
    #[schema(value_type = Object)]
    pub mapping: Value,
}

/// A mapping and the events to try it on.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct MappingTrialIn {
    /// A mapping; or else `builtin`.
    pub mapping: Option<Map<String, Value>>,
    /// The name of a mapping that comes with the server.
    pub builtin: Option<String>,
    /// Up to 100 events, each as its source writes it: a JSON object as text, or a line.
    #[schema(required = true, nullable = false, max_items = 100)]
    pub events: Option<Vec<String>>,
}

/// What became of one event.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TriedOut {
    /// `mapped`, `passed` (the mapping does not accept it) or `refused`.
    pub outcome: String,
    /// The fields of the data object; empty unless it was mapped.
    #[schema(value_type = Object)]
    pub data_object: Map<String, Value>,
    /// Why it was refused; else empty.
    pub reason: String,
}

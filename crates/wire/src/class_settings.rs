//! Muster's own about data classes: custom fields, and how objects are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the objects of a class are kept. What is left out is off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ClassSettings {
    /// Which objects that arrive are the same one: a later one is counted on the first (`count`, `last_observed_time`)
    /// and triggers nothing.
    pub deduplication: Vec<DedupRule>,
    /// Days after its last change that an object is deleted, 1 to 36500; without it, it stays.
    #[schema(minimum = 1, maximum = 36500)]
    pub retention_days: Option<u32>,
}

/// Which objects of a type are the same one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DedupRule {
    /// A type or subtype as the objects name it, in any case; empty: every type that no other rule names.
    #[serde(rename = "type")]
    pub kind: String,
    /// The fields that have the same values, 1 to 10 paths.
    #[schema(example = json!(["title", "network_list.src_ip"]))]
    pub fields: Vec<String>,
    /// Seconds without another one after which the next is a new object again, at most 30 days.
    #[schema(minimum = 1, maximum = 2592000)]
    pub window_seconds: u32,
}

/// A field to add to a data class.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct CustomFieldIn {
    /// The key in a data object: a letter, then letters, digits and `_`.
    #[schema(required = true, nullable = false, max_length = 64)]
    pub field_key: Option<String>,
    /// The name; the key by default.
    #[schema(max_length = 64)]
    pub name: Option<String>,
    /// The description.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// `String`, `Enum`, `Timestamp`, `Integer`, `Long`, `Numeric`, `Double`, `Boolean`, `List<String>`, `Object` or
    /// `List<Object>`.
    #[schema(required = true, nullable = false)]
    pub field_type: Option<String>,
    /// The values of an `Enum`.
    pub options: Option<Vec<String>>,
    /// The default value.
    #[schema(max_length = 1024)]
    pub default_value: Option<String>,
    /// A hint for people.
    #[schema(max_length = 1024)]
    pub field_tooltip: Option<String>,
    /// Whether new objects must have it.
    #[schema(default = false)]
    pub required: Option<bool>,
}

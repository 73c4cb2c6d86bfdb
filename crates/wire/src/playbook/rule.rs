//! Rules of playbook versions: which events trigger, or when the clock does. A rule is read by the service, as a
//! document; [`RuleDocument`] only describes it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text_or_json::TextOrJson;

/// The body that creates or changes a rule (`CreateRuleInfo`, `ModifyRuleInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RuleIn {
    /// The rule.
    #[schema(required = true, nullable = false, value_type = Option<RuleDocument>)]
    pub rule: Option<TextOrJson>,
}

/// A rule: the document, as the vendor's SDK sends it, or text that holds it, as its Terraform provider does.
#[derive(Debug, Clone, ToSchema)]
#[serde(untagged)]
pub enum RuleDocument {
    /// The document.
    Json(Box<RuleFields>),
    /// Text that holds it as JSON.
    Text(String),
}

/// What a rule says (`ConditionInfo`).
#[derive(Debug, Clone, Default, ToSchema)]
pub struct RuleFields {
    /// `common`; with events.
    #[schema(example = "common")]
    pub expression_type: Option<String>,
    /// The conditions; with events.
    pub conditions: Option<Vec<RuleConditionFields>>,
    /// Names of conditions with `and`, `or`, `not` and brackets between them, in either case. Without one: `and`.
    #[schema(example = json!(["condition1", "AND", "condition2"]))]
    pub logics: Option<Vec<String>>,
    /// When the clock triggers, as cron; with timers.
    pub cron: Option<String>,
    /// `second`, `hour`, `day` or `week`; with timers.
    pub schedule_type: Option<String>,
    /// `IMMEDIATELY` or `CUSTOM`; with timers.
    pub start_type: Option<String>,
    /// `FOREVER` or `CUSTOM`; with timers.
    pub end_type: Option<String>,
    /// When the clock stops triggering; with timers whose `end_type` is `CUSTOM`.
    pub end_time: Option<String>,
    /// When the clock starts triggering; with timers whose `start_type` is `CUSTOM`.
    pub start_time: Option<String>,
    /// The span in which the clock triggers; with timers.
    #[schema(example = "2021-01-30T23:00:00Z+0800")]
    pub repeat_range: Option<String>,
    /// Whether the clock triggers only once; with timers.
    pub only_once: Option<bool>,
    /// `PARALLEL` (runs may overlap) or `SERIAL_WAIT` (none starts while one runs); with timers.
    pub execution_type: Option<String>,
}

/// One condition (`ConditionItem`).
#[derive(Debug, Clone, Default, ToSchema)]
pub struct RuleConditionFields {
    /// The name that `logics` refers to.
    pub name: Option<String>,
    /// The value again, for people.
    pub detail: Option<String>,
    /// The path of a field, an operator, a value, as in a search.
    #[schema(example = json!(["waf.alarm.level", ">", "3"]))]
    pub data: Option<Vec<String>>,
}

/// A rule (`RuleInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RuleOut {
    /// The id, a UUID.
    pub id: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The rule: text that holds JSON, however it was given.
    pub rule: String,
    /// When it was created; the vendor's Terraform provider reads it.
    pub create_time: String,
    /// When it was last changed; the vendor's Terraform provider reads it.
    pub update_time: String,
}

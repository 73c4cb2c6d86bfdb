//! Search over data objects: conditions, and logic over their names.

use serde::Deserialize;
use utoipa::ToSchema;

/// The body that searches objects (`DataobjectSearch`, `IndicatorListSearchRequest`, `VulnerabilityDataObjectSearch`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct SearchIn {
    /// How many rows to answer.
    #[schema(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// How many rows to skip.
    #[schema(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// `create_time` or `update_time`, or another searchable field.
    #[schema(example = "create_time")]
    pub sort_by: Option<String>,
    /// `ASC` or `DESC`, in either case.
    #[schema(example = "DESC")]
    pub order: Option<String>,
    /// Only objects created at this time or later.
    #[schema(example = "2024-01-20T00:00:00.000Z+0800")]
    pub from_date: Option<String>,
    /// Only objects created at this time or earlier.
    #[schema(example = "2024-01-26T23:59:59.999Z+0800")]
    pub to_date: Option<String>,
    /// What the objects must meet.
    #[serde(default, deserialize_with = "crate::object::optional")]
    pub condition: Option<ConditionIn>,
    /// Only the objects of these ids.
    pub ids: Option<Vec<String>>,
    /// Only objects of this data class.
    pub dataclass_id: Option<String>,
}

/// Conditions and how they go together (`DataobjectSearchCondition`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ConditionIn {
    /// The conditions.
    pub conditions: Option<Vec<ConditionItemIn>>,
    /// Names of conditions with `and`, `or`, `not` and brackets between them, in either case. Without one: `and`.
    #[schema(example = json!(["severity", "and", "status"]))]
    pub logics: Option<Vec<String>>,
}

/// One condition (`DataobjectSearchConditionConditions`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ConditionItemIn {
    /// The name that `logics` refers to.
    pub name: Option<String>,
    /// The path of a field, an operator, a value. Operators: `=`, `==`, `!=`, `>`, `>=`, `<`, `<=`, `contains`,
    /// `not-contains`, `in`, `not-in` (values by comma), `like`, `regex`, `exists`, `not-exists` (no value),
    /// `startswith`, `endswith`, `cidr`.
    #[schema(example = json!(["severity", "in", "Tips,Low"]))]
    pub data: Option<Vec<String>>,
}

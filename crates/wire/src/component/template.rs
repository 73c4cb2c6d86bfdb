//! Templates of components: settings of an action, kept for use in workflows.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The body that creates or changes a template (`CreateTemplateReq`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct TemplateIn {
    /// The component.
    #[schema(required = true, nullable = false)]
    pub component_id: Option<String>,
    /// The name.
    #[schema(required = true, nullable = false)]
    pub template_name: Option<String>,
    /// The settings: text that holds JSON.
    #[schema(required = true, nullable = false, example = r#"{"action_id":"test_action"}"#)]
    pub task_config: Option<String>,
}

/// What `GET …/components/template` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TemplateQuery {
    /// Only names that hold this text.
    pub search_value: Option<String>,
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
}

/// A template (`TemplateInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TemplateOut {
    /// The id, a UUID.
    pub id: String,
    /// The component.
    pub component_id: String,
    /// The name.
    pub template_name: String,
    /// The settings, as they were given.
    pub task_config: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
}

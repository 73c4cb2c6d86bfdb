//! The data panel: data objects by the id of their class.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::data_object::{AnyObject, Document, ObjectCreatedOut};
use crate::envelope::root_list;

/// The body that creates several objects (`DataObjectBatchCreateForm`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PanelObjectsIn {
    /// Accepted and without effect: one id cannot be that of several objects.
    pub id: Option<String>,
    /// The version of the format; 1 by default.
    #[schema(default = 1)]
    pub format_version: Option<i64>,
    /// The name of each.
    pub name: Option<String>,
    /// Where they come from: `SIMULATION`, `PLAYBOOK`, `MANUAL` or `DATA_SOURCE`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether playbooks may be triggered; true by default.
    #[schema(default = true)]
    pub trigger_flag: Option<bool>,
    /// The objects.
    #[schema(value_type = Option<Vec<AnyObject>>)]
    pub data_object_list: Option<Vec<Document<AnyObject>>>,
}

/// The objects that were created, in the order they were given: an array at the root.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct PanelCreatedOut(pub Vec<ObjectCreatedOut>);

impl PartialSchema for PanelCreatedOut {
    fn schema() -> RefOr<Schema> {
        root_list(<Vec<ObjectCreatedOut>>::schema())
    }
}

impl ToSchema for PanelCreatedOut {
    fn name() -> Cow<'static, str> {
        "PanelCreatedOut".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        <Vec<ObjectCreatedOut>>::schemas(schemas);
    }
}

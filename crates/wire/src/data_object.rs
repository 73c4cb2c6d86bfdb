//! Data objects: what alerts, incidents, indicators, vulnerabilities and objects of any other class have in common.
//!
//! An object is an open document: it comes back as it was sent, with the fields that nobody describes and with every
//! digit of its numbers. So it is a [`Document`] here, and a type that is never built ([`crate::alert::Alert`],
//! [`AnyObject`] …) describes its fields in the OpenAPI document: `ObjectOut<Alert>`. Name such types in full: in the
//! name of a schema, an alias loses what it stands for.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::instance::DataClassRefOut;
use crate::one_or_many::OneOrMany;

pub mod event;
pub mod part;
pub mod search;
pub mod transfer;

/// An object as it is on the wire. `D` describes it and is never built.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Document<D> {
    /// Its fields, in the order they came.
    pub fields: Map<String, Value>,
    #[serde(skip)]
    described_by: PhantomData<D>,
}

impl<D> Document<D> {
    /// The document with these fields.
    pub fn new(fields: Map<String, Value>) -> Self {
        Self { fields, described_by: PhantomData }
    }
}

/// An object of any data class: the fields of the class, and any others.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct AnyObject {
    /// All fields are kept as they come.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// The body that creates an alert, an incident or an indicator (`CreateAlertRequestBody` …).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(bound = "")]
pub struct ObjectIn<D> {
    /// The object.
    #[schema(required = true, nullable = false, value_type = Option<D>)]
    pub data_object: Option<Document<D>>,
}

/// The body that changes alerts, incidents or an indicator (`ChangeAlertRequestBody`, `BatchChangeAlertRequestBody` …).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(bound = "")]
pub struct ObjectPatch<D> {
    /// The objects to change in a batch. Where the path names the object, it alone is changed and this has no effect.
    pub batch_ids: Option<OneOrMany>,
    /// The fields to change.
    #[schema(required = true, nullable = false, value_type = Option<D>)]
    pub data_object: Option<Document<D>>,
}

/// The body that creates an object of any class (`DataObjectCreateForm`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct AnyObjectIn {
    /// The id, a UUID; empty: the server chooses it.
    pub id: Option<String>,
    /// The version of the format; 1 by default.
    #[schema(default = 1)]
    pub format_version: Option<i64>,
    /// The name.
    pub name: Option<String>,
    /// Where it comes from: `SIMULATION`, `PLAYBOOK`, `MANUAL` or `DATA_SOURCE`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether playbooks may be triggered; true by default.
    #[schema(default = true)]
    pub trigger_flag: Option<bool>,
    /// The object.
    #[schema(value_type = Option<AnyObject>)]
    pub data_object: Option<Document<AnyObject>>,
}

/// The body that changes an object of any class (`DataObjectBatchUpdateForm`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct AnyObjectPatch {
    /// Without effect: the path names the object.
    pub batch_ids: Option<OneOrMany>,
    /// Whether playbooks may be triggered; true by default.
    #[schema(default = true)]
    pub trigger_flag: Option<bool>,
    /// The fields to change.
    #[schema(value_type = Option<AnyObject>)]
    pub data_object: Option<Document<AnyObject>>,
}

/// The body that deletes objects or notes (`DeleteAlertRequestBody`, `DataObjectDeleteForm` …).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct BatchIdsIn {
    /// What to delete.
    #[schema(required = true, nullable = false)]
    pub batch_ids: Option<OneOrMany>,
}

/// An object in its envelope (`AlertDetail`, `IncidentDetail`, `IndicatorDetail`, `VulnerabilityDetail`,
/// `DataObjectDetail`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(bound = "")]
pub struct ObjectOut<D> {
    /// When it was created.
    pub create_time: String,
    /// The object.
    #[schema(value_type = D)]
    pub data_object: Document<D>,
    /// Its data class.
    pub dataclass_ref: DataClassRefOut,
    /// The version of the format.
    pub format_version: i64,
    /// The id, a UUID.
    pub id: String,
    /// Where it comes from: `SIMULATION`, `PLAYBOOK`, `MANUAL` or `DATA_SOURCE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name.
    pub name: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// When it was last changed.
    pub update_time: String,
    /// How often it was written, from 1.
    pub version: i64,
    /// The workspace.
    pub workspace_id: String,
}

/// What a batch of changes answers: the contract wants one object, clients want to know about all.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(bound = "")]
pub struct ObjectsChangedOut<D> {
    /// The first object that was changed; empty fields when none was.
    #[serde(flatten)]
    pub object: ObjectOut<D>,
    /// Muster's own: what was changed, and what was not.
    #[serde(flatten)]
    pub batch: BatchOut,
}

/// What was done to several objects (`BatchOperateAlertResult`, `BatchOperateDataobjectResult`, `DeleteNoteResult` …).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct BatchOut {
    /// Those that it was not done to.
    pub error_ids: Vec<String>,
    /// Those that it was done to.
    pub success_ids: Vec<String>,
}

/// An object that was created (`DataObjectCreateUpdateResponse`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ObjectCreatedOut {
    /// The id, a UUID.
    pub id: String,
    /// The id of the event that may trigger playbooks; empty when it triggers none.
    pub event_id: String,
}

#[cfg(test)]
mod tests;

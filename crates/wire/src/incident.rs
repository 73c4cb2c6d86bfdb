//! Incidents: what people or playbooks handle. [`Incident`] only describes the document in the bodies of
//! [`crate::data_object`].

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use crate::data_object::event::EventFields;

/// An incident: these fields, those of its type, and any others.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct Incident {
    /// What it shares with alerts.
    #[serde(flatten)]
    pub event: EventFields,
    /// Its type.
    pub incident_type: Option<IncidentType>,
    /// Other fields are kept as they come.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// The type of an incident.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct IncidentType {
    /// The type.
    #[schema(example = "DDoS")]
    pub category: Option<String>,
    /// The subtype.
    #[schema(example = "ACK Flood")]
    pub incident_type: Option<String>,
}

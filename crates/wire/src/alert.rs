//! Alerts: what detections have reported. [`Alert`] only describes the document in the bodies of
//! [`crate::data_object`].

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::data_object::Document;
use crate::data_object::event::EventFields;
use crate::one_or_many::OneOrMany;

/// An alert: these fields, those of its type, and any others.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct Alert {
    /// What it shares with incidents.
    #[serde(flatten)]
    pub event: EventFields,
    /// Its type.
    pub alert_type: Option<AlertType>,
    /// Other fields are kept as they come.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// The type of an alert.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct AlertType {
    /// The type.
    #[schema(example = "Abnormal network behavior")]
    pub category: Option<String>,
    /// The subtype.
    #[schema(example = "Abnormal access frequency of IP address")]
    pub alert_type: Option<String>,
}

/// The body that makes an incident of alerts (`OrderAlert`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct AlertOrderIn {
    /// The alerts.
    #[schema(required = true, nullable = false)]
    pub ids: Option<OneOrMany>,
    /// What the incident tells that the first of the alerts does not.
    #[schema(value_type = Option<AlertOrderContent>)]
    pub incident_content: Option<Document<AlertOrderContent>>,
}

/// What an incident that is made of alerts tells (`OrderAlertIncidentContent`), and any other field of incidents.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct AlertOrderContent {
    /// The title; without it that of the first alert.
    pub title: Option<String>,
    /// The type.
    pub incident_type: Option<AlertOrderType>,
    /// Other fields of the incident.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// The type of an incident made of alerts (`OrderAlertIncidentContentIncidentType`).
#[derive(Debug, Clone, Default, ToSchema)]
pub struct AlertOrderType {
    /// The id of the type.
    pub id: Option<String>,
    /// The type.
    #[schema(example = "DDoS")]
    pub category: Option<String>,
    /// The subtype.
    #[schema(example = "ACK Flood")]
    pub incident_type: Option<String>,
}

//! Indicators: addresses, names, hashes … that are known to be good or bad. [`Indicator`] only describes the document
//! in the bodies of [`crate::data_object`].

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use crate::data_object::part::{ObjectEnvironment, ObjectSource, TextOrInteger};

/// An indicator: these fields, those of its type, and any others.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct Indicator {
    /// The id, a UUID; set by the server.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// Its type.
    pub indicator_type: Option<IndicatorType>,
    /// The address, name or hash itself.
    #[schema(example = "test.example.com")]
    pub value: Option<String>,
    /// `Black`, `White` or `Gray`.
    #[schema(example = "Black")]
    pub verdict: Option<String>,
    /// How sure it is, in percent, from 80.
    #[schema(minimum = 80, maximum = 100)]
    pub confidence: Option<i64>,
    /// `Open`, `Closed` or `Revoked`.
    #[schema(example = "Open")]
    pub status: Option<String>,
    /// Labels, by comma.
    pub labels: Option<String>,
    /// 1 first seen here, 2 own data, 3 bought, 4 public.
    pub granular_marking: Option<TextOrInteger>,
    /// Where it was seen.
    pub environment: Option<ObjectEnvironment>,
    /// Who has reported it.
    pub data_source: Option<ObjectSource>,
    /// Whether it is no longer dangerous.
    pub defanged: Option<bool>,
    /// Whether it was withdrawn.
    pub revoked: Option<bool>,
    /// When it was first reported.
    #[schema(example = "2023-10-24T17:23:55.000Z+0800")]
    pub first_report_time: Option<String>,
    /// When it was last reported.
    pub last_report_time: Option<String>,
    /// The workspace; set by the server.
    pub workspace_id: Option<String>,
    /// The project; set by the server.
    pub project_id: Option<String>,
    /// When it was created; set by the server.
    pub create_time: Option<String>,
    /// When it was last changed; set by the server.
    pub update_time: Option<String>,
    /// Whether it was deleted; set by the server.
    pub is_deleted: Option<bool>,
    /// Other fields are kept as they come.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// The type of an indicator.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct IndicatorType {
    /// The group of the type; the vendor's Terraform provider sends it, the SDK does not.
    #[schema(example = "Domain")]
    pub category: Option<String>,
    /// The type.
    #[schema(example = "Domain")]
    pub indicator_type: Option<String>,
    /// The id of the type.
    pub id: Option<String>,
}

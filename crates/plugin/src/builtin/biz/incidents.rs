//! From alerts to incidents.

use std::borrow::Cow;

use model::{Map, Value};

use super::trigger_parameter;
use crate::builtin::arguments::{flag, texts};
use crate::builtin::on_records::{Request, on_records};
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};

/// Alerts of one incident.
const ALERTS: usize = 100;

pub(super) fn actions() -> Vec<Action> {
    vec![on_records(
        "alertToIncident",
        "Makes an incident of alerts and relates it to them.",
        vec![
            Parameter::required("ids", Kind::List, "The alerts' ids, at most 100."),
            Parameter::optional("title", Kind::String, "The incident's title; that of the first alert without it."),
            Parameter::optional(
                "dataObject",
                Kind::Object,
                "Members of the incident that are different from the first alert's, such as incident_type.",
            ),
            trigger_parameter(),
        ],
        vec![
            Parameter::required("incident", Kind::Object, "The incident."),
            Parameter::required("id", Kind::String, "Its id."),
        ],
        |request| Box::pin(to_incident(request)),
    )]
}

async fn to_incident(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let alerts: Vec<String> = texts(input, "ids")?.into_iter().map(Cow::into_owned).collect();
    if alerts.is_empty() || alerts.len() > ALERTS {
        return Err(ActionError::input("ids", format!("there must be 1 to {ALERTS} alerts, not {}", alerts.len())));
    }
    let mut members: Map = input.get("dataObject").as_map().cloned().unwrap_or_default();
    if let Some(title) = input.get("title").as_str() {
        members.insert("title".into(), title.into());
    }
    let own = Value::map(members);
    let incident = request.records.to_incident(&request.caller, &alerts, &own, flag(input, "triggerFlag")).await?;
    let id = incident.get("id").clone();
    Ok(Value::object([("incident", incident), ("id", id)]))
}

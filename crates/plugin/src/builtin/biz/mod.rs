//! `SecMasterBiz`: works on the workspace's data objects. One file for each group of actions.
//!
//! Every change has a `triggerFlag`: whether it may set off playbooks. It is false unless the workflow says otherwise, so
//! that a playbook does not set itself off.

mod annotations;
mod counting;
mod incidents;
mod indicators;
mod objects;
mod preparation;
mod similar;

use model::{ComponentId, Value};
use uuid::Uuid;

use crate::error::ActionError;
use crate::manifest::{Component, Kind, Parameter};
use crate::records::Conditions;

/// The class of alerts, which most actions are about.
const ALERT: &str = "Alert";

/// The component's manifest.
pub fn component() -> Component {
    let groups = [
        objects::actions(),
        counting::actions(),
        annotations::actions(),
        incidents::actions(),
        indicators::actions(),
        similar::actions(),
        preparation::actions(),
    ];
    Component {
        id: ComponentId(Uuid::nil()),
        name: "SecMasterBiz",
        description: "Reads and changes the alerts, incidents, indicators and other data objects of the workspace, and \
                      prepares alerts for handling. It needs no connection.",
        version: "1.0.0",
        version_id: Uuid::nil(),
        connection: Vec::new(),
        actions: groups.into_iter().flatten().collect(),
    }
}

fn class_parameter() -> Parameter {
    Parameter::optional("dataclass", Kind::String, "Name or id of the data class.").with_default(ALERT)
}

fn id_parameter() -> Parameter {
    Parameter::required("id", Kind::String, "The object's id.")
}

fn trigger_parameter() -> Parameter {
    Parameter::optional("triggerFlag", Kind::Boolean, "Whether this change may set off playbooks.").with_default(false)
}

fn conditions_parameter(description: &'static str) -> Parameter {
    Parameter::optional("conditions", Kind::List, description)
}

fn object_result() -> Parameter {
    Parameter::required("object", Kind::Object, "The object as it is now.")
}

/// Conditions, each `[field, operator, value …]`, or `{"name", "data"}` where the logics name it.
fn conditions(input: &Value) -> Result<Conditions, ActionError> {
    let listed = input.get("conditions").as_list().unwrap_or_default();
    let named = listed.iter().enumerate().map(|(index, condition)| {
        let data = if condition.as_map().is_some() { condition.get("data") } else { condition };
        let name = condition.get("name").as_str().map_or_else(|| format!("condition_{index}"), str::to_owned);
        data.as_list().map(|data| (name, data.to_vec())).ok_or_else(|| {
            let what = format!("item {index} must be a list like [\"severity\", \"=\", \"High\"]");
            ActionError::input("conditions", what)
        })
    });
    named.collect()
}

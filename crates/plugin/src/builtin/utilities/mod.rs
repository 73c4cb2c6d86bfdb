//! `SecMasterUtilities`: functions that only compute. One file for each family.
//!
//! Every function is pure: no clock, no randomness, no state. Inputs and results are limited to
//! [`crate::manifest::PURE_LIMIT`], and what could take long for hostile input has a limit of its own.

mod arithmetic;
mod dictionaries;
mod encoding;
pub(super) mod indicators;
mod json;
mod lists;
mod network;
mod order;
mod regex;
mod strings;
mod time;
mod time_pattern;

use model::{ActionId, ComponentId, Value};
use uuid::Uuid;

use crate::error::ActionError;
use crate::manifest::{Action, Behaviour, Component, Kind, Parameter};

/// The component's manifest.
pub fn component() -> Component {
    let families = [
        strings::actions(),
        encoding::actions(),
        lists::actions(),
        dictionaries::actions(),
        json::actions(),
        time::actions(),
        arithmetic::actions(),
        regex::actions(),
        network::actions(),
        indicators::actions(),
    ];
    Component {
        id: ComponentId(Uuid::nil()),
        name: "SecMasterUtilities",
        description: "Functions on strings, lists, dictionaries, times, numbers, JSON, regular expressions and \
                      indicators. They run inside the turn, need no connection and change nothing outside.",
        version: "1.0.0",
        version_id: Uuid::nil(),
        connection: Vec::new(),
        actions: families.into_iter().flatten().collect(),
    }
}

type Function = fn(&Value) -> Result<Value, ActionError>;

/// An action that only computes.
fn pure(
    name: &'static str,
    description: &'static str,
    inputs: Vec<Parameter>,
    output: Parameter,
    function: Function,
) -> Action {
    Action {
        id: ActionId(Uuid::nil()),
        name,
        description,
        inputs,
        outputs: vec![output],
        behaviour: Behaviour::Pure(function),
    }
}

fn string(name: &'static str, description: &'static str) -> Parameter {
    Parameter::required(name, Kind::String, description)
}

fn number(name: &'static str, description: &'static str) -> Parameter {
    Parameter::required(name, Kind::Number, description)
}

fn boolean(name: &'static str, description: &'static str) -> Parameter {
    Parameter::required(name, Kind::Boolean, description)
}

fn list(name: &'static str, description: &'static str) -> Parameter {
    Parameter::required(name, Kind::List, description)
}

fn object(name: &'static str, description: &'static str) -> Parameter {
    Parameter::required(name, Kind::Object, description)
}

fn any(name: &'static str, description: &'static str) -> Parameter {
    Parameter::required(name, Kind::Any, description)
}

/// The same, but it may be left out.
fn optional(parameter: Parameter) -> Parameter {
    Parameter { required: false, ..parameter }
}

/// A result with one member.
fn result(name: &str, value: impl Into<Value>) -> Result<Value, ActionError> {
    Ok(Value::object([(name, value.into())]))
}

#[cfg(test)]
mod tests;

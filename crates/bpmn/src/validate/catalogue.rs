//! Service tasks name components, actions, connections and input parameters that exist.

use model::Value;

use crate::ast::{Node, Process};
use crate::compile::Lowered;
use crate::problem::{Problems, rule};

/// Which components there are. The caller has them; this crate only asks.
pub trait Catalogue {
    /// Whether there is a component of this id or name.
    fn has_component(&self, component: &str) -> bool;

    /// An action of a component, both by id or name; `None` when the component does not have it.
    fn action(&self, component: &str, action: &str) -> Option<Action>;

    /// Whether the component has a connection of this id or name that can be used.
    fn has_connection(&self, component: &str, connection: &str) -> bool;
}

/// An action of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its input parameters.
    pub parameters: Vec<Parameter>,
    /// Whether it cannot run without a connection.
    pub needs_connection: bool,
}

/// An input parameter of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its key in the input.
    pub name: String,
    /// Whether the action needs it.
    pub required: bool,
    /// Which values it takes.
    pub kind: ParameterType,
}

/// Which values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// Any value.
    Any,
    /// A text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
}

pub(super) fn check(process: &Process, lowered: &Lowered, catalogue: &dyn Catalogue, problems: &mut Problems) {
    for call in &lowered.calls {
        let node = &process.nodes[call.node];
        let component = &call.component;
        if !catalogue.has_component(component) {
            let message = format!("there is no component '{component}'");
            problems.error(rule::UNKNOWN_COMPONENT, node.at(), message);
            continue;
        }
        if let Some(connection) = &call.connection
            && !catalogue.has_connection(component, connection)
        {
            let message = format!("the component '{component}' has no connection '{connection}'");
            problems.error(rule::UNKNOWN_CONNECTION, node.at(), message);
        }
        let Some(action) = catalogue.action(component, &call.action) else {
            let message = format!("the component '{component}' has no action '{}'", call.action);
            problems.error(rule::UNKNOWN_ACTION, node.at(), message);
            continue;
        };
        if action.needs_connection && call.connection.is_none() {
            let message = format!("'connection' is not set, but the action '{}' needs one", call.action);
            problems.error(rule::REQUIRED_SETTING, node.at(), message);
        }
        check_input(node, &call.input, &action.parameters, problems);
    }
}

fn check_input(node: &Node, input: &Value, parameters: &[Parameter], problems: &mut Problems) {
    // One expression in place of the object: its members are only known at run time.
    let Some(members) = input.as_map() else { return };
    for parameter in parameters {
        let name = &parameter.name;
        match members.get(name.as_str()) {
            None | Some(Value::Null) if parameter.required => {
                problems.error(rule::PARAMETER, node.at(), format!("the parameter '{name}' is required"));
            }
            None | Some(Value::Null) => {}
            Some(value) if !fits(value, parameter.kind) => {
                let kind = match parameter.kind {
                    ParameterType::Any => continue,
                    ParameterType::String => "a string",
                    ParameterType::Number => "a number",
                    ParameterType::Boolean => "true or false",
                    ParameterType::List => "a list",
                    ParameterType::Object => "an object",
                };
                problems.error(rule::PARAMETER, node.at(), format!("the parameter '{name}' must be {kind}"));
            }
            Some(_) => {}
        }
    }
    for name in members.keys() {
        if !parameters.iter().any(|parameter| *parameter.name == **name) {
            let message = format!("the action has no parameter '{name}'");
            problems.warning(rule::PARAMETER, node.at(), message);
        }
    }
}

/// Whether a literal fits; a text that begins with an expression may turn out as anything.
fn fits(value: &Value, kind: ParameterType) -> bool {
    if value.as_str().is_some_and(|text| text.trim_start().starts_with("${")) {
        return true;
    }
    match kind {
        ParameterType::Any => true,
        ParameterType::String => matches!(value, Value::String(_)),
        ParameterType::Number => matches!(value, Value::Number(_)),
        ParameterType::Boolean => matches!(value, Value::Bool(_)),
        ParameterType::List => matches!(value, Value::List(_)),
        ParameterType::Object => matches!(value, Value::Map(_)),
    }
}

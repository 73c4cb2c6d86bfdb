//! What a component says about itself, and how its actions are called.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use model::{ActionId, ComponentId, InstanceId, Tenant, Value};
use serde::Serialize;
use tokio::time::Instant;
use uuid::Uuid;

use crate::connection::ConnectionConfig;
use crate::error::{ActionError, INPUT_INVALID};
use crate::host::Host;
use crate::records::Caller;
use crate::redact::Secrets;

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A text.
    String,
    /// A number.
    Number,
    /// A truth value.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
    /// Anything but null.
    Any,
}

impl Kind {
    /// As users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::List => "list",
            Self::Object => "object",
            Self::Any => "any",
        }
    }

    fn admits(self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Bool(_) => matches!(self, Self::Boolean | Self::Any),
            Value::Number(_) => matches!(self, Self::Number | Self::Any),
            Value::String(_) => matches!(self, Self::String | Self::Any),
            Value::List(_) => matches!(self, Self::List | Self::Any),
            Value::Map(_) => matches!(self, Self::Object | Self::Any),
        }
    }
}

/// An input or an output of an action. Serialises as an entry of the contract's `action_input` and `action_output`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// The member's name.
    pub name: &'static str,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// What holds when it is not given.
    #[serde(rename = "default_value", skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// One sentence.
    pub description: &'static str,
}

impl Parameter {
    /// A parameter that must be given.
    pub fn required(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, required: true, default: None, description }
    }

    /// A parameter that may be left out.
    pub fn optional(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, required: false, default: None, description }
    }

    /// The same with a value that holds when none is given.
    #[must_use]
    pub fn with_default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }
}

/// A setting of a connection. Serialises as an entry of the contract's `connection_config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionKey {
    /// The member's name in the configuration.
    pub key: &'static str,
    /// As users read it.
    pub name: &'static str,
    /// `text` or `password`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether it must be set.
    pub required: bool,
    /// Whether it is a secret: sealed, and shown as `******`.
    #[serde(skip)]
    pub secret: bool,
    /// What holds when it is not set.
    #[serde(rename = "default_value")]
    pub default: Option<&'static str>,
    /// One sentence.
    pub description: &'static str,
}

impl ConnectionKey {
    /// A setting that may be shown.
    pub fn text(key: &'static str, name: &'static str, description: &'static str) -> Self {
        Self { key, name, kind: "text", required: false, secret: false, default: None, description }
    }

    /// A setting that may not be shown.
    pub fn secret(key: &'static str, name: &'static str, description: &'static str) -> Self {
        Self { key, name, kind: "password", required: false, secret: true, default: None, description }
    }

    /// The same with a value that holds when none is set.
    #[must_use]
    pub fn with_default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }
}

/// One call of an action.
#[derive(Debug)]
pub struct Call<'a> {
    /// Whose run makes it.
    pub tenant: Tenant,
    /// The outermost run.
    pub root: InstanceId,
    /// The input, an object; expressions are replaced.
    pub input: Value,
    /// The connection that the node names.
    pub connection: Option<&'a ConnectionConfig>,
    /// The same whenever this call is repeated; passed on to the other side where it can be.
    pub idempotency_key: String,
    /// When the call must have ended.
    pub deadline: Instant,
}

impl Call<'_> {
    /// Who calls, as data objects want to know it.
    pub fn caller(&self) -> Caller {
        Caller { tenant: self.tenant, root: self.root, key: self.idempotency_key.clone() }
    }
}

/// An action that acts on the world.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Carries the call out. It may be made again with the same key when its result was lost.
    ///
    /// # Errors
    /// An [`ActionError`] with a stable code; it says whether to try again.
    async fn run(&self, call: Call<'_>, host: &Host) -> Result<Value, ActionError>;
}

/// How an action works.
#[derive(Clone)]
pub enum Behaviour {
    /// The result depends on the input alone.
    Pure(fn(&Value) -> Result<Value, ActionError>),
    /// It acts on the world.
    Effect(Arc<dyn Connector>),
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pure(_) => "Pure",
            Self::Effect(_) => "Effect",
        })
    }
}

/// Something a component can do.
#[derive(Debug, Clone)]
pub struct Action {
    /// Always the same for this name in this component.
    pub id: ActionId,
    /// Unique in the component.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// What it takes.
    pub inputs: Vec<Parameter>,
    /// What it gives: the members of the result.
    pub outputs: Vec<Parameter>,
    /// How it works.
    pub behaviour: Behaviour,
}

/// Bytes that input and output of a pure action may take, as [`Value::size`] counts them.
pub const PURE_LIMIT: usize = 4 << 20;

impl Action {
    /// Whether the result depends on the input alone, so that it may run inside a turn.
    pub fn is_pure(&self) -> bool {
        match self.behaviour {
            Behaviour::Pure(_) => true,
            Behaviour::Effect(_) => false,
        }
    }

    /// What is wrong with an input, one sentence each: not an object, missing, unknown or of the wrong type.
    pub fn check_input(&self, input: &Value) -> Vec<String> {
        let members = match input {
            Value::Map(members) => members,
            Value::Null => return self.check_names(std::iter::empty()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => {
                return vec![format!("the input must be an object, not a {}", input.kind())];
            }
        };
        let given = members.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| &**name);
        let mut problems = self.check_names(given);
        for parameter in &self.inputs {
            let value = input.get(parameter.name);
            if !value.is_null() && !parameter.kind.admits(value) {
                let (name, kind) = (parameter.name, parameter.kind.name());
                problems.push(format!("{name}: expected {kind}, got {}", value.kind()));
            }
        }
        problems
    }

    /// What is wrong with the names of an input whose values are not known yet: missing or unknown ones.
    pub fn check_names<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let names: Vec<&str> = names.into_iter().collect();
        let missing = self.inputs.iter().filter(|parameter| parameter.required && !names.contains(&parameter.name));
        let unknown = names.iter().filter(|name| self.inputs.iter().all(|parameter| parameter.name != **name));
        missing
            .map(|parameter| format!("{}: this parameter is required", parameter.name))
            .chain(unknown.map(|name| format!("{name}: '{}' has no such parameter", self.name)))
            .collect()
    }

    /// Runs the action if it is pure; `None` if it is not.
    pub fn compute(&self, input: &Value) -> Option<Result<Value, ActionError>> {
        match &self.behaviour {
            Behaviour::Pure(function) => Some(self.bounded(*function, input)),
            Behaviour::Effect(_) => None,
        }
    }

    /// Runs the action. Neither its result nor its error holds a secret of the connection, whatever the other side says.
    ///
    /// # Errors
    /// [`INPUT_INVALID`] when the input does not fit the manifest, else what the action says.
    pub async fn run(&self, call: Call<'_>, host: &Host) -> Result<Value, ActionError> {
        match &self.behaviour {
            Behaviour::Pure(function) => self.bounded(*function, &call.input),
            Behaviour::Effect(connector) => {
                let input = self.completed(&call.input)?;
                let secrets = Secrets::of(call.connection);
                match connector.run(Call { input, ..call }, host).await {
                    Ok(result) => Ok(secrets.mask(result)),
                    Err(error) => Err(ActionError { message: secrets.mask_text(error.message), ..error }),
                }
            }
        }
    }

    fn bounded(&self, function: fn(&Value) -> Result<Value, ActionError>, input: &Value) -> Result<Value, ActionError> {
        let too_large = |what| ActionError::permanent(INPUT_INVALID, format!("the {what} is larger than 4 MiB"));
        let input = self.completed(input)?;
        if input.size() > PURE_LIMIT {
            return Err(too_large("input"));
        }
        let output = function(&input)?;
        if output.size() > PURE_LIMIT { Err(too_large("result")) } else { Ok(output) }
    }

    /// The input with the defaults filled in.
    fn completed(&self, input: &Value) -> Result<Value, ActionError> {
        let problems = self.check_input(input);
        if !problems.is_empty() {
            return Err(ActionError::permanent(INPUT_INVALID, problems.join("; ")));
        }
        let defaults: Vec<_> = self
            .inputs
            .iter()
            .filter(|p| input.get(p.name).is_null())
            .filter_map(|p| Some((p.name, p.default.clone()?)))
            .collect();
        if defaults.is_empty() {
            return Ok(input.clone());
        }
        let mut members = input.as_map().cloned().unwrap_or_default();
        members.extend(defaults.into_iter().map(|(name, value)| (name.into(), value)));
        Ok(Value::map(members))
    }
}

/// A component (plugin).
#[derive(Debug, Clone)]
pub struct Component {
    /// Always the same for this name.
    pub id: ComponentId,
    /// Unique.
    pub name: &'static str,
    /// A few sentences.
    pub description: &'static str,
    /// Grows with every change of what an action takes, gives or does; an approval covers it.
    pub version: &'static str,
    /// Always the same for this name and version.
    pub version_id: Uuid,
    /// The settings of its connections.
    pub connection: Vec<ConnectionKey>,
    /// What it can do, by name.
    pub actions: Vec<Action>,
}

impl Component {
    /// The action with this name or id.
    pub fn action(&self, name_or_id: &str) -> Option<&Action> {
        let id: Option<ActionId> = name_or_id.parse().ok();
        self.actions.iter().find(|action| action.name == name_or_id || Some(action.id) == id)
    }

    /// What is wrong with the configuration of a connection, one sentence each: not an object, or a required setting
    /// is missing. Unknown settings are tolerated, since clients send their own.
    pub fn check_connection(&self, config: &str) -> Vec<String> {
        match ConnectionConfig::open(&self.connection, config) {
            Err(error) => vec![error.to_string()],
            Ok(opened) => self
                .connection
                .iter()
                .filter(|key| key.required && opened.text(key.key).is_none() && opened.secret(key.key).is_none())
                .map(|key| format!("config: '{}' must be set", key.key))
                .collect(),
        }
    }
}

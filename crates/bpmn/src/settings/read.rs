//! Reading one setting from JSON: the only place that knows which values a setting may have.

use std::sync::Arc;
use std::time::Duration;

use model::Value;
use model::time::IsoDuration;

use super::Settings;
use crate::executable::{Backoff, Binding, DueHandle, HandleParameter, OnError, OnFailure, Retry};

/// Most attempts that a retry policy may ask for: nothing is retried for ever.
const MAX_ATTEMPTS: i64 = 100;

impl Settings {
    /// Sets a setting by its name; null leaves it unset.
    ///
    /// # Errors
    /// A sentence about what the setting may hold.
    pub(crate) fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        if value.is_null() {
            return Ok(());
        }
        let name_it = |message: String| format!("'{name}' {message}");
        match name {
            "name" => self.name = Some(text(value).map_err(name_it)?),
            "description" => self.description = Some(text(value).map_err(name_it)?),
            "component" => self.component = filled(value).map_err(name_it)?,
            "action" => self.action = filled(value).map_err(name_it)?,
            "connection" => self.connection = filled(value).map_err(name_it)?,
            "input" => self.input = Some(object(value).map_err(name_it)?),
            "data_object" => self.data_object = Some(value.clone()),
            "output" => self.output = Some(output(value).map_err(name_it)?),
            "timeout" => self.timeout = filled(value).map_err(name_it)?,
            "retry" => self.retry = Some(retry(value).map_err(name_it)?),
            "on_error" => self.on_error = Some(on_error(value).map_err(name_it)?),
            "due" => self.due = filled(value).map_err(name_it)?,
            "due_handle" => self.due_handle = Some(due_handle(value).map_err(name_it)?),
            "handlers" => self.handlers = Some(handlers(value).map_err(name_it)?),
            "view_parameters" => self.view_parameters = Some(view_parameters(value).map_err(name_it)?),
            "handle_parameters" => self.handle_parameters = Some(handle_parameters(value).map_err(name_it)?),
            "key" => self.key = filled(value).map_err(name_it)?,
            "payload" => self.payload = Some(value.clone()),
            "collection" => self.collection = filled(value).map_err(name_it)?,
            "element" => self.element = filled(value).map_err(name_it)?,
            "output_collection" => self.output_collection = filled(value).map_err(name_it)?,
            "output_element" => self.output_element = filled(value).map_err(name_it)?,
            "decision" => self.decision = filled(value).map_err(name_it)?,
            "concurrency" => self.concurrency = Some(concurrency(value).map_err(name_it)?),
            "on_failure" => self.on_failure = Some(on_failure(value).map_err(name_it)?),
            "binding" => self.binding = Some(binding(value).map_err(name_it)?),
            _ => return Err(format!("'{name}' is not a setting")),
        }
        Ok(())
    }
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("must be a string, not {}", a(value)))
}

/// A text; the empty text means unset, as the vendor's editor writes it.
fn filled(value: &Value) -> Result<Option<String>, String> {
    Ok(Some(text(value)?.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// An object, or one expression that gives an object.
fn object(value: &Value) -> Result<Value, String> {
    match value {
        Value::Map(_) => Ok(value.clone()),
        Value::String(text) if text.trim_start().starts_with("${") => Ok(value.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => {
            Err(format!("must be an object, not {}", a(value)))
        }
    }
}

/// Iterations at once; a text, as attributes have it, counts as well.
fn concurrency(value: &Value) -> Result<u32, String> {
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let number = number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
    number.ok_or_else(|| "must be a whole number above zero".to_owned())
}

fn on_failure(value: &Value) -> Result<OnFailure, String> {
    match value.as_str() {
        Some("stop") => Ok(OnFailure::Stop),
        Some("continue") => Ok(OnFailure::Continue),
        Some("collect") => Ok(OnFailure::Collect),
        _ => Err("must be 'stop', 'continue' or 'collect'".to_owned()),
    }
}

fn output(value: &Value) -> Result<Vec<(Arc<str>, String)>, String> {
    let members = value.as_map().ok_or_else(|| format!("must be an object, not {}", a(value)))?;
    let mut output = Vec::new();
    for (variable, expression) in members {
        let source = match expression {
            Value::String(source) => source.to_string(),
            // Literals are expressions too.
            Value::Null | Value::Bool(_) | Value::Number(_) => expression.to_json(),
            Value::List(_) | Value::Map(_) => {
                return Err(format!("must hold expressions; '{variable}' is {}", a(expression)));
            }
        };
        output.push((Arc::clone(variable), source));
    }
    Ok(output)
}

fn retry(value: &Value) -> Result<Retry, String> {
    let members = value.as_map().ok_or_else(|| format!("must be an object, not {}", a(value)))?;
    let mut retry = Retry::default();
    let mut max = None;
    for (name, value) in members {
        match &**name {
            "max_attempts" => {
                let attempts = value.as_i64().filter(|attempts| (1..=MAX_ATTEMPTS).contains(attempts));
                let attempts = attempts.and_then(|attempts| u32::try_from(attempts).ok());
                retry.max_attempts =
                    attempts.ok_or(format!("has 'max_attempts', which must be 1 to {MAX_ATTEMPTS}"))?;
            }
            "backoff" => {
                retry.backoff = match value.as_str() {
                    Some("fixed") => Backoff::Fixed,
                    Some("exponential") => Backoff::Exponential,
                    _ => return Err("has 'backoff', which must be 'fixed' or 'exponential'".to_owned()),
                };
            }
            "initial" => retry.initial = pause(value, name)?,
            "max" => max = Some(pause(value, name)?),
            _ => return Err(format!("has the unknown member '{name}'")),
        }
    }
    retry.max = max.unwrap_or(retry.max.max(retry.initial));
    if retry.max < retry.initial {
        return Err("has a 'max' that is shorter than 'initial'".to_owned());
    }
    Ok(retry)
}

fn pause(value: &Value, name: &str) -> Result<Duration, String> {
    let text = value.as_str().unwrap_or_default();
    duration(text).ok_or_else(|| format!("has '{name}', which must be an ISO 8601 duration, like PT30S"))
}

/// An ISO 8601 duration that is fixed in the definition.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    IsoDuration::parse(text).ok()?.length().ok()
}

fn on_error(value: &Value) -> Result<OnError, String> {
    match value.as_str() {
        Some("fail") => Ok(OnError::Fail),
        Some("continue") => Ok(OnError::Continue),
        _ => Err("must be 'fail' or 'continue'".to_owned()),
    }
}

fn due_handle(value: &Value) -> Result<DueHandle, String> {
    match value.as_str() {
        Some(text) if text.eq_ignore_ascii_case("continue") => Ok(DueHandle::Continue),
        Some(text) if text.eq_ignore_ascii_case("interrupt") => Ok(DueHandle::Interrupt),
        _ => Err("must be 'CONTINUE' or 'INTERRUPT'".to_owned()),
    }
}

fn handlers(value: &Value) -> Result<Vec<Arc<str>>, String> {
    let wrong = || "must be a list of user or role names".to_owned();
    let names = value.as_list().ok_or_else(wrong)?;
    names.iter().map(|name| name.as_str().map(Arc::from).ok_or_else(wrong)).collect()
}

/// An object, or a list of `{"key","value"}`.
fn view_parameters(value: &Value) -> Result<Value, String> {
    let Some(items) = value.as_list() else {
        return object(value);
    };
    let mut members = model::Map::new();
    for item in items {
        let key = item.get("key").as_str().ok_or("must be an object or a list of {\"key\",\"value\"}")?;
        members.insert(key.into(), item.get("value").clone());
    }
    Ok(Value::map(members))
}

fn handle_parameters(value: &Value) -> Result<Vec<HandleParameter>, String> {
    let items = value.as_list().ok_or_else(|| format!("must be a list, not {}", a(value)))?;
    let mut parameters: Vec<HandleParameter> = Vec::new();
    for item in items {
        let key = item.get("key").as_str().filter(|key| !key.is_empty()).ok_or("needs a 'key' in every item")?;
        if parameters.iter().any(|parameter| &*parameter.key == key) {
            return Err(format!("has the key '{key}' twice"));
        }
        let (name, required) = (item.get("name"), item.get("required"));
        if !name.is_null() && name.as_str().is_none() {
            return Err(format!("has a 'name' of '{key}' that is not a string"));
        }
        if !required.is_null() && required.as_bool().is_none() {
            return Err(format!("has a 'required' of '{key}' that is not true or false"));
        }
        parameters.push(HandleParameter {
            key: key.into(),
            name: name.as_str().unwrap_or(key).into(),
            required: required.as_bool().unwrap_or(false),
            default: Some(item.get("default")).filter(|default| !default.is_null()).cloned(),
        });
    }
    Ok(parameters)
}

fn binding(value: &Value) -> Result<Binding, String> {
    match value.as_str() {
        Some("pinned") => Ok(Binding::Pinned),
        Some("latest") => Ok(Binding::Latest),
        _ => Err("must be 'pinned' or 'latest'".to_owned()),
    }
}

/// The kind of a value with its article.
fn a(value: &Value) -> String {
    match value.kind() {
        "object" => "an object".to_owned(),
        "null" => "null".to_owned(),
        kind => format!("a {kind}"),
    }
}

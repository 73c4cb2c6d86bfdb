//! Settings of the tasks.

use std::sync::Arc;
use std::time::Duration;

use model::{Map, Value};

use super::lower::{Call, Lowering};
use super::timer;
use crate::ast::Node;
use crate::executable::{Binding, CallActivity, DueHandle, OnError, Script, ScriptTask, ServiceTask, UserTask};
use crate::problem::rule;
use crate::settings::Settings;
use crate::settings::read::duration;

impl Lowering<'_> {
    pub(super) fn user_task(&mut self, node: &Node, settings: &mut Settings) -> Option<UserTask> {
        let description = settings.description.take().unwrap_or_default();
        let description = self.template(&Value::String(description.into()), node, "the description");
        let view = settings.view_parameters.take().unwrap_or_else(|| Value::map(Map::new()));
        let view_parameters = self.template(&view, node, "the view parameters");
        let output = self.output(settings, node);
        let due = match settings.due.take().map(|text| timer::due(&text)).transpose() {
            Ok(due) => {
                if let Some(due) = &due {
                    self.uses(node.at(), due.names());
                }
                due
            }
            Err(message) => {
                self.problems.error(rule::TIMER, node.at(), format!("the due date: {message}"));
                return None;
            }
        };
        Some(UserTask {
            description: description?,
            due,
            due_handle: settings.due_handle.take().unwrap_or(DueHandle::Interrupt),
            handlers: settings.handlers.take().unwrap_or_default(),
            view_parameters: view_parameters?,
            handle_parameters: settings.handle_parameters.take().unwrap_or_default(),
            output: output?,
        })
    }

    pub(super) fn service_task(&mut self, index: usize, node: &Node, settings: &mut Settings) -> Option<ServiceTask> {
        let component = self.required(settings.component.take(), node, "component");
        let action = self.required(settings.action.take(), node, "action");
        let connection = settings.connection.take();
        let input = settings.input.take().unwrap_or_else(|| Value::map(Map::new()));
        let template = self.template(&input, node, "the input");
        let output = self.output(settings, node);
        let timeout = self.timeout(settings, node);
        let retry = settings.retry.take().unwrap_or_default();
        let on_error = settings.on_error.take().unwrap_or(OnError::Fail);
        let (component, action) = (component?, action?);
        self.done.calls.push(Call {
            node: index,
            component: component.clone(),
            action: action.clone(),
            connection: connection.clone(),
            input,
        });
        Some(ServiceTask {
            component: component.into(),
            action: action.into(),
            connection: connection.map(Arc::from),
            input: template?,
            output: output?,
            timeout: timeout?,
            retry,
            on_error,
        })
    }

    pub(super) fn script_task(
        &mut self,
        node: &Node,
        format: &str,
        source: &str,
        settings: &mut Settings,
    ) -> Option<ScriptTask> {
        let script = self.script(node, format, source, settings);
        let result_variable = self.variable(settings.result_variable.take(), node);
        let output = self.output(settings, node);
        Some(ScriptTask { script: script?, result_variable, output: output? })
    }

    fn script(&mut self, node: &Node, format: &str, source: &str, settings: &mut Settings) -> Option<Script> {
        if source.trim().is_empty() {
            self.problems.error(rule::REQUIRED_SETTING, node.at(), "the script is empty");
            return None;
        }
        match format.to_ascii_lowercase().as_str() {
            "cel" => self.program(source, node.at(), "the script").map(Script::Cel),
            "javascript" | "js" | "ecmascript" | "text/javascript" | "application/javascript" => {
                for name in assigned_variables(source) {
                    self.done.sets.insert(name.into());
                }
                Some(Script::JavaScript { source: source.into(), timeout: self.timeout(settings, node)? })
            }
            "" => {
                let message = "the script has no scriptFormat; it must be 'cel' or 'javascript'";
                self.problems.error(rule::REQUIRED_SETTING, node.at(), message);
                None
            }
            _ => {
                let message = format!("the scriptFormat '{format}' is not supported; it must be 'cel' or 'javascript'");
                self.problems.error(rule::SETTING, node.at(), message);
                None
            }
        }
    }

    pub(super) fn call_activity(&mut self, node: &Node, settings: &mut Settings) -> Option<CallActivity> {
        let workflow = self.required(settings.workflow.take(), node, "calledElement");
        let data_object = settings.data_object.take();
        let data_object = data_object.map(|value| self.template(&value, node, "the data object"));
        let input = settings.input.take().map(|value| self.template(&value, node, "the input"));
        let output = self.output(settings, node);
        Some(CallActivity {
            workflow: workflow?.into(),
            binding: settings.binding.take().unwrap_or(Binding::Latest),
            data_object: all(data_object)?,
            input: all(input)?,
            output: output?,
        })
    }

    fn required(&mut self, value: Option<String>, node: &Node, name: &str) -> Option<String> {
        if value.is_none() {
            self.problems.error(
                rule::REQUIRED_SETTING,
                node.at(),
                format!("'{name}' of the '{}' is not set", node.tag),
            );
        }
        value
    }

    /// The outer `None` is an error.
    fn timeout(&mut self, settings: &mut Settings, node: &Node) -> Option<Option<Duration>> {
        let Some(text) = settings.timeout.take() else {
            return Some(None);
        };
        let timeout = duration(&text).filter(|timeout| !timeout.is_zero());
        if timeout.is_none() {
            let message = format!("'timeout' must be an ISO 8601 duration, like PT30S, not '{text}'");
            self.problems.error(rule::SETTING, node.at(), message);
        }
        timeout.map(Some)
    }
}

/// Turns "there, but wrong" into an error.
pub(super) fn all<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => value.map(Some),
    }
}

/// Names that JavaScript assigns: `vars.name = …`, also `+=` and the like. Only used to spare warnings, so a text that
/// merely looks like an assignment does no harm.
fn assigned_variables(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in source.match_indices("vars.") {
        let rest = &source[at + "vars.".len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let operator = after.trim_start().trim_start_matches(['+', '-', '*', '/', '%', '?', '|', '&', '<', '>']);
        if !name.is_empty() && operator.starts_with('=') && !operator.starts_with("==") {
            names.push(name);
        }
    }
    names
}

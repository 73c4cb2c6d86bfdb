//! Camunda 7.

use model::Value;

use super::flowable::set_binding;
use super::{Mapped, add_handlers, add_input, add_output, call_parameter, is_name, set_retry_cycle, set_text};
use crate::document::{Element, Namespace};
use crate::settings::Settings;

pub(super) fn attribute(tag: &str, name: &str, value: &str, settings: &mut Settings) -> Mapped {
    match (tag, name) {
        ("userTask", "dueDate") => set_text(&mut settings.due, value),
        ("userTask", "assignee" | "candidateUsers" | "candidateGroups") => add_handlers(settings, value),
        ("scriptTask", "resultVariable") => set_text(&mut settings.result_variable, value),
        ("serviceTask", "resultVariable") if is_name(value) => add_output(settings, value, "output".to_owned()),
        ("callActivity", "calledElementBinding") => set_binding(settings, value),
        ("multiInstanceLoopCharacteristics", "collection") => set_text(&mut settings.collection, value),
        ("multiInstanceLoopCharacteristics", "elementVariable") => set_text(&mut settings.element, value),
        ("businessRuleTask", "decisionRef") if !value.contains("${") => set_text(&mut settings.decision, value),
        ("businessRuleTask", "resultVariable") => set_text(&mut settings.result_variable, value),
        ("escalationEventDefinition", "escalationCodeVariable") => set_text(&mut settings.code_variable, value),
        ("errorEventDefinition", "errorCodeVariable") => set_text(&mut settings.code_variable, value),
        ("errorEventDefinition", "errorMessageVariable") => set_text(&mut settings.message_variable, value),
        _ => Mapped::No,
    }
}

pub(super) fn extension(tag: &str, extension: &Element, settings: &mut Settings) -> Mapped {
    match (tag, extension.local()) {
        ("serviceTask", "failedJobRetryTimeCycle") => set_retry_cycle(settings, &extension.text()),
        ("serviceTask" | "callActivity", "inputOutput") => input_output(extension, settings),
        ("callActivity", "in" | "out") => call_parameter(extension, settings),
        _ => Mapped::No,
    }
}

/// Input parameters that are text mean the same here. Output parameters are evaluated in a scope that we do not have,
/// and lists, maps and scripts have no equal, so none is taken when one of them is there.
fn input_output(extension: &Element, settings: &mut Settings) -> Mapped {
    let mut inputs = Vec::new();
    for parameter in extension.elements() {
        let name = parameter.attribute("name").filter(|name| !name.is_empty());
        let plain = parameter.namespace() == Namespace::Camunda
            && parameter.local() == "inputParameter"
            && parameter.elements().next().is_none();
        let (Some(name), true) = (name, plain) else {
            return Mapped::No;
        };
        inputs.push((name, parameter.text()));
    }
    for (name, text) in inputs {
        add_input(settings, name, Value::string(text.trim()));
    }
    Mapped::Yes
}

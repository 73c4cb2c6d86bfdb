//! Flowable (and Activiti, from which it comes).

use super::{Mapped, add_handlers, add_output, call_parameter, is_name, set_retry_cycle, set_text};
use crate::document::Element;
use crate::executable::Binding;
use crate::settings::Settings;

pub(super) fn attribute(tag: &str, name: &str, value: &str, settings: &mut Settings) -> Mapped {
    match (tag, name) {
        ("userTask", "dueDate") => set_text(&mut settings.due, value),
        ("userTask", "assignee" | "candidateUsers" | "candidateGroups") => add_handlers(settings, value),
        ("scriptTask", "resultVariable" | "resultVariableName") => set_text(&mut settings.result_variable, value),
        ("serviceTask", "resultVariable" | "resultVariableName") if is_name(value) => {
            add_output(settings, value, "output".to_owned())
        }
        ("callActivity", "calledElementBinding") => set_binding(settings, value),
        ("callActivity", "sameDeployment") if value == "true" => {
            settings.binding = Some(Binding::Pinned);
            Mapped::Yes
        }
        ("multiInstanceLoopCharacteristics", "collection") => set_text(&mut settings.collection, value),
        ("multiInstanceLoopCharacteristics", "elementVariable") => set_text(&mut settings.element, value),
        ("errorEventDefinition", "errorCodeVariable") => set_text(&mut settings.code_variable, value),
        ("errorEventDefinition", "errorMessageVariable") => set_text(&mut settings.message_variable, value),
        _ => Mapped::No,
    }
}

pub(super) fn extension(tag: &str, extension: &Element, settings: &mut Settings) -> Mapped {
    match (tag, extension.local()) {
        ("serviceTask", "failedJobRetryTimeCycle") => set_retry_cycle(settings, &extension.text()),
        ("callActivity", "in" | "out") => call_parameter(extension, settings),
        _ => Mapped::No,
    }
}

/// `latest` follows the newest version; `deployment` is the one that was current when the caller was deployed.
pub(super) fn set_binding(settings: &mut Settings, value: &str) -> Mapped {
    settings.binding = Some(match value {
        "latest" => Binding::Latest,
        "deployment" => Binding::Pinned,
        _ => return Mapped::No,
    });
    Mapped::Yes
}

//! Camunda 8. Its expressions are FEEL (`=…`); of these only paths (`=a.b`) are the same text in our language.

use model::Value;

use super::flowable::set_binding;
use super::{Mapped, add_handlers, add_input, is_name, set_text};
use crate::document::Element;
use crate::settings::Settings;

pub(super) fn extension(tag: &str, extension: &Element, settings: &mut Settings) -> Mapped {
    match (tag, extension.local()) {
        // A marker: our user tasks are always the engine's own.
        ("userTask", "userTask") => Mapped::Yes,
        ("userTask", "assignmentDefinition") => each(extension, settings, |settings, name, value| match name {
            "assignee" | "candidateUsers" | "candidateGroups" => add_handlers(settings, value),
            _ => Mapped::No,
        }),
        ("userTask", "taskSchedule") => each(extension, settings, |settings, name, value| match (name, text(value)) {
            ("dueDate", Some(due)) => set_text(&mut settings.due, &due),
            _ => Mapped::No,
        }),
        ("callActivity", "calledElement") => each(extension, settings, |settings, name, value| match name {
            "processId" if !value.starts_with('=') => set_text(&mut settings.workflow, value),
            "bindingType" => set_binding(settings, value),
            // The child always starts with a copy of the variables unless it has inputs of its own.
            "propagateAllParentVariables" if value == "true" => Mapped::Yes,
            _ => Mapped::No,
        }),
        ("businessRuleTask", "calledDecision") => each(extension, settings, |settings, name, value| match name {
            "decisionId" if !value.starts_with('=') => set_text(&mut settings.decision, value),
            "resultVariable" => set_text(&mut settings.result_variable, value),
            _ => Mapped::No,
        }),
        ("multiInstanceLoopCharacteristics", "loopCharacteristics") => {
            each(extension, settings, |settings, name, value| match (name, path(value)) {
                ("inputCollection", Some(path)) => set_text(&mut settings.collection, path),
                ("inputElement", _) => set_text(&mut settings.element, value),
                ("outputCollection", _) => set_text(&mut settings.output_collection, value),
                ("outputElement", Some(path)) => set_text(&mut settings.output_element, path),
                _ => Mapped::No,
            })
        }
        ("serviceTask" | "callActivity", "ioMapping") => inputs(extension, settings),
        _ => Mapped::No,
    }
}

/// Maps every attribute; one that cannot be mapped makes the whole element unmapped, but the others stay set.
fn each(extension: &Element, settings: &mut Settings, map: impl Fn(&mut Settings, &str, &str) -> Mapped) -> Mapped {
    let mut all = Mapped::Yes;
    for attribute in extension.attributes() {
        match map(settings, attribute.name(), attribute.value()) {
            Mapped::Yes => {}
            worse @ (Mapped::No | Mapped::Wrong(_)) => all = worse,
        }
    }
    all
}

/// Takes the inputs if all mappings are inputs whose source is a path or literal text.
fn inputs(extension: &Element, settings: &mut Settings) -> Mapped {
    let mut inputs = Vec::new();
    for mapping in extension.elements() {
        let source = mapping.attribute("source").and_then(text);
        let target = mapping.attribute("target").filter(|target| is_name(target));
        let (Some(source), Some(target), "input") = (source, target, mapping.local()) else {
            return Mapped::No;
        };
        inputs.push((target, source));
    }
    for (target, source) in inputs {
        add_input(settings, target, Value::string(source));
    }
    Mapped::Yes
}

/// The same text in our language: literal text as it is, `=a.b` as `${a.b}`; `None` for any other FEEL.
fn text(value: &str) -> Option<String> {
    if !value.starts_with('=') {
        return Some(value.to_owned());
    }
    path(value).map(|path| format!("${{{path}}}"))
}

/// The path of `=a.b`.
fn path(value: &str) -> Option<&str> {
    let path = value.strip_prefix('=')?.trim();
    path.split('.').all(is_name).then_some(path)
}

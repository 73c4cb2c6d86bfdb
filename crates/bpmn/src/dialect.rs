//! Attributes and extension elements of other tools. One file for each vocabulary says what means the same here;
//! everything else is reported by name.
//!
//! Where several say the same thing, the first of `soar:`, `flowable:`, `camunda:` and `zeebe:` wins.

mod camunda;
mod flowable;
mod soar;
mod zeebe;

use std::sync::Arc;

use model::{Map, Value};

use crate::document::{Element, Namespace};
use crate::executable::{Backoff, Retry};
use crate::problem::{At, Problems, rule};
use crate::settings::Settings;
use crate::settings::read::duration;

/// What a dialect makes of an attribute or element.
pub(crate) enum Mapped {
    /// It is in the settings now.
    Yes,
    /// It has no equal here.
    No,
    /// It has, but not with this value.
    Wrong(String),
}

/// The vocabularies in the order in which they win.
const DIALECTS: [Namespace; 4] = [Namespace::Soar, Namespace::Flowable, Namespace::Camunda, Namespace::Zeebe];

/// Reads the foreign attributes and the extension elements of a BPMN element.
pub(crate) fn read(element: &Element, at: At<'_>, problems: &mut Problems) -> Settings {
    let tag = element.local();
    let mut merged = Settings::default();
    for dialect in DIALECTS {
        let mut settings = Settings::default();
        for attribute in element.attributes().iter().filter(|attribute| attribute.namespace() == dialect) {
            let (name, value) = (attribute.local(), attribute.value());
            let mapped = match dialect {
                Namespace::Soar => soar::attribute(tag, name, value, &mut settings),
                Namespace::Flowable => flowable::attribute(tag, name, value, &mut settings),
                Namespace::Camunda => camunda::attribute(tag, name, value, &mut settings),
                _ => Mapped::No,
            };
            report(mapped, "attribute", attribute.name(), element, at, problems);
        }
        for extension in extensions(element).filter(|extension| extension.namespace() == dialect) {
            let mapped = match dialect {
                Namespace::Flowable => flowable::extension(tag, extension, &mut settings),
                Namespace::Camunda => camunda::extension(tag, extension, &mut settings),
                Namespace::Zeebe => zeebe::extension(tag, extension, &mut settings),
                _ => Mapped::No,
            };
            report(mapped, "element", extension.name(), element, at, problems);
        }
        merged = merged.over(settings);
    }
    for attribute in element.attributes().iter().filter(|attribute| attribute.namespace() == Namespace::Other) {
        problems.foreign(attribute.name(), at);
    }
    for extension in extensions(element).filter(|extension| !DIALECTS.contains(&extension.namespace())) {
        problems.foreign(extension.name(), at);
    }
    merged
}

/// The children of `extensionElements`.
fn extensions(element: &Element) -> impl Iterator<Item = &Element> {
    element.elements().filter(|child| child.is_bpmn("extensionElements")).flat_map(Element::elements)
}

fn report(mapped: Mapped, what: &str, name: &str, element: &Element, at: At<'_>, problems: &mut Problems) {
    match mapped {
        Mapped::Yes => {}
        Mapped::No => problems.warning(
            rule::UNMAPPED_ATTRIBUTE,
            at,
            format!("the {what} '{name}' of '{}' has no meaning here and is ignored", element.local()),
        ),
        Mapped::Wrong(message) => problems.error(rule::SETTING, at, format!("'{name}': {message}")),
    }
}

/// Sets a text unless it is empty, which is how modellers write "unset".
fn set_text(place: &mut Option<String>, value: &str) -> Mapped {
    if !value.trim().is_empty() {
        *place = Some(value.trim().to_owned());
    }
    Mapped::Yes
}

/// Adds the names of a comma-separated list to the handlers. Handlers are names, so an expression cannot be mapped.
fn add_handlers(settings: &mut Settings, names: &str) -> Mapped {
    if names.contains("${") || names.contains("#{") || names.trim_start().starts_with('=') {
        return Mapped::No;
    }
    let handlers = settings.handlers.get_or_insert_default();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !handlers.iter().any(|handler| &**handler == name) {
            handlers.push(name.into());
        }
    }
    Mapped::Yes
}

/// `R3/PT10S`: three attempts, a fixed pause between them.
fn set_retry_cycle(settings: &mut Settings, cycle: &str) -> Mapped {
    let parts = cycle.trim().strip_prefix('R').and_then(|rest| rest.split_once('/'));
    let parsed = parts.and_then(|(attempts, pause)| Some((attempts.parse::<u32>().ok()?, duration(pause)?)));
    match parsed {
        Some((max_attempts @ 1..=100, pause)) => {
            settings.retry = Some(Retry { max_attempts, backoff: Backoff::Fixed, initial: pause, max: pause });
            Mapped::Yes
        }
        _ => Mapped::Wrong("expected a form like R3/PT10S".to_owned()),
    }
}

/// Adds a member to the input object.
fn add_input(settings: &mut Settings, name: &str, value: Value) -> Mapped {
    let mut members = settings.input.as_ref().and_then(Value::as_map).cloned().unwrap_or_else(Map::new);
    members.insert(name.into(), value);
    settings.input = Some(Value::map(members));
    Mapped::Yes
}

/// Adds an output mapping.
fn add_output(settings: &mut Settings, variable: &str, expression: String) -> Mapped {
    settings.output.get_or_insert_default().push((Arc::from(variable), expression));
    Mapped::Yes
}

/// Whether a text is a plain variable name, which can stand in an expression as it is.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `in` and `out` elements of a call activity, which Flowable and Camunda 7 write the same way.
fn call_parameter(extension: &Element, settings: &mut Settings) -> Mapped {
    let plain = extension.attributes().iter().all(|attribute| {
        matches!(attribute.name(), "source" | "sourceExpression" | "target") || attribute.namespace() == Namespace::Xml
    });
    let Some(target) = extension.attribute("target").filter(|target| plain && is_name(target)) else {
        return Mapped::No;
    };
    match (extension.local(), extension.attribute("source"), extension.attribute("sourceExpression")) {
        ("in", Some(source), None) if is_name(source) => {
            add_input(settings, target, Value::string(format!("${{{source}}}")))
        }
        ("in", None, Some(expression)) => add_input(settings, target, Value::string(expression)),
        ("out", Some(source), None) if is_name(source) => add_output(settings, target, format!("output.{source}")),
        _ => Mapped::No,
    }
}

//! Building documents and checking what is found in them.

use bpmn::validate::{Action, Catalogue, Parameter, ParameterType};
use bpmn::{Document, Form, Mode, Problem, Severity, validate};

/// A document with one executable process around the body.
pub(crate) fn process(body: &str) -> String {
    definitions(&format!(r#"<process id="p" isExecutable="true">{body}</process>"#))
}

/// A document around the body, with every namespace that tests use.
pub(crate) fn definitions(body: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
            xmlns:soar="https://soc.cloudsre.com/soar/v2" xmlns:flowable="http://flowable.org/bpmn"
            xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
            xmlns:other="http://example.org/other" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
            targetNamespace="test">{body}</definitions>"#
    )
}

/// Flow nodes and flows in a short notation, one element each: `start s`, `xor g default=f2`, `s -> g`,
/// `g -> a if x > 1`, `boundary b on a`. Flows are called `f1`, `f2` … in the order written.
pub(crate) fn graph(text: &str) -> String {
    let mut xml = String::new();
    let mut flows = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some((source, rest)) = line.split_once(" -> ") {
            flows += 1;
            let (target, condition) = rest.split_once(" if ").map_or((rest, None), |(t, c)| (t, Some(c)));
            let condition = condition.map_or(String::new(), |condition| {
                format!("<conditionExpression><![CDATA[{condition}]]></conditionExpression>")
            });
            xml.push_str(&format!(
                r#"<sequenceFlow id="f{flows}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>"#
            ));
            continue;
        }
        if line == "}" {
            xml.push_str("</subProcess>");
            continue;
        }
        let mut words = line.split(' ');
        let (kind, id) = (words.next().unwrap(), words.next().unwrap());
        let rest: Vec<&str> = words.collect();
        let default = rest.iter().find_map(|word| word.strip_prefix("default="));
        let default = default.map_or(String::new(), |flow| format!(r#" default="{flow}""#));
        let on = if rest.first() == Some(&"on") { format!(r#" attachedToRef="{}""#, rest[1]) } else { String::new() };
        let (tag, children) = match kind {
            "start" => ("startEvent", ""),
            "end" => ("endEvent", ""),
            "terminate" => ("endEvent", "<terminateEventDefinition/>"),
            "xor" => ("exclusiveGateway", ""),
            "and" => ("parallelGateway", ""),
            "or" => ("inclusiveGateway", ""),
            "user" => ("userTask", ""),
            "boundary" => ("boundaryEvent", "<errorEventDefinition/>"),
            "sub" => {
                xml.push_str(&format!(r#"<subProcess id="{id}"{default}>"#));
                continue;
            }
            kind => (kind, ""),
        };
        xml.push_str(&format!(r#"<{tag} id="{id}"{default}{on}>{children}</{tag}>"#));
    }
    process(&xml)
}

pub(crate) fn read(xml: &str) -> Document {
    Document::from_text(xml, Form::Xml).unwrap()
}

/// Components that tests call: `http` with `request` (needs a connection) and `util` with `add`.
pub(crate) struct Components;

impl Catalogue for Components {
    fn has_component(&self, component: &str) -> bool {
        matches!(component, "http" | "util")
    }

    fn action(&self, component: &str, action: &str) -> Option<Action> {
        let parameter = |name: &str, required, kind| Parameter { name: name.to_owned(), required, kind };
        match (component, action) {
            ("http", "request") => Some(Action {
                parameters: vec![
                    parameter("url", true, ParameterType::String),
                    parameter("headers", false, ParameterType::Object),
                    parameter("body", false, ParameterType::Any),
                ],
                needs_connection: true,
            }),
            ("util", "add") => Some(Action {
                parameters: vec![
                    parameter("numbers", true, ParameterType::List),
                    parameter("start", false, ParameterType::Number),
                    parameter("exact", false, ParameterType::Boolean),
                ],
                needs_connection: false,
            }),
            _ => None,
        }
    }

    fn has_connection(&self, component: &str, connection: &str) -> bool {
        component == "http" && connection == "proxy"
    }
}

/// Findings as `error rule node: message`, or `warning …`.
pub(crate) fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// Checks all findings of some modes by `severity rule node`; the order does not count.
#[track_caller]
pub(crate) fn check_modes(xml: &str, taskconfig: &str, modes: &[Mode], expected: &[&str]) {
    let found = validate(&read(xml), taskconfig, modes, &Components);
    let mut short: Vec<String> = found
        .iter()
        .map(|problem| {
            let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
            format!("{severity} {} {}", problem.rule, problem.node.as_deref().unwrap_or("-"))
        })
        .collect();
    short.sort();
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(short, expected, "all findings: {:#?}", lines(&found));
}

/// Checks all findings of `BASIC`.
#[track_caller]
pub(crate) fn check(xml: &str, expected: &[&str]) {
    check_modes(xml, "", &[Mode::Basic], expected);
}

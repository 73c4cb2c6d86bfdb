//! From the draft to BPMN 2.0 XML.

use std::fmt::Write;

use bpmn::executable::{Backoff, Binding, DueHandle, OnError};
use model::time::iso_seconds;
use model::{Map, Value};

use super::{Boundary, Call, Draft, Kind, Process, Script, Service, User};

const HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:flowable="http://flowable.org/bpmn" "#,
    r#"xmlns:soar="https://soc.cloudsre.com/soar/v2" targetNamespace="http://bpmn.io/schema/bpmn">"#,
    "\n",
);

pub(super) fn write(process: &Process) -> String {
    let mut text = HEAD.to_owned();
    for code in codes(process) {
        _ = writeln!(text, "<error id=\"{}\" errorCode=\"{}\"/>", escape(&error_id(code)), escape(code));
    }
    _ = writeln!(text, "<process id=\"{}\" isExecutable=\"true\">", escape(&process.id));
    content(process, None, &mut text);
    text.push_str("</process>\n</definitions>\n");
    text
}

/// The error codes that occur, each once.
fn codes(process: &Process) -> Vec<&str> {
    let mut codes: Vec<&str> = Vec::new();
    for draft in &process.nodes {
        if let Kind::ErrorEnd { code } | Kind::Boundary(Boundary { code: Some(code), .. }) = &draft.kind
            && !code.is_empty()
        {
            codes.push(code);
        }
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn error_id(code: &str) -> String {
    format!("error_{}", code.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

fn content(process: &Process, parent: Option<usize>, text: &mut String) {
    for (index, draft) in process.nodes.iter().enumerate().filter(|(_, draft)| draft.parent == parent) {
        node(process, index, draft, text);
    }
    for flow in process.flows.iter().filter(|flow| flow.parent == parent) {
        let (id, source, target) = (escape(&flow.id), escape(&flow.source), escape(&flow.target));
        _ = write!(text, "<sequenceFlow id=\"{id}\" sourceRef=\"{source}\" targetRef=\"{target}\"");
        match &flow.condition {
            Some(condition) => {
                let condition = escape(condition);
                _ = writeln!(text, "><conditionExpression>{condition}</conditionExpression></sequenceFlow>");
            }
            None => text.push_str("/>\n"),
        }
    }
}

fn node(process: &Process, index: usize, draft: &Draft, text: &mut String) {
    let mut attributes = vec![("id", draft.id.clone())];
    if let Some(default) = process.flows.iter().find(|flow| flow.is_default && flow.source == draft.id) {
        attributes.push(("default", default.id.clone()));
    }
    let mut inside = String::new();
    let tag = match &draft.kind {
        Kind::Start => "startEvent",
        Kind::End => "endEvent",
        Kind::Terminate => {
            inside.push_str("<terminateEventDefinition/>");
            "endEvent"
        }
        Kind::ErrorEnd { code } => {
            inside.push_str(&error_definition(Some(code), ""));
            "endEvent"
        }
        Kind::Pass => "task",
        Kind::Exclusive => "exclusiveGateway",
        Kind::Parallel => "parallelGateway",
        Kind::Inclusive => "inclusiveGateway",
        Kind::TimerDate(date) => {
            inside = format!("<timerEventDefinition><timeDate>{}</timeDate></timerEventDefinition>", escape(date));
            "intermediateCatchEvent"
        }
        Kind::TimerDuration(duration) => {
            let duration = escape(duration);
            inside = format!("<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>");
            "intermediateCatchEvent"
        }
        Kind::Script(script) => {
            inside = format!("<script>{}</script>", escape(&script.code));
            script_attributes(script, &mut attributes);
            "scriptTask"
        }
        Kind::Service(service) => {
            service_attributes(service, &mut attributes);
            "serviceTask"
        }
        Kind::User(user) => {
            user_attributes(user, &mut attributes);
            "userTask"
        }
        Kind::Call(call) => {
            call_attributes(call, &mut attributes);
            "callActivity"
        }
        Kind::Sub => {
            inside.push('\n');
            content(process, Some(index), &mut inside);
            "subProcess"
        }
        Kind::Boundary(boundary) => {
            attributes.push(("attachedToRef", boundary.on.clone()));
            inside = error_definition(boundary.code.as_deref(), &boundary_variables(boundary));
            "boundaryEvent"
        }
    };
    _ = write!(text, "<{tag}");
    for (name, value) in attributes {
        _ = write!(text, " {name}=\"{}\"", escape(&value));
    }
    if inside.is_empty() {
        text.push_str("/>\n");
    } else {
        _ = writeln!(text, ">{inside}</{tag}>");
    }
}

fn error_definition(code: Option<&str>, more: &str) -> String {
    match code.filter(|code| !code.is_empty()) {
        Some(code) => format!("<errorEventDefinition errorRef=\"{}\"{more}/>", escape(&error_id(code))),
        None => format!("<errorEventDefinition{more}/>"),
    }
}

fn boundary_variables(boundary: &Boundary) -> String {
    let attribute = |name: &str, variable: &Option<String>| {
        variable.as_ref().map(|variable| format!(" flowable:{name}=\"{}\"", escape(variable))).unwrap_or_default()
    };
    attribute("errorCodeVariable", &boundary.code_variable)
        + &attribute("errorMessageVariable", &boundary.message_variable)
}

type Attributes = Vec<(&'static str, String)>;

fn script_attributes(script: &Script, attributes: &mut Attributes) {
    attributes.push(("scriptFormat", if script.javascript { "javascript" } else { "cel" }.to_owned()));
    attributes.extend(script.result.clone().map(|name| ("flowable:resultVariable", name)));
    push_output(&script.output, attributes);
}

fn service_attributes(service: &Service, attributes: &mut Attributes) {
    attributes.push(("soar:component", service.component.clone()));
    attributes.push(("soar:action", service.action.clone()));
    attributes.push(("soar:input", service.input.to_json()));
    let retry = &service.retry;
    let retry = Value::object([
        ("max_attempts", Value::int(retry.max_attempts.into())),
        ("backoff", if retry.backoff == Backoff::Fixed { "fixed" } else { "exponential" }.into()),
        ("initial", iso_seconds(retry.initial).into()),
        ("max", iso_seconds(retry.max).into()),
    ]);
    attributes.push(("soar:retry", retry.to_json()));
    let on_error = if service.on_error == OnError::Continue { "continue" } else { "fail" };
    attributes.push(("soar:on_error", on_error.to_owned()));
    push_output(&service.output, attributes);
}

fn user_attributes(user: &User, attributes: &mut Attributes) {
    attributes.push(("soar:description", user.description.clone()));
    attributes.extend(user.due.clone().map(|due| ("soar:due", due)));
    let due_handle = if user.due_handle == DueHandle::Interrupt { "INTERRUPT" } else { "CONTINUE" };
    attributes.push(("soar:due_handle", due_handle.to_owned()));
    attributes.push(("soar:view_parameters", user.view.to_json()));
    let parameters = user.parameters.iter().map(|parameter| {
        Value::object([
            ("key", Value::String(parameter.key.clone())),
            ("name", Value::String(parameter.name.clone())),
            ("required", parameter.required.into()),
            ("default", parameter.default.clone().unwrap_or_default()),
        ])
    });
    attributes.push(("soar:handle_parameters", Value::list(parameters.collect()).to_json()));
    push_output(&user.output, attributes);
}

fn call_attributes(call: &Call, attributes: &mut Attributes) {
    attributes.push(("calledElement", call.workflow.clone()));
    let binding = if call.binding == Binding::Pinned { "pinned" } else { "latest" };
    attributes.push(("soar:binding", binding.to_owned()));
    attributes.extend(call.data_object.as_ref().map(|value| ("soar:data_object", json_or_expression(value))));
    attributes.extend(call.input.as_ref().map(|value| ("soar:input", json_or_expression(value))));
    push_output(&call.output, attributes);
}

fn push_output(output: &[(String, String)], attributes: &mut Attributes) {
    if !output.is_empty() {
        let members = output.iter().map(|(name, source)| (name.as_str().into(), source.as_str().into()));
        attributes.push(("soar:output", Value::map(members.collect::<Map>()).to_json()));
    }
}

/// A text that is one expression stands for itself.
fn json_or_expression(value: &Value) -> String {
    match value.as_str() {
        Some(text) if text.starts_with("${") => text.to_owned(),
        _ => value.to_json(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

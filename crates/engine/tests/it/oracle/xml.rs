//! From a model to BPMN 2.0 XML.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::{Condition, Definition, Element, Events, Gateway, Model, Node, NodeIx, Repeat, ScopeIx, Sub, Task};

const HEAD: &str = concat!(
    r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:flowable="http://flowable.org/bpmn" "#,
    r#"xmlns:soar="https://soc.cloudsre.com/soar/v2" targetNamespace="http://bpmn.io/schema/bpmn">"#,
    "\n",
);

/// The whole document; only the named process is marked as executable.
pub(super) fn write(model: &Model, executable: ScopeIx) -> String {
    let mut text = HEAD.to_owned();
    for named in named(model) {
        _ = writeln!(text, "{named}");
    }
    for (scope, process) in model.scopes.iter().enumerate().filter(|(_, scope)| scope.holder.is_none()) {
        _ = writeln!(text, "<process id=\"{}\" isExecutable=\"{}\">", process.id, scope == executable);
        content(model, scope, &mut text);
        text.push_str("</process>\n");
    }
    text + "</definitions>\n"
}

/// The messages, signals, errors and escalations that occur, each once.
fn named(model: &Model) -> BTreeSet<String> {
    let definitions = model.nodes.iter().flat_map(|node| match &node.element {
        Element::Start(events) | Element::Catch(events) | Element::Boundary { events, .. } => &events.definitions[..],
        Element::Throw(definition) | Element::End(definition) => definition.as_slice(),
        Element::Task(_) | Element::Gateway(_) | Element::Sub { .. } | Element::Call { .. } => &[],
    });
    let tasks = model.nodes.iter().filter_map(|node| match &node.element {
        Element::Task(Task::Send(name) | Task::Receive(name)) => Some(message(name)),
        _ => None,
    });
    let named = definitions.filter_map(|definition| match definition {
        Definition::Message(name) => Some(message(name)),
        Definition::Signal(name) => Some(format!("<signal id=\"signal_{name}\" name=\"{name}\"/>")),
        Definition::Error(code) => {
            code.as_ref().map(|code| format!("<error id=\"error_{code}\" errorCode=\"{code}\"/>"))
        }
        Definition::Escalation(code) => {
            code.as_ref().map(|code| format!("<escalation id=\"escalation_{code}\" escalationCode=\"{code}\"/>"))
        }
        Definition::Timer { .. }
        | Definition::Conditional(_)
        | Definition::Compensation(_)
        | Definition::Link(_)
        | Definition::Cancel
        | Definition::Terminate => None,
    });
    named.chain(tasks).collect()
}

fn message(name: &str) -> String {
    format!("<message id=\"message_{name}\" name=\"{name}\"/>")
}

/// Recursion is bounded by the nesting of a model, which tests write.
fn content(model: &Model, scope: ScopeIx, text: &mut String) {
    for node in model.members(scope) {
        write_node(model, node, text);
        if let Some(event) = model.nodes[node].undoes {
            let (event, node) = (&model.nodes[event].id, &model.nodes[node].id);
            _ = writeln!(
                text,
                "<association id=\"{event}-{node}\" associationDirection=\"One\" sourceRef=\"{event}\" targetRef=\"{node}\"/>"
            );
        }
    }
    for (ix, flow) in model.flows.iter().enumerate().filter(|(_, flow)| model.nodes[flow.source].scope == scope) {
        let (source, target) = (&model.nodes[flow.source].id, &model.nodes[flow.target].id);
        _ = write!(text, "<sequenceFlow id=\"{}\" sourceRef=\"{source}\" targetRef=\"{target}\"", model.flow_id(ix));
        match flow.condition {
            Some(condition) => {
                let condition = expression(condition);
                _ = writeln!(text, "><conditionExpression>{condition}</conditionExpression></sequenceFlow>");
            }
            None => text.push_str("/>\n"),
        }
    }
}

fn expression(condition: Condition) -> String {
    format!("vars.c{} == {}", condition.variable, condition.value)
}

fn write_node(model: &Model, ix: NodeIx, text: &mut String) {
    let node = &model.nodes[ix];
    let mut tag = Tag::of(model, node);
    if let Some(default) = model.outgoing(ix).find(|flow| model.flows[*flow].default) {
        tag.attribute("default", &model.flow_id(default));
    }
    if node.undoes.is_some() {
        tag.attribute("isForCompensation", "true");
    }
    if let Some(repeat) = node.repeat {
        tag.inside.insert_str(0, &marker(repeat));
    }
    _ = writeln!(text, "<{} id=\"{}\"{}>{}</{}>", tag.name, node.id, tag.attributes, tag.inside, tag.name);
}

struct Tag {
    name: &'static str,
    attributes: String,
    inside: String,
}

impl Tag {
    fn attribute(&mut self, name: &str, value: &str) {
        _ = write!(self.attributes, " {name}=\"{value}\"");
    }

    fn of(model: &Model, node: &Node) -> Self {
        let mut tag = Self { name: "", attributes: String::new(), inside: String::new() };
        tag.name = match &node.element {
            Element::Start(events) => {
                tag.events(events);
                if events.aside {
                    tag.attribute("isInterrupting", "false");
                }
                "startEvent"
            }
            Element::Catch(events) => {
                tag.events(events);
                "intermediateCatchEvent"
            }
            Element::Boundary { host, events } => {
                tag.attribute("attachedToRef", &model.nodes[*host].id);
                if events.aside {
                    tag.attribute("cancelActivity", "false");
                }
                tag.events(events);
                "boundaryEvent"
            }
            Element::Throw(thrown) => {
                tag.thrown(thrown.as_ref());
                "intermediateThrowEvent"
            }
            Element::End(thrown) => {
                tag.thrown(thrown.as_ref());
                "endEvent"
            }
            Element::Task(task) => tag.task(task, node.sets),
            Element::Gateway(gateway) => tag.gateway(*gateway),
            Element::Sub { scope, kind } => {
                let name = tag.sub(*kind);
                content(model, *scope, &mut tag.inside);
                name
            }
            Element::Call { process } => {
                tag.attribute("calledElement", &model.scopes[*process].id);
                "callActivity"
            }
        };
        tag
    }

    fn events(&mut self, events: &Events) {
        if events.all {
            self.attribute("parallelMultiple", "true");
        }
        for event in &events.definitions {
            self.inside += &definition(event);
        }
    }

    fn thrown(&mut self, thrown: Option<&Definition>) {
        self.inside += &thrown.map(definition).unwrap_or_default();
    }

    fn task(&mut self, task: &Task, sets: Option<Condition>) -> &'static str {
        let output = |tag: &mut Self| {
            if let Some(Condition { variable, value }) = sets {
                tag.attribute("soar:output", &format!("{{&quot;c{variable}&quot;:&quot;{value}&quot;}}"));
            }
        };
        match task {
            Task::Plain => "task",
            Task::Manual => "manualTask",
            Task::User => {
                output(self);
                "userTask"
            }
            Task::Service => {
                self.attribute("soar:component", "component");
                self.attribute("soar:action", "action");
                output(self);
                "serviceTask"
            }
            Task::Script => {
                self.attribute("scriptFormat", "cel");
                let value = match sets {
                    Some(Condition { variable, value }) => {
                        self.attribute("flowable:resultVariable", &format!("c{variable}"));
                        value.to_string()
                    }
                    None => "1".to_owned(),
                };
                _ = write!(self.inside, "<script>{value}</script>");
                "scriptTask"
            }
            Task::Send(name) => {
                self.attribute("messageRef", &format!("message_{name}"));
                "sendTask"
            }
            Task::Receive(name) => {
                self.attribute("messageRef", &format!("message_{name}"));
                "receiveTask"
            }
        }
    }

    fn gateway(&mut self, gateway: Gateway) -> &'static str {
        match gateway {
            Gateway::Exclusive => "exclusiveGateway",
            Gateway::Parallel => "parallelGateway",
            Gateway::Inclusive => "inclusiveGateway",
            Gateway::EventBased => "eventBasedGateway",
            Gateway::Complex(count) => {
                _ = write!(self.inside, "<activationCondition>activationCount &gt;= {count}</activationCondition>");
                "complexGateway"
            }
        }
    }

    fn sub(&mut self, kind: Sub) -> &'static str {
        match kind {
            Sub::Embedded => "subProcess",
            Sub::Event => {
                self.attribute("triggeredByEvent", "true");
                "subProcess"
            }
            Sub::Transaction => "transaction",
            Sub::AdHoc { sequential, until, keep } => {
                self.attribute("ordering", if sequential { "Sequential" } else { "Parallel" });
                if keep {
                    self.attribute("cancelRemainingInstances", "false");
                }
                if let Some(until) = until {
                    _ = write!(self.inside, "<completionCondition>{}</completionCondition>", expression(until));
                }
                "adHocSubProcess"
            }
        }
    }
}

fn definition(definition: &Definition) -> String {
    let reference = |kind: &str, attribute: &str, prefix: &str, name: &str| {
        format!("<{kind}EventDefinition {attribute}=\"{prefix}_{name}\"/>")
    };
    match definition {
        Definition::Timer { seconds, times: 1 } => {
            format!("<timerEventDefinition><timeDuration>PT{seconds}S</timeDuration></timerEventDefinition>")
        }
        Definition::Timer { seconds, times } => {
            format!("<timerEventDefinition><timeCycle>R{times}/PT{seconds}S</timeCycle></timerEventDefinition>")
        }
        Definition::Message(name) => reference("message", "messageRef", "message", name),
        Definition::Signal(name) => reference("signal", "signalRef", "signal", name),
        Definition::Error(Some(code)) => reference("error", "errorRef", "error", code),
        Definition::Error(None) => "<errorEventDefinition/>".to_owned(),
        Definition::Escalation(Some(code)) => reference("escalation", "escalationRef", "escalation", code),
        Definition::Escalation(None) => "<escalationEventDefinition/>".to_owned(),
        Definition::Conditional(condition) => {
            let condition = expression(*condition);
            format!("<conditionalEventDefinition><condition>{condition}</condition></conditionalEventDefinition>")
        }
        Definition::Compensation(Some(activity)) => format!("<compensateEventDefinition activityRef=\"{activity}\"/>"),
        Definition::Compensation(None) => "<compensateEventDefinition/>".to_owned(),
        Definition::Link(name) => format!("<linkEventDefinition name=\"{name}\"/>"),
        Definition::Cancel => "<cancelEventDefinition/>".to_owned(),
        Definition::Terminate => "<terminateEventDefinition/>".to_owned(),
    }
}

fn marker(repeat: Repeat) -> String {
    match repeat {
        Repeat::While { condition, most, before } => format!(
            "<standardLoopCharacteristics testBefore=\"{before}\" loopMaximum=\"{most}\"><loopCondition>{}</loopCondition>\
             </standardLoopCharacteristics>",
            expression(condition)
        ),
        Repeat::Many { sequential, count, until } => {
            let until = until.map(expression).map(|it| format!("<completionCondition>{it}</completionCondition>"));
            format!(
                "<multiInstanceLoopCharacteristics isSequential=\"{sequential}\"><loopCardinality>{count}\
                 </loopCardinality>{}</multiInstanceLoopCharacteristics>",
                until.unwrap_or_default()
            )
        }
    }
}

//! What the engine runs, as features of models.

use std::collections::BTreeSet;

use super::model::{Definition, Element, Events, Gateway, Model, NodeIx, Repeat, Sub, Task};

/// What the engine runs, by element and position, as [`features`] names it. The one place to extend: with a line here,
/// random models and cases that use the element are compared.
pub(super) const SUPPORTED: &[&str] = &[
    "ad-hoc",
    "boundary cancel",
    "boundary compensation",
    "boundary conditional",
    "boundary conditional aside",
    "boundary error",
    "boundary escalation",
    "boundary escalation aside",
    "boundary message",
    "boundary message aside",
    "boundary multiple",
    "boundary multiple aside",
    "boundary parallel multiple",
    "boundary parallel multiple aside",
    "boundary signal",
    "boundary signal aside",
    "boundary timer",
    "boundary timer aside",
    "boundary timer cycle aside",
    "call",
    "catch conditional",
    "catch link",
    "catch message",
    "catch multiple",
    "catch parallel multiple",
    "catch signal",
    "catch timer",
    "complex",
    "complex that cannot fire",
    "end",
    "end cancel",
    "end compensation",
    "end error",
    "end escalation",
    "end message",
    "end signal",
    "end terminate",
    "event sub-process",
    "event sub-process compensation",
    "event sub-process conditional",
    "event sub-process conditional aside",
    "event sub-process error",
    "event sub-process escalation",
    "event sub-process escalation aside",
    "event sub-process message",
    "event sub-process message aside",
    "event sub-process multiple",
    "event sub-process multiple aside",
    "event sub-process parallel multiple",
    "event sub-process parallel multiple aside",
    "event sub-process signal",
    "event sub-process signal aside",
    "event sub-process timer",
    "event sub-process timer aside",
    "event-based",
    "exclusive",
    "implicit start",
    "inclusive",
    "loop",
    "manual",
    "multi-instance parallel",
    "multi-instance sequential",
    "parallel",
    "receive",
    "script",
    "send",
    "service",
    "several starts",
    "start",
    "start conditional",
    "start message",
    "start signal",
    "start timer",
    "sub-process",
    "task",
    "throw",
    "throw compensation",
    "throw escalation",
    "throw link",
    "throw message",
    "throw signal",
    "transaction",
    "user",
    "transaction with a marker",
];

/// Whether the engine runs everything in a model.
pub(super) fn is_supported(model: &Model) -> bool {
    features(model).iter().all(|feature| SUPPORTED.contains(&feature.as_str()))
}

/// What a model uses.
pub(super) fn features(model: &Model) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = (0..model.nodes.len()).map(|node| feature(model, node)).collect();
    found.extend(model.nodes.iter().filter_map(|node| node.repeat).map(|repeat| {
        let name = match repeat {
            Repeat::While { .. } => "loop",
            Repeat::Many { sequential: true, .. } => "multi-instance sequential",
            Repeat::Many { sequential: false, .. } => "multi-instance parallel",
        };
        name.to_owned()
    }));
    for (ix, node) in model.nodes.iter().enumerate() {
        let holder = model.scopes[node.scope].holder.map(|holder| &model.nodes[holder].element);
        let in_event_sub = matches!(holder, Some(Element::Sub { kind: Sub::Event, .. }));
        if in_event_sub && matches!(node.element, Element::End(Some(Definition::Cancel))) {
            found.insert("end cancel in an event sub-process".to_owned());
        }
        if node.repeat.is_some() && matches!(node.element, Element::Sub { kind: Sub::Transaction, .. }) {
            found.insert("transaction with a marker".to_owned());
        }
        if let Some(Repeat::Many { count: 0, .. }) = node.repeat {
            found.insert("multi-instance of none".to_owned());
        }
        if let Element::Gateway(Gateway::Complex(count)) = node.element
            && model.incoming(ix).count() < count as usize
        {
            found.insert("complex that cannot fire".to_owned());
        }
    }
    for scope in 0..model.scopes.len() {
        let none_start = |node: &NodeIx| match &model.nodes[*node].element {
            Element::Start(events) => events.definitions.is_empty(),
            _ => false,
        };
        let starts = model.members(scope).filter(none_start).count();
        let is_ad_hoc = model.scopes[scope]
            .holder
            .is_some_and(|holder| matches!(model.nodes[holder].element, Element::Sub { kind: Sub::AdHoc { .. }, .. }));
        if starts > 1 {
            found.insert("several starts".to_owned());
        }
        if !model.members(scope).any(|node| matches!(model.nodes[node].element, Element::Start(_))) && !is_ad_hoc {
            let process = model.scopes[scope].holder.is_none();
            found.insert(if process { "implicit process start" } else { "implicit start" }.to_owned());
        }
    }
    found
}

pub(super) fn feature(model: &Model, node: NodeIx) -> String {
    let simple = |name: &str| name.to_owned();
    match &model.nodes[node].element {
        Element::Start(events) => {
            let in_event_sub = model.scopes[model.nodes[node].scope]
                .holder
                .is_some_and(|holder| matches!(model.nodes[holder].element, Element::Sub { kind: Sub::Event, .. }));
            caught(if in_event_sub { "event sub-process" } else { "start" }, events)
        }
        Element::Catch(events) => caught("catch", events),
        Element::Boundary { events, .. } => caught("boundary", events),
        Element::Throw(thrown) => thrown.as_ref().map_or(simple("throw"), |it| format!("throw {}", name(it))),
        Element::End(thrown) => thrown.as_ref().map_or(simple("end"), |it| format!("end {}", name(it))),
        Element::Task(task) => simple(match task {
            Task::Plain => "task",
            Task::Manual => "manual",
            Task::Script => "script",
            Task::User => "user",
            Task::Service => "service",
            Task::Send(_) => "send",
            Task::Receive(_) => "receive",
        }),
        Element::Gateway(gateway) => simple(match gateway {
            Gateway::Exclusive => "exclusive",
            Gateway::Parallel => "parallel",
            Gateway::Inclusive => "inclusive",
            Gateway::Complex(_) => "complex",
            Gateway::EventBased => "event-based",
        }),
        Element::Sub { kind, .. } => simple(match kind {
            Sub::Embedded => "sub-process",
            Sub::Event => "event sub-process",
            Sub::Transaction => "transaction",
            Sub::AdHoc { .. } => "ad-hoc",
        }),
        Element::Call { .. } => simple("call"),
    }
}

fn caught(position: &str, events: &Events) -> String {
    let what = match &events.definitions[..] {
        [] => return position.to_owned(),
        [only] => name(only),
        [..] if events.all => "parallel multiple",
        [..] => "multiple",
    };
    format!("{position} {what}{}", if events.aside { " aside" } else { "" })
}

fn name(definition: &Definition) -> &'static str {
    match definition {
        Definition::Timer { times: 1, .. } => "timer",
        Definition::Timer { .. } => "timer cycle",
        Definition::Message(_) => "message",
        Definition::Signal(_) => "signal",
        Definition::Error(_) => "error",
        Definition::Escalation(_) => "escalation",
        Definition::Conditional(_) => "conditional",
        Definition::Compensation(_) => "compensation",
        Definition::Link(_) => "link",
        Definition::Cancel => "cancel",
        Definition::Terminate => "terminate",
    }
}

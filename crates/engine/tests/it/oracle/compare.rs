//! The engine under the oracle's choices: what it is asked, what is seen of it, and what it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bpmn::{Document, Executable, Form, compile};
use engine::command::{Answer, StartTrigger};
use engine::state::{Status, Wait};
use engine::{Command, Effect, ElementNo, Event, Rejection};
use model::Value;

use super::interpret::{Choice, Observed};
use super::model::{Definition, Element, Events, Gateway, Model, NodeIx, Repeat, Sub, Task};
use super::xml;
use crate::world::{World, failure, json};

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

/// An instance of a model on the engine.
pub(super) struct Instance<'m> {
    model: &'m Model,
    world: World,
}

impl<'m> Instance<'m> {
    /// An instance that has not begun; in words, why the engine does not take the model.
    pub(super) fn new(model: &'m Model) -> Result<Self, String> {
        let processes = (0..model.scopes.len()).filter(|scope| *scope > 0 && model.scopes[*scope].holder.is_none());
        let child = |scope: usize| Ok((model.scopes[scope].id.clone(), executable(model, scope)?));
        let children: Result<Vec<_>, String> = processes.map(child).collect();
        let mut world = World::with_definitions(executable(model, 0)?, children?);
        let variables: Vec<String> =
            (0..32).map(|variable| format!("\"c{variable}\":{}", model.variables.get(variable))).collect();
        world.variables = json(&format!("{{{}}}", variables.join(",")));
        world.checked = false;
        Ok(Self { model, world })
    }

    /// Lets something happen outside.
    pub(super) fn choose(&mut self, choice: &Choice) -> Result<(), Rejection> {
        let command = match choice {
            Choice::Start(None) => {
                self.world.start();
                return self.broadcast();
            }
            Choice::Answer(id) => {
                let task =
                    self.world.state.open_tasks().find(|task| **task.node == **id).ok_or(Rejection::NotWaiting)?;
                Command::TaskAnswered { element: task.element, answer: Answer::Continue { parameters: json("{}") } }
            }
            Choice::Serve(id) => self.effect_done(id, Ok(json("1")))?,
            Choice::Fail(id, code) => self.effect_done(id, Err(failure(code, false)))?,
            Choice::Tick => {
                self.world.now = self.world.state.next_due().ok_or(Rejection::NotWaiting)?;
                Command::Tick
            }
            Choice::Retry => Command::Retry { node: None, input: None },
            Choice::Start(Some(id)) => {
                self.world.trigger = Some(StartTrigger { node: id.as_str().into(), payload: Value::Null });
                self.world.start();
                return self.broadcast();
            }
            Choice::Message(name) => Command::Message { name: name.as_str().into(), key: None, payload: Value::Null },
            Choice::Signal(name) => Command::Signal { name: name.as_str().into(), payload: Value::Null },
        };
        match (self.world.send(command), choice) {
            // A signal that nobody awaits is lost; the engine says so.
            (Err(Rejection::NotWaiting), Choice::Signal(_)) => Ok(()),
            (sent, _) => sent.and_then(|()| self.broadcast()),
        }
    }

    /// The signals that the instance has thrown come back to it as they come to everybody.
    fn broadcast(&mut self) -> Result<(), Rejection> {
        while let Some(at) = self.world.sent.iter().position(|it| matches!(it, Effect::BroadcastSignal { .. })) {
            if let Effect::BroadcastSignal { name, payload, .. } = self.world.sent.remove(at)
                && self.world.state.status() != Status::Finished
            {
                match self.world.send(Command::Signal { name, payload }) {
                    Ok(()) | Err(Rejection::NotWaiting) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(())
    }

    fn effect_done(&self, id: &str, result: Result<Value, engine::command::Failure>) -> Result<Command, Rejection> {
        let found = self.world.effects.iter().find_map(|effect| match effect {
            Effect::CallAction { key, attempt, .. } => {
                let node = &self.world.state.element(key.element)?.node;
                (**node == *id).then_some((*key, *attempt))
            }
            Effect::RunScript { .. }
            | Effect::ResolveCall { .. }
            | Effect::SendMessage { .. }
            | Effect::BroadcastSignal { .. } => None,
        });
        let (key, attempt) = found.ok_or(Rejection::NotWaiting)?;
        Ok(Command::EffectDone { key, attempt, result })
    }

    /// What is seen of the instance. Its names are those of the oracle: an iteration ends with `#`.
    pub(super) fn observed(&self) -> Observed {
        let mut observed = Observed {
            finished: self.world.state.status() == Status::Finished,
            running: Some(self.world.state.status() == Status::Running),
            ..Observed::default()
        };
        let mut names: BTreeMap<ElementNo, (&Arc<str>, Option<u32>)> = BTreeMap::new();
        for event in &self.world.journal {
            match event {
                Event::Activated { no, node, iteration, compensates, .. } => {
                    if compensates.is_none() || self.is_handler(node) {
                        names.insert(*no, (node, *iteration));
                    }
                }
                Event::Completed { no, .. } => {
                    let Some((id, iteration)) = names.get(no).copied() else { continue };
                    let node = self.model.find(id).expect("a node of the model");
                    if self.model.is_counted(node) {
                        *observed.completed.entry(name_of(id, iteration)).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        for waiting in self.world.state.waiting(&self.world.definitions).expect("sound") {
            let into = match waiting.wait {
                Wait::Tokens { arrived, .. } => {
                    observed.tokens.extend(arrived.iter().map(ToString::to_string));
                    continue;
                }
                Wait::Repair { .. } => &mut observed.faulted,
                _ => &mut observed.active,
            };
            let element = waiting.element.and_then(|element| self.world.state.element(element));
            let undoes = element.is_some_and(|element| element.compensates.is_some());
            if (undoes && !self.is_handler(&waiting.node)) || self.is_cancel(&waiting.node) {
                continue;
            }
            let iteration = element.and_then(|element| element.iteration);
            *into.entry(name_of(&waiting.node, iteration)).or_default() += 1;
        }
        observed
    }

    /// Whether a node is a compensation handler. Anything else that the engine activates in order to undo it stands for
    /// what is done inside it.
    fn is_handler(&self, id: &str) -> bool {
        self.model.find(id).is_some_and(|node| self.model.nodes[node].undoes.is_some())
    }

    /// Whether a node is a cancel end event: whether that or its transaction waits for the compensation is the engine's.
    fn is_cancel(&self, id: &str) -> bool {
        let node = self.model.find(id).map(|node| &self.model.nodes[node].element);
        matches!(node, Some(Element::End(Some(Definition::Cancel))))
    }

    /// The trace so far.
    pub(super) fn trace(&self) -> &str {
        &self.world.text
    }
}

fn name_of(id: &str, iteration: Option<u32>) -> String {
    format!("{id}{}", if iteration.is_some() { "#" } else { "" })
}

/// Whether what is seen of the engine is an outcome of the oracle.
pub(super) fn agree(engine: &Observed, oracle: &Observed) -> bool {
    let running = if engine.finished { Some(false) } else { engine.running };
    let same = Observed { running: None, ..engine.clone() } == Observed { running: None, ..oracle.clone() };
    same && (oracle.running.is_none() || oracle.running == running)
}

fn executable(model: &Model, process: usize) -> Result<Arc<Executable>, String> {
    let text = xml::write(model, process);
    let document = Document::from_text(&text, Form::Xml).map_err(|error| format!("{error}\n{text}"))?;
    let compiled = compile(&document, "");
    compiled.executable.map(Arc::new).ok_or_else(|| format!("{:#?}\n{text}", compiled.problems))
}

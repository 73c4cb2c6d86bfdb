//! The engine under the oracle's choices: what it is asked, and what is seen of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bpmn::{Document, Executable, Form, compile};
use engine::command::{Answer, StartTrigger};
use engine::state::{Status, Wait};
use engine::{Command, Effect, ElementNo, Event, Rejection};
use model::Value;

use super::interpret::{Choice, Observed};
use super::model::{Definition, Element, Model};
use super::xml;
use crate::world::{World, failure, json};

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
                Event::Activated { no, node, iteration, compensates, .. }
                    if compensates.is_none() || self.is_handler(node) =>
                {
                    names.insert(*no, (node, *iteration));
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

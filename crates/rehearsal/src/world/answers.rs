//! What the outside answers: mocks for components and people, the caller for scripts, the files for calls.

use std::time::Duration;

use engine::command::{Answer, Called, Failure};
use engine::{Command, Corrupt, Effect, ElementNo};
use model::{InstanceId, Map, Value};

use super::World;
use super::mail::Letter;
use crate::mocks::{self, Says};

impl World<'_> {
    /// Carries an effect out, unless its node is gone.
    pub(super) fn effect(&mut self, root: usize, effect: &Effect) -> Result<(), Corrupt> {
        match effect {
            Effect::CallAction { key, attempt, component, action, timeout, .. } => {
                let Some(node) = self.node(root, key.element) else { return Ok(()) };
                let answer = self.player.next(&[&node, &format!("{component}.{action}")]);
                let (result, after) = settle(answer, || Ok(Value::map(Map::new())));
                let (result, after) = in_time(result, after, *timeout);
                self.answer(root, Command::EffectDone { key: *key, attempt: *attempt, result }, after);
            }
            Effect::RunScript { key, attempt, source, scope, timeout } => {
                let Some(node) = self.node(root, key.element) else { return Ok(()) };
                let answer = self.player.next(&[&node]);
                let (result, after) = match answer {
                    Some(_) => {
                        let (result, after) = settle(answer, || Ok(Value::Null));
                        (result.map(|value| ran(value, Value::map(Map::new()))), after)
                    }
                    None => (self.scripts.run(source, scope, *timeout).map(|it| ran(it.value, it.vars)), None),
                };
                self.answer(root, Command::EffectDone { key: *key, attempt: *attempt, result }, after);
            }
            Effect::ResolveCall { element, workflow, .. } => {
                let result = self.resolve(root, *element, workflow)?;
                self.answer(root, Command::CallResolved { element: *element, result }, None);
            }
            Effect::SendMessage { name, correlation, payload, .. } => {
                let letter = Letter { name: name.clone(), key: correlation.clone(), payload: payload.clone() };
                self.post(letter)?;
            }
            Effect::BroadcastSignal { name, payload, .. } => {
                self.broadcast(name, payload)?;
            }
        }
        Ok(())
    }

    /// A person answers an open to-do.
    pub(super) fn person(&mut self, root: usize, element: ElementNo) {
        let Some(node) = self.node(root, element) else { return };
        let answer = self.player.next(&[&node]);
        let after = answer.and_then(|answer| answer.after);
        let answer = match answer.map(|answer| &answer.says) {
            Some(Says::Terminate) => Answer::Terminate,
            Some(Says::Answer(parameters) | Says::Output(parameters)) => {
                Answer::Continue { parameters: parameters.clone() }
            }
            Some(Says::Nothing | Says::Error(_)) | None => Answer::Continue { parameters: Value::map(Map::new()) },
        };
        self.answer(root, Command::TaskAnswered { element, answer }, after);
    }

    /// The id of the node of an active element.
    pub(super) fn node(&self, root: usize, element: ElementNo) -> Option<String> {
        self.roots[root].state.element(element).map(|element| element.node.to_string())
    }

    fn resolve(&self, root: usize, element: ElementNo, workflow: &str) -> Result<Result<Called, Failure>, Corrupt> {
        let state = &self.roots[root].state;
        let process = state.element(element).map_or(ElementNo::ROOT, |element| element.process);
        let caller = state.instance(process).ok_or(Corrupt::Element(process))?.definition;
        let file = self.deployed.by_version(caller).ok_or(Corrupt::Definition(caller))?.file;
        Ok(match self.deployed.called(file, workflow) {
            Some(definition) => Ok(Called { instance: InstanceId::new(&self.ids), definition }),
            None => Err(Failure {
                code: "Call.NotFound".to_owned(),
                message: format!("no process of the given files has the id or name '{workflow}'"),
                retryable: false,
                retry_after_ms: None,
            }),
        })
    }
}

/// What a mock says, and how long it takes.
fn settle(
    answer: Option<&mocks::Answer>,
    nothing: impl Fn() -> Result<Value, Failure>,
) -> (Result<Value, Failure>, Option<Duration>) {
    let Some(answer) = answer else { return (nothing(), None) };
    let result = match &answer.says {
        Says::Output(output) => Ok(output.clone()),
        Says::Error(failure) => Err(failure.clone()),
        // Refused for these nodes when the plan was read.
        Says::Answer(_) | Says::Terminate | Says::Nothing => nothing(),
    };
    (result, answer.after)
}

/// An answer that takes longer than its node allows comes too late, as it would from a component.
fn in_time(
    result: Result<Value, Failure>,
    after: Option<Duration>,
    timeout: Option<Duration>,
) -> (Result<Value, Failure>, Option<Duration>) {
    match (after, timeout) {
        (Some(after), Some(timeout)) if after > timeout => {
            let failure = Failure {
                code: "Effect.Timeout".to_owned(),
                message: format!("no answer within {} ms", timeout.as_millis()),
                retryable: true,
                retry_after_ms: None,
            };
            (Err(failure), Some(timeout))
        }
        (after, _) => (result, after),
    }
}

/// What the engine expects of a script.
fn ran(value: Value, vars: Value) -> Value {
    Value::object([("value", value), ("vars", vars)])
}

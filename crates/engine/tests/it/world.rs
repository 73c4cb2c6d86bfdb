//! A root instance with everything around it: definitions, a clock, an effect queue, a journal.
//!
//! After every turn the journal is replayed and a snapshot is read back; both must give the state of the live instance.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bpmn::Executable;
use engine::command::{Answer, Called, Failure, Start, StartTrigger};
use engine::state::Status;
use engine::trace::Trace;
use engine::{Command, Effect, ElementNo, Env, Error, Event, Limits, Rejection, State, turn};
use model::time::IsoDuration;
use model::{IdSource, InstanceId, Timestamp, Value, VersionId};
use testkit::process::Process;
use uuid::Uuid;

/// Ids that count.
#[derive(Default)]
pub(crate) struct Ids(AtomicU64);

impl IdSource for Ids {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

pub(crate) struct World {
    pub(crate) definitions: HashMap<VersionId, Arc<Executable>>,
    workflows: HashMap<String, VersionId>,
    pub(crate) limits: Limits,
    pub(crate) now: Timestamp,
    pub(crate) ids: Ids,
    pub(crate) state: State,
    pub(crate) journal: Vec<Event>,
    /// Effects that have been dispatched and not answered.
    pub(crate) effects: Vec<Effect>,
    /// Whether every turn is checked against replay and snapshot.
    pub(crate) checked: bool,
    pub(crate) context: Value,
    pub(crate) variables: Value,
    pub(crate) debug: bool,
    pub(crate) trigger: Option<StartTrigger>,
    /// Messages and signals that were sent.
    pub(crate) sent: Vec<Effect>,
    trace: Trace,
    pub(crate) text: String,
}

/// One thing that happens outside.
#[derive(Debug, Clone)]
pub(crate) enum Do {
    /// The effect of a node succeeds.
    Ok(&'static str, &'static str),
    /// The effect of a node fails and may succeed later.
    Fail(&'static str, &'static str),
    /// The effect of a node fails for good.
    Refuse(&'static str, &'static str),
    /// A task is answered with these parameters.
    Answer(&'static str, &'static str),
    /// A task is answered with terminate.
    Stop(&'static str),
    /// Time passes, and what is due fires.
    Advance(&'static str),
    /// The instance is terminated.
    Terminate,
    /// All faulted nodes are retried.
    Retry,
    /// A faulted node is retried with this input.
    RetryWith(&'static str, &'static str),
    /// A message comes: its name, its key (empty for none), its payload.
    Message(&'static str, &'static str, &'static str),
    /// A signal comes.
    Signal(&'static str),
    /// A faulted node is left with this output.
    Skip(&'static str, &'static str),
    /// A held node goes on.
    Debug(&'static str, &'static str),
}

pub(crate) fn json(text: &str) -> Value {
    Value::from_json(text).expect("JSON in a test")
}

pub(crate) fn failure(code: &str, retryable: bool) -> Failure {
    Failure { code: code.to_owned(), message: format!("{code} happened"), retryable, retry_after_ms: None }
}

impl World {
    pub(crate) fn new(root: &Process) -> Self {
        Self::with_children(root, &[])
    }

    /// A world in which the first executable process of a document runs; the others can be called.
    pub(crate) fn of_document(body: &str) -> Self {
        let text = format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:soar="https://soc.cloudsre.com/soar/v2">
            {body}</definitions>"#
        );
        let document = bpmn::Document::from_text(&text, bpmn::Form::Xml).expect("is XML");
        let mut world = Self::empty();
        for (number, id) in (0..).zip(bpmn::executable_processes(&document)) {
            let compiled = bpmn::compile_process(&document, &id, "");
            let executable = compiled.executable.unwrap_or_else(|| panic!("{body}: {:#?}", compiled.problems));
            world.definitions.insert(version(number), Arc::new(executable));
            world.workflows.insert(id.to_string(), version(number));
        }
        world
    }

    pub(crate) fn with_children(root: &Process, children: &[(&str, &Process)]) -> Self {
        let children = children.iter().map(|(name, process)| ((*name).to_owned(), process.build())).collect();
        Self::with_definitions(root.build(), children)
    }

    /// A world of compiled processes: the root, and by name those that it may call.
    pub(crate) fn with_definitions(root: Arc<Executable>, children: Vec<(String, Arc<Executable>)>) -> Self {
        let mut world = Self::empty();
        world.definitions.insert(version(0), root);
        for (index, (name, process)) in children.into_iter().enumerate() {
            world.definitions.insert(version(index as u128 + 1), process);
            world.workflows.insert(name, version(index as u128 + 1));
        }
        world
    }

    fn empty() -> Self {
        Self {
            definitions: HashMap::new(),
            workflows: HashMap::new(),
            limits: Limits::default(),
            now: Timestamp(0),
            ids: Ids::default(),
            state: State::new(),
            journal: Vec::new(),
            effects: Vec::new(),
            checked: true,
            context: json(r#"{"data_object":{"ip":"10.0.0.1","severity":3},"instance":{"id":"root"}}"#),
            variables: json("{}"),
            debug: false,
            trigger: None,
            sent: Vec::new(),
            trace: Trace::default(),
            text: String::new(),
        }
    }

    pub(crate) fn start(&mut self) {
        let start = Start {
            instance: InstanceId(Uuid::from_u128(1_000)),
            definition: version(0),
            context: self.context.clone(),
            variables: self.variables.clone(),
            debug: self.debug,
            trigger: self.trigger.clone(),
        };
        self.send(Command::Start(start)).expect("starts");
    }

    /// Carries out a command with all turns that follow from it, calls included.
    pub(crate) fn send(&mut self, command: Command) -> Result<(), Rejection> {
        self.turns(command)?;
        while let Some(at) = self.effects.iter().position(|effect| matches!(effect, Effect::ResolveCall { .. })) {
            let Effect::ResolveCall { element, workflow, .. } = self.effects.remove(at) else { continue };
            let result = match self.workflows.get(&*workflow) {
                Some(definition) => Ok(Called {
                    instance: InstanceId(Uuid::from_u128(1_000 + u128::from(element.0))),
                    definition: *definition,
                }),
                None => Err(failure("Workflow.Missing", false)),
            };
            self.turns(Command::CallResolved { element, result })?;
        }
        Ok(())
    }

    fn turns(&mut self, command: Command) -> Result<(), Rejection> {
        let mut command = command;
        loop {
            let before = self.checked.then(|| self.state.clone());
            let env = Env { now: self.now, ids: &self.ids, definitions: &self.definitions, limits: &self.limits };
            let done = match turn(&mut self.state, &command, &env) {
                Ok(done) => done,
                Err(Error::Rejected(rejection)) => {
                    assert!(before.is_none_or(|before| before == self.state), "a refused command changed the state");
                    return Err(rejection);
                }
                Err(Error::Corrupt(corrupt)) => panic!("{corrupt} after {command:?}\n{}", self.text),
            };
            self.text += &self.trace.lines(&done.events);
            self.journal.extend(done.events);
            for effect in done.effects {
                match effect {
                    Effect::SendMessage { .. } | Effect::BroadcastSignal { .. } => self.sent.push(effect),
                    Effect::CallAction { .. } | Effect::RunScript { .. } | Effect::ResolveCall { .. } => {
                        self.effects.push(effect);
                    }
                }
            }
            self.check_copies();
            if !done.more {
                return Ok(());
            }
            command = Command::Continue;
        }
    }

    /// Replay and snapshot give the live state, and the effects that are outstanding are those that were dispatched.
    fn check_copies(&mut self) {
        self.effects.retain(|effect| is_wanted(&self.state, effect));
        if !self.checked {
            return;
        }
        let replayed = self.replay();
        assert_eq!(replayed, self.state, "replay gives another state\n{}", self.text);
        let snapshot = serde_json::to_string(&self.state).expect("serialises");
        let restored: State = serde_json::from_str(&snapshot).expect("a snapshot can be read");
        assert_eq!(restored, self.state, "the snapshot gives another state\n{}", self.text);
        let mut pending = keys(&replayed.pending_effects(&self.definitions).expect("sound"));
        let mut dispatched = keys(&self.effects);
        pending.sort_unstable();
        dispatched.sort_unstable();
        assert_eq!(pending, dispatched, "other effects are pending than were dispatched\n{}", self.text);
        // Whatever a copy might lack would show in what follows.
        self.state = if self.journal.len().is_multiple_of(2) { restored } else { replayed };
    }

    /// The state that the journal gives, through JSON as in storage.
    pub(crate) fn replay(&self) -> State {
        let mut state = State::new();
        for event in &self.journal {
            let stored = serde_json::to_string(event).expect("serialises");
            let event: Event = serde_json::from_str(&stored).expect("an event can be read");
            state.apply(&event, &self.definitions).expect("sound");
        }
        state
    }

    /// The oldest element of a node; of a loop, the oldest iteration.
    pub(crate) fn element(&self, node: &str) -> ElementNo {
        let found = self.state.elements().find(|(_, element)| &*element.node == node && element.looping.is_none());
        found.unwrap_or_else(|| panic!("'{node}' is not active\n{}", self.text)).0
    }

    /// The command that ends a node's effect.
    pub(crate) fn effect_done(&self, node: &str, result: Result<Value, Failure>) -> Command {
        let is_wanted = |no| self.state.element(no).is_some_and(|element| &*element.node == node);
        let found = self.effects.iter().find_map(|effect| match effect {
            Effect::CallAction { key, attempt, .. } | Effect::RunScript { key, attempt, .. } => {
                is_wanted(key.element).then_some((*key, *attempt))
            }
            Effect::ResolveCall { .. } | Effect::SendMessage { .. } | Effect::BroadcastSignal { .. } => None,
        });
        let (key, attempt) = found.unwrap_or_else(|| panic!("'{node}' has no effect\n{}", self.text));
        Command::EffectDone { key, attempt, result }
    }

    pub(crate) fn try_step(&mut self, step: &Do) -> Result<(), Rejection> {
        let command = match step {
            Do::Ok(node, value) => self.effect_done(node, Ok(json(value))),
            Do::Fail(node, code) => self.effect_done(node, Err(failure(code, true))),
            Do::Refuse(node, code) => self.effect_done(node, Err(failure(code, false))),
            Do::Answer(node, parameters) => {
                let answer = Answer::Continue { parameters: json(parameters) };
                Command::TaskAnswered { element: self.element(node), answer }
            }
            Do::Stop(node) => Command::TaskAnswered { element: self.element(node), answer: Answer::Terminate },
            Do::Advance(duration) => {
                self.now = IsoDuration::parse(duration).and_then(|d| d.after(self.now)).expect("a duration");
                Command::Tick
            }
            Do::Terminate => Command::Terminate { reason: "test".to_owned() },
            Do::Retry => Command::Retry { node: None, input: None },
            Do::RetryWith(node, input) => {
                Command::Retry { node: Some((*node).into()), input: Some(json(input)).filter(|input| !input.is_null()) }
            }
            Do::Message(name, key, payload) => Command::Message {
                name: (*name).into(),
                key: Some(*key).filter(|key| !key.is_empty()).map(Into::into),
                payload: json(payload),
            },
            Do::Signal(name) => Command::Signal { name: (*name).into(), payload: Value::Null },
            Do::Skip(node, output) => Command::Skip { node: (*node).into(), output: json(output) },
            Do::Debug(node, data) => Command::Debug { node: (*node).into(), data: json(data) },
        };
        self.send(command)
    }

    /// Starts and takes the steps.
    pub(crate) fn run(&mut self, steps: &[Do]) -> &mut Self {
        self.start();
        self.steps(steps)
    }

    pub(crate) fn steps(&mut self, steps: &[Do]) -> &mut Self {
        for step in steps {
            if let Err(rejection) = self.try_step(step) {
                self.text += &format!("rejected    {rejection}\n");
            }
        }
        if matches!(self.state.status(), Status::Finished | Status::Terminated) {
            self.assert_empty();
        }
        self
    }

    /// Nothing is left of an instance that has ended.
    pub(crate) fn assert_empty(&self) {
        assert_eq!(self.state.elements().count(), 0, "elements are left\n{}", self.text);
        assert_eq!(self.state.next_due(), None, "something is due");
        assert_eq!(self.state.variable_bytes(), 0, "variables are left\n{}", self.text);
        let snapshot = serde_json::to_value(&self.state).expect("serialises");
        for part in ["subscriptions", "timers"] {
            assert!(snapshot.get(part).is_none(), "{part} are left\n{}", self.text);
        }
        for part in ["elements", "scopes", "agenda", "inclusive", "due"] {
            let rest = &snapshot[part];
            let empty = rest.as_array().is_some_and(Vec::is_empty) || rest.as_object().is_some_and(|o| o.is_empty());
            assert!(empty, "{part} is left: {rest}\n{}", self.text);
        }
    }
}

/// Whether an effect's element still waits for it.
pub(crate) fn is_wanted(state: &State, effect: &Effect) -> bool {
    match effect {
        Effect::CallAction { key, attempt, .. } | Effect::RunScript { key, attempt, .. } => {
            state.element(key.element).is_some_and(|element| {
                element.phase == engine::state::Phase::Effect
                    && element.attempt == *attempt
                    && element.generation == key.generation
            })
        }
        Effect::ResolveCall { element, .. } => {
            state.element(*element).is_some_and(|element| element.phase == engine::state::Phase::Resolving)
        }
        Effect::SendMessage { .. } | Effect::BroadcastSignal { .. } => false,
    }
}

fn keys(effects: &[Effect]) -> Vec<(u64, u32, u32)> {
    let key = |effect: &Effect| match effect {
        Effect::CallAction { key, attempt, .. } | Effect::RunScript { key, attempt, .. } => {
            (key.element.0, key.generation, *attempt)
        }
        Effect::ResolveCall { element, .. } => (element.0, 0, 0),
        Effect::SendMessage { .. } | Effect::BroadcastSignal { .. } => unreachable!("they are not waited for"),
    };
    effects.iter().map(key).collect()
}

fn version(number: u128) -> VersionId {
    VersionId(Uuid::from_u128(number))
}

/// Runs a process and compares the trace, which `status` ends.
pub(crate) fn check(world: &mut World, steps: &[Do], expected: &str) {
    world.run(steps);
    let status = format!("{:?}", world.state.status());
    let actual = format!("{}{status}", world.text);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let lines: Vec<&str> = actual.lines().collect();
    assert!(lines == expected, "another trace than expected ({}):\n{actual}\n@@", expected.first().unwrap_or(&""));
}

//! The other side of effects: a component that records what reaches it, and does what a test has planned.
//!
//! It is idempotent, as the systems behind connectors should be: what was done under a key is not done again, and gives
//! the same result.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use model::{ActionId, ComponentId, Value};
use plugin::{Action, ActionError, Behaviour, Call, Component, Connector, Host, Kind, Parameter};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// What a test plans for a request.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// A result at once.
    Answer(Value),
    /// A failure at once.
    Fail(ActionError),
    /// A result after this time.
    Late(Duration, Value),
    /// A result once [`Sink::release`] lets one through.
    Held(Value),
    /// Nothing, ever.
    Hang,
    /// A defect.
    Panic,
}

/// A call that has reached the sink.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its idempotency key.
    pub key: String,
    /// Its input.
    pub input: Value,
    /// How often a call with this key has come before.
    pub before: usize,
}

type Plan = dyn Fn(&Request) -> Reaction + Send + Sync;

/// The sink. Cheap to clone.
#[derive(Clone)]
pub struct Sink {
    shared: Arc<Shared>,
}

struct Shared {
    plan: Mutex<Arc<Plan>>,
    log: Mutex<Log>,
    gate: Semaphore,
    /// Calls that have come and neither ended nor been given up.
    open: AtomicUsize,
}

#[derive(Default)]
struct Log {
    requests: Vec<Request>,
    /// What was done, in order: key and result.
    done: Vec<(String, Value)>,
    counts: HashMap<String, usize>,
}

impl Default for Sink {
    fn default() -> Self {
        let plan: Arc<Plan> = Arc::new(|_| Reaction::Answer(Value::object([("ok", Value::Bool(true))])));
        Self {
            shared: Arc::new(Shared {
                plan: Mutex::new(plan),
                log: Mutex::default(),
                gate: Semaphore::new(0),
                open: AtomicUsize::new(0),
            }),
        }
    }
}

impl Sink {
    /// Plans what happens to calls from now on. Without a plan, each is answered with `{"ok": true}`.
    pub fn plan(&self, plan: impl Fn(&Request) -> Reaction + Send + Sync + 'static) {
        *self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
    }

    /// Lets held calls through, or the next ones that will be held.
    pub fn release(&self, count: usize) {
        self.shared.gate.add_permits(count);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every call, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.log().requests.clone()
    }

    /// What was done, in order: key and result. A key is there once.
    pub fn done(&self) -> Vec<(String, Value)> {
        self.log().done.clone()
    }

    /// Calls that have come and neither ended nor been given up.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::Acquire)
    }

    /// The component, named `Test`: its action `run` acts on the world, its action `echo` only computes.
    pub fn component(&self) -> Component {
        let inputs = ["total", "value", "number"];
        let inputs: Vec<Parameter> =
            inputs.map(|name| Parameter::optional(name, Kind::Any, "Anything.")).into_iter().collect();
        let action = |name, behaviour| Action {
            id: ActionId(Uuid::nil()),
            name,
            description: "For tests.",
            inputs: inputs.clone(),
            outputs: Vec::new(),
            behaviour,
        };
        Component {
            id: ComponentId(Uuid::nil()),
            name: "Test",
            description: "For tests.",
            version: "1",
            version_id: Uuid::nil(),
            connection: Vec::new(),
            actions: vec![
                action("run", Behaviour::Effect(Arc::new(self.clone()))),
                action("echo", Behaviour::Pure(|input| Ok(input.clone()))),
            ],
        }
    }
}

/// Counts a call as open while it lives.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[async_trait]
impl Connector for Sink {
    async fn run(&self, call: Call<'_>, _host: &Host) -> Result<Value, ActionError> {
        let _open = Open::new(&self.shared.open);
        let request = {
            let mut log = self.log();
            let count = log.counts.entry(call.idempotency_key.clone()).or_default();
            let request = Request { key: call.idempotency_key, input: call.input, before: *count };
            *count += 1;
            log.requests.push(request.clone());
            request
        };
        let plan = Arc::clone(&self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner));
        let result = match plan(&request) {
            Reaction::Answer(value) => value,
            Reaction::Fail(error) => return Err(error),
            Reaction::Late(pause, value) => {
                tokio::time::sleep(pause).await;
                value
            }
            Reaction::Held(value) => {
                self.shared.gate.acquire().await.expect("the gate is never closed").forget();
                value
            }
            Reaction::Hang => std::future::pending().await,
            Reaction::Panic => panic!("a planned defect"),
        };
        let mut log = self.log();
        if let Some((_, before)) = log.done.iter().find(|(key, _)| *key == request.key) {
            return Ok(before.clone());
        }
        log.done.push((request.key, result.clone()));
        Ok(result)
    }
}

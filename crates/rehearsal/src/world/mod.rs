//! The world of a rehearsal: root instances, a queue of what can be done now, a virtual clock for what is done later.
//!
//! What can be done now is done first in, first out. When nothing is left, kept messages are tried again, then what comes
//! from outside is delivered, then the clock moves to the next instant at which something is due.

mod answers;
mod conclude;
mod deployed;
mod mail;
mod record;
mod root;
mod starts;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine::command::{Start, StartTrigger};
use engine::{Command, Corrupt, Effect, ElementNo, Env, Event, Limits, Rejection};
use model::{IdSource, InstanceId, Map, Timestamp, Value};
use uuid::Uuid;

use self::deployed::Deployed;
use self::mail::Letter;
use self::record::Record;
use self::root::Root;
use self::starts::Starts;
use crate::mocks::Player;
use crate::{Error, Outcome, Plan, Scripts};

/// Where the virtual clock begins: 2026-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp(1_767_225_600_000_000);

/// A world under way.
pub(crate) struct World<'w> {
    plan: &'w Plan<'w>,
    scripts: &'w mut dyn Scripts,
    deployed: Deployed<'w>,
    roots: Vec<Root>,
    record: Record,
    player: Player<'w>,
    starts: Starts,
    /// Messages that nobody has taken yet.
    kept: Vec<Letter>,
    /// How many of the plan's deliveries are done.
    delivered: usize,
    /// What can be done now.
    queue: VecDeque<Work>,
    /// Answers that take their time.
    later: BTreeMap<(Timestamp, u64), (usize, Command)>,
    scheduled: u64,
    now: Timestamp,
    ids: Ids,
    limits: Limits,
    notes: Vec<String>,
}

/// Something to be done.
enum Work {
    /// A root begins.
    Start { root: usize, trigger: Option<StartTrigger> },
    /// A root is told something.
    Command { root: usize, command: Command },
    /// A root asks for something.
    Effect { root: usize, effect: Effect },
    /// A root has opened a to-do.
    Task { root: usize, element: ElementNo },
}

/// Ids that count.
#[derive(Debug, Default)]
struct Ids(AtomicU64);

impl IdSource for Ids {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

impl<'w> World<'w> {
    pub(crate) fn new(plan: &'w Plan<'w>, scripts: &'w mut dyn Scripts) -> Result<Self, Error> {
        let files = std::iter::once(plan.workflow).chain(plan.with.iter().copied());
        plan.mocks.check(&files.map(|file| &file.outline).collect::<Vec<_>>())?;
        let deployed = Deployed::of(plan);
        let chosen = deployed.chosen(&plan.processes)?;
        let mut world = Self {
            plan,
            scripts,
            deployed,
            roots: Vec::new(),
            record: Record::default(),
            player: Player::new(&plan.mocks),
            starts: Starts::default(),
            kept: Vec::new(),
            delivered: 0,
            queue: VecDeque::new(),
            later: BTreeMap::new(),
            scheduled: 0,
            now: BEGIN,
            ids: Ids::default(),
            limits: Limits { max_nodes: plan.max_steps, ..Limits::default() },
            notes: Vec::new(),
        };
        for process in &chosen {
            let root = world.add_root(*process);
            if world.deployed.process(*process).starts_by_itself() {
                world.queue.push_back(Work::Start { root, trigger: None });
            } else {
                world.starts.wait(&world.deployed, *process, Some(root), BEGIN);
            }
        }
        let others: Vec<usize> = world.deployed.own().map(|(index, _)| index).collect();
        for process in others.into_iter().filter(|process| !chosen.contains(process)) {
            world.starts.wait(&world.deployed, process, None, BEGIN);
        }
        world.look_at_conditions(plan.variables.clone());
        Ok(world)
    }

    /// Goes on until nothing can advance or the steps are used up.
    pub(crate) fn run(mut self) -> Result<Outcome, Error> {
        while !self.is_exhausted() {
            if let Some(work) = self.queue.pop_front() {
                self.work(work)?;
            } else if !self.retry_kept()? && !self.deliver_next()? && !self.move_clock() && !self.give_up() {
                break;
            }
        }
        Ok(self.conclude())
    }

    fn is_exhausted(&self) -> bool {
        self.roots.iter().map(|root| root.state.executed()).sum::<u64>() > self.plan.max_steps
    }

    fn work(&mut self, work: Work) -> Result<(), Corrupt> {
        match work {
            Work::Start { root, trigger } => self.start(root, trigger),
            Work::Command { root, command } => {
                if let (Err(Rejection::MissingParameter(missing)), Command::TaskAnswered { element, .. }) =
                    (self.command(root, &command)?, &command)
                    && let Some(node) = self.node(root, *element)
                {
                    let why = "is required and has no default; give the node a mock";
                    self.notes.push(format!("nobody can answer '{node}': its handling parameter '{missing}' {why}"));
                }
                // Any other refusal means that whatever it was for is gone.
                Ok(())
            }
            Work::Effect { root, effect } => self.effect(root, &effect),
            Work::Task { root, element } => {
                self.person(root, element);
                Ok(())
            }
        }
    }

    /// Adds a root, which has not started.
    fn add_root(&mut self, process: usize) -> usize {
        let root = self.roots.len();
        let id = &self.deployed.process(process).executable.process_id;
        let slot = self.record.add(root, ElementNo::ROOT, id);
        self.roots.push(Root::new(process, slot));
        root
    }

    fn start(&mut self, root: usize, trigger: Option<StartTrigger>) -> Result<(), Corrupt> {
        let instance = InstanceId::new(&self.ids);
        let given = root < self.plan.processes.len().max(1);
        let variables = if given { self.plan.variables.clone() } else { Map::new() };
        let command = Command::Start(Start {
            instance,
            definition: self.deployed.process(self.roots[root].process).version,
            context: Value::object([
                ("data_object", self.plan.input.clone()),
                ("instance", Value::object([("id", Value::string(instance.to_string()))])),
                ("playbook", Value::map(Map::new())),
                ("workspace", Value::map(Map::new())),
            ]),
            variables: Value::map(variables),
            debug: false,
            trigger,
        });
        if let Err(rejection) = self.command(root, &command)? {
            let process = &self.deployed.process(self.roots[root].process).executable.process_id;
            self.notes.push(format!("'{process}' could not be started: {rejection}"));
        }
        Ok(())
    }

    /// Tells a root something that may be meant for others; whether it was for this one.
    fn send(&mut self, root: usize, command: &Command) -> Result<bool, Corrupt> {
        Ok(self.command(root, command)?.is_ok_and(|events| events > 0))
    }

    /// Carries a command out with all parts of its turn; how many events it gave.
    fn command(&mut self, root: usize, command: &Command) -> Result<Result<usize, Rejection>, Corrupt> {
        let (mut command, mut events) = (command, 0);
        loop {
            let env =
                Env { now: self.now, ids: &self.ids, definitions: &self.deployed.definitions, limits: &self.limits };
            let turn = match engine::turn(&mut self.roots[root].state, command, &env) {
                Ok(turn) => turn,
                Err(engine::Error::Rejected(rejection)) => return Ok(Err(rejection)),
                Err(engine::Error::Corrupt(corrupt)) => return Err(corrupt),
            };
            events += turn.events.len();
            self.take_in(root, &turn.events)?;
            self.queue.extend(turn.effects.into_iter().map(|effect| Work::Effect { root, effect }));
            if !turn.more || self.is_exhausted() {
                return Ok(Ok(events));
            }
            command = &Command::Continue;
        }
    }

    fn take_in(&mut self, root: usize, events: &[Event]) -> Result<(), Corrupt> {
        let turn = self.record.trace.len();
        let watched = self.starts.has_conditions(&self.deployed);
        for event in events {
            self.record.take_in(root, &mut self.roots[root], event, &self.deployed, turn)?;
            match event {
                Event::TaskOpened { no, .. } => self.queue.push_back(Work::Task { root, element: *no }),
                Event::VariableSet { scope: no, .. } | Event::InstanceCreated { no, .. } => {
                    if watched {
                        let root = &self.roots[root];
                        let variables = root.shown.variables(root.process_of(*no)).cloned();
                        self.look_at_conditions(variables.unwrap_or_default());
                    }
                }
                Event::InstanceEnded { .. }
                | Event::FlowTaken { .. }
                | Event::Activated { .. }
                | Event::Held { .. }
                | Event::Started { .. }
                | Event::TaskClosed { .. }
                | Event::TimerArmed { .. }
                | Event::LoopStarted { .. }
                | Event::LoopOver { .. }
                | Event::Subscribed { .. }
                | Event::Unsubscribed { .. }
                | Event::ConditionSeen { .. }
                | Event::Waits { .. }
                | Event::MessageSent { .. }
                | Event::SignalSent { .. }
                | Event::TokensCleared { .. }
                | Event::GatewayReset { .. }
                | Event::CompensationStarted { .. }
                | Event::RetryScheduled { .. }
                | Event::Faulted { .. }
                | Event::Completed { .. }
                | Event::Terminated { .. } => {}
            }
        }
        Ok(())
    }

    /// Variables have these values: start events may wait for that.
    fn look_at_conditions(&mut self, variables: Map) {
        let mut names = variables;
        names.insert("vars".into(), Value::map(names.clone()));
        names.insert("data_object".into(), self.plan.input.clone());
        for triggered in self.starts.conditions(&self.deployed, &names, self.limits.budget) {
            self.trigger(triggered, &Value::Null);
        }
    }

    /// Answers a root now or later.
    fn answer(&mut self, root: usize, command: Command, after: Option<Duration>) {
        match after.filter(|after| !after.is_zero()) {
            None => self.queue.push_back(Work::Command { root, command }),
            Some(after) => {
                self.scheduled += 1;
                self.later.insert((self.now.plus(after), self.scheduled), (root, command));
            }
        }
    }

    /// Moves the clock to the next instant at which something is due, and lets it happen; whether there was one.
    fn move_clock(&mut self) -> bool {
        // An answer that nobody waits for any more must not make time pass.
        self.later.retain(|_, (root, answer)| self.roots[*root].awaits(answer));
        let moves =
            !self.later.is_empty() || self.starts.next_due().is_some() || self.roots.iter().any(Root::has_timer);
        let dues = self.roots.iter().filter_map(|root| root.state.next_due());
        let answers = self.later.keys().next().map(|(at, _)| *at);
        let Some(next) = dues.chain(answers).chain(self.starts.next_due()).min().filter(|_| moves) else {
            return false;
        };
        self.now = self.now.max(next);
        // An answer that comes at the last instant still counts.
        while let Some(first) = self.later.first_entry()
            && first.key().0 <= self.now
        {
            let (root, command) = first.remove();
            self.queue.push_back(Work::Command { root, command });
        }
        while let Some(triggered) = self.starts.due(self.now) {
            self.trigger(triggered, &Value::Null);
        }
        let due = |root: &Root| root.state.next_due().is_some_and(|due| due <= self.now);
        let ticks: Vec<usize> = (0..self.roots.len()).filter(|root| due(&self.roots[*root])).collect();
        self.queue.extend(ticks.into_iter().map(|root| Work::Command { root, command: Command::Tick }));
        true
    }
}

//! Start events that something outside triggers: of processes that are deployed, and of those that were to be started
//! and have no other start event.

use std::sync::Arc;

use bpmn::cycle::Cycle;
use bpmn::executable::{Timer, Trigger};
use expr::{Budget, Program};
use model::time::{IsoDuration, Zone};
use model::{Map, Timestamp, Value};

use super::deployed::Deployed;

/// The start events that wait.
#[derive(Debug, Default)]
pub(super) struct Starts {
    waiting: Vec<Waiting>,
}

/// A start event that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The process, as a place among the deployed ones.
    pub(super) process: usize,
    pub(super) node: Arc<str>,
    /// The root that it starts; without one, each trigger starts a new root.
    pub(super) root: Option<usize>,
    /// When it falls due.
    due: Option<Timestamp>,
    /// Whether its condition was true when it was last looked at.
    held: bool,
}

/// A start event that has been triggered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Triggered {
    pub(super) process: usize,
    pub(super) node: Arc<str>,
    pub(super) root: Option<usize>,
}

impl Starts {
    /// Lets every triggered start event of a process wait. Timers only start what was to be started.
    pub(super) fn wait(&mut self, deployed: &Deployed<'_>, process: usize, root: Option<usize>, now: Timestamp) {
        for (node, trigger) in deployed.process(process).executable.start_triggers() {
            let due = match (trigger, root) {
                (Trigger::Timer(timer), Some(_)) => Some(first_due(timer, now)),
                _ => None,
            };
            self.waiting.push(Waiting { process, node: Arc::clone(node), root, due, held: false });
        }
    }

    /// The first start event that waits for a message.
    pub(super) fn message(&mut self, deployed: &Deployed<'_>, name: &str) -> Option<Triggered> {
        let index = self.position(
            deployed,
            |trigger| matches!(trigger, Trigger::Message { name: other, .. } if **other == *name),
        )?;
        Some(self.trigger(index))
    }

    /// Every start event that waits for a signal.
    pub(super) fn signal(&mut self, deployed: &Deployed<'_>, name: &str) -> Vec<Triggered> {
        let wanted = |trigger: &Trigger| matches!(trigger, Trigger::Signal { name: other } if **other == *name);
        self.trigger_all(deployed, |trigger, _| wanted(trigger))
    }

    /// Every start event whose condition these variables make true that was not.
    pub(super) fn conditions(&mut self, deployed: &Deployed<'_>, names: &Map, budget: Budget) -> Vec<Triggered> {
        self.trigger_all(deployed, |trigger, waiting| {
            let Trigger::Condition(condition) = trigger else { return false };
            let before = std::mem::replace(&mut waiting.held, is_true(condition, names, budget));
            waiting.held && !before
        })
    }

    /// Whether any start event waits for a condition.
    pub(super) fn has_conditions(&self, deployed: &Deployed<'_>) -> bool {
        self.position(deployed, |trigger| matches!(trigger, Trigger::Condition(_))).is_some()
    }

    /// When the next start event falls due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.waiting.iter().filter_map(|waiting| waiting.due).min()
    }

    /// A start event that is due.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<Triggered> {
        let index = self.waiting.iter().position(|waiting| waiting.due.is_some_and(|due| due <= now))?;
        Some(self.trigger(index))
    }

    fn position(&self, deployed: &Deployed<'_>, wanted: impl Fn(&Trigger) -> bool) -> Option<usize> {
        self.waiting.iter().position(|waiting| waiting.trigger(deployed).is_some_and(&wanted))
    }

    fn trigger_all(
        &mut self,
        deployed: &Deployed<'_>,
        mut wanted: impl FnMut(&Trigger, &mut Waiting) -> bool,
    ) -> Vec<Triggered> {
        let mut hit = Vec::new();
        for waiting in &mut self.waiting {
            let executable = Arc::clone(&deployed.process(waiting.process).executable);
            let found = executable.start_triggers().find(|(node, _)| **node == waiting.node);
            if found.is_some_and(|(_, trigger)| wanted(trigger, waiting)) {
                hit.push(waiting.triggered());
            }
        }
        // A root starts once, whatever else would have started it.
        let mut triggered: Vec<Triggered> = Vec::new();
        for hit in hit {
            let again = hit.root.is_some() && triggered.iter().any(|other| other.root == hit.root);
            if !again {
                self.spend(hit.root);
                triggered.push(hit);
            }
        }
        triggered
    }

    fn trigger(&mut self, index: usize) -> Triggered {
        let triggered = self.waiting[index].triggered();
        self.spend(triggered.root);
        triggered
    }

    /// Nothing else starts a root that has been started.
    fn spend(&mut self, root: Option<usize>) {
        if root.is_some() {
            self.waiting.retain(|waiting| waiting.root != root);
        }
    }
}

impl Waiting {
    fn triggered(&self) -> Triggered {
        Triggered { process: self.process, node: Arc::clone(&self.node), root: self.root }
    }

    fn trigger<'d>(&self, deployed: &'d Deployed<'_>) -> Option<&'d Trigger> {
        let mut triggers = deployed.process(self.process).executable.start_triggers();
        triggers.find(|(node, _)| **node == self.node).map(|(_, trigger)| trigger)
    }
}

/// A condition that cannot be evaluated with what is there does not hold yet.
fn is_true(condition: &Program, names: &Map, mut budget: Budget) -> bool {
    condition.eval(names, &mut budget).is_ok_and(|value| value.as_bool() == Some(true))
}

/// When a timer start event fires for the first time; one whose text is no time fires at once.
fn first_due(timer: &Timer, now: Timestamp) -> Timestamp {
    let (Timer::Date(template) | Timer::Duration(template) | Timer::Cycle(template)) = timer;
    let value = template.eval(&Map::new(), &mut Budget::default()).unwrap_or(Value::Null);
    let Some(text) = value.as_str() else { return now };
    if let Timer::Cycle(_) = timer {
        let first = Cycle::parse(text).ok().and_then(|cycle| cycle.first(now));
        return first.map_or(now, |due| due.max(now));
    }
    let after = IsoDuration::parse(text).and_then(|duration| duration.after(now));
    after.or_else(|_| Timestamp::parse(text, Zone::DEFAULT)).map_or(now, |due| due.max(now))
}

//! The oracle: from a model and what happens outside to the set of acceptable outcomes.
//!
//! It plays the token game of BPMN 2.0.2 chapter 13. Where the standard leaves an order open, every order is explored.
//! Where it is silent, design §5 decides; comments say so. It knows nothing of the engine.

mod activity;
mod arm;
mod compensate;
mod flow;
mod gateway;
mod repeat;
mod scope;
mod search;
mod state;
mod throw;

use std::collections::BTreeSet;

use super::model::{Definition, Element, Model, NodeIx, Task};
pub(super) use search::TooMany;
pub(super) use state::{Observed, State};
use state::{Of, Phase, Run};

/// One thing that happens outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Choice {
    /// The instance begins; by a trigger, when a start event is named.
    Start(Option<String>),
    /// A user task is answered.
    Answer(String),
    /// A service has succeeded.
    Serve(String),
    /// A service has failed for good with this error code.
    Fail(String, String),
    /// A message comes.
    Message(String),
    /// A signal comes.
    Signal(String),
    /// Time passes until the next timer fires.
    Tick,
    /// A person asks that everything that is faulted is tried again.
    Retry,
}

/// A model with what is worked out about it once.
pub(super) struct Oracle<'m> {
    pub(super) model: &'m Model,
    /// What each node waits for from outside.
    waits_for: Vec<Vec<Definition>>,
    /// Nodes from which tokens run only into what does not depend on the order of moves.
    quiet: Vec<bool>,
    /// How many states one choice may lead through.
    most: usize,
    /// See [`Oracle::lenient`].
    lenient: bool,
}

/// One way in which things go on.
struct Play<'m> {
    oracle: &'m Oracle<'m>,
    state: State,
}

impl<'m> Oracle<'m> {
    pub(super) fn new(model: &'m Model, most: usize) -> Self {
        let waits_for = (0..model.nodes.len()).map(|node| waits_for(model, node)).collect();
        Self { model, waits_for, quiet: search::quiet(model), most, lenient: false }
    }

    /// Accepts where our engine is known to read the standard otherwise, in what cannot be told from a model:
    /// - what an event sub-process throws is not caught by others of the same scope (10.5.1 names no exception);
    /// - a compensation thrown in an event sub-process does not reach what was completed in that (10.5.5: what is in the same
    ///   scope can be compensated).
    pub(super) fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    /// Where the instance may come to rest after a choice, from any of these states; empty when the choice is not
    /// possible in any. The first choice is the start, from no state at all.
    pub(super) fn after(&self, states: &[State], choice: &Choice) -> Result<Vec<State>, TooMany> {
        let mut next = BTreeSet::new();
        if let Choice::Start(trigger) = choice {
            next.insert(self.started(trigger.as_deref()));
        }
        for state in states.iter().filter(|state| state.root.is_some()) {
            next.extend(self.choose(state, choice));
        }
        self.rests(next)
    }

    fn started(&self, trigger: Option<&str>) -> State {
        let state = State {
            root: Some(Run::new(Of::Scope(0))),
            now: 0,
            air: Vec::new(),
            completed: std::collections::BTreeMap::new(),
            iterations: std::collections::BTreeMap::new(),
        };
        // 13.2: a trigger begins the instance at its start event only.
        let starts = match trigger {
            Some(id) => self.model.find(id).into_iter().collect(),
            None => self.model.starts(0),
        };
        let mut play = Play { oracle: self, state };
        let mut run = play.begun(0, starts, self.model.variables);
        run.variables = Some(self.model.variables);
        play.state.root = Some(run);
        play.state
    }

    fn play(&self, state: &State, change: impl FnOnce(&mut Play<'_>)) -> State {
        let mut play = Play { oracle: self, state: state.clone() };
        change(&mut play);
        play.state.normalise();
        play.state.disarm(self.model);
        play.state
    }

    /// The states right after a choice: several when it can be meant for several nodes.
    fn choose(&self, state: &State, choice: &Choice) -> Vec<State> {
        match choice {
            Choice::Start(_) => Vec::new(),
            Choice::Answer(id) | Choice::Serve(id) => {
                let waiting = self.waiting(state, id);
                waiting.iter().map(|(path, at)| self.play(state, |play| play.complete(path, *at))).collect()
            }
            Choice::Fail(id, code) => {
                let waiting = self.waiting(state, id);
                let fail = |play: &mut Play<'_>, path: &[usize], at| {
                    play.throw_error(path, Some(code), throw::By::Active(at));
                };
                waiting.iter().map(|(path, at)| self.play(state, |play| fail(play, path, *at))).collect()
            }
            // 10.5.1: a message is taken by one that waits for it.
            Choice::Message(name) => {
                let message = Definition::Message(name.clone());
                let count = self.arms(state, &message);
                (0..count).map(|wanted| self.play(state, |play| play.deliver_message(&message, wanted))).collect()
            }
            Choice::Signal(name) => vec![self.play(state, |play| play.state.air.push(name.clone()))],
            // Whether the boundary events of a task that is tried again begin anew is nowhere said.
            Choice::Retry => [false, true]
                .map(|anew| {
                    self.play(state, |play| {
                        if let Some(root) = &mut play.state.root {
                            root.retry_all(anew);
                        }
                    })
                })
                .to_vec(),
            Choice::Tick => match self.next_due(state) {
                Some(due) => vec![self.play(state, |play| play.state.now = due)],
                None => Vec::new(),
            },
        }
    }

    /// The active tasks of an id that wait for an answer or a result.
    fn waiting(&self, state: &State, id: &str) -> Vec<(Vec<usize>, usize)> {
        let mut found = Vec::new();
        for (path, run) in state.runs() {
            for (index, active) in run.active.iter().enumerate() {
                let node = &self.model.nodes[active.node];
                if active.phase == Phase::Waiting && node.id == id {
                    found.push((path.clone(), index));
                }
            }
        }
        found
    }

    /// How many events wait for a message or signal.
    fn arms(&self, state: &State, wanted: &Definition) -> usize {
        let mut count = 0;
        if let Some(mut root) = state.root.clone() {
            root.each_arm_mut(&mut |arm| {
                count += usize::from(arm.waits_for(&self.waits_for[arm.event], wanted).is_some());
            });
        }
        count
    }

    fn next_due(&self, state: &State) -> Option<u64> {
        let mut due = None;
        if let Some(mut root) = state.root.clone() {
            root.each_arm_mut(&mut |arm| {
                let later = arm.due.filter(|due| *due > state.now);
                due = [due, later].into_iter().flatten().min();
            });
        }
        due
    }

    /// Everything that can happen outside in a state, signals that nobody awaits left out.
    pub(super) fn choices(&self, state: &State) -> BTreeSet<Choice> {
        let mut choices = BTreeSet::new();
        for (_, run) in state.runs() {
            if run.active.iter().any(|active| matches!(active.phase, Phase::Fault { .. })) {
                choices.insert(Choice::Retry);
            }
            for active in run.active.iter().filter(|active| active.phase == Phase::Waiting) {
                let node = &self.model.nodes[active.node];
                match node.element {
                    Element::Task(Task::User) => {
                        choices.insert(Choice::Answer(node.id.clone()));
                    }
                    Element::Task(Task::Service) => {
                        choices.insert(Choice::Serve(node.id.clone()));
                        choices.extend(["E1", "E2"].map(|code| Choice::Fail(node.id.clone(), code.to_owned())));
                    }
                    _ => {}
                }
            }
        }
        for definition in self.waits_for.iter().flatten() {
            let choice = match definition {
                Definition::Message(name) => Choice::Message(name.clone()),
                Definition::Signal(name) => Choice::Signal(name.clone()),
                _ => continue,
            };
            if self.arms(state, definition) > 0 {
                choices.insert(choice);
            }
        }
        choices.extend(self.next_due(state).map(|_| Choice::Tick));
        choices
    }
}

impl Play<'_> {
    /// The message goes to one of those that wait for it.
    fn deliver_message(&mut self, message: &Definition, wanted: usize) {
        let oracle = self.oracle;
        let mut at = 0;
        if let Some(root) = &mut self.state.root {
            root.each_arm_mut(&mut |arm| {
                if let Some(bit) = arm.waits_for(&oracle.waits_for[arm.event], message) {
                    if at == wanted {
                        arm.seen |= 1 << bit;
                    }
                    at += 1;
                }
            });
        }
    }
}

/// The definitions of a node that the outside, time or data trigger.
fn waits_for(model: &Model, node: NodeIx) -> Vec<Definition> {
    let definitions = match &model.nodes[node].element {
        Element::Start(events) | Element::Catch(events) | Element::Boundary { events, .. } => {
            events.definitions.clone()
        }
        Element::Task(Task::Receive(name)) => vec![Definition::Message(name.clone())],
        Element::Throw(_)
        | Element::End(_)
        | Element::Task(_)
        | Element::Gateway(_)
        | Element::Sub { .. }
        | Element::Call { .. } => Vec::new(),
    };
    let from_outside = |definition: &Definition| match definition {
        Definition::Timer { .. } | Definition::Message(_) | Definition::Signal(_) | Definition::Conditional(_) => true,
        Definition::Error(_)
        | Definition::Escalation(_)
        | Definition::Compensation(_)
        | Definition::Link(_)
        | Definition::Cancel
        | Definition::Terminate => false,
    };
    definitions.into_iter().filter(from_outside).collect()
}

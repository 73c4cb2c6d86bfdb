//! Turns: a command is carried out, then everything that can advance advances. One file for each command.

mod debug;
mod effect_done;
mod message;
mod retry;
mod skip;
mod start;
mod task_answered;
mod tick;

use std::collections::VecDeque;
use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::Node;
use expr::Template;
use model::Value;

use crate::behaviour::expression::{self, Names};
use crate::behaviour::{condition, inclusive, join, scope, transition};
use crate::command::Failure;
use crate::node::At;
use crate::{Command, Corrupt, Effect, ElementNo, Env, Error, Event, Rejection, State};

/// What a turn did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Turn {
    /// What happened, already applied to the state.
    pub events: Vec<Event>,
    /// What was newly requested and is still wanted at the end of the turn.
    pub effects: Vec<Effect>,
    /// The turn stopped at its event limit: commit it, then send [`Command::Continue`].
    pub more: bool,
}

/// Carries out a command: decides, and changes the state through [`State::apply`] alone.
///
/// After [`Error::Rejected`] the state is unchanged. After [`Error::Corrupt`] it must be thrown away.
pub fn turn(state: &mut State, command: &Command, env: &Env<'_>) -> Result<Turn, Error> {
    let mut cx = Cx::new(state, env);
    cx.carry_out(command)?;
    let more = cx.run(matches!(command, Command::Tick | Command::Continue))?;
    let mut effects = std::mem::take(&mut cx.sent);
    for no in std::mem::take(&mut cx.requested) {
        effects.extend(cx.state.pending_effect(no, cx.env.definitions)?);
    }
    Ok(Turn { events: cx.events, effects, more })
}

/// A turn under way.
pub(crate) struct Cx<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) env: Env<'a>,
    pub(crate) blocked: inclusive::Blocked,
    events: Vec<Event>,
    /// Elements that asked for an effect, in order, each once.
    requested: Vec<ElementNo>,
    /// Messages and signals that were sent.
    sent: Vec<Effect>,
    /// Whether something has happened since conditions were looked at.
    unseen: bool,
    /// The rest of the present step.
    rest: VecDeque<Rest>,
}

/// Something that belongs to the present step. It is not in the state, so a turn never stops before it is done; kept in
/// a queue so that depth of nesting costs no stack.
enum Rest {
    /// An active element enters its life.
    Enter(ElementNo),
    /// A scope ends if nothing is left in it.
    Close(ElementNo),
}

impl<'a> Cx<'a> {
    fn new(state: &'a mut State, env: &Env<'a>) -> Self {
        let (blocked, events) = (inclusive::Blocked::default(), Vec::with_capacity(16));
        let unseen = !state.subscriptions.is_empty();
        Self {
            state,
            env: *env,
            blocked,
            events,
            requested: Vec::new(),
            sent: Vec::new(),
            // The turn before may have stopped at its event limit.
            unseen,
            rest: VecDeque::new(),
        }
    }

    fn carry_out(&mut self, command: &Command) -> Result<(), Error> {
        if let Command::Start(start) = command {
            return start::start(self, start);
        }
        match self.state.instance(ElementNo::ROOT).map(|root| root.outcome) {
            None => return Err(Rejection::NotWaiting.into()),
            Some(Some(_)) => return Err(Rejection::Ended.into()),
            Some(None) => {}
        }
        match command {
            Command::Start(_) | Command::Tick | Command::Continue => Ok(()),
            Command::EffectDone { key, attempt, result } => effect_done::effect_done(self, *key, *attempt, result),
            Command::CallResolved { element, result } => effect_done::call_resolved(self, *element, result),
            Command::Message { name, key, payload } => message::message(self, name, key.as_deref(), payload),
            Command::Signal { name, payload } => message::signal(self, name, payload),
            Command::Skip { node, output } => skip::skip(self, node, output),
            Command::TaskAnswered { element, answer } => task_answered::task_answered(self, *element, answer),
            Command::Terminate { reason: _ } => Ok(scope::terminate(self, None)?),
            Command::Retry { node, input } => retry::retry(self, node.as_ref(), input.as_ref()),
            Command::Debug { node, data } => debug::debug(self, node, data),
        }
    }

    /// Advances until nothing can, or until the event limit; says whether anything is left to do.
    fn run(&mut self, ticking: bool) -> Result<bool, Corrupt> {
        loop {
            while let Some(rest) = self.rest.pop_front() {
                self.finish_step(&rest)?;
            }
            let full = self.events.len() >= self.env.limits.max_events_per_turn;
            if let Some(step) = self.state.agenda.front() {
                if full {
                    return Ok(true);
                }
                let step = step.clone();
                join::advance(self, step)?;
            } else if self.unseen {
                if full {
                    return Ok(true);
                }
                // Looked at once more after one has happened.
                self.unseen = condition::advance(self)?;
            } else if ticking && let Some(due) = self.state.due_at(self.env.now) {
                if full {
                    return Ok(true);
                }
                tick::fire(self, due)?;
            } else if let Some(next) = inclusive::next(self)? {
                if full {
                    return Ok(true);
                }
                join::fire_ruled(self, &next)?;
            } else {
                return Ok(false);
            }
        }
    }

    fn finish_step(&mut self, rest: &Rest) -> Result<(), Corrupt> {
        match rest {
            Rest::Close(scope) => scope::close_if_empty(self, *scope),
            // It may have been ended in the meantime.
            Rest::Enter(no) if self.state.element(*no).is_none() => Ok(()),
            Rest::Enter(no) => {
                let at = self.at(*no)?;
                transition::enter(self, &at)
            }
        }
    }

    /// Records an event and applies it.
    pub(crate) fn emit(&mut self, event: Event) -> Result<(), Corrupt> {
        self.state.apply(&event, self.env.definitions)?;
        self.unseen |= !self.state.subscriptions.is_empty();
        self.events.push(event);
        Ok(())
    }

    /// Makes a node active, taking the tokens of these flows.
    pub(crate) fn activate(
        &mut self,
        scope: ElementNo,
        node: &Node,
        consumed: Vec<Arc<str>>,
    ) -> Result<ElementNo, Corrupt> {
        self.activated(scope, node, consumed, None, None)
    }

    /// Makes a node active that no token comes to, and lets it begin with what has started it.
    pub(crate) fn begin_with(&mut self, scope: ElementNo, node: &Node, input: Value) -> Result<(), Corrupt> {
        let no = self.activate(scope, node, Vec::new())?;
        self.emit(Event::Started { no, input, attempt: 1, generation: 0 })?;
        self.enter_later(no);
        Ok(())
    }

    /// Makes an iteration of a loop active.
    pub(crate) fn activate_iteration(
        &mut self,
        body: ElementNo,
        node: &Node,
        index: u32,
    ) -> Result<ElementNo, Corrupt> {
        self.activated(body, node, Vec::new(), Some(index), None)
    }

    /// Makes a node active that undoes what an element has to have undone next.
    pub(crate) fn activate_handler(
        &mut self,
        scope: ElementNo,
        node: &Node,
        thrower: ElementNo,
    ) -> Result<ElementNo, Corrupt> {
        self.activated(scope, node, Vec::new(), None, Some(thrower))
    }

    fn activated(
        &mut self,
        scope: ElementNo,
        node: &Node,
        consumed: Vec<Arc<str>>,
        iteration: Option<u32>,
        compensates: Option<ElementNo>,
    ) -> Result<ElementNo, Corrupt> {
        let (no, node, at) = (self.next_no(), node.id.clone(), self.env.now);
        self.emit(Event::Activated { no, scope, node, consumed, at, iteration, compensates })?;
        Ok(no)
    }

    /// A message or signal goes out with the turn.
    pub(crate) fn send(&mut self, effect: Effect) {
        self.sent.push(effect);
    }

    pub(crate) fn next_no(&self) -> ElementNo {
        ElementNo(self.state.next)
    }

    /// The element enters its life within this step.
    pub(crate) fn enter_later(&mut self, no: ElementNo) {
        self.rest.push_back(Rest::Enter(no));
    }

    /// The scope ends within this step if nothing is left in it then.
    pub(crate) fn close_later(&mut self, scope: ElementNo) {
        self.rest.push_back(Rest::Close(scope));
    }

    /// The element asks for its effect.
    pub(crate) fn request(&mut self, no: ElementNo) {
        if !self.requested.contains(&no) {
            self.requested.push(no);
        }
    }

    /// An active element with its node.
    pub(crate) fn at(&self, no: ElementNo) -> Result<At<'a>, Corrupt> {
        At::find(self.state, self.env.definitions, no)
    }

    /// The graph that a scope lies in.
    pub(crate) fn graph_of(&self, scope: ElementNo) -> Result<&'a Executable, Corrupt> {
        self.state.graph(self.state.scope(scope)?.process, self.env.definitions)
    }

    /// Evaluates a template over names.
    pub(crate) fn eval_with<'n>(
        &self,
        names: &dyn Fn() -> Names<'n>,
        template: &Template,
        what: &str,
    ) -> Result<Value, Failure> {
        let mut budget = self.env.limits.budget;
        template.eval(&names(), &mut budget).map_err(|fault| expression::failure(what, &fault))
    }

    /// Evaluates a template of a node, outside mappings.
    pub(crate) fn eval(&self, at: &At<'_>, template: &Template, what: &str) -> Result<Value, Failure> {
        let mut budget = self.env.limits.budget;
        template.eval(&Names::of(self.state, at), &mut budget).map_err(|fault| expression::failure(what, &fault))
    }
}

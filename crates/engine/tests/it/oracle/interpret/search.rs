//! The search for the states in which an instance may come to rest.
//!
//! Where what can move now runs only into what does not depend on order, one order stands for all. Otherwise every order
//! is explored, up to a limit.

use std::collections::{BTreeSet, HashSet};

use super::gateway;
use super::state::{Phase, Run, State};
use super::{Oracle, Play};
use crate::oracle::model::{Definition, Element, Gateway, Model, NodeIx, Repeat, Sub, Task};

/// More states would have to be explored than are allowed: much is open, or the instance runs for ever.
#[derive(Debug)]
pub(crate) struct TooMany;

/// One step that an instance can take by itself.
#[derive(Debug, Clone)]
struct Move {
    path: Vec<usize>,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// A node begins without an incoming flow.
    Start(NodeIx),
    /// An activity of a sequential ad-hoc sub-process is picked.
    Pick(NodeIx),
    /// A node takes the token of a flow.
    Token(usize),
    /// A join takes a token of each flow that has one.
    Join(NodeIx),
    /// The first phase of a complex gateway, or its second (with or without tokens on its flows).
    Activate(NodeIx),
    Reset(NodeIx, bool),
    /// An iteration begins.
    Iterate(usize),
    /// A called process begins.
    Call(usize),
    /// A faulted node tries again.
    Retry(usize),
    /// An event occurs: the owner, the arm.
    Fire(Option<usize>, usize),
    /// A condition that was true from the beginning is left alone.
    Ignore(Option<usize>, usize),
    /// A task of an ad-hoc sub-process ends.
    Finish(usize),
    /// The next compensation begins.
    Undo,
    /// The run ends.
    End,
    /// A thrown signal arrives.
    Signal(usize),
}

impl Oracle<'_> {
    pub(super) fn rests(&self, from: BTreeSet<State>) -> Result<Vec<State>, TooMany> {
        let mut open: Vec<State> = from.into_iter().collect();
        let mut seen: HashSet<State> = open.iter().cloned().collect();
        let mut rests = Vec::new();
        while let Some(state) = open.pop() {
            let moves = self.choose_moves(&state);
            if moves.is_empty() {
                rests.push(state);
                continue;
            }
            for it in moves {
                let next = self.play(&state, |play| play.take(&it));
                if seen.insert(next.clone()) {
                    if seen.len() > self.most {
                        return Err(TooMany);
                    }
                    open.push(next);
                }
            }
        }
        Ok(rests)
    }

    /// The moves that have to be explored.
    ///
    /// An inclusive gateway is looked at last, when nothing else moves (design §5); where the order of moves matters
    /// anyway, it may fire as soon as the rule of the standard lets it. A called process may begin at any time: to an
    /// engine, finding it is something outside.
    fn choose_moves(&self, state: &State) -> Vec<Move> {
        let (mut moves, mut calls) = (self.moves(state), self.calls(state));
        let quiet = moves.iter().chain(&calls).all(|it| self.is_quiet(state, it));
        if quiet && !moves.is_empty() {
            moves.truncate(1);
            return moves;
        }
        let joins = self.last_moves(state);
        if quiet && joins.is_empty() {
            calls.truncate(1);
        }
        moves.extend(calls);
        moves.extend(joins);
        moves
    }

    fn calls(&self, state: &State) -> Vec<Move> {
        let mut calls = Vec::new();
        for (path, run) in state.runs() {
            for index in (0..run.active.len()).filter(|index| run.active[*index].phase == Phase::Calling) {
                calls.push(Move { path: path.clone(), what: What::Call(index) });
            }
        }
        calls
    }

    /// What can move without the rule of inclusive gateways, calls left out.
    fn moves(&self, state: &State) -> Vec<Move> {
        let mut moves = Vec::new();
        let play = Play { oracle: self, state: state.clone() };
        for (path, run) in state.runs() {
            let mut add = |what| moves.push(Move { path: path.clone(), what });
            let sequential = play.ad_hoc(run).is_some_and(|(sequential, ..)| sequential);
            let busy = sequential && !run.active.is_empty();
            run.starting.iter().for_each(|node| add(What::Start(*node)));
            if !busy {
                run.offered.iter().for_each(|node| add(What::Pick(*node)));
            }
            let mut joins = BTreeSet::new();
            for flow in run.tokens.keys() {
                let target = self.model.flows[*flow].target;
                if self.model.joins(target) {
                    joins.insert(target);
                } else if !busy {
                    add(What::Token(*flow));
                }
            }
            for node in joins {
                match self.model.nodes[node].element {
                    Element::Gateway(Gateway::Parallel) if gateway::parallel_is_ready(self.model, run, node) => {
                        add(What::Join(node));
                    }
                    Element::Gateway(Gateway::Complex(_)) if gateway::complex_is_active(self.model, run, node) => {
                        add(What::Activate(node));
                    }
                    _ => {}
                }
            }
            let variables = state.variables(&path);
            for (arm_ix, arm) in run.arms.iter().enumerate() {
                if play.is_ripe(arm, variables) {
                    add(What::Fire(None, arm_ix));
                    if arm.fresh {
                        add(What::Ignore(None, arm_ix));
                    }
                }
            }
            for (index, active) in run.active.iter().enumerate() {
                match active.phase {
                    Phase::Ready => add(What::Iterate(index)),
                    Phase::Begun => add(What::Finish(index)),
                    Phase::Retried { .. } => add(What::Retry(index)),
                    Phase::Calling | Phase::Waiting | Phase::Inside | Phase::Fault { .. } => {}
                }
                for (arm_ix, arm) in active.arms.iter().enumerate() {
                    if play.is_ripe(arm, variables) {
                        add(What::Fire(Some(index), arm_ix));
                        if arm.fresh {
                            add(What::Ignore(Some(index), arm_ix));
                        }
                    }
                }
            }
            if !run.queue.is_empty() && run.active.is_empty() {
                add(What::Undo);
            }
            if run.is_empty() {
                moves.push(Move { path: path.clone(), what: What::End });
            }
        }
        // One signal is taken in before the next arrives.
        if !moves.iter().any(|it| matches!(it.what, What::Fire(..))) {
            moves.extend((0..state.air.len()).map(|index| Move { path: Vec::new(), what: What::Signal(index) }));
        }
        moves
    }

    /// Inclusive gateways, and complex ones that wait for their reset. Several may be ready: any may be first.
    fn last_moves(&self, state: &State) -> Vec<Move> {
        let mut moves = Vec::new();
        for (path, run) in state.runs() {
            let targets: BTreeSet<NodeIx> = run.tokens.keys().map(|flow| self.model.flows[*flow].target).collect();
            for node in targets {
                if matches!(self.model.nodes[node].element, Element::Gateway(Gateway::Inclusive))
                    && gateway::inclusive_is_ready(self.model, run, node)
                {
                    moves.push(Move { path: path.clone(), what: What::Join(node) });
                }
            }
            for node in run.reset.keys().filter(|node| gateway::complex_resets(self.model, run, **node)) {
                for passes in [false, true] {
                    if passes && !has_late_token(self.model, run, *node) {
                        continue;
                    }
                    moves.push(Move { path: path.clone(), what: What::Reset(*node, passes) });
                }
            }
        }
        moves
    }

    fn is_quiet(&self, state: &State, it: &Move) -> bool {
        match it.what {
            What::Start(node) | What::Join(node) => self.quiet[node],
            What::Token(flow) => self.quiet[self.model.flows[flow].target],
            What::Iterate(index) | What::Call(index) | What::Finish(index) => {
                self.quiet[state.run(&it.path).active[index].node]
            }
            What::End => match it.path.split_last() {
                Some((index, outer)) => self.quiet[state.run(outer).active[*index].node],
                None => true,
            },
            What::Pick(_)
            | What::Activate(_)
            | What::Reset(..)
            | What::Fire(..)
            | What::Undo
            | What::Signal(_)
            | What::Retry(_)
            | What::Ignore(..) => false,
        }
    }
}

/// Whether the second phase of a complex gateway takes any token.
fn has_late_token(model: &Model, run: &Run, node: NodeIx) -> bool {
    let taken = &run.reset[&node];
    model.incoming(node).any(|flow| !taken.contains(&flow) && run.tokens.contains_key(&flow))
}

impl Play<'_> {
    fn take(&mut self, it: &Move) {
        let path = &it.path;
        match it.what {
            What::Start(node) => {
                self.state.run_mut(path).starting.remove_one(node);
                self.enter(path, node);
            }
            What::Pick(node) => {
                self.state.run_mut(path).offered.remove_one(node);
                self.enter(path, node);
            }
            What::Token(flow) => {
                self.state.run_mut(path).remove_token(flow);
                self.enter(path, self.oracle.model.flows[flow].target);
            }
            What::Join(node) => {
                self.join(path, node);
                self.enter(path, node);
            }
            What::Activate(node) => self.activate_complex(path, node),
            What::Reset(node, passes) => self.reset_complex(path, node, passes),
            What::Iterate(index) => {
                let active = self.state.run_mut(path).active.remove(index);
                self.begin_once(path, active.node, true, Vec::new());
            }
            What::Call(index) => self.call(path, index),
            What::Retry(index) => self.retry(path, index),
            What::Fire(owner, arm) => self.fire(path, owner, arm),
            What::Ignore(owner, arm) => self.ignore(path, owner, arm),
            What::Finish(index) => self.complete(path, index),
            What::Undo => self.undo_next(path),
            What::End => self.end_run(path),
            What::Signal(index) => self.deliver_signal(index),
        }
    }
}

/// Taking one of several equal elements.
trait RemoveOne {
    fn remove_one(&mut self, node: NodeIx);
}

impl RemoveOne for Vec<NodeIx> {
    fn remove_one(&mut self, node: NodeIx) {
        if let Some(at) = self.iter().position(|other| *other == node) {
            self.remove(at);
        }
    }
}

/// For each node, whether a token there can run only into nodes whose order does not matter, until something outside has
/// to happen.
pub(super) fn quiet(model: &Model) -> Vec<bool> {
    let next: Vec<Vec<NodeIx>> = (0..model.nodes.len()).map(|node| next(model, node)).collect();
    (0..model.nodes.len())
        .map(|from| {
            let (mut seen, mut open) = (HashSet::new(), vec![from]);
            while let Some(node) = open.pop() {
                if is_restless(model, node) {
                    return false;
                }
                if seen.insert(node) {
                    open.extend(&next[node]);
                }
            }
            true
        })
        .collect()
}

/// Whether the order of what a node does and other moves may matter: it ends, throws, writes, or looks at what others
/// have done so far.
fn is_restless(model: &Model, node: NodeIx) -> bool {
    let stuck = || {
        let mut outgoing = model.outgoing(node).peekable();
        outgoing.peek().is_some()
            && outgoing.all(|flow| model.flows[flow].condition.is_some() && !model.flows[flow].default)
    };
    let repeats = match model.nodes[node].repeat {
        Some(Repeat::Many { until, .. }) => until.is_some(),
        Some(Repeat::While { .. }) | None => false,
    };
    let throws = |thrown: &Option<Definition>| match thrown {
        Some(Definition::Message(_) | Definition::Link(_)) | None => false,
        Some(_) => true,
    };
    let by_element = match &model.nodes[node].element {
        Element::Throw(thrown) | Element::End(thrown) => throws(thrown),
        Element::Gateway(Gateway::Complex(_)) => true,
        Element::Task(Task::Script) => model.nodes[node].sets.is_some(),
        Element::Sub { kind: Sub::AdHoc { sequential, until, .. }, .. } => *sequential || until.is_some(),
        Element::Start(_)
        | Element::Catch(_)
        | Element::Boundary { .. }
        | Element::Task(_)
        | Element::Gateway(_)
        | Element::Sub { .. }
        | Element::Call { .. } => false,
    };
    // The order of completions is that of compensations.
    let undone = model.boundaries(node).any(|(event, _)| !model.is_counted(event));
    by_element || repeats || undone || stuck()
}

/// Where a token at a node may be next without anything from outside.
fn next(model: &Model, node: NodeIx) -> Vec<NodeIx> {
    let conditional =
        |node: NodeIx| super::waits_for(model, node).iter().any(|it| matches!(it, Definition::Conditional(_)));
    let waits = match &model.nodes[node].element {
        Element::Task(Task::User | Task::Service | Task::Receive(_)) => true,
        Element::Catch(events) => {
            !conditional(node) && !events.definitions.iter().any(|it| matches!(it, Definition::Link(_)))
        }
        Element::Gateway(Gateway::EventBased) => {
            !model.outgoing(node).any(|flow| conditional(model.flows[flow].target))
        }
        _ => false,
    };
    if waits {
        return Vec::new();
    }
    let mut next: Vec<NodeIx> = model.outgoing(node).map(|flow| model.flows[flow].target).collect();
    match &model.nodes[node].element {
        Element::Sub { scope, .. } => next.extend(model.members(*scope)),
        Element::Call { process } => next.extend(model.members(*process)),
        Element::Throw(Some(Definition::Link(_))) => next.extend(model.members(model.nodes[node].scope)),
        _ => {}
    }
    if model.outgoing(node).next().is_none() {
        // The scope may end here: what holds it goes on.
        let scope = model.nodes[node].scope;
        let callers = (0..model.nodes.len()).filter(|caller| match model.nodes[*caller].element {
            Element::Call { process } => process == scope,
            _ => false,
        });
        for holder in model.scopes[scope].holder.into_iter().chain(callers) {
            next.push(holder);
            next.extend(model.outgoing(holder).map(|flow| model.flows[flow].target));
        }
    }
    next
}

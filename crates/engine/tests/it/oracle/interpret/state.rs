//! The oracle's state: a tree of runs. A run is one going of a scope (or of what stands in for one: the iterations of a
//! loop, the handlers of a compensation); its active nodes may contain runs of their own.
//!
//! A run is named by its path from the root: indexes of active nodes. Paths are valid within one move only.

use std::collections::{BTreeMap, BTreeSet};

use crate::oracle::model::{Element, FlowIx, Model, NodeIx, ScopeIx, Sub, Variables};

/// Where an instance stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct State {
    /// The root process; `None` when it has ended.
    pub(super) root: Option<Run>,
    /// Seconds since the start.
    pub(super) now: u64,
    /// Signals that have been thrown and not yet delivered.
    pub(super) air: Vec<String>,
    /// How often each node has been completed.
    pub(super) completed: BTreeMap<NodeIx, u32>,
    /// How often an iteration of each loop has been completed.
    pub(super) iterations: BTreeMap<NodeIx, u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Run {
    pub(super) of: Of,
    /// Tokens on flows.
    pub(super) tokens: BTreeMap<FlowIx, u32>,
    /// Nodes that are about to begin without an incoming flow.
    pub(super) starting: Vec<NodeIx>,
    /// Activities of a sequential ad-hoc sub-process that have not been picked.
    pub(super) offered: Vec<NodeIx>,
    pub(super) active: Vec<Active>,
    /// The event sub-processes that can be triggered.
    pub(super) arms: Vec<Arm>,
    /// Completed activities that can be compensated, in the order of their completion.
    pub(super) done: Vec<Done>,
    /// Complex gateways that wait for reset, with the flows whose tokens they took.
    pub(super) reset: BTreeMap<NodeIx, BTreeSet<FlowIx>>,
    /// The variables of a process.
    pub(super) variables: Option<Variables>,
    /// Iterations that have begun.
    pub(super) started: u32,
    /// What is still to be compensated; the last one is next.
    pub(super) queue: Vec<Done>,
    /// A transaction that is being cancelled.
    pub(super) cancelling: bool,
    /// An interrupting event sub-process has been triggered, so that no other can be.
    pub(super) interrupted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Of {
    Scope(ScopeIx),
    /// The iterations of a loop or multi-instance activity.
    Iterations(NodeIx),
    /// The handlers that a compensation event has set off.
    Undo,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Active {
    pub(super) node: NodeIx,
    pub(super) phase: Phase,
    /// One iteration of a loop; boundary events belong to the loop.
    pub(super) iteration: bool,
    pub(super) inside: Option<Box<Run>>,
    /// Its boundary events and what it waits for itself.
    pub(super) arms: Vec<Arm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    /// An iteration that has not begun.
    Ready,
    /// A call whose process has not begun.
    Calling,
    /// A task of an ad-hoc sub-process that ends by itself.
    Begun,
    /// Something outside has to happen.
    Waiting,
    /// What is inside has to end.
    Inside,
    /// A fault holds the token (design §5). An activity may have done its work, so that only what follows has failed.
    Fault { done: bool },
    /// A person has asked to try again; its boundary events are armed anew, or go on.
    Retried { done: bool, anew: bool },
}

/// An event that can be triggered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Arm {
    pub(super) event: NodeIx,
    /// When its timer fires.
    pub(super) due: Option<u64>,
    /// How often its timer will fire.
    pub(super) left: u32,
    /// Which of its messages and signals have come, as bits.
    pub(super) seen: u8,
    /// Its condition was true when it last occurred, and has not been false since.
    pub(super) truth: bool,
    /// Its condition was true already when it was armed.
    pub(super) fresh: bool,
}

/// A completed activity that can be compensated, with what can be compensated inside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Done {
    pub(super) node: NodeIx,
    /// One iteration of it: its boundary event belongs to the whole.
    pub(super) iteration: bool,
    pub(super) inner: Vec<Done>,
}

/// What can be seen from outside when nothing moves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Observed {
    pub(crate) finished: bool,
    /// Something waits for the outside; `None` where only an event that could be triggered is left, which the standard
    /// does not judge.
    pub(crate) running: Option<bool>,
    /// Nodes by id with how often they were completed; iterations end with `#`.
    pub(crate) completed: BTreeMap<String, u32>,
    /// Nodes that wait or contain something that does.
    pub(crate) active: BTreeMap<String, u32>,
    pub(crate) faulted: BTreeMap<String, u32>,
    /// Flows on which tokens wait for a join.
    pub(crate) tokens: BTreeSet<String>,
}

impl Run {
    pub(super) fn new(of: Of) -> Self {
        Self {
            of,
            tokens: BTreeMap::new(),
            starting: Vec::new(),
            offered: Vec::new(),
            active: Vec::new(),
            arms: Vec::new(),
            done: Vec::new(),
            reset: BTreeMap::new(),
            variables: None,
            started: 0,
            queue: Vec::new(),
            cancelling: false,
            interrupted: false,
        }
    }

    /// Nothing is left that could go on (13.3.4: a scope ends when no token and no active node is left in it).
    pub(super) fn is_empty(&self) -> bool {
        self.active.is_empty() && self.is_still()
    }

    /// Nothing but active nodes is left.
    fn is_still(&self) -> bool {
        self.tokens.is_empty() && self.starting.is_empty() && self.offered.is_empty() && self.queue.is_empty()
    }

    /// Ends everything in the run, without completing it.
    pub(super) fn clear(&mut self) {
        self.tokens.clear();
        self.starting.clear();
        self.offered.clear();
        self.active.clear();
        self.reset.clear();
        self.queue.clear();
        self.arms.clear();
    }

    pub(super) fn put(&mut self, flow: FlowIx) {
        *self.tokens.entry(flow).or_default() += 1;
    }

    pub(super) fn remove_token(&mut self, flow: FlowIx) {
        if let Some(count) = self.tokens.get_mut(&flow) {
            *count -= 1;
            if *count == 0 {
                self.tokens.remove(&flow);
            }
        }
    }

    /// 13.5.4, Completing: only event sub-processes are left; no other can be triggered any more.
    pub(super) fn is_completing(&self, model: &Model) -> bool {
        let is_event_sub =
            |active: &Active| matches!(model.nodes[active.node].element, Element::Sub { kind: Sub::Event, .. });
        !self.active.is_empty() && self.is_still() && self.active.iter().all(is_event_sub)
    }

    fn disarm(&mut self, model: &Model) {
        for inside in self.active.iter_mut().filter_map(|active| active.inside.as_mut()) {
            inside.disarm(model);
        }
        if !self.arms.is_empty() && self.is_completing(model) {
            self.arms.clear();
        }
    }

    fn normalise(&mut self) {
        for inside in self.active.iter_mut().filter_map(|active| active.inside.as_mut()) {
            inside.normalise();
        }
        self.active.sort_unstable();
        self.starting.sort_unstable();
        self.offered.sort_unstable();
    }

    /// Calls with every run, this one first, and its path.
    pub(super) fn visit<'r>(&'r self, path: &mut Vec<usize>, each: &mut impl FnMut(&[usize], &'r Run)) {
        each(path, self);
        for (index, active) in self.active.iter().enumerate() {
            if let Some(inside) = &active.inside {
                path.push(index);
                inside.visit(path, each);
                path.pop();
            }
        }
    }

    /// Every fault of the run and of what is in it is to be tried again.
    pub(super) fn retry_all(&mut self, anew: bool) {
        for active in &mut self.active {
            if let Phase::Fault { done } = active.phase {
                active.phase = Phase::Retried { done, anew };
            }
            if let Some(inside) = &mut active.inside {
                inside.retry_all(anew);
            }
        }
    }

    /// Every arm of the run and of what is in it.
    pub(super) fn each_arm_mut(&mut self, each: &mut impl FnMut(&mut Arm)) {
        self.arms.iter_mut().for_each(&mut *each);
        for active in &mut self.active {
            active.arms.iter_mut().for_each(&mut *each);
            if let Some(inside) = &mut active.inside {
                inside.each_arm_mut(each);
            }
        }
    }
}

impl Active {
    pub(super) fn new(node: NodeIx, phase: Phase) -> Self {
        Self { node, phase, iteration: false, inside: None, arms: Vec::new() }
    }

    pub(super) fn holding(node: NodeIx, run: Run) -> Self {
        Self { inside: Some(Box::new(run)), ..Self::new(node, Phase::Inside) }
    }
}

impl State {
    pub(super) fn run(&self, path: &[usize]) -> &Run {
        let mut run = self.root.as_ref().expect("an instance that moves has not ended");
        for index in path {
            run = run.active[*index].inside.as_ref().expect("a path leads through runs");
        }
        run
    }

    pub(super) fn run_mut(&mut self, path: &[usize]) -> &mut Run {
        let mut run = self.root.as_mut().expect("an instance that moves has not ended");
        for index in path {
            run = run.active[*index].inside.as_mut().expect("a path leads through runs");
        }
        run
    }

    /// The variables that can be seen in a run: those of the nearest process.
    pub(super) fn variables(&self, path: &[usize]) -> Variables {
        let mut run = self.root.as_ref().expect("an instance that moves has not ended");
        let mut found = run.variables;
        for index in path {
            run = run.active[*index].inside.as_ref().expect("a path leads through runs");
            found = run.variables.or(found);
        }
        found.unwrap_or_default()
    }

    /// Every run with its path.
    pub(super) fn runs(&self) -> Vec<(Vec<usize>, &Run)> {
        let mut all = Vec::new();
        if let Some(root) = &self.root {
            root.visit(&mut Vec::new(), &mut |path, run| all.push((path.to_vec(), run)));
        }
        all
    }

    /// The order of nodes that are active at once means nothing.
    pub(super) fn normalise(&mut self) {
        if let Some(root) = &mut self.root {
            root.normalise();
        }
        self.air.sort_unstable();
    }

    /// No event sub-process of a scope that is completing can be triggered any more.
    pub(super) fn disarm(&mut self, model: &Model) {
        if let Some(root) = &mut self.root {
            root.disarm(model);
        }
    }

    pub(crate) fn observed(&self, model: &Model) -> Observed {
        let mut observed = Observed { finished: self.root.is_none(), ..Observed::default() };
        let name = |node: NodeIx, iteration| format!("{}{}", model.nodes[node].id, if iteration { "#" } else { "" });
        observed.completed.extend(self.completed.iter().map(|(node, count)| (name(*node, false), *count)));
        observed.completed.extend(self.iterations.iter().map(|(node, count)| (name(*node, true), *count)));
        let (mut waits, mut could) = (false, false);
        for (_, run) in self.runs() {
            observed.tokens.extend(run.tokens.keys().map(|flow| model.flow_id(*flow)));
            could |= !run.arms.is_empty();
            for active in &run.active {
                let fault = matches!(active.phase, Phase::Fault { .. });
                waits |= active.phase == Phase::Waiting;
                could |= !active.arms.is_empty();
                let into = if fault { &mut observed.faulted } else { &mut observed.active };
                *into.entry(name(active.node, active.iteration)).or_default() += 1;
            }
        }
        observed.running = match (waits, could) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        };
        observed
    }
}

//! Activities: their beginning, their end, ad-hoc sub-processes (BPMN 2.0.2, 13.3.2 to 13.3.5).

use super::Play;
use super::state::{Active, Done, Of, Phase, Run};
use crate::oracle::model::{Condition, Definition, Element, NodeIx, Sub, Task};

impl Play<'_> {
    /// An activity has taken its token (13.3.2: it becomes active, and its boundary events can be triggered).
    pub(super) fn begin(&mut self, path: &[usize], node: NodeIx) {
        if self.oracle.model.nodes[node].repeat.is_some() {
            self.begin_repeat(path, node);
        } else {
            let arms = self.boundary_arms(path, node);
            self.begin_once(path, node, false, arms);
        }
    }

    pub(super) fn boundary_arms(&self, path: &[usize], node: NodeIx) -> Vec<super::state::Arm> {
        let variables = self.state.variables(path);
        self.oracle.model.boundaries(node).filter_map(|(event, _)| self.arm(event, variables)).collect()
    }

    /// The activity itself, or one iteration of it.
    pub(super) fn begin_once(&mut self, path: &[usize], node: NodeIx, iteration: bool, arms: Vec<super::state::Arm>) {
        let model = self.oracle.model;
        let mut active = match &model.nodes[node].element {
            // 13.3.3: an abstract or manual task is completed when it begins, a send task when the message is sent; a
            // script runs within the turn.
            Element::Task(Task::Plain | Task::Manual | Task::Send(_) | Task::Script) => {
                Active::new(node, Phase::Inside)
            }
            Element::Task(Task::User | Task::Service) => Active::new(node, Phase::Waiting),
            Element::Task(Task::Receive(_)) => {
                let mut active = Active::new(node, Phase::Waiting);
                active.arms.extend(self.arm(node, self.state.variables(path)));
                active
            }
            Element::Sub { scope, .. } => {
                Active::holding(node, self.begun(*scope, model.starts(*scope), self.state.variables(path)))
            }
            Element::Call { .. } => Active::new(node, Phase::Calling),
            Element::Start(_)
            | Element::Catch(_)
            | Element::Throw(_)
            | Element::End(_)
            | Element::Boundary { .. }
            | Element::Gateway(_) => panic!("not an activity"),
        };
        active.iteration = iteration;
        active.arms.extend(arms);
        let at_once = active.phase == Phase::Inside && active.inside.is_none();
        let in_ad_hoc = self.ad_hoc(self.state.run(path)).is_some();
        if at_once && in_ad_hoc {
            // Several may have begun before the first ends.
            active.phase = Phase::Begun;
        }
        let run = self.state.run_mut(path);
        run.active.push(active);
        let index = run.active.len() - 1;
        if at_once && !in_ad_hoc {
            self.complete(path, index);
        }
    }

    /// 13.3.4: the called process begins. It has variables of its own, at first a copy of the caller's.
    pub(super) fn call(&mut self, path: &[usize], index: usize) {
        let model = self.oracle.model;
        let Element::Call { process } = model.nodes[self.state.run(path).active[index].node].element else { return };
        let variables = self.state.variables(path);
        let run = Run { variables: Some(variables), ..self.begun(process, model.starts(process), variables) };
        let active = &mut self.state.run_mut(path).active[index];
        active.phase = Phase::Inside;
        active.inside = Some(Box::new(run));
    }

    /// A task has done its work.
    pub(super) fn complete(&mut self, path: &[usize], index: usize) {
        let node = self.state.run(path).active[index].node;
        if let Some(condition) = self.oracle.model.nodes[node].sets {
            self.write(path, condition);
        }
        self.finish(path, index);
    }

    /// An activity or an iteration has ended by itself.
    pub(super) fn finish(&mut self, path: &[usize], index: usize) {
        let active = self.state.run_mut(path).active.remove(index);
        // A called process has ended with its call: nothing in it is compensated from outside (the standard is silent).
        let called = matches!(self.oracle.model.nodes[active.node].element, Element::Call { .. });
        let inner = active.inside.filter(|_| !called).map(|run| run.done).unwrap_or_default();
        let done = Done { node: active.node, iteration: active.iteration, inner };
        if self.can_be_undone(&done) {
            self.state.run_mut(path).done.push(done);
        }
        if active.iteration {
            self.iteration_finished(path, active.node);
        } else {
            self.leave(path, active.node);
        }
    }

    /// 13.5.5: a compensation handler is there: a boundary event, an event sub-process, or those of what is inside.
    fn can_be_undone(&self, done: &Done) -> bool {
        !done.inner.is_empty() || self.handler(done).is_some() || self.undoing_sub(done).is_some()
    }

    /// Sets a variable of the process; a condition that is false now may become true again (10.5.5).
    pub(super) fn write(&mut self, path: &[usize], condition: Condition) {
        let mut owner = Vec::new();
        for length in 0..=path.len() {
            if self.state.run(&path[..length]).variables.is_some() {
                owner = path[..length].to_vec();
            }
        }
        if let Some(variables) = &mut self.state.run_mut(&owner).variables {
            variables.set(condition.variable, condition.value);
        }
        let oracle = self.oracle;
        // The arms of a called process may be touched too: theirs name no variable of this process that changes.
        self.state.run_mut(&owner).each_arm_mut(&mut |arm| {
            let falsified = oracle.waits_for[arm.event].iter().any(|definition| match definition {
                Definition::Conditional(waited) => {
                    waited.variable == condition.variable && waited.value != condition.value
                }
                _ => false,
            });
            arm.truth &= !falsified;
            arm.fresh &= !falsified;
        });
    }

    /// 13.3.5: who picks the enabled activities, and how often, is left to a performer; without one, each that has no
    /// incoming flow is performed once, and the sub-process ends when nothing is left. After each activity its completion
    /// condition is evaluated. When it holds, what still runs is cancelled, or (`cancelRemainingInstances` false) awaited;
    /// nothing new begins.
    pub(super) fn activity_left(&mut self, path: &[usize], node: NodeIx) {
        let Some((_, until, keep)) = self.ad_hoc(self.state.run(path)) else { return };
        let holds = until.is_some_and(|until| until.holds(self.state.variables(path)));
        if !holds || !self.oracle.model.is_activity(node) {
            return;
        }
        let run = self.state.run_mut(path);
        run.starting.clear();
        run.offered.clear();
        run.tokens.clear();
        if !keep {
            run.active.clear();
        }
    }

    /// Whether a run is that of an ad-hoc sub-process, and then: sequential, completion condition, keep.
    pub(super) fn ad_hoc(&self, run: &Run) -> Option<(bool, Option<Condition>, bool)> {
        let Of::Scope(scope) = run.of else { return None };
        let holder = self.oracle.model.scopes[scope].holder?;
        match self.oracle.model.nodes[holder].element {
            Element::Sub { kind: Sub::AdHoc { sequential, until, keep }, .. } => Some((sequential, until, keep)),
            _ => None,
        }
    }
}

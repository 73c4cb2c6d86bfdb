//! What is thrown inside and caught further out: errors, escalations, signals (BPMN 2.0.2, 10.5.1 and 13.5).

use super::Play;
use super::state::{Active, Of, Phase};
use crate::oracle::model::{Definition, Element, Events, NodeIx, Sub};

/// What throws an error.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// An active activity, by its index in the run.
    Active(usize),
    /// A node that is not (or no longer) active.
    Node(NodeIx),
}

/// How well an event catches what is thrown: not, everything, or by name.
fn catches(events: &Events, thrown: &Definition) -> u8 {
    let fits = |definition: &Definition| match (definition, thrown) {
        (Definition::Error(None), Definition::Error(_)) | (Definition::Escalation(None), Definition::Escalation(_)) => {
            1
        }
        (Definition::Error(_), _) | (Definition::Escalation(_), _) if definition == thrown => 2,
        _ => 0,
    };
    events.definitions.iter().map(fits).max().unwrap_or(0)
}

impl Play<'_> {
    /// The boundary event of an activity that catches; one that names what is thrown goes before one that catches all.
    fn boundary_for(&self, host: NodeIx, thrown: &Definition) -> Option<(NodeIx, bool)> {
        let all = self.oracle.model.boundaries(host).map(|(node, events)| (node, events, catches(events, thrown)));
        // Of equals the first in the document.
        let best = all.filter(|(.., fit)| *fit > 0).min_by_key(|(node, _, fit)| (2 - fit, *node));
        best.map(|(node, events, _)| (node, events.aside))
    }

    /// The start of an event sub-process of a run that catches what comes out of a node in it, or from the run itself.
    fn event_sub_for(&self, path: &[usize], from: Option<NodeIx>, thrown: &Definition) -> Option<NodeIx> {
        let model = self.oracle.model;
        let run = self.state.run(path);
        let Of::Scope(scope) = run.of else { return None };
        let beside =
            from.is_some_and(|from| matches!(model.nodes[from].element, Element::Sub { kind: Sub::Event, .. }));
        let disarmed = if self.oracle.lenient { beside } else { run.is_completing(model) };
        if run.interrupted || disarmed {
            return None;
        }
        let all = self.oracle.model.event_subs(scope).map(|(_, _, start, events)| (start, catches(events, thrown)));
        all.filter(|(_, fit)| *fit > 0).min_by_key(|(start, fit)| (2 - fit, *start)).map(|(start, _)| start)
    }

    /// An error is critical: it goes outwards to the nearest event sub-process or boundary event that catches it, which
    /// always interrupts (10.5.1, 13.5.3, 13.5.4). What happens to an uncaught one the standard leaves open; design §5
    /// makes it a fault that holds the token of the node that threw it.
    pub(super) fn throw_error(&mut self, path: &[usize], code: Option<&str>, by: By) {
        let thrown = Definition::Error(code.map(str::to_owned));
        if let By::Active(index) = by {
            let active = &self.state.run(path).active[index];
            if !active.iteration
                && let Some((event, _)) = self.boundary_for(active.node, &thrown)
            {
                self.state.run_mut(path).active.remove(index);
                self.leave(path, event);
                return;
            }
        }
        let (mut level, mut from) = (path.to_vec(), None);
        loop {
            if let Some(start) = self.event_sub_for(&level, from, &thrown) {
                self.begin_event_sub(&level, start);
                return;
            }
            let Some(index) = level.pop() else { break };
            let active = &self.state.run(&level).active[index];
            from = Some(active.node);
            if !active.iteration
                && let Some((event, _)) = self.boundary_for(active.node, &thrown)
            {
                self.state.run_mut(&level).active.remove(index);
                self.leave(&level, event);
                return;
            }
        }
        let run = self.state.run_mut(path);
        match by {
            By::Active(index) => {
                let active = &mut run.active[index];
                active.phase = Phase::Fault { done: false };
                active.inside = None;
            }
            By::Node(node) => {
                let done = self.oracle.model.is_activity(node);
                run.active.push(Active::new(node, Phase::Fault { done }));
            }
        }
    }

    /// Design §5: a faulted node can be retried. A service is called again; a node that only could not be left is
    /// left; any other does again what failed.
    pub(super) fn retry(&mut self, path: &[usize], index: usize) {
        let active = &mut self.state.run_mut(path).active[index];
        let (node, phase) = (active.node, active.phase);
        let Phase::Retried { done, anew } = phase else { return };
        if done {
            self.state.run_mut(path).active.remove(index);
            self.leave(path, node);
        } else if self.oracle.model.is_activity(node) {
            active.phase = Phase::Waiting;
            if anew && !active.iteration {
                let arms = self.boundary_arms(path, node);
                self.state.run_mut(path).active[index].arms = arms;
            }
        } else {
            self.state.run_mut(path).active.remove(index);
            self.enter(path, node);
        }
    }

    /// An escalation is not critical: the nearest event sub-process or boundary event takes it, interrupting or not;
    /// uncaught it has no effect (10.5.1).
    pub(super) fn escalate(&mut self, path: &[usize], code: Option<&str>) {
        let thrown = Definition::Escalation(code.map(str::to_owned));
        let (mut level, mut from) = (path.to_vec(), None);
        loop {
            if let Some(start) = self.event_sub_for(&level, from, &thrown) {
                self.begin_event_sub(&level, start);
                return;
            }
            let Some(index) = level.pop() else { return };
            let active = &self.state.run(&level).active[index];
            from = Some(active.node);
            if !active.iteration
                && let Some((event, aside)) = self.boundary_for(active.node, &thrown)
            {
                if !aside {
                    self.state.run_mut(&level).active.remove(index);
                }
                self.leave(&level, event);
                return;
            }
        }
    }

    /// A signal reaches everything that waits for it when it arrives (10.5.1: a broadcast). When a thrown signal arrives
    /// is open (publication is not synchronous): at once, or after other moves.
    pub(super) fn deliver_signal(&mut self, index: usize) {
        let signal = Definition::Signal(self.state.air.remove(index));
        let oracle = self.oracle;
        if let Some(root) = &mut self.state.root {
            root.each_arm_mut(&mut |arm| {
                if let Some(bit) = arm.waits_for(&oracle.waits_for[arm.event], &signal) {
                    arm.seen |= 1 << bit;
                }
            });
        }
    }
}

//! Compensation (BPMN 2.0.2, 13.5.5 and 10.7).

use super::Play;
use super::state::{Active, Done, Of, Run};
use crate::oracle::model::{Definition, Element, NodeIx, Sub};

impl Play<'_> {
    /// The activity that the compensation boundary event of an activity leads to.
    pub(super) fn handler(&self, done: &Done) -> Option<NodeIx> {
        let model = self.oracle.model;
        if done.iteration {
            return None;
        }
        model.boundaries(done.node).find_map(|(event, _)| model.nodes.iter().position(|it| it.undoes == Some(event)))
    }

    /// The start of the compensation event sub-process of a sub-process; of a loop each iteration has one.
    pub(super) fn undoing_sub(&self, done: &Done) -> Option<NodeIx> {
        let node = &self.oracle.model.nodes[done.node];
        let Element::Sub { scope, .. } = node.element else { return None };
        if node.repeat.is_some() && !done.iteration {
            return None;
        }
        let mut subs = self.oracle.model.event_subs(scope);
        subs.find(|(.., events)| events.definitions.iter().any(|it| matches!(it, Definition::Compensation(_))))
            .map(|(_, _, start, _)| start)
    }

    /// A compensation is thrown: what has been completed in the scope (in an event sub-process: in the scope around it
    /// too) is compensated, the last first; with an activity, only that. Each completion is compensated once. The event
    /// waits for the handlers (`waitForCompletion`).
    ///
    /// The standard demands the reverse order only for activities that depend on each other; we expect it always.
    pub(super) fn compensate(&mut self, path: &[usize], node: NodeIx, activity: Option<&str>) {
        let model = self.oracle.model;
        let mut queue = Vec::new();
        let inside_event_sub = match self.state.run(path).of {
            Of::Scope(scope) => model.scopes[scope]
                .holder
                .is_some_and(|holder| matches!(model.nodes[holder].element, Element::Sub { kind: Sub::Event, .. })),
            Of::Iterations(_) | Of::Undo => false,
        };
        let outer = path.split_last().map(|(_, outer)| outer).filter(|_| inside_event_sub);
        let own = if inside_event_sub && self.oracle.lenient && outer.is_some() { None } else { Some(path) };
        for level in outer.into_iter().chain(own) {
            let done = std::mem::take(&mut self.state.run_mut(level).done);
            let wanted = |done: &Done| activity.is_none_or(|activity| model.nodes[done.node].id == activity);
            let (chosen, rest): (Vec<Done>, Vec<Done>) = done.into_iter().partition(wanted);
            queue.extend(chosen);
            self.state.run_mut(level).done = rest;
        }
        if queue.is_empty() {
            self.leave(path, node);
        } else {
            let run = Run { queue, ..Run::new(Of::Undo) };
            self.state.run_mut(path).active.push(Active::holding(node, run));
        }
    }

    /// The next compensation of a run begins.
    pub(super) fn undo_next(&mut self, path: &[usize]) {
        let Some(done) = self.state.run_mut(path).queue.pop() else { return };
        if let Some(handler) = self.handler(&done) {
            self.begin(path, handler);
        } else if let Some(start) = self.undoing_sub(&done) {
            let scope = self.oracle.model.nodes[start].scope;
            let Some(holder) = self.oracle.model.scopes[scope].holder else { return };
            // In it, what was completed in its sub-process can be compensated.
            let run = Run { done: done.inner, ..self.begun(scope, vec![start], self.state.variables(path)) };
            self.state.run_mut(path).active.push(Active::holding(holder, run));
        } else {
            // 13.5.5, default compensation: that of everything inside; iterations too are compensated the last first.
            self.state.run_mut(path).queue.extend(done.inner);
        }
    }
}

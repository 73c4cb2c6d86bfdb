//! Scopes: how their runs begin and end, event sub-processes, transactions (BPMN 2.0.2, 13.2, 13.3.4, 13.5.4).

use super::Play;
use super::state::{Active, Done, Of, Run, State};
use crate::oracle::model::{Definition, Element, NodeIx, ScopeIx, Sub, Variables};

impl Play<'_> {
    /// A run of a scope in which these nodes begin. Its event sub-processes can be triggered from now on (13.5.4).
    pub(super) fn begun(&self, scope: ScopeIx, starts: Vec<NodeIx>, variables: Variables) -> Run {
        let mut run = Run::new(Of::Scope(scope));
        let subs = self.oracle.model.event_subs(scope);
        run.arms = subs.filter_map(|(_, _, start, _)| self.arm(start, variables)).collect();
        // 13.3.5: in a sequential ad-hoc sub-process one activity is performed at a time, in any order.
        match self.ad_hoc(&run) {
            Some((true, _, _)) => run.offered = starts,
            Some((false, _, _)) | None => run.starting = starts,
        }
        run
    }

    /// Nothing is left in a run: what it stands in is completed.
    pub(super) fn end_run(&mut self, path: &[usize]) {
        let Some((index, outer)) = path.split_last() else {
            self.state.root = None;
            return;
        };
        let run = self.state.run(path);
        let (of, cancelled) = (run.of, run.cancelling);
        let node = self.state.run(outer).active[*index].node;
        let is_event_sub = matches!(self.oracle.model.nodes[node].element, Element::Sub { kind: Sub::Event, .. });
        if cancelled {
            // 13.5.3 and 10.3.5: a cancelled transaction is left through its cancel boundary event, with all its instances.
            let (outer, index) = match (self.state.run(outer).of, outer.split_last()) {
                (Of::Iterations(_), Some((body, around))) => (around, body),
                (Of::Iterations(_) | Of::Scope(_) | Of::Undo, _) => (outer, index),
            };
            self.state.run_mut(outer).active.remove(*index);
            let cancel =
                self.oracle.model.boundaries(node).find(|(_, it)| it.definitions.contains(&Definition::Cancel));
            if let Some((event, _)) = cancel {
                self.leave(outer, event);
            }
        } else if of == Of::Undo {
            // 13.5.5: the compensation event is completed when all handlers are.
            self.state.run_mut(outer).active.remove(*index);
            self.leave(outer, node);
        } else if is_event_sub {
            let inner = std::mem::take(&mut self.state.run_mut(path).done);
            let around = self.state.run_mut(outer);
            around.active.remove(*index);
            if !inner.is_empty() {
                // Like any other sub-process it can be compensated by those around it.
                around.done.push(Done { node, iteration: false, inner });
            }
            self.count(node);
        } else {
            self.finish(outer, *index);
        }
    }

    /// 13.5.4: an interrupting start event ends everything in the scope, and no other event sub-process of it can be
    /// triggered; the scope ends with the event sub-process. Any other runs beside what is there.
    pub(super) fn begin_event_sub(&mut self, path: &[usize], start: NodeIx) {
        let scope = self.oracle.model.nodes[start].scope;
        let Some(node) = self.oracle.model.scopes[scope].holder else { return };
        let aside = match &self.oracle.model.nodes[start].element {
            Element::Start(events) => events.aside,
            _ => false,
        };
        if !aside {
            let run = self.state.run_mut(path);
            run.clear();
            run.interrupted = true;
        }
        let inside = self.begun(scope, vec![start], self.state.variables(path));
        self.state.run_mut(path).active.push(Active::holding(node, inside));
    }

    /// 10.3.5 and 13.5.6: a cancel end event ends everything in its transaction; then what has been completed in it is
    /// compensated.
    pub(super) fn cancel(&mut self, path: &[usize]) {
        let mut level = path.to_vec();
        while !is_transaction(&self.state, self.oracle.model, &level) {
            assert!(level.pop().is_some(), "a cancel end event stands in a transaction");
        }
        let run = self.state.run_mut(&level);
        run.clear();
        run.interrupted = true;
        run.cancelling = true;
        run.queue = std::mem::take(&mut run.done);
    }
}

fn is_transaction(state: &State, model: &crate::oracle::model::Model, path: &[usize]) -> bool {
    let Of::Scope(scope) = state.run(path).of else { return false };
    let holder = model.scopes[scope].holder.map(|holder| &model.nodes[holder].element);
    matches!(holder, Some(Element::Sub { kind: Sub::Transaction, .. }))
}

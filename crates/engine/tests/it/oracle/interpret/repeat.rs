//! Standard loops (BPMN 2.0.2, 13.3.6) and multi-instance activities (13.3.7).
//!
//! The activity is active as a whole, with its boundary events; its iterations are a run inside it.

use super::Play;
use super::state::{Active, Of, Phase, Run};
use crate::oracle::model::{NodeIx, Repeat};

impl Play<'_> {
    pub(super) fn begin_repeat(&mut self, path: &[usize], node: NodeIx) {
        let Some(repeat) = self.oracle.model.nodes[node].repeat else { return };
        let mut run = Run::new(Of::Iterations(node));
        let first = match repeat {
            // 13.3.6: `testBefore` looks at the condition first.
            Repeat::While { condition, most, before } => {
                u32::from(most > 0 && (!before || condition.holds(self.state.variables(path))))
            }
            // 13.3.7: sequential instances begin one after the other, parallel ones together.
            Repeat::Many { sequential, count, .. } => {
                if sequential {
                    count.min(1)
                } else {
                    count
                }
            }
        };
        for _ in 0..first {
            run.next_iteration(node);
        }
        let mut active = Active::holding(node, run);
        active.arms = self.boundary_arms(path, node);
        self.state.run_mut(path).active.push(active);
    }

    /// The iteration has been taken out of the run at `path`.
    pub(super) fn iteration_finished(&mut self, path: &[usize], node: NodeIx) {
        *self.state.iterations.entry(node).or_default() += 1;
        let Some(repeat) = self.oracle.model.nodes[node].repeat else { return };
        let variables = self.state.variables(path);
        let run = self.state.run_mut(path);
        match repeat {
            // 13.3.6: on while the condition holds, at most `loopMaximum` times.
            Repeat::While { condition, most, .. } => {
                if run.started < most && condition.holds(variables) {
                    run.next_iteration(node);
                }
            }
            // 13.3.7: the completion condition is evaluated whenever an instance completes; when it holds, the others
            // are cancelled.
            Repeat::Many { sequential, count, until } => {
                if until.is_some_and(|until| until.holds(variables)) {
                    run.active.clear();
                } else if sequential && run.started < count {
                    run.next_iteration(node);
                }
            }
        }
    }
}

impl Run {
    fn next_iteration(&mut self, node: NodeIx) {
        self.started += 1;
        self.active.push(Active { iteration: true, ..Active::new(node, Phase::Ready) });
    }
}

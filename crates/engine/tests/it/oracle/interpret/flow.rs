//! How a token enters a node and how tokens leave it (BPMN 2.0.2, 13.2 and 13.3.1).

use super::Play;
use super::state::{Active, Phase};
use crate::oracle::model::{Definition, Element, Events, FlowIx, Gateway, NodeIx};

/// The code of the error that a node has when no outgoing flow can be taken. The standard calls it an exception
/// (13.4.2, 13.4.3) and gives it no name; design §5 makes it a fault that boundary events can catch.
pub(super) const NO_FLOW: &str = "NoFlowTaken";

impl Play<'_> {
    /// A node has taken its token or tokens.
    pub(super) fn enter(&mut self, path: &[usize], node: NodeIx) {
        let model = self.oracle.model;
        match &model.nodes[node].element {
            // 13.5.1: a start event passes on what triggered it. A boundary event is entered when it occurs.
            Element::Start(_) | Element::Boundary { .. } => self.leave(path, node),
            Element::Catch(events) => self.catch(path, node, events),
            Element::Throw(thrown) => self.intermediate_throw(path, node, thrown.as_ref()),
            Element::End(thrown) => self.end(path, node, thrown.as_ref()),
            Element::Task(_) | Element::Sub { .. } | Element::Call { .. } => self.begin(path, node),
            Element::Gateway(Gateway::EventBased) => self.offer_events(path, node),
            Element::Gateway(Gateway::Exclusive | Gateway::Parallel | Gateway::Inclusive | Gateway::Complex(_)) => {
                self.leave(path, node);
            }
        }
    }

    /// 13.5.2: the token waits until the event occurs; the target of a link goes on at once.
    fn catch(&mut self, path: &[usize], node: NodeIx, events: &Events) {
        if events.definitions.iter().any(|it| matches!(it, Definition::Link(_))) {
            self.leave(path, node);
        } else {
            let mut active = Active::new(node, Phase::Waiting);
            active.arms.extend(self.arm(node, self.state.variables(path)));
            self.state.run_mut(path).active.push(active);
        }
    }

    /// The node is completed and gives tokens to the flows that it takes.
    pub(super) fn leave(&mut self, path: &[usize], node: NodeIx) {
        match self.taken(path, node) {
            Some(flows) => {
                self.count(node);
                let run = self.state.run_mut(path);
                flows.into_iter().for_each(|flow| run.put(flow));
                self.activity_left(path, node);
            }
            None => self.throw_error(path, Some(NO_FLOW), super::throw::By::Node(node)),
        }
    }

    pub(super) fn count(&mut self, node: NodeIx) {
        if self.oracle.model.is_counted(node) {
            *self.state.completed.entry(node).or_default() += 1;
        }
    }

    /// The flows that get a token: `None` when there are some and none can be taken.
    ///
    /// A flow without a condition that is not the default flow is always taken (13.3.1: several are a split); an
    /// exclusive gateway takes the first (13.4.2), everything else takes all whose condition is true (13.4.3, 10.3.1).
    pub(super) fn taken(&self, path: &[usize], node: NodeIx) -> Option<Vec<FlowIx>> {
        let model = self.oracle.model;
        let variables = self.state.variables(path);
        let outgoing: Vec<FlowIx> = model.outgoing(node).collect();
        let mut taken: Vec<FlowIx> = outgoing
            .iter()
            .copied()
            .filter(|flow| {
                let flow = &model.flows[*flow];
                !flow.default && flow.condition.is_none_or(|condition| condition.holds(variables))
            })
            .collect();
        if matches!(model.nodes[node].element, Element::Gateway(Gateway::Exclusive)) {
            taken.truncate(1);
        }
        if taken.is_empty() {
            taken.extend(outgoing.iter().copied().find(|flow| model.flows[*flow].default));
        }
        (outgoing.is_empty() || !taken.is_empty()).then_some(taken)
    }

    /// 13.5.2: throwing does not hold the token, but for a compensation, which is waited for (13.5.5).
    fn intermediate_throw(&mut self, path: &[usize], node: NodeIx, thrown: Option<&Definition>) {
        match thrown {
            None | Some(Definition::Message(_)) => self.leave(path, node),
            Some(Definition::Signal(name)) => {
                self.state.air.push(name.clone());
                self.leave(path, node);
            }
            Some(Definition::Escalation(code)) => {
                let flows = self.taken(path, node).unwrap_or_default();
                let run = self.state.run_mut(path);
                flows.into_iter().for_each(|flow| run.put(flow));
                self.escalate(path, code.as_deref());
            }
            Some(Definition::Compensation(activity)) => self.compensate(path, node, activity.as_deref()),
            // 10.5.4: a link is a flow that is not drawn.
            Some(Definition::Link(name)) => {
                let model = self.oracle.model;
                let scope = model.nodes[node].scope;
                let target = model.members(scope).find(|target| match &model.nodes[*target].element {
                    Element::Catch(events) => events.definitions.contains(&Definition::Link(name.clone())),
                    _ => false,
                });
                self.count(node);
                let run = self.state.run_mut(path);
                run.starting.extend(target);
            }
            Some(other) => panic!("no intermediate event throws {other:?}"),
        }
    }

    /// 13.5.6.
    fn end(&mut self, path: &[usize], node: NodeIx, thrown: Option<&Definition>) {
        match thrown {
            None | Some(Definition::Message(_)) => self.count(node),
            Some(Definition::Signal(name)) => {
                self.state.air.push(name.clone());
                self.count(node);
            }
            // Everything in the same scope ends, which then completes: what is around it goes on (design §5: a process
            // is then finished, not terminated).
            Some(Definition::Terminate) => {
                self.count(node);
                self.state.run_mut(path).clear();
            }
            Some(Definition::Error(code)) => self.throw_error(path, code.as_deref(), super::throw::By::Node(node)),
            Some(Definition::Escalation(code)) => self.escalate(path, code.as_deref()),
            Some(Definition::Cancel) => self.cancel(path),
            Some(Definition::Compensation(activity)) => self.compensate(path, node, activity.as_deref()),
            Some(other @ (Definition::Timer { .. } | Definition::Conditional(_) | Definition::Link(_))) => {
                panic!("no end event throws {other:?}")
            }
        }
    }
}

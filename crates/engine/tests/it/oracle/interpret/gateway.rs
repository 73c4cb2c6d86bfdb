//! Joins and the event-based gateway (BPMN 2.0.2, 13.4). Splits are in `flow`.

use std::collections::BTreeSet;

use super::Play;
use super::state::{Active, Phase, Run};
use crate::oracle::model::{Element, FlowIx, Gateway, Model, NodeIx};

/// 13.4.1: a parallel gateway takes one token from each incoming flow.
pub(super) fn parallel_is_ready(model: &Model, run: &Run, node: NodeIx) -> bool {
    model.incoming(node).all(|flow| run.tokens.contains_key(&flow))
}

/// 13.4.5: a complex gateway that waits for its start fires when its activation condition holds. The condition of a
/// model is that the tokens on all incoming flows (the sum of their activation counts) are so many.
pub(super) fn complex_is_active(model: &Model, run: &Run, node: NodeIx) -> bool {
    let Element::Gateway(Gateway::Complex(count)) = model.nodes[node].element else { return false };
    let arrived: u32 = model.incoming(node).filter_map(|flow| run.tokens.get(&flow)).sum();
    !run.reset.contains_key(&node) && arrived >= count
}

/// 13.4.3: tokens somewhere else in the scope are expected on an incoming flow that has none, unless they could also
/// come to one that has. `full` are the flows that count as having one; ways through the gateway do not count.
///
/// What is inside an activity stands for a token at the activity (design §5: paths do not cross borders). A way may
/// lead through a boundary event, since the token may leave the activity there, and through a link.
fn expects_none(model: &Model, run: &Run, gateway: NodeIx, full: &BTreeSet<FlowIx>) -> bool {
    let empty: Vec<FlowIx> = model.incoming(gateway).filter(|flow| !full.contains(flow)).collect();
    let on_flows = run.tokens.keys().map(|flow| vec![*flow]);
    // What is held at the gateway itself, by a fault, visits it.
    let elsewhere = run.active.iter().filter(|active| active.node != gateway);
    let in_nodes = elsewhere.map(|active| after(model, active.node));
    let starting = run.starting.iter().map(|node| after(model, *node));
    on_flows.chain(in_nodes).chain(starting).all(|from| {
        let mut reached = BTreeSet::new();
        let mut open = from;
        while let Some(flow) = open.pop() {
            let target = model.flows[flow].target;
            if reached.insert(flow) && target != gateway {
                open.extend(after(model, target));
            }
        }
        !empty.iter().any(|flow| reached.contains(flow)) || full.iter().any(|flow| reached.contains(flow))
    })
}

/// The flows on which a token that is at a node may leave it.
fn after(model: &Model, node: NodeIx) -> Vec<FlowIx> {
    let mut flows: Vec<FlowIx> = model.outgoing(node).collect();
    flows.extend(model.boundaries(node).flat_map(|(event, _)| model.outgoing(event)));
    if let Element::Throw(Some(link @ crate::oracle::model::Definition::Link(_))) = &model.nodes[node].element {
        let targets = model.members(model.nodes[node].scope).filter(|target| match &model.nodes[*target].element {
            Element::Catch(events) => events.definitions.contains(link),
            _ => false,
        });
        flows.extend(targets.flat_map(|target| model.outgoing(target)));
    }
    flows
}

/// Whether an inclusive gateway may fire.
pub(super) fn inclusive_is_ready(model: &Model, run: &Run, node: NodeIx) -> bool {
    let full: BTreeSet<FlowIx> = model.incoming(node).filter(|flow| run.tokens.contains_key(flow)).collect();
    !full.is_empty() && expects_none(model, run, node, &full)
}

/// 13.4.5: whether a complex gateway that waits for its reset resets: the other flows have a token or expect none.
pub(super) fn complex_resets(model: &Model, run: &Run, node: NodeIx) -> bool {
    let Some(taken) = run.reset.get(&node) else { return false };
    let mut full = taken.clone();
    full.extend(model.incoming(node).filter(|flow| run.tokens.contains_key(flow)));
    expects_none(model, run, node, &full)
}

impl Play<'_> {
    /// A join takes one token from each incoming flow that has one.
    pub(super) fn join(&mut self, path: &[usize], node: NodeIx) -> BTreeSet<FlowIx> {
        let run = self.state.run_mut(path);
        let taken: BTreeSet<FlowIx> =
            self.oracle.model.incoming(node).filter(|flow| run.tokens.contains_key(flow)).collect();
        taken.iter().for_each(|flow| run.remove_token(*flow));
        taken
    }

    /// The first phase of a complex gateway.
    pub(super) fn activate_complex(&mut self, path: &[usize], node: NodeIx) {
        let taken = self.join(path, node);
        self.state.run_mut(path).reset.insert(node, taken);
        self.leave(path, node);
    }

    /// The second phase: a token is taken from each flow that gave none in the first. With `passes`, the outgoing flows get
    /// tokens again. The standard evaluates them again; whether a flow without a condition gets a token a second time is not
    /// said clearly ("might not produce any tokens in this phase"): both are accepted.
    pub(super) fn reset_complex(&mut self, path: &[usize], node: NodeIx, passes: bool) {
        let taken = self.state.run_mut(path).reset.remove(&node).unwrap_or_default();
        let run = self.state.run_mut(path);
        for flow in self.oracle.model.incoming(node).filter(|flow| !taken.contains(flow)) {
            run.remove_token(flow);
        }
        if passes && let Some(flows) = self.taken(path, node) {
            let run = self.state.run_mut(path);
            flows.into_iter().for_each(|flow| run.put(flow));
        }
    }

    /// 13.4.4: the token waits at the gateway until the first of the events behind it occurs.
    pub(super) fn offer_events(&mut self, path: &[usize], node: NodeIx) {
        let model = self.oracle.model;
        let mut active = Active::new(node, Phase::Waiting);
        let variables = self.state.variables(path);
        let targets = model.outgoing(node).map(|flow| model.flows[flow].target);
        active.arms = targets.filter_map(|target| self.arm(target, variables)).collect();
        self.state.run_mut(path).active.push(active);
    }
}

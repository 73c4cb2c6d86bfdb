//! When an inclusive join fires.
//!
//! The rule (BPMN 2.0.2, 13.4.3): a gateway with a token on at least one incoming flow fires unless some token
//! elsewhere in its scope can reach an incoming flow that has no token, by a path that does not visit the gateway, and
//! cannot so reach an incoming flow that has one. An active node, waiting or faulted, is a token at that node; its
//! boundary events give paths too. Paths stay in the scope: a sub-process is one node.
//!
//! Asked only when nothing else in the instance can advance, so every token is at a node or waits at a join. Two joins
//! that wait for each other stay so: that is what the rule says, and the instance then counts as failed.

use std::collections::HashMap;
use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{FlowIx, Node, NodeIx, NodeKind};

use super::complex;
use crate::decide::Cx;
use crate::state::{Join, Scope, find_node};
use crate::{Corrupt, ElementNo, State};

/// How many joins that could fire are compared in order to find the one upstream; bounds the work per step.
const COMPARED: usize = 16;

/// The joins that were found blocked in this turn, each with the token that blocks it. As long as that token is there,
/// and the join has neither fired nor got a token on another flow, the answer stays the same.
#[derive(Default)]
pub(crate) struct Blocked(HashMap<Join, Witness>);

struct Witness {
    token: Token,
    /// How many incoming flows of the join had a token.
    arrived: usize,
}

/// Where a token is.
enum Token {
    Node(ElementNo),
    Flow(Arc<str>),
}

/// The join that fires next: of those that can, one that no other lies upstream of.
pub(crate) fn next(cx: &mut Cx<'_>) -> Result<Option<Join>, Corrupt> {
    let mut ready = Vec::new();
    for join in &cx.state.inclusive {
        let graph = cx.graph_of(join.scope)?;
        let inlet = Inlet::of(cx.state, graph, join)?;
        if let NodeKind::ComplexGateway { activation } = &inlet.node.kind
            && !inlet.scope.fired.contains_key(&join.node)
        {
            let process = inlet.scope.process;
            if complex::activates(cx, join, inlet.node, process, activation.as_ref())? {
                ready.push((join.clone(), inlet));
            }
            continue;
        }
        if cx.blocked.holds(cx.state, join, &inlet) {
            continue;
        }
        match inlet.blocking_token(cx.state)? {
            Some(token) => {
                cx.blocked.0.insert(join.clone(), Witness { token, arrived: inlet.arrived.len() });
            }
            None => {
                // Once it fires, what was known of its former tokens says nothing about later ones.
                cx.blocked.0.remove(join);
                ready.push((join.clone(), inlet));
                if ready.len() == COMPARED {
                    break;
                }
            }
        }
    }
    let first = most_upstream(&ready);
    Ok(ready.into_iter().nth(first).map(|(join, _)| join))
}

/// The index of the first join that no other one lies upstream of; joins on a common cycle are equals.
fn most_upstream(ready: &[(Join, Inlet<'_>)]) -> usize {
    if ready.len() < 2 {
        return 0;
    }
    let reach: Vec<FlowSet> = ready.iter().map(|(_, inlet)| inlet.reaching(&inlet.node.incoming)).collect();
    let before = |a: usize, b: usize| {
        ready[a].0.scope == ready[b].0.scope && ready[a].1.arrived.iter().any(|ix| reach[b].has(*ix))
    };
    let free = |a: usize| (0..ready.len()).all(|b| a == b || !before(b, a) || before(a, b));
    (0..ready.len()).find(|a| free(*a)).unwrap_or(0)
}

impl Blocked {
    fn holds(&self, state: &State, join: &Join, inlet: &Inlet<'_>) -> bool {
        let Some(witness) = self.0.get(join) else { return false };
        witness.arrived == inlet.arrived.len()
            && match &witness.token {
                Token::Node(no) => state.elements.contains_key(no),
                Token::Flow(flow) => inlet.scope.has_arrived(flow),
            }
    }
}

/// The incoming side of a join in its scope.
struct Inlet<'a> {
    graph: &'a Executable,
    node: &'a Node,
    ix: NodeIx,
    scope: &'a Scope,
    arrived: Vec<FlowIx>,
    missing: Vec<FlowIx>,
}

impl<'a> Inlet<'a> {
    fn of(state: &'a State, graph: &'a Executable, join: &Join) -> Result<Self, Corrupt> {
        let node = find_node(graph, &join.node)?;
        let ix = graph.node_by_id.get(&join.node).ok_or_else(|| Corrupt::Node(join.node.clone()))?;
        let scope = state.scope(join.scope)?;
        // A complex gateway that has fired has had some of its tokens.
        let had = scope.fired.get(&join.node);
        let (arrived, missing) = node.incoming.iter().partition(|ix| {
            let flow = &graph.flow(**ix).id;
            scope.has_arrived(flow) || had.is_some_and(|had| had.contains(flow))
        });
        Ok(Self { graph, node, ix: *ix, scope, arrived, missing })
    }

    /// A token that must be waited for.
    fn blocking_token(&self, state: &State) -> Result<Option<Token>, Corrupt> {
        if self.missing.is_empty() {
            return Ok(None);
        }
        let (far, near) = (self.reaching(&self.missing), self.reaching(&self.arrived));
        for no in &self.scope.children {
            let id = &state.active(*no)?.node;
            let ix = self.graph.node_by_id.get(id).ok_or_else(|| Corrupt::Node(id.clone()))?;
            if *ix != self.ix {
                let leaves = |set: &FlowSet| self.exits(*ix).any(|flow| set.has(flow));
                if leaves(&far) && !leaves(&near) {
                    return Ok(Some(Token::Node(*no)));
                }
            }
        }
        for id in self.scope.arrived.keys() {
            let flow = *self.graph.flow_by_id.get(id).ok_or_else(|| Corrupt::Flow(id.clone()))?;
            if far.has(flow) && !near.has(flow) && self.graph.flow(flow).target != self.ix {
                return Ok(Some(Token::Flow(id.clone())));
            }
        }
        Ok(None)
    }

    /// The flows on which a token at a node can leave it: its own and those of its boundary events.
    fn exits(&self, ix: NodeIx) -> impl Iterator<Item = FlowIx> {
        let node = self.graph.node(ix);
        let events = node.boundary.iter().flat_map(|ix| &self.graph.node(*ix).outgoing);
        node.outgoing.iter().chain(events).copied()
    }

    /// The flows from which a path leads to one of `targets` without visiting the join, the targets included.
    fn reaching(&self, targets: &[FlowIx]) -> FlowSet {
        let mut found = FlowSet::new(self.graph.flows.len());
        let mut open = targets.to_vec();
        while let Some(flow) = open.pop() {
            let source = self.graph.flow(flow).source;
            if !found.add(flow) || source == self.ix {
                continue;
            }
            let source = self.graph.node(source);
            open.extend(&source.incoming);
            if let NodeKind::BoundaryEvent(event) = &source.kind {
                open.extend(&self.graph.node(event.attached_to).incoming);
            }
        }
        found
    }
}

/// A set of flows of one graph.
struct FlowSet(Vec<u64>);

impl FlowSet {
    fn new(flows: usize) -> Self {
        Self(vec![0; flows.div_ceil(64)])
    }

    /// Whether the flow is new in the set.
    fn add(&mut self, flow: FlowIx) -> bool {
        let (word, bit) = (flow.0 as usize / 64, 1 << (flow.0 % 64));
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    fn has(&self, flow: FlowIx) -> bool {
        self.0[flow.0 as usize / 64] & (1 << (flow.0 % 64)) != 0
    }
}

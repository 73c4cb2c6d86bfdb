//! Arbitrary graphs: gateways and user tasks with flows between any of them. They may deadlock or run for ever; what
//! matters is that an engine does what the standard says.

use proptest::prelude::*;

use crate::process::{Process, User};

/// A random graph in a form that an oracle can read; node 0 is the start event.
#[derive(Debug, Clone)]
pub struct ArbitraryGraph {
    /// What each node is.
    pub nodes: Vec<NodeShape>,
    /// Source, target and whether the condition is true; conditions count only behind exclusive and inclusive gateways.
    pub flows: Vec<(usize, usize, bool)>,
}

/// What a node of an arbitrary graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeShape {
    /// The start event.
    Start,
    /// Takes each token by itself, gives it to the first flow whose condition is true, else to the last flow.
    Exclusive,
    /// Joins all, gives to all.
    Parallel,
    /// Joins by the rule, gives to each flow whose condition is true, or to the last flow.
    Inclusive,
    /// A user task: each token waits until somebody answers.
    Task,
    /// An end event.
    End,
}

/// Random graphs with `size` nodes between start and end; every node can be reached from the start and has a way out.
pub fn graphs(size: std::ops::Range<usize>) -> impl Strategy<Value = ArbitraryGraph> {
    let shape = prop_oneof![
        1 => Just(NodeShape::Exclusive),
        2 => Just(NodeShape::Parallel),
        4 => Just(NodeShape::Inclusive),
        2 => Just(NodeShape::Task),
    ];
    prop::collection::vec(shape, size).prop_flat_map(|inner| {
        let count = inner.len() + 2;
        let nodes: Vec<NodeShape> = [NodeShape::Start].into_iter().chain(inner).chain([NodeShape::End]).collect();
        // One flow into each inner node from an earlier one, one out of it to a later one, and some more anywhere.
        let spine = (1..count - 1).map(|node| (0..node, node + 1..count)).collect::<Vec<_>>();
        let more = prop::collection::vec((1..count - 1, 1..count, any::<bool>()), 0..count);
        (Just(nodes), spine, prop::collection::vec(any::<(bool, bool)>(), count - 2), more)
            .prop_map(|(nodes, spine, conditions, more)| ArbitraryGraph::new(nodes, &spine, &conditions, more))
    })
}

impl ArbitraryGraph {
    fn new(
        nodes: Vec<NodeShape>,
        spine: &[(usize, usize)],
        conditions: &[(bool, bool)],
        more: Vec<(usize, usize, bool)>,
    ) -> Self {
        let mut flows = Vec::new();
        for (index, ((from, to), (a, b))) in spine.iter().zip(conditions).enumerate() {
            let node = index + 1;
            flows.push((*from, node, *a));
            flows.push((node, *to, *b));
        }
        flows.extend(more);
        flows.retain(|(from, to, _)| from != to);
        flows.sort_by_key(|(from, to, _)| (*from, *to));
        flows.dedup_by_key(|(from, to, _)| (*from, *to));
        Self { nodes, flows }
    }

    /// Outgoing flows of a node, as indexes into `flows`; the last one is the default flow of a gateway that chooses.
    pub fn outgoing(&self, node: usize) -> Vec<usize> {
        (0..self.flows.len()).filter(|flow| self.flows[*flow].0 == node).collect()
    }

    /// Incoming flows of a node, as indexes into `flows`.
    pub fn incoming(&self, node: usize) -> Vec<usize> {
        (0..self.flows.len()).filter(|flow| self.flows[*flow].1 == node).collect()
    }

    /// The BPMN id of a node.
    pub fn id(node: usize) -> String {
        format!("n{node}")
    }

    /// The same graph as a process.
    pub fn process(&self) -> Process {
        let mut process = Process::new("root");
        for (index, shape) in self.nodes.iter().enumerate() {
            let id = Self::id(index);
            process = match shape {
                NodeShape::Start => process.start(&id),
                NodeShape::Exclusive => process.exclusive(&id),
                NodeShape::Parallel => process.parallel(&id),
                NodeShape::Inclusive => process.inclusive(&id),
                NodeShape::Task => process.user(&id, User::default()),
                NodeShape::End => process.end(&id),
            };
        }
        for (index, shape) in self.nodes.iter().enumerate() {
            let outgoing = self.outgoing(index);
            for flow in &outgoing {
                let (_, target, truth) = self.flows[*flow];
                let (source, target) = (Self::id(index), Self::id(target));
                process = match shape {
                    NodeShape::Exclusive | NodeShape::Inclusive if Some(flow) == outgoing.last() => {
                        process.flow_else(&source, &target)
                    }
                    NodeShape::Exclusive | NodeShape::Inclusive => {
                        process.flow_if(&source, &target, if truth { "true" } else { "false" })
                    }
                    NodeShape::Start | NodeShape::Parallel | NodeShape::Task | NodeShape::End => {
                        process.flow(&source, &target)
                    }
                };
            }
        }
        process
    }
}

//! Inclusive joins on arbitrary graphs against an oracle that plays the token game by the letter of the standard.
//!
//! The oracle gives the set of markings that may follow from a marking and an outside event; several, because several
//! joins may be allowed to fire at once. The engine's marking, read from its journal, must be one of them.

use std::collections::BTreeSet;

use engine::command::Answer;
use engine::{Command, Event};
use proptest::prelude::*;
use testkit::random::NodeShape;
use testkit::random::{ArbitraryGraph, graphs};

use crate::world::{World, json};

/// Give up on a sample that moves more tokens than this in one turn: it runs for ever.
const MOST_MOVES: usize = 400;

/// Where the tokens are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Marking {
    /// On each flow.
    flows: Vec<u32>,
    /// Waiting in each node.
    nodes: Vec<u32>,
    /// Ended.
    ended: u32,
}

/// The token game ran for too long.
#[derive(Debug)]
struct Endless;

impl Marking {
    fn put(&mut self, graph: &ArbitraryGraph, node: usize) {
        let outgoing = graph.outgoing(node);
        let taken: Vec<usize> = match graph.nodes[node] {
            NodeShape::Exclusive | NodeShape::Inclusive => {
                let (default, others) = outgoing.split_last().expect("every gateway has a way out");
                let mut taken: Vec<usize> = others.iter().copied().filter(|flow| graph.flows[*flow].2).collect();
                if graph.nodes[node] == NodeShape::Exclusive {
                    taken.truncate(1);
                }
                if taken.is_empty() { vec![*default] } else { taken }
            }
            NodeShape::Start | NodeShape::Parallel | NodeShape::Task | NodeShape::End => outgoing,
        };
        for flow in taken {
            self.flows[flow] += 1;
        }
    }

    /// Moves one token that can move without the inclusive rule.
    fn advance(&mut self, graph: &ArbitraryGraph) -> bool {
        for node in 0..graph.nodes.len() {
            let incoming = graph.incoming(node);
            match graph.nodes[node] {
                NodeShape::Start | NodeShape::Inclusive => {}
                NodeShape::Parallel => {
                    if !incoming.is_empty() && incoming.iter().all(|flow| self.flows[*flow] > 0) {
                        incoming.iter().for_each(|flow| self.flows[*flow] -= 1);
                        self.put(graph, node);
                        return true;
                    }
                }
                NodeShape::Exclusive | NodeShape::Task | NodeShape::End => {
                    if let Some(flow) = incoming.iter().find(|flow| self.flows[**flow] > 0) {
                        self.flows[*flow] -= 1;
                        match graph.nodes[node] {
                            NodeShape::Task => self.nodes[node] += 1,
                            NodeShape::End => self.ended += 1,
                            _ => self.put(graph, node),
                        }
                        return true;
                    }
                }
            }
        }
        false
    }

    /// The standard's rule, read forwards: no token may be able to come to an empty incoming flow unless it can also come
    /// to one that has a token; ways through the gateway itself do not count.
    fn may_fire(&self, graph: &ArbitraryGraph, gateway: usize) -> bool {
        let incoming = graph.incoming(gateway);
        let (full, empty): (Vec<usize>, Vec<usize>) = incoming.iter().partition(|flow| self.flows[**flow] > 0);
        if full.is_empty() {
            return false;
        }
        let on_flows = (0..self.flows.len()).filter(|flow| self.flows[*flow] > 0).map(|flow| vec![flow]);
        let in_nodes = (0..self.nodes.len()).filter(|node| self.nodes[*node] > 0).map(|node| graph.outgoing(node));
        on_flows.chain(in_nodes).all(|from| {
            let mut reached = BTreeSet::new();
            let mut open = from;
            while let Some(flow) = open.pop() {
                let target = graph.flows[flow].1;
                if reached.insert(flow) && target != gateway {
                    open.extend(graph.outgoing(target));
                }
            }
            !empty.iter().any(|flow| reached.contains(flow)) || full.iter().any(|flow| reached.contains(flow))
        })
    }

    fn fire(&mut self, graph: &ArbitraryGraph, gateway: usize) {
        for flow in graph.incoming(gateway) {
            self.flows[flow] = self.flows[flow].saturating_sub(1);
        }
        self.put(graph, gateway);
    }

    /// Every marking in which the instance may come to rest.
    fn outcomes(self, graph: &ArbitraryGraph) -> Result<BTreeSet<Marking>, Endless> {
        let mut search = Search { graph, rests: BTreeSet::new(), done: BTreeSet::new(), path: Vec::new(), moves: 0 };
        search.explore(self)?;
        Ok(search.rests)
    }

    /// The marking that a journal leads to.
    fn of_journal(graph: &ArbitraryGraph, journal: &[Event]) -> Self {
        let flow_ids: Vec<String> = graph
            .flows
            .iter()
            .map(|(from, to, _)| format!("{}_{}", ArbitraryGraph::id(*from), ArbitraryGraph::id(*to)))
            .collect();
        let flow_ix = |id: &str| flow_ids.iter().position(|other| other == id).expect("a flow of the graph");
        let node_ix = |id: &str| id[1..].parse::<usize>().expect("a node of the graph");
        let mut marking = Self::empty(graph);
        let mut active = std::collections::HashMap::new();
        for event in journal {
            match event {
                Event::FlowTaken { flow, .. } => marking.flows[flow_ix(flow)] += 1,
                Event::Activated { no, node, consumed, .. } => {
                    consumed.iter().for_each(|flow| marking.flows[flow_ix(flow)] -= 1);
                    marking.nodes[node_ix(node)] += 1;
                    active.insert(*no, node_ix(node));
                }
                Event::Completed { no, .. } => {
                    let node = active[no];
                    marking.nodes[node] -= 1;
                    marking.ended += u32::from(graph.nodes[node] == NodeShape::End);
                }
                _ => {}
            }
        }
        marking
    }

    fn empty(graph: &ArbitraryGraph) -> Self {
        Self { flows: vec![0; graph.flows.len()], nodes: vec![0; graph.nodes.len()], ended: 0 }
    }
}

/// The search for the markings in which an instance may come to rest.
struct Search<'g> {
    graph: &'g ArbitraryGraph,
    rests: BTreeSet<Marking>,
    done: BTreeSet<Marking>,
    /// The markings that led to the present one: one that comes again means a loop.
    path: Vec<Marking>,
    moves: usize,
}

impl Search<'_> {
    fn explore(&mut self, mut marking: Marking) -> Result<(), Endless> {
        loop {
            self.moves += 1;
            if self.moves > MOST_MOVES {
                return Err(Endless);
            }
            if !marking.advance(self.graph) {
                break;
            }
        }
        if self.path.contains(&marking) {
            return Err(Endless);
        }
        if !self.done.insert(marking.clone()) {
            return Ok(());
        }
        let inclusive = (0..self.graph.nodes.len()).filter(|node| self.graph.nodes[*node] == NodeShape::Inclusive);
        let ready: Vec<usize> = inclusive.filter(|node| marking.may_fire(self.graph, *node)).collect();
        if ready.is_empty() {
            self.rests.insert(marking);
            return Ok(());
        }
        self.path.push(marking.clone());
        for gateway in ready {
            let mut next = marking.clone();
            next.fire(self.graph, gateway);
            self.explore(next)?;
        }
        self.path.pop();
        Ok(())
    }
}

/// Plays a graph, answering tasks in the order that `choices` gives; says how many turns could be compared.
fn play(graph: &ArbitraryGraph, choices: &[u8]) -> Result<usize, TestCaseError> {
    let mut allowed = Marking::empty(graph);
    allowed.put(graph, 0);
    let mut world = World::new(&graph.process());
    world.checked = false;
    let Ok(mut allowed) = allowed.outcomes(graph) else { return Ok(0) };
    world.start();
    let mut compared = 0;
    for choice in choices {
        let reached = Marking::of_journal(graph, &world.journal);
        prop_assert!(allowed.contains(&reached), "reached {reached:?}\nallowed {allowed:?}\n{}", world.text);
        compared += 1;
        let tasks: Vec<_> = world.state.open_tasks().map(|task| (task.element, task.node.clone())).collect();
        if tasks.is_empty() {
            break;
        }
        let (element, node) = &tasks[usize::from(*choice) % tasks.len()];
        let node: usize = node[1..].parse().expect("a node of the graph");
        let mut next = reached;
        next.nodes[node] -= 1;
        next.put(graph, node);
        match next.outcomes(graph) {
            Ok(outcomes) => allowed = outcomes,
            Err(Endless) => break,
        }
        let answer = Answer::Continue { parameters: json("{}") };
        world.send(Command::TaskAnswered { element: *element, answer }).expect("the task is open");
    }
    Ok(compared)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn inclusive_joins_do_what_the_standard_says(
        graph in graphs(2..9),
        choices in prop::collection::vec(any::<u8>(), 12),
    ) {
        play(&graph, &choices)?;
    }
}

#[test]
fn the_samples_are_not_trivial() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut joins, mut turns) = (0, 0);
    for _ in 0..300 {
        let graph = graphs(2..9).new_tree(&mut runner).expect("a sample").current();
        let inclusive = (0..graph.nodes.len())
            .filter(|node| graph.nodes[*node] == NodeShape::Inclusive && graph.incoming(*node).len() > 1);
        joins += inclusive.count();
        turns += play(&graph, &[0, 1, 2, 3, 4, 5, 6, 7]).expect("as allowed");
    }
    assert!(joins > 300, "{joins} joins");
    assert!(turns > 500, "{turns} turns");
}

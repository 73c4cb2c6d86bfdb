//! A scope as a graph of splits and joins, and its reduction.
//!
//! The rules of reduction keep, for every join that stays, which tokens can reach it:
//!
//! * a node with one way in and one way out becomes an edge;
//! * two edges between the same split and the same join become one where they always carry the same tokens;
//! * a fork's edge to the end of the scope goes away, since that token meets nobody;
//! * neighbouring nodes that take and give one token at a time become one, and an edge from such a node to itself goes.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::ast::{Kind, Process};
use crate::graph::{is_activity, is_entered};
use crate::validate::Model;

/// How tokens come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joins {
    /// One way in.
    None,
    /// Each token for itself.
    Any,
    /// Waits for all.
    All,
    /// Waits for those that can come.
    Inclusive,
}

/// How tokens go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Splits {
    /// One way out.
    None,
    /// Takes one.
    One,
    /// Takes all.
    All,
    /// Takes some.
    Some,
}

#[derive(Debug)]
struct Point {
    /// The node of the process that it stands for; `None` for where the scope begins and ends.
    label: Option<usize>,
    joins: Joins,
    splits: Splits,
    /// Edges, in the order of the document.
    incoming: BTreeSet<usize>,
    outgoing: BTreeSet<usize>,
    alive: bool,
}

/// The scope's graph, reduced.
#[derive(Debug)]
pub(super) struct Reduced {
    points: Vec<Point>,
    /// Source and target; `None` once it is gone.
    edges: Vec<Option<(usize, usize)>>,
    /// An edge between two points, for finding a second one.
    between: HashMap<(usize, usize), usize>,
    /// Where all paths end.
    sink: usize,
    /// Points that may be reducible.
    queue: VecDeque<usize>,
}

impl Reduced {
    /// Builds and reduces the graph of the reachable nodes of a scope.
    pub(super) fn new(model: &Model<'_>, scope: usize, reached: &[bool]) -> Self {
        let mut graph =
            Self { points: Vec::new(), edges: Vec::new(), between: HashMap::new(), sink: 0, queue: VecDeque::new() };
        graph.sink = graph.point(None, Joins::Any, Splits::None);
        graph.build(model, scope, reached);
        graph.queue.extend(0..graph.points.len());
        while let Some(point) = graph.queue.pop_front() {
            graph.reduce(point);
        }
        graph
    }

    /// Points that are left.
    pub(super) fn nodes(&self) -> impl Iterator<Item = usize> {
        (0..self.points.len()).filter(|point| self.points[*point].alive)
    }

    /// How many edges are left.
    pub(super) fn edges(&self) -> usize {
        self.between.len()
    }

    pub(super) fn label(&self, point: usize) -> Option<usize> {
        self.points[point].label
    }

    pub(super) fn joins(&self, point: usize) -> Joins {
        if self.points[point].incoming.len() > 1 { self.points[point].joins } else { Joins::None }
    }

    pub(super) fn splits(&self, point: usize) -> Splits {
        if self.points[point].outgoing.len() > 1 { self.points[point].splits } else { Splits::None }
    }

    pub(super) fn sources(&self, point: usize) -> impl Iterator<Item = usize> {
        self.points[point].incoming.iter().filter_map(|edge| self.edges[*edge].map(|(source, _)| source))
    }

    pub(super) fn targets(&self, point: usize) -> impl Iterator<Item = usize> {
        self.points[point].outgoing.iter().filter_map(|edge| self.edges[*edge].map(|(_, target)| target))
    }

    fn point(&mut self, label: Option<usize>, joins: Joins, splits: Splits) -> usize {
        let (incoming, outgoing) = (BTreeSet::new(), BTreeSet::new());
        self.points.push(Point { label, joins, splits, incoming, outgoing, alive: true });
        self.points.len() - 1
    }

    /// Each node becomes a point that takes tokens in and one that gives them out; the first rule of reduction puts
    /// together what need not be apart.
    fn build(&mut self, model: &Model<'_>, scope: usize, reached: &[bool]) {
        let Model { process, graph } = model;
        let members: Vec<usize> = graph.members[scope].iter().copied().filter(|node| reached[*node]).collect();
        let mut ways_in = HashMap::new();
        let mut ways_out = HashMap::new();
        for node in &members {
            let (joins, splits) = kinds(process, model, *node);
            let way_in = self.point(Some(*node), joins, Splits::One);
            ways_in.insert(*node, way_in);
            let mut way_out = way_in;
            if !graph.boundary[*node].is_empty() {
                // Either the activity completes or one of its boundary events takes the token; one that does not
                // interrupt gives another.
                let gives = |event: &usize| {
                    matches!(process.nodes[*event].kind, Kind::BoundaryEvent { interrupting: false, .. })
                };
                let splits = if graph.boundary[*node].iter().any(gives) { Splits::Some } else { Splits::One };
                way_out = self.point(Some(*node), Joins::Any, splits);
                self.edge(way_in, way_out);
            }
            let given = self.point(Some(*node), Joins::Any, splits);
            self.edge(way_out, given);
            ways_out.insert(*node, (way_out, given));
        }
        // What is started by something begins there and nowhere else.
        let splits = if graph.triggered[scope].is_empty() { Splits::All } else { Splits::One };
        let source = self.point(None, Joins::Any, splits);
        for start in graph.starts[scope].iter().chain(&graph.triggered[scope]).filter_map(|start| ways_in.get(start)) {
            self.edge(source, *start);
        }
        for node in &members {
            let (way_out, given) = ways_out[node];
            for event in graph.boundary[*node].iter().filter_map(|event| ways_in.get(event)) {
                self.edge(way_out, *event);
            }
            let targets = graph.outgoing[*node].iter().filter_map(|flow| graph.ends[*flow]);
            let targets: Vec<usize> = targets.filter_map(|(_, target)| ways_in.get(&target).copied()).collect();
            for target in &targets {
                self.edge(given, *target);
            }
            if targets.is_empty() && is_entered(&process.nodes[*node]) {
                self.edge(given, self.sink);
            }
        }
    }

    fn edge(&mut self, source: usize, target: usize) {
        let edge = self.edges.len();
        self.edges.push(None);
        self.connect(edge, source, target);
    }

    /// Puts an edge between two points, or drops it where one that always carries the same tokens is there already.
    fn connect(&mut self, edge: usize, source: usize, target: usize) {
        if self.between.contains_key(&(source, target)) && self.same_tokens(source, target) {
            self.queue.extend([source, target]);
            return;
        }
        self.edges[edge] = Some((source, target));
        self.points[source].outgoing.insert(edge);
        self.points[target].incoming.insert(edge);
        self.between.entry((source, target)).or_insert(edge);
        self.queue.extend([source, target]);
    }

    fn disconnect(&mut self, edge: usize) {
        if let Some((source, target)) = self.edges[edge].take() {
            self.points[source].outgoing.remove(&edge);
            self.points[target].incoming.remove(&edge);
            if self.between.get(&(source, target)) == Some(&edge) {
                self.between.remove(&(source, target));
                // Another edge between the two, which could not be merged, takes its place.
                let fewer = if self.points[source].outgoing.len() < self.points[target].incoming.len() {
                    &self.points[source].outgoing
                } else {
                    &self.points[target].incoming
                };
                let other = fewer.iter().copied().find(|other| self.edges[*other] == Some((source, target)));
                if let Some(other) = other {
                    self.between.insert((source, target), other);
                }
            }
            self.queue.extend([source, target]);
        }
    }

    /// Whether two edges from a split to a join can be taken for one.
    fn same_tokens(&self, source: usize, target: usize) -> bool {
        target == self.sink
            || matches!(
                (self.points[source].splits, self.points[target].joins),
                (Splits::One, Joins::Any | Joins::Inclusive)
                    | (Splits::All, Joins::All | Joins::Inclusive)
                    | (Splits::Some, Joins::Inclusive)
            )
    }

    fn reduce(&mut self, point: usize) {
        if !self.points[point].alive || point == self.sink {
            return;
        }
        let only = |edges: &BTreeSet<usize>| if edges.len() == 1 { edges.first().copied() } else { None };
        let (way_in, way_out) = (only(&self.points[point].incoming), only(&self.points[point].outgoing));

        if let (Some(before), Some(after)) = (way_in, way_out)
            && let (Some((source, _)), Some((_, target))) = (self.edges[before], self.edges[after])
            && source != point
            && target != point
        {
            self.disconnect(before);
            self.disconnect(after);
            self.points[point].alive = false;
            self.connect(before, source, target);
            return;
        }
        if self.splits(point) == Splits::All
            && let Some(edge) = self.between.get(&(point, self.sink)).copied()
        {
            self.disconnect(edge);
            return;
        }
        if !self.one_at_a_time(point) {
            return;
        }
        if self.points[point].outgoing.len() > 1
            && let Some(edge) = self.between.get(&(point, point)).copied()
        {
            self.disconnect(edge);
            return;
        }
        for (neighbour, edge) in [
            way_in.and_then(|edge| Some((self.edges[edge]?.0, edge))),
            way_out.and_then(|edge| Some((self.edges[edge]?.1, edge))),
        ]
        .into_iter()
        .flatten()
        {
            if neighbour != point && neighbour != self.sink && self.one_at_a_time(neighbour) {
                self.fuse(point, neighbour, edge);
                return;
            }
        }
    }

    /// Whether each token that comes in goes out as one token on one of the ways.
    fn one_at_a_time(&self, point: usize) -> bool {
        matches!(self.joins(point), Joins::None | Joins::Any)
            && matches!(self.splits(point), Splits::None | Splits::One)
            && !self.points[point].incoming.is_empty()
            && !self.points[point].outgoing.is_empty()
    }

    /// Makes two neighbours one; the one with more edges stays, so that an edge is moved only a few times.
    fn fuse(&mut self, a: usize, b: usize, edge: usize) {
        let degree = |point: &Point| point.incoming.len() + point.outgoing.len();
        let (stays, goes) = if degree(&self.points[a]) >= degree(&self.points[b]) { (a, b) } else { (b, a) };
        // The label should be that of a node where paths meet.
        if self.points[stays].incoming.len() < 2 && self.points[goes].incoming.len() > 1 {
            self.points[stays].label = self.points[goes].label;
        }
        self.points[stays].joins = Joins::Any;
        self.points[stays].splits = Splits::One;
        self.disconnect(edge);
        let moved: Vec<usize> = self.points[goes].incoming.union(&self.points[goes].outgoing).copied().collect();
        for edge in moved {
            if let Some((source, target)) = self.edges[edge] {
                self.disconnect(edge);
                let there = |end: usize| if end == goes { stays } else { end };
                self.connect(edge, there(source), there(target));
            }
        }
        self.points[goes].alive = false;
        self.queue.push_back(stays);
    }
}

/// How a node takes and gives tokens.
fn kinds(process: &Process, model: &Model<'_>, index: usize) -> (Joins, Splits) {
    let node = &process.nodes[index];
    match &node.kind {
        Kind::ExclusiveGateway | Kind::EventBasedGateway { parallel: false, .. } => (Joins::Any, Splits::One),
        Kind::EventBasedGateway { parallel: true, .. } => (Joins::Any, Splits::All),
        // It may fire before all have come, and swallows the others.
        Kind::ComplexGateway { .. } => (Joins::Inclusive, Splits::Some),
        Kind::ParallelGateway => (Joins::All, Splits::All),
        Kind::InclusiveGateway => (Joins::Inclusive, Splits::Some),
        kind => {
            let mut flows = model.graph.outgoing[index].iter();
            let conditional = is_activity(kind, node.tag) && flows.any(|flow| process.flows[*flow].condition.is_some());
            (Joins::Any, if conditional { Splits::Some } else { Splits::All })
        }
    }
}

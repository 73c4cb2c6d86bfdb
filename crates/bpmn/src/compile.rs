//! From a document and its node settings to the [`Executable`].

mod decision;
mod events;
mod expression;
mod looping;
mod lower;
mod tasks;
mod timer;

use std::collections::HashMap;
use std::sync::Arc;

use crate::ast::{Form, Kind, Process};
use crate::document::Document;
use crate::executable::{Executable, Flow, FlowIx, Node, NodeIx, Scope, ScopeIx};
use crate::graph::Graph;
use crate::parse;
use crate::problem::{Problem, Problems, rule};

pub(crate) use lower::{CONTEXT_NAMES, Lowered, lower};

/// The outcome of compiling.
#[derive(Debug)]
pub struct Compiled {
    /// The graph; `None` when one of the problems is an error.
    pub executable: Option<Executable>,
    /// Everything that was found while reading, resolving and compiling. The rules of [`crate::validate()`] that only
    /// judge the shape of the graph are not applied.
    pub problems: Vec<Problem>,
}

/// Compiles the process of a document that runs, with its node settings. Never fails: what is wrong is in the problems.
pub fn compile(document: &Document, taskconfig: &str) -> Compiled {
    compile_one(document, None, taskconfig)
}

/// The same for another process of the document, by its id.
pub fn compile_process(document: &Document, process: &str, taskconfig: &str) -> Compiled {
    compile_one(document, Some(process), taskconfig)
}

fn compile_one(document: &Document, process: Option<&str>, taskconfig: &str) -> Compiled {
    let (process, mut problems) = parse::parse(document, process);
    let Some(process) = process else {
        return Compiled { executable: None, problems: problems.sorted() };
    };
    let graph = Graph::build(&process, &mut problems);
    check_starts(&process, &graph, &mut problems);
    let lowered = lower::lower(&process, &graph, taskconfig, &mut problems);
    let executable = if problems.has_error() { None } else { assemble(&process, &graph, lowered) };
    Compiled { executable, problems: problems.sorted() }
}

/// Every scope needs a place where its token appears.
pub(crate) fn check_starts(process: &Process, graph: &Graph, problems: &mut Problems) {
    for (index, scope) in process.scopes.iter().enumerate() {
        let (starts, triggered) = (graph.starts[index].len(), graph.triggered[index].len());
        let (at, what) = match scope.node {
            Some(node) => (process.nodes[node].at(), "sub-process"),
            None => (process.at(), "process"),
        };
        if scope.by_event {
            if (starts, triggered) != (0, 1) {
                let message = "an event sub-process has exactly one start event, and that waits for something";
                problems.error(rule::START_EVENT, at, message);
            }
        } else if scope.node.is_some() && triggered > 0 {
            let message = "the start event of a sub-process waits for nothing: tokens come to it by flows";
            problems.error(rule::START_EVENT, at, message);
        } else if starts == 0 && triggered == 0 {
            problems.error(rule::START_EVENT, at, format!("the {what} has no start event"));
        }
    }
}

/// `None` only when something was left out because of an error.
fn assemble(process: &Process, graph: &Graph, lowered: Lowered) -> Option<Executable> {
    let node_ixs = |indexes: &[usize]| indexes.iter().map(|index| node_ix(*index)).collect::<Vec<_>>();
    let flow_ixs = |indexes: &[usize]| indexes.iter().map(|index| flow_ix(*index)).collect::<Vec<_>>();
    let mut nodes = Vec::with_capacity(process.nodes.len());
    for (index, (node, lowered)) in process.nodes.iter().zip(lowered.nodes).enumerate() {
        let lower::LoweredNode { kind, name, looping } = lowered?;
        let (takes, gives) = node.quantities;
        nodes.push(Node {
            id: Arc::clone(&node.id),
            name,
            element: node.tag,
            scope: scope_ix(node.scope),
            kind,
            looping,
            handler: graph.handler[index].map(node_ix),
            takes,
            gives,
            incoming: flow_ixs(&graph.incoming[index]),
            outgoing: flow_ixs(&graph.outgoing[index]),
            default: graph.default[index].map(flow_ix),
            boundary: node_ixs(&graph.boundary[index]),
        });
    }
    let mut flows = Vec::with_capacity(process.flows.len());
    for (index, (flow, condition)) in process.flows.iter().zip(lowered.conditions).enumerate() {
        let (source, target) = graph.ends[index]?;
        flows.push(Flow { id: Arc::clone(&flow.id), source: node_ix(source), target: node_ix(target), condition });
    }
    let scopes = process.scopes.iter().enumerate().map(|(index, scope)| Scope {
        node: scope.node.map(node_ix),
        starts: node_ixs(&graph.starts[index]),
        triggered: node_ixs(&graph.triggered[index]),
        event_sub_processes: {
            let members = graph.members[index].iter().copied();
            let is_by_event =
                |node: &usize| matches!(process.nodes[*node].kind, Kind::SubProcess { form: Form::Event, .. });
            members.filter(is_by_event).map(node_ix).collect()
        },
        nodes: node_ixs(&graph.members[index]),
    });
    Some(Executable {
        process_id: Arc::clone(&process.id),
        name: Arc::clone(&process.name),
        scopes: scopes.collect(),
        node_by_id: index_of(nodes.iter().map(|node| &node.id)).map(|(id, ix)| (id, NodeIx(ix))).collect(),
        flow_by_id: index_of(flows.iter().map(|flow| &flow.id)).map(|(id, ix)| (id, FlowIx(ix))).collect(),
        nodes,
        flows,
    })
}

fn index_of<'a>(ids: impl Iterator<Item = &'a Arc<str>>) -> impl Iterator<Item = (Arc<str>, u32)> {
    ids.zip(0..).map(|(id, index)| (Arc::clone(id), index))
}

fn ix(index: usize) -> u32 {
    u32::try_from(index).expect("a document has at most 50 000 elements")
}

fn node_ix(index: usize) -> NodeIx {
    NodeIx(ix(index))
}

fn flow_ix(index: usize) -> FlowIx {
    FlowIx(ix(index))
}

fn scope_ix(index: usize) -> ScopeIx {
    ScopeIx(ix(index))
}

/// The entries of `taskconfig` need to know which nodes there are, and where.
fn lines(process: &Process) -> HashMap<&str, Option<u32>> {
    process.nodes.iter().map(|node| (&*node.id, node.line)).collect()
}

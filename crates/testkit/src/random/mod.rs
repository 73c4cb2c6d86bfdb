//! Random processes for property tests: block-structured ones, one file for each kind of block, and arbitrary graphs.

mod boundary;
mod call;
mod choice;
mod graph;
mod parallel;
mod repeat;
mod script;
mod sequence;
mod service;
mod sub;
mod timer;
mod user;

use proptest::prelude::*;

pub use graph::{ArbitraryGraph, NodeShape, graphs};

use crate::process::Process;

/// Error codes that generated processes throw and catch; a test fails services with them.
pub const CODES: [&str; 2] = ["E1", "E2"];

/// A random process with the processes that it calls.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The root process; its id is `root`.
    pub root: Process,
    /// The called processes; the id of each is the name that calls use.
    pub children: Vec<Process>,
}

/// A part of a process with one way in and one way out.
#[derive(Debug, Clone)]
enum Block {
    Script(script::Script),
    Service(service::Service),
    User(user::User),
    Timer(timer::Timer),
    Sequence(sequence::Sequence),
    Choice(choice::Choice),
    Parallel(parallel::Parallel),
    Repeat(repeat::Repeat),
    Sub(sub::Sub),
    Boundary(boundary::Boundary),
    Call(call::Call),
}

/// The first and the last node of a block that has been drawn.
struct Ends {
    first: String,
    last: String,
}

impl Ends {
    fn same(node: String) -> Self {
        Self { first: node.clone(), last: node }
    }
}

/// Where blocks are drawn.
struct Canvas {
    process: Process,
    /// Counts node ids; shared with called processes, so that ids tell where they are.
    next: usize,
    children: Vec<Process>,
}

impl Canvas {
    fn id(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    /// Adds to the process.
    fn add(&mut self, change: impl FnOnce(Process) -> Process) {
        let process = std::mem::replace(&mut self.process, Process::new(""));
        self.process = change(process);
    }

    /// A start event, the block, an end event.
    fn draw_whole(&mut self, block: &Block) {
        let (start, end) = (self.id("start"), self.id("end"));
        self.add(|process| process.start(&start));
        let ends = block.draw(self);
        self.add(|process| process.end(&end).flow(&start, &ends.first).flow(&ends.last, &end));
    }
}

impl Block {
    fn draw(&self, canvas: &mut Canvas) -> Ends {
        match self {
            Self::Script(block) => block.draw(canvas),
            Self::Service(block) => block.draw(canvas),
            Self::User(block) => block.draw(canvas),
            Self::Timer(block) => block.draw(canvas),
            Self::Sequence(block) => block.draw(canvas),
            Self::Choice(block) => block.draw(canvas),
            Self::Parallel(block) => block.draw(canvas),
            Self::Repeat(block) => block.draw(canvas),
            Self::Sub(block) => block.draw(canvas),
            Self::Boundary(block) => block.draw(canvas),
            Self::Call(block) => block.draw(canvas),
        }
    }
}

/// Random block-structured processes. Every one can end: loops count, branches have a default.
pub fn processes() -> impl Strategy<Value = Sample> {
    let leaf = prop_oneof![
        2 => script::strategy(),
        3 => service::strategy(),
        1 => user::strategy(),
        1 => timer::strategy(),
    ];
    let block = leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            4 => sequence::strategy(inner.clone()),
            3 => choice::strategy(inner.clone()),
            2 => parallel::strategy(inner.clone()),
            1 => repeat::strategy(inner.clone()),
            1 => sub::strategy(inner.clone()),
            2 => boundary::strategy(inner.clone()),
            1 => call::strategy(inner),
        ]
    });
    block.prop_map(|block| {
        let mut canvas = Canvas { process: Process::new("root"), next: 0, children: Vec::new() };
        canvas.draw_whole(&block);
        Sample { root: canvas.process, children: canvas.children }
    })
}

#[cfg(test)]
mod tests {
    use bpmn::{Document, Form, compile};

    use super::*;

    /// What the two ways of building can be compared by.
    fn outline(graph: &bpmn::Executable) -> Vec<String> {
        let kind = |kind: &bpmn::executable::NodeKind| {
            let text = format!("{kind:?}");
            text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
        };
        let ids = |flows: &[bpmn::executable::FlowIx]| flows.iter().map(|ix| &*graph.flow(*ix).id).collect::<Vec<_>>();
        let mut lines: Vec<String> = graph
            .nodes
            .iter()
            .map(|node| {
                let scope = graph.scope(node.scope).node.map(|ix| &graph.node(ix).id);
                let boundary: Vec<_> = node.boundary.iter().map(|ix| &graph.node(*ix).id).collect();
                let (incoming, outgoing) = (ids(&node.incoming), ids(&node.outgoing));
                let default = node.default.map(|ix| &graph.flow(ix).id);
                let kind = kind(&node.kind);
                format!("{} {kind} {scope:?} {incoming:?} {outgoing:?} {default:?} {boundary:?}", node.id)
            })
            .collect();
        lines.sort();
        lines.extend(graph.flows.iter().map(|flow| {
            format!("{} {:?}", flow.id, flow.condition.as_ref().map(|condition| condition.source().to_owned()))
        }));
        lines
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn the_xml_of_a_process_compiles_to_the_same_graph(sample in processes()) {
            for process in sample.children.iter().chain([&sample.root]) {
                let xml = process.xml();
                let document = Document::from_text(&xml, Form::Xml).expect("BPMN");
                let compiled = compile(&document, "");
                let graph = compiled.executable;
                prop_assert!(graph.is_some(), "{:?}\n{}", compiled.problems, xml);
                let (mut written, mut built) = (outline(&graph.expect("checked")), outline(&process.build()));
                written.sort();
                built.sort();
                prop_assert_eq!(written, built);
            }
        }
    }
}

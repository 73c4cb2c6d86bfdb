//! Which branches of a workflow cases have taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use bpmn::Executable;

use crate::Prepared;

/// The branches of a workflow and which of them were taken.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// Every sequence flow and boundary event of the executable processes, in the order of the document.
    pub branches: Vec<Branch>,
}

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its id.
    pub id: Arc<str>,
    /// What it is.
    pub kind: BranchKind,
    /// Where it leaves: the source, or the activity that the event is attached to.
    pub from: Arc<str>,
    /// Where it goes; a boundary event goes nowhere itself.
    pub to: Option<Arc<str>>,
    /// Whether a case has taken it.
    pub taken: bool,
}

/// What a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchKind {
    /// A sequence flow.
    Flow,
    /// A default flow.
    Default,
    /// A boundary event.
    Boundary,
}

impl BranchKind {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Default => "default flow",
            Self::Boundary => "boundary event",
        }
    }
}

impl Coverage {
    pub(super) fn of(workflow: &Prepared) -> Self {
        Self { branches: workflow.executables.iter().flat_map(|executable| branches(executable)).collect() }
    }

    pub(super) fn add(&mut self, taken: &BTreeSet<Arc<str>>) {
        for branch in &mut self.branches {
            branch.taken |= taken.contains(&branch.id);
        }
    }

    /// How many branches were taken.
    pub fn taken(&self) -> usize {
        self.branches.iter().filter(|branch| branch.taken).count()
    }

    /// The branches that were not taken.
    pub fn missed(&self) -> impl Iterator<Item = &Branch> {
        self.branches.iter().filter(|branch| !branch.taken)
    }

    /// How many of a hundred branches were taken; 100 when there is none.
    pub fn percent(&self) -> f64 {
        if self.branches.is_empty() {
            return 100.0;
        }
        self.taken() as f64 * 100.0 / self.branches.len() as f64
    }
}

fn branches(executable: &Executable) -> impl Iterator<Item = Branch> {
    let flows = executable.flows.iter().map(move |flow| {
        let source = executable.node(flow.source);
        let default = source.default.is_some_and(|ix| executable.flow(ix).id == flow.id);
        Branch {
            id: Arc::clone(&flow.id),
            kind: if default { BranchKind::Default } else { BranchKind::Flow },
            from: Arc::clone(&source.id),
            to: Some(Arc::clone(&executable.node(flow.target).id)),
            taken: false,
        }
    });
    let boundary = executable.nodes.iter().flat_map(move |node| {
        node.boundary.iter().map(move |event| Branch {
            id: Arc::clone(&executable.node(*event).id),
            kind: BranchKind::Boundary,
            from: Arc::clone(&node.id),
            to: None,
            taken: false,
        })
    });
    flows.chain(boundary)
}

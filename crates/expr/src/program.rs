//! A compiled expression.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use model::Value;

use crate::compile::{self, Node, Tree};
use crate::{Budget, Error, Fault, Scope, walk};

/// A compiled expression. Cheap to clone, free to share between threads.
#[derive(Clone)]
pub struct Program(Arc<Compiled>);

struct Compiled {
    /// The whole text that positions count in.
    text: Arc<str>,
    /// The expression in it.
    range: Range<usize>,
    tree: Tree,
}

impl Program {
    /// Compiles a bare expression. A `${…}` or `#{…}` around all of it is taken off, since dialects of BPMN
    /// write one.
    ///
    /// Starts a thread and waits for it, so it is for the time of deployment, not of execution.
    ///
    /// # Errors
    /// The text is not an expression, names an unknown function, or is too long or nested too deep.
    pub fn compile(source: &str) -> Result<Self, Error> {
        let (tree, range) =
            compile::on_large_stack(|| compile::bare(source).map_err(|problem| problem.in_text(source)))?;
        Ok(Self::new(source.into(), range, tree))
    }

    /// A program of a tree, which was made from the range of the text.
    pub(crate) fn new(text: Arc<str>, range: Range<usize>, tree: Tree) -> Self {
        Self(Arc::new(Compiled { text, range, tree }))
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.0.tree
    }

    /// Where in the text the first such node is.
    pub(crate) fn place_of(&self, wanted: impl Fn(&Node) -> bool) -> String {
        let node = self.0.tree.nodes.iter().position(wanted).unwrap_or(0);
        compile::place(&self.0.text, self.0.tree.places[node] as usize)
    }

    /// The text it was compiled from, without such braces.
    pub fn source(&self) -> &str {
        &self.0.text[self.0.range.clone()]
    }

    /// The top-level names it reads, for validation, in the order of their first use.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.0.tree.names.to_vec()
    }

    /// Evaluates it. The work is taken off the budget, also when there is a fault.
    ///
    /// # Errors
    /// See [`Fault`]; a [`Fault::Type`] says where in the text it arose.
    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, Fault> {
        let value = self.run(scope, budget)?;
        // What only reads cannot be larger than what is there already.
        if self.0.tree.builds {
            walk::settle(&value, 0, budget)?;
        }
        Ok(value)
    }

    /// Evaluates it without a look at the size of the value.
    pub(crate) fn run(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, Fault> {
        walk::run(&self.0.tree, scope, budget).map_err(|(fault, node)| match (fault, node) {
            (Fault::Type(what), Some(node)) => {
                let place = self.0.tree.places[node.0 as usize] as usize;
                Fault::Type(format!("{what} at {}", compile::place(&self.0.text, place)))
            }
            (fault, _) => fault,
        })
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.source()).finish()
    }
}

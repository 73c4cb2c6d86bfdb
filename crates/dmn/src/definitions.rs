//! What a document says: its decisions and how they hang together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use expr::feel::Expression;

use crate::problem::{Place, Problem};
use crate::table::Table;

/// The decisions of a document that has no errors. Free to share between threads.
#[derive(Debug)]
pub struct Definitions {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) warnings: Vec<Problem>,
}

/// A decision.
#[derive(Debug)]
pub struct Decision {
    pub(crate) id: Option<Arc<str>>,
    pub(crate) name: Arc<str>,
    /// The name of its result.
    pub(crate) variable: Option<Arc<str>>,
    pub(crate) place: Place,
    pub(crate) logic: Logic,
    /// The decisions that it requires, in the order of the text.
    pub(crate) required: Vec<usize>,
    /// Their results by every name that they have.
    pub(crate) visible: BTreeMap<Arc<str>, usize>,
}

/// How a decision is made.
#[derive(Debug)]
pub(crate) enum Logic {
    Table(Table),
    Literal(Expression),
}

impl Definitions {
    /// The decision of this id, else of this name.
    pub fn decision(&self, id_or_name: &str) -> Option<&Decision> {
        self.index(id_or_name).map(|index| &self.decisions[index])
    }

    /// All decisions in the order of the document.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter()
    }

    /// What is odd about the document and does not keep it from being used.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The top-level names that evaluating the decision reads from outside, those of the decisions that it requires
    /// included; `None` when there is no such decision.
    pub fn names(&self, id_or_name: &str) -> Option<Vec<Arc<str>>> {
        let mut seen = BTreeSet::new();
        let mut names = Vec::new();
        for index in self.order(self.index(id_or_name)?) {
            let decision = &self.decisions[index];
            let read = match &decision.logic {
                Logic::Table(table) => table.names(),
                Logic::Literal(expression) => expression.names(),
            };
            let outside = read.into_iter().filter(|name| !decision.visible.contains_key(name));
            names.extend(outside.filter(|name| seen.insert(name.clone())));
        }
        Some(names)
    }

    pub(crate) fn index(&self, id_or_name: &str) -> Option<usize> {
        let by_id = self.decisions.iter().position(|decision| decision.id.as_deref() == Some(id_or_name));
        by_id.or_else(|| self.decisions.iter().position(|decision| &*decision.name == id_or_name))
    }

    /// What is to be evaluated for a decision, in an order that has each before those that require it; the decision is
    /// the last.
    pub(crate) fn order(&self, target: usize) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::from([target]);
        // Each decision with the number of its requirements that have been looked at.
        let mut open = vec![(target, 0)];
        while let Some((decision, next)) = open.last_mut() {
            match self.decisions[*decision].required.get(*next) {
                Some(required) => {
                    *next += 1;
                    if seen.insert(*required) {
                        open.push((*required, 0));
                    }
                }
                None => {
                    order.push(*decision);
                    open.pop();
                }
            }
        }
        order
    }
}

impl Decision {
    /// Its id.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its name; its id when it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a rule of its table is annotated with, the description first; rules are counted from 1.
    pub fn annotations(&self, rule: usize) -> &[Arc<str>] {
        match &self.logic {
            Logic::Table(table) => {
                let rule = rule.checked_sub(1).and_then(|index| table.rules.get(index));
                rule.map_or(&[], |rule| &rule.annotations)
            }
            Logic::Literal(_) => &[],
        }
    }
}

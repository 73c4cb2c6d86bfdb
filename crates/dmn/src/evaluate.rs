//! Evaluates a decision and the ones that it requires, each once.

use std::collections::BTreeMap;

use expr::{Budget, Scope};
use model::Value;

use crate::definitions::{Decision, Definitions, Logic};
use crate::fault::code;
use crate::{Fault, table};

/// What a decision came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The result.
    pub value: Value,
    /// The rules that matched, counted from 1, in the order in which they have a say: of a list of results, each rule
    /// stands where its result does; with PRIORITY the one that was taken is the first. With FIRST no more than that one
    /// is known. Empty when none matched, and of a literal expression.
    pub rules: Vec<usize>,
    /// What the decisions that it requires came to, in the order in which they were evaluated.
    pub required: Vec<Required>,
}

/// What a required decision came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Required {
    /// Its id; its name when it has none.
    pub decision: String,
    /// As in [`Decided`].
    pub value: Value,
    /// As in [`Decided`].
    pub rules: Vec<usize>,
}

/// The names that a decision sees: the results that it requires, then those from outside.
struct Visible<'a> {
    decision: &'a Decision,
    results: &'a BTreeMap<usize, (Value, Vec<usize>)>,
    outside: &'a dyn Scope,
}

impl Scope for Visible<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        match self.decision.visible.get(name) {
            Some(required) => self.results.get(required).map(|(value, _)| value.clone()),
            None => self.outside.get(name),
        }
    }
}

impl Definitions {
    /// Evaluates the decision of this id or name, and before it those that it requires. The work is taken off the
    /// budget, also when there is a fault.
    ///
    /// When no rule of a table matches, the result is the default of its outputs, else null. A table with several outputs
    /// has an object of them; RULE ORDER, OUTPUT ORDER and COLLECT without aggregation have a list.
    ///
    /// # Errors
    /// See [`code`].
    pub fn evaluate(&self, id_or_name: &str, names: &dyn Scope, budget: &mut Budget) -> Result<Decided, Fault> {
        let unknown = || {
            let known: Vec<&str> = self.decisions.iter().take(10).map(Decision::name).collect();
            let shown = table::shortened(id_or_name);
            Fault::new(code::UNKNOWN, format!("there is no decision '{shown}'; there is: {}", known.join(", ")))
        };
        let target = self.index(id_or_name).ok_or_else(unknown)?;
        let mut results = BTreeMap::new();
        let order = self.order(target);
        for index in &order {
            let decision = &self.decisions[*index];
            let result = decision.decide(&Visible { decision, results: &results, outside: names }, budget)?;
            results.insert(*index, result);
        }
        let (value, rules) = results.remove(&target).unwrap_or_default();
        let required = order.iter().filter_map(|index| {
            let (value, rules) = results.remove(index)?;
            let decision = &self.decisions[*index];
            Some(Required { decision: decision.id().unwrap_or(decision.name()).to_owned(), value, rules })
        });
        Ok(Decided { value, rules, required: required.collect() })
    }
}

impl Decision {
    fn decide(&self, names: &dyn Scope, budget: &mut Budget) -> Result<(Value, Vec<usize>), Fault> {
        let fault = |fault: expr::Fault| Fault::of_expression(&fault, format_args!("decision '{}'", self.name));
        let result = match &self.logic {
            Logic::Table(table) => table.decide(&self.name, names, budget)?,
            Logic::Literal(expression) => (expression.eval(names, budget).map_err(fault)?, Vec::new()),
        };
        // Outputs of many rules may share what they read, and are more when they are written out.
        budget.settle(&result.0).map_err(fault)?;
        Ok(result)
    }
}

//! Decision tables.

use std::collections::BTreeSet;
use std::sync::Arc;

use expr::feel::UnaryTests;
use roxmltree::Node;

use super::Reader;
use crate::document;
use crate::problem::rule;
use crate::table::{Aggregation, HitPolicy, Input, Output, Rule, Table};

/// What may stand anywhere and changes nothing.
const IGNORED: [&str; 2] = ["description", "extensionElements"];

impl<'d, 't> Reader<'d, 't> {
    /// Reads a table; none when something in it is wrong.
    pub(super) fn table(&mut self, element: Node<'d, 't>) -> Option<Table> {
        let policy = self.policy(element);
        let (mut inputs, mut outputs, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        for child in self.elements(element) {
            match child.tag_name().name() {
                "input" => inputs.push(child),
                "output" => outputs.push(child),
                "rule" => rules.push(child),
                "annotation" => {}
                name if IGNORED.contains(&name) => {}
                name => self.unknown(name, child),
            }
        }
        if outputs.is_empty() {
            self.error(rule::TABLE, element, "the table has no output");
        }
        let columns = (inputs.len(), outputs.len());
        let inputs: Vec<_> =
            inputs.into_iter().enumerate().map(|(index, input)| self.input(input, index + 1)).collect();
        let outputs = self.outputs(&outputs);
        let rules: Vec<_> =
            rules.into_iter().enumerate().map(|(index, rule)| self.rule(rule, index + 1, columns)).collect();
        self.policy_fits(element, policy, &outputs);
        Some(Table {
            policy: policy?,
            inputs: inputs.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
            rules: rules.into_iter().collect::<Option<_>>()?,
        })
    }

    fn policy(&mut self, element: Node<'d, 't>) -> Option<HitPolicy> {
        let aggregation = match element.attribute("aggregation") {
            None => None,
            Some("SUM") => Some(Aggregation::Sum),
            Some("MIN") => Some(Aggregation::Min),
            Some("MAX") => Some(Aggregation::Max),
            Some("COUNT") => Some(Aggregation::Count),
            Some(other) => {
                let message = format!("the aggregation '{other}' is unknown; there are SUM, MIN, MAX and COUNT");
                self.error(rule::HIT_POLICY, element, message);
                return None;
            }
        };
        let policy = match element.attribute("hitPolicy").unwrap_or("UNIQUE") {
            "COLLECT" => return Some(HitPolicy::Collect(aggregation)),
            "UNIQUE" => HitPolicy::Unique,
            "FIRST" => HitPolicy::First,
            "ANY" => HitPolicy::Any,
            "PRIORITY" => HitPolicy::Priority,
            "RULE ORDER" => HitPolicy::RuleOrder,
            "OUTPUT ORDER" => HitPolicy::OutputOrder,
            other => {
                let message = format!(
                    "the hit policy '{other}' is unknown; there are UNIQUE, FIRST, ANY, PRIORITY, RULE ORDER, OUTPUT ORDER \
                     and COLLECT"
                );
                self.error(rule::HIT_POLICY, element, message);
                return None;
            }
        };
        if let Some(aggregation) = aggregation {
            let message = format!("the aggregation {aggregation} goes with hit policy COLLECT, not {policy}");
            self.error(rule::HIT_POLICY, element, message);
            return None;
        }
        Some(policy)
    }

    /// What a policy asks of the outputs.
    fn policy_fits(&mut self, element: Node<'d, 't>, policy: Option<HitPolicy>, outputs: &[Option<Output>]) {
        match policy {
            Some(policy @ (HitPolicy::Priority | HitPolicy::OutputOrder)) => {
                let has_values = |output: &Option<Output>| output.as_ref().is_none_or(|output| output.values.is_some());
                if !outputs.is_empty() && !outputs.iter().any(has_values) {
                    let message = format!(
                        "hit policy {policy} goes by the output values of the outputs, the most important first; no output \
                         has any"
                    );
                    self.error(rule::HIT_POLICY, element, message);
                }
            }
            Some(HitPolicy::Collect(Some(aggregation))) if outputs.len() > 1 => {
                let message = format!("the aggregation {aggregation} needs a single output, not {}", outputs.len());
                self.error(rule::HIT_POLICY, element, message);
            }
            Some(
                HitPolicy::Unique
                | HitPolicy::First
                | HitPolicy::Any
                | HitPolicy::RuleOrder
                | HitPolicy::Collect(Some(_) | None),
            )
            | None => {}
        }
    }

    fn input(&mut self, element: Node<'d, 't>, number: usize) -> Option<Input> {
        let what = format!("input {number}");
        self.known(element, &["inputExpression", "inputValues"]);
        let expression = match self.child(element, "inputExpression") {
            Some(expression) => self.expression(expression, &what),
            None => {
                self.error(rule::MISSING_EXPRESSION, element, format!("{what} has no inputExpression"));
                None
            }
        };
        let values =
            self.child(element, "inputValues").map(|values| self.cell(values, &format!("the values of {what}")));
        Some(Input { expression: expression?, values: restricting(values)? })
    }

    /// Reports the elements that are not one of these.
    fn known(&mut self, element: Node<'d, 't>, names: &[&str]) {
        for child in self.elements(element) {
            let name = child.tag_name().name();
            if !names.contains(&name) && !IGNORED.contains(&name) {
                self.unknown(name, child);
            }
        }
    }

    /// Compiles a cell that tests.
    fn cell(&mut self, element: Node<'d, 't>, what: &str) -> Option<UnaryTests> {
        self.language(element);
        let text = self.text(element);
        match UnaryTests::compile(&text) {
            Ok(tests) => Some(tests),
            Err(error) => {
                self.error(rule::EXPRESSION, element, format!("{what}: {error}"));
                None
            }
        }
    }

    fn outputs(&mut self, elements: &[Node<'d, 't>]) -> Vec<Option<Output>> {
        let mut names = BTreeSet::new();
        let mut outputs = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let name = element.attribute("name").unwrap_or("").trim();
            if elements.len() > 1 && name.is_empty() {
                let message = format!("output {} needs a name, since there are several outputs", index + 1);
                self.error(rule::MISSING_NAME, *element, message);
            }
            if !name.is_empty() && !names.insert(name) {
                self.error(rule::DUPLICATE_NAME, *element, format!("two outputs have the name '{name}'"));
            }
            outputs.push(self.output(*element, name, index + 1));
        }
        outputs
    }

    fn output(&mut self, element: Node<'d, 't>, name: &str, number: usize) -> Option<Output> {
        self.known(element, &["outputValues", "defaultOutputEntry"]);
        let values = self.child(element, "outputValues");
        let values = values.map(|values| self.cell(values, &format!("the values of output {number}")));
        let default = match self.child(element, "defaultOutputEntry") {
            Some(default) => self.optional_expression(default, &format!("the default of output {number}")),
            None => Some(None),
        };
        Some(Output { name: name.into(), values: restricting(values)?, default: default? })
    }

    fn rule(&mut self, element: Node<'d, 't>, number: usize, columns: (usize, usize)) -> Option<Rule> {
        self.known(element, &["inputEntry", "outputEntry", "annotationEntry"]);
        let of = |reader: &Self, name: &str| -> Vec<Node<'d, 't>> {
            reader.elements(element).filter(|child| child.tag_name().name() == name).collect()
        };
        let (inputs, outputs) = (of(self, "inputEntry"), of(self, "outputEntry"));
        for (what, found, wanted) in [("input", inputs.len(), columns.0), ("output", outputs.len(), columns.1)] {
            if found != wanted {
                let message = format!("rule {number} has {found} {what} entries, and the table has {wanted} {what}s");
                self.error(rule::TABLE, element, message);
            }
        }
        let inputs: Vec<_> = inputs
            .into_iter()
            .enumerate()
            .map(|(index, cell)| self.cell(cell, &format!("rule {number}, input {}", index + 1)))
            .collect();
        let outputs: Vec<_> = outputs
            .into_iter()
            .enumerate()
            .map(|(index, cell)| self.optional_expression(cell, &format!("rule {number}, output {}", index + 1)))
            .collect();
        let description = self.child(element, "description").map(document::text);
        let entries = of(self, "annotationEntry");
        let entries: Vec<String> = entries.into_iter().map(|entry| self.text(entry)).collect();
        let annotations = description.into_iter().chain(entries);
        let annotations = annotations.map(|text| Arc::from(text.trim())).filter(|text: &Arc<str>| !text.is_empty());
        Some(Rule {
            place: self.document.place(element),
            inputs: inputs.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
            annotations: annotations.collect(),
        })
    }
}

/// Values that restrict something: not those that are absent, or any. None when they could not be compiled.
fn restricting(values: Option<Option<UnaryTests>>) -> Option<Option<UnaryTests>> {
    match values {
        None => Some(None),
        Some(compiled) => compiled.map(|values| (!values.is_any()).then_some(values)),
    }
}

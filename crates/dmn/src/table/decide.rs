//! Finds the rules that match.

use expr::{Budget, Scope};
use model::{Number, Value};

use super::{HitPolicy, Rule, Table};
use crate::Fault;
use crate::fault::code;

/// What evaluating a table takes along.
pub(super) struct Run<'a> {
    pub(super) table: &'a Table,
    /// What the decision is called in messages.
    pub(super) decision: &'a str,
    pub(super) names: &'a dyn Scope,
    pub(super) budget: &'a mut Budget,
}

impl Table {
    /// The result, with the rules that it came from, counted from 1 in the order in which they have a say.
    pub(crate) fn decide(
        &self,
        decision: &str,
        names: &dyn Scope,
        budget: &mut Budget,
    ) -> Result<(Value, Vec<usize>), Fault> {
        let mut run = Run { table: self, decision, names, budget };
        let inputs = run.inputs()?;
        let matching = run.matching(&inputs)?;
        let (value, rules) = run.hit(matching)?;
        Ok((value, rules.into_iter().map(|index| index + 1).collect()))
    }
}

impl Run<'_> {
    pub(super) fn fault(&self, code: &'static str, message: &str) -> Fault {
        Fault::new(code, format!("decision '{}': {message}", self.decision))
    }

    pub(super) fn of_expression(&self, fault: &expr::Fault, place: &str) -> Fault {
        Fault::of_expression(fault, format_args!("decision '{}', {place}", self.decision))
    }

    /// The value of each column that is tested, which must be one that the column allows.
    fn inputs(&mut self) -> Result<Vec<Value>, Fault> {
        let mut inputs = Vec::with_capacity(self.table.inputs.len());
        for input in &self.table.inputs {
            let place = |what: &str| format!("{what} '{}'", shortened(input.name()));
            let value = input
                .expression
                .eval(self.names, self.budget)
                .map_err(|fault| self.of_expression(&fault, &place("input")))?;
            if let Some(values) = &input.values {
                let allowed = values
                    .matches(&value, self.names, self.budget)
                    .map_err(|fault| self.of_expression(&fault, &place("the values of input")))?;
                if !allowed {
                    let (name, allowed) = (place("input"), shortened(values.source().trim()));
                    let message = format!("{name} is {}; it may be {allowed}", shown(&value));
                    return Err(self.fault(code::INPUT_NOT_ALLOWED, &message));
                }
            }
            inputs.push(value);
        }
        Ok(inputs)
    }

    /// The rules that match, from 0; no more than the first where that is enough.
    fn matching(&mut self, inputs: &[Value]) -> Result<Vec<usize>, Fault> {
        let mut matching = Vec::new();
        for (index, rule) in self.table.rules.iter().enumerate() {
            if self.matches(index, rule, inputs)? {
                matching.push(index);
                if self.table.policy == HitPolicy::First {
                    break;
                }
            }
        }
        Ok(matching)
    }

    fn matches(&mut self, index: usize, rule: &Rule, inputs: &[Value]) -> Result<bool, Fault> {
        for (column, (cell, input)) in rule.inputs.iter().zip(inputs).enumerate() {
            let matches = cell.matches(input, self.names, self.budget).map_err(|fault| {
                let input = shortened(self.table.inputs[column].name());
                self.of_expression(&fault, &format!("rule {}, input '{input}'", index + 1))
            })?;
            if !matches {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The beginning of a text, short enough for a message.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A value in a message.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(Number::Exact(digits)) => shortened(digits),
        Value::Number(number) => number.digits().into_owned(),
        Value::String(text) => format!("\"{}\"", shortened(text)),
        Value::List(_) | Value::Map(_) => format!("a value of the kind {}", value.kind()),
    }
}

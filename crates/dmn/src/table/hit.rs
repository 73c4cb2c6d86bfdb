//! What the hit policy makes of the rules that match.

use expr::feel::{self, Expression};
use model::{Map, Value};

use super::decide::{Run, shown};
use super::{Aggregation, HitPolicy};
use crate::Fault;
use crate::fault::code;

impl Run<'_> {
    /// The result and the rules that it came from, from 0.
    pub(super) fn hit(&mut self, matching: Vec<usize>) -> Result<(Value, Vec<usize>), Fault> {
        let Some(first) = matching.first().copied() else { return Ok((self.defaults()?, matching)) };
        let value = match self.table.policy {
            HitPolicy::Unique if matching.len() > 1 => {
                let message = format!("{} match, and hit policy UNIQUE allows one", listed(&matching));
                return Err(self.fault(code::NOT_UNIQUE, &message));
            }
            HitPolicy::Unique | HitPolicy::First => self.rule(first)?,
            HitPolicy::Any => self.same(&matching)?,
            HitPolicy::Priority => {
                let mut ordered = self.by_priority(&matching)?;
                let value = ordered.first_mut().map(|(_, _, value)| std::mem::take(value)).unwrap_or_default();
                return Ok((value, ordered.into_iter().map(|(_, index, _)| index).collect()));
            }
            HitPolicy::OutputOrder => {
                let ordered = self.by_priority(&matching)?;
                let (rules, values) = ordered.into_iter().map(|(_, index, value)| (index, value)).unzip();
                return Ok((Value::list(values), rules));
            }
            HitPolicy::RuleOrder | HitPolicy::Collect(None) => Value::list(self.all(&matching)?),
            HitPolicy::Collect(Some(aggregation)) => self.aggregated(aggregation, &matching)?,
        };
        Ok((value, matching))
    }

    /// The result when no rule matches: the defaults of the columns, else null.
    fn defaults(&mut self) -> Result<Value, Fault> {
        let outputs = &self.table.outputs;
        if outputs.iter().all(|output| output.default.is_none()) {
            return Ok(Value::Null);
        }
        self.outputs(outputs.iter().map(|output| output.default.as_ref()), "the default of ")
    }

    /// The outputs of a rule.
    fn rule(&mut self, index: usize) -> Result<Value, Fault> {
        let cells = self.table.rules[index].outputs.iter().map(Option::as_ref);
        self.outputs(cells, &format!("rule {}, ", index + 1))
    }

    /// The values of a cell for each output: one value, or an object when there are several outputs.
    fn outputs<'c>(
        &mut self,
        cells: impl Iterator<Item = Option<&'c Expression>>,
        place: &str,
    ) -> Result<Value, Fault> {
        let mut members = Map::new();
        for (column, cell) in cells.enumerate() {
            let value = match cell {
                Some(cell) => cell.eval(self.names, self.budget).map_err(|fault| {
                    self.of_expression(&fault, &format!("{place}{}", self.table.output_name(column)))
                })?,
                None => Value::Null,
            };
            if self.table.outputs.len() == 1 {
                return Ok(value);
            }
            members.insert(self.table.outputs[column].name.clone(), value);
        }
        Ok(Value::map(members))
    }

    fn all(&mut self, rules: &[usize]) -> Result<Vec<Value>, Fault> {
        rules.iter().map(|index| self.rule(*index)).collect()
    }

    /// The outputs that all rules have.
    fn same(&mut self, rules: &[usize]) -> Result<Value, Fault> {
        let values = self.all(rules)?;
        let mut rest = values.into_iter();
        let value = rest.next().unwrap_or_default();
        for other in rest {
            let same = feel::equal(&value, &other, self.budget);
            if !same.map_err(|fault| self.of_expression(&fault, "comparing its outputs"))? {
                let message = format!("{} match with different outputs, which hit policy ANY forbids", listed(rules));
                return Err(self.fault(code::NOT_ANY, &message));
            }
        }
        Ok(value)
    }

    /// The rules in the order of their outputs among the values of the columns, columns on the left before those on
    /// the right; of rules that are equal in that, the first of the table comes first.
    fn by_priority(&mut self, rules: &[usize]) -> Result<Vec<(Vec<usize>, usize, Value)>, Fault> {
        let mut ordered = Vec::with_capacity(rules.len());
        for index in rules {
            let value = self.rule(*index)?;
            let mut priority = Vec::new();
            for (column, output) in self.table.outputs.iter().enumerate() {
                let Some(values) = &output.values else { continue };
                let found = if self.table.outputs.len() == 1 { &value } else { value.get(&output.name) };
                let place = format!("rule {}, {}", index + 1, self.table.output_name(column));
                let position = values.position(found, self.names, self.budget);
                match position.map_err(|fault| self.of_expression(&fault, &place))? {
                    Some(position) => priority.push(position),
                    None => {
                        let (found, policy) = (shown(found), self.table.policy);
                        let message =
                            format!("{place} is {found}, which is not in the output values that {policy} goes by");
                        return Err(self.fault(code::NO_PRIORITY, &message));
                    }
                }
            }
            ordered.push((priority, *index, value));
        }
        ordered.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        Ok(ordered)
    }

    fn aggregated(&mut self, aggregation: Aggregation, rules: &[usize]) -> Result<Value, Fault> {
        let collect = match aggregation {
            Aggregation::Count => return Ok(Value::int(i64::try_from(rules.len()).unwrap_or(i64::MAX))),
            Aggregation::Sum => feel::sum,
            Aggregation::Min => feel::least,
            Aggregation::Max => feel::greatest,
        };
        let values = self.all(rules)?;
        collect(&values, self.budget).map_err(|fault| match fault {
            expr::Fault::Budget(_) => self.of_expression(&fault, "collecting its outputs"),
            expr::Fault::Type(what) => {
                self.fault(code::AGGREGATION, &format!("{aggregation} of {}: {what}", listed(rules)))
            }
            expr::Fault::UnknownName(_) => self.of_expression(&fault, "collecting its outputs"),
        })
    }
}

/// Rules in a message.
fn listed(rules: &[usize]) -> String {
    const MOST: usize = 10;
    let numbers: Vec<String> = rules.iter().take(MOST).map(|index| (index + 1).to_string()).collect();
    match numbers.as_slice() {
        [one] => format!("rule {one}"),
        [first @ .., last] if rules.len() <= MOST => format!("rules {} and {last}", first.join(", ")),
        _ => format!("rules {} and {} more", numbers.join(", "), rules.len() - numbers.len()),
    }
}

//! What is odd about decisions that can be evaluated, as far as it can be told without knowing the inputs.

mod grid;
mod rules;

use expr::{Budget, feel};
use model::{Map, Value};

use crate::definitions::{Decision, Logic};
use crate::limits;
use crate::problem::{Problems, rule};
use crate::table::{Table, shown};

/// Reports everything that is odd.
pub(crate) fn about(decisions: &[Decision], problems: &mut Problems) {
    let mut work =
        Work { samples: Budget { steps: limits::SAMPLE_STEPS, ..Budget::default() }, comparisons: limits::PAIR_STEPS };
    for decision in decisions {
        unreadable(decisions, decision, problems);
        if let Logic::Table(table) = &decision.logic {
            if table.rules.is_empty() {
                let message = "the table has no rules, so that its result is always its default, or null";
                problems.warning(rule::NO_RULES, decision.place.clone(), message);
            }
            output_values(table, &mut work, problems);
            rules::compare(decision, table, &mut work, problems);
        }
    }
}

/// What may still be done for all tables together.
struct Work {
    /// For evaluating cells.
    samples: Budget,
    /// For comparing rules.
    comparisons: u64,
}

impl Work {
    /// Pays for comparisons; whether there was enough left.
    fn compare(&mut self, price: u64) -> bool {
        self.comparisons = self.comparisons.saturating_sub(price);
        self.comparisons > 0
    }
}

/// A name with a space in it cannot be written in S-FEEL.
fn unreadable(decisions: &[Decision], decision: &Decision, problems: &mut Problems) {
    for required in &decision.required {
        let required = &decisions[*required];
        let mut names = required.variable.iter().chain([&required.name]);
        if !names.any(|name| feel::is_name(name)) {
            let message = format!(
                "no expression can read the result of '{}', since its name is not a plain word; give its variable one \
                 that is",
                required.name
            );
            problems.warning(rule::UNREADABLE_NAME, decision.place.clone(), message);
        }
    }
}

/// Outputs that are constants should be among the values that their column has.
fn output_values(table: &Table, work: &mut Work, problems: &mut Problems) {
    for (number, row) in table.rules.iter().enumerate() {
        for (column, (cell, output)) in row.outputs.iter().zip(&table.outputs).enumerate() {
            let (Some(cell), Some(values)) = (cell, &output.values) else { continue };
            if !cell.names().is_empty() || !values.names().is_empty() {
                continue;
            }
            let Ok(value) = cell.eval(&Map::new(), &mut work.samples) else { continue };
            if values.matches(&value, &Map::new(), &mut work.samples) == Ok(false) {
                let (found, name) = (shown(&value), table.output_name(column));
                let message = format!("rule {}: {found} is not one of the output values of {name}", number + 1);
                problems.warning(rule::OUTPUT_VALUES, row.place.clone(), message);
            }
        }
    }
}

/// The outputs of a rule, when they are constants.
fn constant_outputs(table: &Table, index: usize) -> Option<Vec<Value>> {
    let cells = table.rules[index].outputs.iter().map(|cell| match cell {
        None => Some(Value::Null),
        Some(cell) if cell.names().is_empty() => cell.eval(&Map::new(), &mut Budget::default()).ok(),
        Some(_) => None,
    });
    cells.collect()
}

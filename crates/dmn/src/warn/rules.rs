//! Rules that get into each other's way.

use expr::{Budget, feel};
use model::Value;

use super::grid::{Grid, Taken, both};
use super::{Work, constant_outputs};
use crate::definitions::Decision;
use crate::limits;
use crate::problem::{Problems, rule};
use crate::table::{HitPolicy, Table, shortened, shown};

/// Compares the rules of a table as far as its hit policy asks for it.
pub(super) fn compare(decision: &Decision, table: &Table, work: &mut Work, problems: &mut Problems) {
    let Ok(grid) = Grid::of(table, &mut work.samples) else {
        let message = "the tables are too large to find out whether the rules of this one match the same inputs";
        problems.warning(rule::NOT_COMPARED, decision.place.clone(), message);
        return;
    };
    let comparison = Comparison { decision, table, grid };
    let dead = comparison.never_match(problems);
    match table.policy {
        HitPolicy::Unique | HitPolicy::Any => comparison.pairs(&dead, work, problems),
        HitPolicy::First => comparison.covered(&dead, work, problems),
        HitPolicy::Priority | HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(_) => {}
    }
}

struct Comparison<'a> {
    decision: &'a Decision,
    table: &'a Table,
    grid: Grid<'a>,
}

impl Comparison<'_> {
    /// Tells for each rule whether no input matches it, and reports those.
    fn never_match(&self, problems: &mut Problems) -> Vec<bool> {
        let dead = |index: &usize| {
            self.grid.columns.iter().find(|column| match &column.taken[*index] {
                Taken::Samples(bits) => bits.iter().all(|word| *word == 0),
                Taken::Any | Taken::Unknown => false,
            })
        };
        let mut found = Vec::with_capacity(self.table.rules.len());
        for index in 0..self.table.rules.len() {
            let column = dead(&index);
            if let Some(column) = column {
                let (number, name) = (index + 1, shortened(column.name));
                let message = format!("rule {number} never matches: no value of '{name}' passes its test");
                problems.warning(rule::NEVER_MATCHES, self.table.rules[index].place.clone(), message);
            }
            found.push(column.is_some());
        }
        found
    }

    /// Reports rules that match the same input: any two, or with ANY those whose outputs differ.
    fn pairs(&self, dead: &[bool], work: &mut Work, problems: &mut Problems) {
        let mut told = 0;
        let any = self.table.policy == HitPolicy::Any;
        let (rule, why) = match any {
            true => (rule::CONFLICT, "hit policy ANY wants them to have the same outputs"),
            false => (rule::OVERLAP, "hit policy UNIQUE allows one rule"),
        };
        let outputs: Vec<Option<Vec<Value>>> = match any {
            true => (0..self.table.rules.len()).map(|index| constant_outputs(self.table, index)).collect(),
            false => Vec::new(),
        };
        for second in 0..self.table.rules.len() {
            for first in 0..second {
                let alike = any && !differ(&outputs[first], &outputs[second], work);
                if !work.compare(1) || dead[first] || dead[second] || alike {
                    continue;
                }
                let Some(example) = self.example(first, second, work) else { continue };
                told += 1;
                if told > limits::MAX_PAIRS {
                    let message =
                        format!("only the first {} pairs of rules that match the same input are listed", told - 1);
                    problems.warning(rule::NOT_COMPARED, self.decision.place.clone(), message);
                    return;
                }
                let message = format!("rules {} and {} both match {example}; {why}", first + 1, second + 1);
                problems.warning(rule, self.table.rules[second].place.clone(), message);
            }
            if work.comparisons == 0 {
                return self.not_all(problems);
            }
        }
    }

    fn not_all(&self, problems: &mut Problems) {
        let message = "the tables are too large to compare all rules of this one with each other";
        problems.warning(rule::NOT_COMPARED, self.decision.place.clone(), message);
    }

    /// An input that both rules match, in words; none when there is none, or that cannot be told.
    fn example(&self, first: usize, second: usize, work: &mut Work) -> Option<String> {
        let mut common = Vec::new();
        for column in &self.grid.columns {
            if !work.compare(column.price()) {
                return None;
            }
            let bits = match (&column.taken[first], &column.taken[second]) {
                (Taken::Unknown, _) | (_, Taken::Unknown) => return None,
                (Taken::Any, Taken::Any) => continue,
                (Taken::Any, Taken::Samples(bits)) | (Taken::Samples(bits), Taken::Any) => bits.clone(),
                (Taken::Samples(a), Taken::Samples(b)) => both(a, b),
            };
            common.push(format!("{} = {}", shortened(column.name), shown(column.first(&bits)?)));
        }
        Some(match common.is_empty() {
            true => "whatever the input is".to_owned(),
            false => format!("for example when {}", common.join(", ")),
        })
    }

    /// Reports rules that an earlier one leaves nothing to.
    fn covered(&self, dead: &[bool], work: &mut Work, problems: &mut Problems) {
        for later in (0..self.table.rules.len()).filter(|index| !dead[*index]) {
            if let Some(earlier) = (0..later).find(|earlier| self.covers(*earlier, later, work)) {
                let message = format!(
                    "rule {} never has a say: rule {} matches all that it matches, and hit policy FIRST takes the first",
                    later + 1,
                    earlier + 1
                );
                problems.warning(rule::COVERED, self.table.rules[later].place.clone(), message);
            }
            if work.comparisons == 0 {
                return self.not_all(problems);
            }
        }
    }

    fn covers(&self, earlier: usize, later: usize, work: &mut Work) -> bool {
        self.grid.columns.iter().all(|column| {
            work.compare(column.price())
                && match (&column.taken[earlier], &column.taken[later]) {
                    (Taken::Any, _) => true,
                    (Taken::Samples(earlier), Taken::Samples(later)) => {
                        earlier.iter().zip(later.iter()).all(|(earlier, later)| later & !earlier == 0)
                    }
                    (Taken::Samples(_) | Taken::Unknown, _) => column.same_cells(self.table, earlier, later),
                }
        })
    }
}

/// Whether two rules have outputs that are known to differ.
fn differ(a: &Option<Vec<Value>>, b: &Option<Vec<Value>>, work: &mut Work) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let mut budget = Budget { steps: work.comparisons, bytes: 0 };
    let differ = a.iter().zip(b).any(|(a, b)| feel::equal(a, b, &mut budget) == Ok(false));
    work.comparisons = budget.steps;
    differ
}

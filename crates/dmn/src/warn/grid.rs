//! Which sample inputs each rule of a table takes.
//!
//! Columns that test the same path are one, since one value decides them all. A column is looked into when its input is a
//! path and no other column leads into the same value, so that each can have any value whatever the others have.

use std::collections::HashMap;
use std::rc::Rc;

use expr::feel::{UnaryTests, samples};
use expr::{Budget, Fault};
use model::{Map, Value};

use crate::table::Table;

/// What the rules of a table take.
pub(super) struct Grid<'a> {
    pub(super) columns: Vec<Column<'a>>,
}

/// Columns of the table that test one path.
pub(super) struct Column<'a> {
    /// The input as it is written.
    pub(super) name: &'a str,
    /// Which columns of the table they are.
    members: Vec<usize>,
    samples: Vec<Value>,
    /// For each rule.
    pub(super) taken: Vec<Taken>,
}

/// Which inputs of a column a rule takes.
#[derive(Clone)]
pub(super) enum Taken {
    /// All.
    Any,
    /// Those of the samples whose bit is set.
    Samples(Rc<[u64]>),
    /// That depends on other values, or cannot be told.
    Unknown,
}

impl<'a> Grid<'a> {
    /// Tries all samples on all cells.
    ///
    /// # Errors
    /// The budget is used up.
    pub(super) fn of(table: &'a Table, budget: &mut Budget) -> Result<Self, Fault> {
        let paths: Vec<Option<String>> =
            table.inputs.iter().map(|input| input.expression.path().map(|names| names.join("."))).collect();
        let mut columns: Vec<Column<'a>> = Vec::new();
        for (index, input) in table.inputs.iter().enumerate() {
            let same = |column: &&mut Column<'a>| paths[index].is_some() && paths[column.members[0]] == paths[index];
            match columns.iter_mut().find(same) {
                Some(column) => column.members.push(index),
                None => columns.push(Column {
                    name: input.name(),
                    members: vec![index],
                    samples: Vec::new(),
                    taken: Vec::new(),
                }),
            }
        }
        let leads_into = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        for column in &mut columns {
            let path = paths[column.members[0]].as_deref();
            let free = path.is_some_and(|path| {
                !paths.iter().flatten().any(|other| leads_into(other, path) || leads_into(path, other))
            });
            column.fill(table, free, budget)?;
        }
        Ok(Self { columns })
    }
}

impl<'a> Column<'a> {
    /// Tells for each rule what it takes; what is not free depends on other columns.
    fn fill(&mut self, table: &'a Table, free: bool, budget: &mut Budget) -> Result<(), Fault> {
        let allowed: Vec<&UnaryTests> =
            self.members.iter().filter_map(|member| table.inputs[*member].values.as_ref()).collect();
        let mut constants: HashMap<&str, &UnaryTests> = HashMap::new();
        for rule in &table.rules {
            let cells = self.members.iter().map(|member| &rule.inputs[*member]);
            let telling = cells.filter(|cell| !cell.is_any() && cell.names().is_empty());
            constants.extend(telling.map(|cell| (cell.source(), cell)));
        }
        // In the order of their texts, so that the same table always gives the same examples.
        let mut tests: Vec<&UnaryTests> = constants.values().copied().chain(allowed.iter().copied()).collect();
        tests.sort_by_key(|tests| tests.source());
        let samples = if free { samples(&tests) } else { None };
        let known = samples.is_some();
        self.samples = samples.unwrap_or_default();

        let mut found: HashMap<&str, Rc<[u64]>> = HashMap::new();
        let mut everything: Option<Rc<[u64]>> = None;
        if known {
            for tests in tests {
                if !found.contains_key(tests.source()) {
                    found.insert(tests.source(), self.passing(tests, budget)?);
                }
            }
            for tests in &allowed {
                let bits = found[tests.source()].clone();
                everything = Some(match everything {
                    Some(others) => both(&others, &bits),
                    None => bits,
                });
            }
        }
        for rule in &table.rules {
            let mut taken = everything.clone().map_or(Taken::Any, Taken::Samples);
            for member in &self.members {
                let cell = &rule.inputs[*member];
                if cell.is_any() {
                    continue;
                }
                taken = match (taken, found.get(cell.source())) {
                    (Taken::Unknown, _) | (_, None) => Taken::Unknown,
                    (Taken::Any, Some(bits)) => Taken::Samples(bits.clone()),
                    (Taken::Samples(others), Some(bits)) => Taken::Samples(both(&others, bits)),
                };
            }
            self.taken.push(taken);
        }
        Ok(())
    }

    /// The samples that pass a cell.
    fn passing(&self, tests: &UnaryTests, budget: &mut Budget) -> Result<Rc<[u64]>, Fault> {
        let mut bits = vec![0_u64; self.samples.len().div_ceil(64)];
        for (index, sample) in self.samples.iter().enumerate() {
            if tests.matches(sample, &Map::new(), budget)? {
                bits[index / 64] |= 1 << (index % 64);
            }
        }
        Ok(bits.into())
    }

    /// The first sample whose bit is set.
    pub(super) fn first(&self, bits: &[u64]) -> Option<&Value> {
        let word = bits.iter().position(|word| *word != 0)?;
        self.samples.get(word * 64 + usize::try_from(bits[word].trailing_zeros()).ok()?)
    }

    /// Whether two rules have the same cells here.
    pub(super) fn same_cells(&self, table: &Table, one: usize, other: usize) -> bool {
        let cell = |rule: usize, member: usize| table.rules[rule].inputs[member].source().trim();
        self.members.iter().all(|member| cell(one, *member) == cell(other, *member))
    }

    /// What comparing two rules here costs.
    pub(super) fn price(&self) -> u64 {
        1 + self.samples.len() as u64 / 64
    }
}

/// The samples that are in both.
pub(super) fn both(a: &[u64], b: &[u64]) -> Rc<[u64]> {
    a.iter().zip(b).map(|(a, b)| a & b).collect()
}

//! Finds, among many rules, those that an object may match.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use model::Value;
use model::time::Zone;

use super::path::Path;
use super::prefilter::{self, Leaf, Prefilter, Probe};
use super::reader::Reader;
use super::{Rule, term};

/// An index of rules, built once. A rule is found by the terms of what it needs (values, beginnings of texts, ranges of
/// numbers, networks); one that needs nothing of the kind is found for every object.
#[derive(Debug, Default)]
pub struct RuleIndex {
    fields: Vec<FieldIndex>,
    always: Vec<usize>,
}

/// What rules need of one field.
#[derive(Debug)]
struct FieldIndex {
    path: Path,
    reader: Reader,
    /// All rules that need something of it, for objects with too many values there.
    all: Vec<usize>,
    texts: HashMap<String, Vec<usize>>,
    prefixes: HashMap<String, Vec<usize>>,
    /// The lengths of the prefixes, in bytes.
    lengths: BTreeSet<usize>,
    /// By the bits of the number.
    numbers: HashMap<u64, Vec<usize>>,
    /// From, to, and the rule; in ascending order of the first.
    ranges: Vec<(f64, f64, usize)>,
}

/// What rules may need alike. All ranges of a field are one.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Need<'l> {
    Text(&'l str),
    Prefix(&'l str),
    Number(u64),
    Range,
}

impl RuleIndex {
    /// Builds the index. A rule is known by its position.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Self {
        // Expressions compare values by what they are.
        let plain = Reader { kind: None, zone: Zone::DEFAULT };
        let filters: Vec<Prefilter> = rules
            .into_iter()
            .map(|rule| prefilter::necessary(rule.program.tree(), &|_, own| Some(own.unwrap_or(plain))))
            .collect();
        let mut counts = HashMap::new();
        for filter in &filters {
            each_leaf(filter, &mut |leaf| {
                for need in needs(leaf) {
                    *counts.entry(need).or_insert(0_usize) += 1;
                }
            });
        }
        // Of what a rule needs, the part that the fewest rules share tells most.
        let weigh = |leaf: &Leaf| needs(leaf).iter().map(|need| counts[need]).sum();
        let mut fields: IndexMap<(Arc<str>, Reader), FieldIndex> = IndexMap::new();
        let mut always = Vec::new();
        for (rule, filter) in filters.iter().enumerate() {
            let Some((_, leaves)) = cheapest(filter, &weigh) else {
                always.push(rule);
                continue;
            };
            for leaf in leaves {
                let field = fields.entry((leaf.field.clone(), leaf.reader));
                field.or_insert_with(|| FieldIndex::new(leaf)).add(rule, &leaf.probe);
            }
        }
        let mut fields: Vec<FieldIndex> = fields.into_values().collect();
        for field in &mut fields {
            field.ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Self { fields, always }
    }

    /// The positions, in ascending order, of all rules that match the object, and of others.
    ///
    /// An expression that ends in a fault for the object is among them only if it might match it by what else it says.
    pub fn candidates(&self, object: &Value) -> Vec<usize> {
        let mut found = self.always.clone();
        for field in &self.fields {
            field.find(object, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl FieldIndex {
    fn new(leaf: &Leaf) -> Self {
        Self {
            path: Path::new(&leaf.field),
            reader: leaf.reader,
            all: Vec::new(),
            texts: HashMap::new(),
            prefixes: HashMap::new(),
            lengths: BTreeSet::new(),
            numbers: HashMap::new(),
            ranges: Vec::new(),
        }
    }

    fn add(&mut self, rule: usize, probe: &Probe) {
        self.all.push(rule);
        match probe {
            Probe::Texts(texts) => texts.iter().for_each(|text| self.texts.entry(text.clone()).or_default().push(rule)),
            Probe::Prefix(prefix) => {
                self.lengths.insert(prefix.len());
                self.prefixes.entry(prefix.clone()).or_default().push(rule);
            }
            Probe::Numbers(numbers) => {
                numbers.iter().for_each(|number| self.numbers.entry(number.to_bits()).or_default().push(rule));
            }
            Probe::Range(from, to) => {
                self.ranges.push((from.unwrap_or(f64::NEG_INFINITY), to.unwrap_or(f64::INFINITY), rule));
            }
        }
    }

    fn find(&self, object: &Value, found: &mut Vec<usize>) {
        let Some(rows) = term::rows(object, &self.path, self.reader) else {
            return found.extend_from_slice(&self.all);
        };
        for row in rows {
            if let Some(text) = &row.text {
                found.extend(self.texts.get(text).into_iter().flatten());
                let starts = self.lengths.iter().filter_map(|length| text.get(..*length));
                found.extend(starts.filter_map(|start| self.prefixes.get(start)).flatten());
            }
            if let Some(number) = row.number {
                found.extend(self.numbers.get(&number.to_bits()).into_iter().flatten());
                let begun = self.ranges.partition_point(|(from, _, _)| *from <= number);
                found.extend(self.ranges[..begun].iter().filter(|(_, to, _)| number <= *to).map(|(_, _, rule)| rule));
            }
        }
    }
}

fn each_leaf<'f>(filter: &'f Prefilter, visit: &mut dyn FnMut(&'f Leaf)) {
    match filter {
        Prefilter::True | Prefilter::Not(_) => {}
        Prefilter::And(terms) | Prefilter::Or(terms) => terms.iter().for_each(|term| each_leaf(term, visit)),
        Prefilter::Leaf(leaf) => visit(leaf),
    }
}

fn needs(leaf: &Leaf) -> Vec<(&str, Reader, Need<'_>)> {
    let of_field = |need| (&*leaf.field, leaf.reader, need);
    match &leaf.probe {
        Probe::Texts(texts) => texts.iter().map(|text| of_field(Need::Text(text))).collect(),
        Probe::Prefix(prefix) => vec![of_field(Need::Prefix(prefix))],
        Probe::Numbers(numbers) => numbers.iter().map(|number| of_field(Need::Number(number.to_bits()))).collect(),
        Probe::Range(..) => vec![of_field(Need::Range)],
    }
}

/// The leaves of which one must hold, with their weight, where that is smallest; `None` when none must.
fn cheapest<'f>(filter: &'f Prefilter, weigh: &dyn Fn(&Leaf) -> usize) -> Option<(usize, Vec<&'f Leaf>)> {
    match filter {
        Prefilter::True | Prefilter::Not(_) => None,
        Prefilter::And(terms) => {
            terms.iter().filter_map(|term| cheapest(term, weigh)).min_by_key(|(weight, _)| *weight)
        }
        Prefilter::Or(terms) => {
            let mut all = (0, Vec::new());
            for term in terms {
                let (weight, leaves) = cheapest(term, weigh)?;
                all.0 += weight;
                all.1.extend(leaves);
            }
            Some(all)
        }
        Prefilter::Leaf(leaf) => Some((weigh(leaf), vec![leaf])),
    }
}

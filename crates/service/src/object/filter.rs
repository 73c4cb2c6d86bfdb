//! What a rule asks of an object's terms, as storage is asked for it.

use std::ops::Bound;

use expr::condition::{Fields, Leaf, Prefilter, Probe, Rule};
use store::object::search::TermFilter;
use store::object::term::{TermMatch, TermValue};

/// What holds for every object that the rule matches, and for others. One that is too large for storage narrows nothing
/// down.
pub(super) fn of(rule: &Rule, fields: &Fields) -> TermFilter {
    filter(&rule.prefilter(fields))
}

fn filter(prefilter: &Prefilter) -> TermFilter {
    match prefilter {
        Prefilter::True => TermFilter::All,
        Prefilter::And(parts) => TermFilter::And(parts.iter().map(filter).collect()),
        Prefilter::Or(parts) => TermFilter::Or(parts.iter().map(filter).collect()),
        Prefilter::Leaf(Leaf { field, probe, .. }) => TermFilter::Field { key: field.to_string(), is: term(probe) },
    }
}

fn term(probe: &Probe) -> TermMatch {
    let bound = |bound: Option<f64>| bound.map_or(Bound::Unbounded, Bound::Included);
    match probe {
        Probe::Texts(texts) => TermMatch::OneOf(texts.iter().cloned().map(TermValue::Text).collect()),
        Probe::Prefix(prefix) => TermMatch::Prefix(prefix.clone()),
        Probe::Numbers(numbers) => TermMatch::OneOf(numbers.iter().copied().map(TermValue::Number).collect()),
        Probe::Range(from, to) => TermMatch::Numbers(bound(*from), bound(*to)),
    }
}

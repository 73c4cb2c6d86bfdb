//! What the storage is asked instead of a rule.

use std::ops::Bound;

use expr::condition::{Leaf, Prefilter, Probe};
use store::object::search::TermFilter;
use store::object::term::{TermMatch, TermValue};

/// A rule's pre-filter in the words of the storage.
pub(in crate::object) fn of(prefilter: &Prefilter) -> TermFilter {
    match prefilter {
        Prefilter::True => TermFilter::All,
        Prefilter::And(parts) => TermFilter::And(parts.iter().map(of).collect()),
        Prefilter::Or(parts) => TermFilter::Or(parts.iter().map(of).collect()),
        Prefilter::Leaf(Leaf { field, probe, .. }) => TermFilter::Field { key: field.to_string(), is: term(probe) },
        Prefilter::Not(Leaf { field, probe, .. }) => TermFilter::NotField { key: field.to_string(), is: term(probe) },
    }
}

fn term(probe: &Probe) -> TermMatch {
    let bound = |bound: &Option<f64>| bound.map_or(Bound::Unbounded, Bound::Included);
    match probe {
        Probe::Texts(texts) => TermMatch::OneOf(texts.iter().cloned().map(TermValue::Text).collect()),
        Probe::Prefix(prefix) => TermMatch::Prefix(prefix.clone()),
        Probe::Numbers(numbers) => TermMatch::OneOf(numbers.iter().copied().map(TermValue::Number).collect()),
        Probe::Range(from, to) => TermMatch::Numbers(bound(from), bound(to)),
    }
}

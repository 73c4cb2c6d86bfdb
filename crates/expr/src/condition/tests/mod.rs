//! What users of conditions notice, as tables.

mod docs;
mod hostile;
mod index;
mod logic;
mod operators;
mod paths;
mod prefilter;
mod problems;
mod properties;
mod reference;
mod updates;

use model::Value;
use model::time::Zone;

use super::{Fields, Kind, Leaf, Prefilter, Probe, Rule, Subject, Term};
use crate::Budget;

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn fields() -> Fields {
    let mut fields = Fields::new(Zone::DEFAULT);
    for (path, kind) in [
        ("severity", Kind::Text),
        ("title", Kind::Text),
        ("environment.region_id", Kind::Text),
        ("net.src_ip", Kind::Text),
        ("count", Kind::Number),
        ("net.src_port", Kind::Number),
        ("seen", Kind::Time),
        ("closed", Kind::Boolean),
    ] {
        fields.add_searchable(path, kind);
    }
    fields.add("net.dest_port", Kind::Text);
    fields
}

/// Conditions as clients write them: `[["name", ["field", "operator", "value"]], …]`, or `[["field", …], …]` without
/// names.
fn conditions(text: &str) -> Vec<(String, Vec<Value>)> {
    let list = json(text);
    let of = |condition: &Value| match condition.as_list().expect("a list") {
        [Value::String(name), Value::List(data)] if data.first().is_some_and(|first| first.as_str().is_some()) => {
            (name.to_string(), data.to_vec())
        }
        data => (String::new(), data.to_vec()),
    };
    list.as_list().expect("a list").iter().map(of).collect()
}

fn logics(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[track_caller]
fn rule(text: &str, items: &[&str]) -> Rule {
    Rule::conditions(&conditions(text), &logics(items), &fields())
        .unwrap_or_else(|problems| panic!("{text} {items:?}: {problems:?}"))
}

fn matches(rule: &Rule, object: &Value) -> bool {
    rule.matches(&Subject::new(object), &mut Budget::default()).expect("no fault")
}

/// Whether an object matches one condition, and that neither pre-filter nor index lose it.
#[track_caller]
fn check(object: &str, condition: &str, expected: bool) {
    let object = json(object);
    let rule = rule(&format!("[{condition}]"), &[]);
    assert_eq!(matches(&rule, &object), expected, "{object:?} {condition}");
    if expected {
        let fields = fields();
        assert!(admits(&rule.prefilter(&fields), &fields.terms(&object)), "{object:?} {condition}");
        assert_eq!(super::RuleIndex::new([&rule]).candidates(&object), [0], "{object:?} {condition}");
    }
}

/// What a database does with a pre-filter.
fn admits(filter: &Prefilter, terms: &[Term<'_>]) -> bool {
    match filter {
        Prefilter::True => true,
        Prefilter::And(all) => all.iter().all(|filter| admits(filter, terms)),
        Prefilter::Or(any) => any.iter().any(|filter| admits(filter, terms)),
        Prefilter::Leaf(leaf) => has(leaf, terms, true),
        Prefilter::Not(leaf) => !has(leaf, terms, false),
    }
}

/// Whether a term of the field does what the leaf asks; of one that is neither text nor number it is not known.
fn has(leaf: &Leaf, terms: &[Term<'_>], unknown: bool) -> bool {
    terms.iter().filter(|term| term.field == &*leaf.field).any(|term| match &leaf.probe {
        _ if term.text.is_none() && term.number.is_none() => unknown,
        Probe::Texts(texts) => term.text.as_ref().is_some_and(|text| texts.contains(text)),
        Probe::Prefix(start) => term.text.as_ref().is_some_and(|text| text.starts_with(start)),
        Probe::Numbers(numbers) => term.number.is_some_and(|number| numbers.contains(&number)),
        Probe::Range(from, to) => {
            term.number.is_some_and(|number| from.is_none_or(|from| from <= number) && to.is_none_or(|to| number <= to))
        }
    })
}

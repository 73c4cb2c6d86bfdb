//! What must hold of an object's terms for a rule to match the object.

use std::sync::Arc;

use model::Value;

use super::predicate::{Condition, Of, Test, TextTest, Values};
use super::reader::{self, Reader};
use super::{Kind, OBJECT, decisive, term};
use crate::compile::{Comparison, Ix, Node, Tree};
use crate::limits;

/// A condition on the terms of an object that holds for all objects that a rule matches, and for others. It has at most
/// 64 leaves; what would make it larger is left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Prefilter {
    /// Nothing is known: every object may match.
    True,
    /// All of these; there are two at least.
    And(Vec<Prefilter>),
    /// One of these; there are two at least.
    Or(Vec<Prefilter>),
    /// One of the field's terms.
    Leaf(Leaf),
    /// None of the field's terms; only of conditions that terms decide.
    Not(Leaf),
}

/// Holds when a term of the field does, or when the field has the term that is neither a text nor a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The field's path.
    pub field: Arc<str>,
    /// What is asked of the term.
    pub probe: Probe,
    /// How the field's values become terms.
    pub(super) reader: Reader,
}

/// What is asked of a term.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// That its text is one of these, of which there may be as many as a rule has values (10,000).
    Texts(Vec<String>),
    /// That its text begins so (case counts); never empty.
    Prefix(String),
    /// That its number is one of these, likewise.
    Numbers(Vec<f64>),
    /// That its number lies between these, which count; none is no bound. One of them is there.
    Range(Option<f64>, Option<f64>),
}

/// How the values of a field became terms, given how a condition reads them (an expression has no such way); `None` when
/// there are no terms for it.
pub(super) type Readers<'a> = dyn Fn(&str, Option<Reader>) -> Option<Reader> + 'a;

/// The pre-filter of a rule's tree.
pub(super) fn necessary(tree: &Tree, readers: &Readers<'_>) -> Prefilter {
    Necessary { nodes: &tree.nodes, readers }.of(tree.root, false)
}

struct Necessary<'a> {
    nodes: &'a [Node],
    readers: &'a Readers<'a>,
}

impl Necessary<'_> {
    fn node(&self, ix: Ix) -> &Node {
        &self.nodes[ix.0 as usize]
    }

    /// What must hold for the node to be true, or, negated, to be false or null.
    fn of(&self, ix: Ix, negated: bool) -> Prefilter {
        match self.node(ix) {
            Node::And(terms) | Node::Or(terms) => {
                let terms = terms.iter().map(|term| self.of(*term, negated));
                if matches!(self.node(ix), Node::And(_)) == negated { or(terms) } else { and(terms) }
            }
            Node::Not(term) => self.of(*term, !negated),
            Node::Condition(condition) if !negated => self.condition(condition),
            Node::Condition(condition) if decisive::is_told(condition) => none(self.condition(condition)),
            Node::Equal { left, right, negated: unequal } if negated == *unequal => {
                self.equal(*left, *right).or_else(|| self.equal(*right, *left)).unwrap_or(Prefilter::True)
            }
            Node::In { item, of } if !negated => self.member(*item, *of).unwrap_or(Prefilter::True),
            Node::Condition(_)
            | Node::Equal { .. }
            | Node::In { .. }
            | Node::Literal(_)
            | Node::Name(_)
            | Node::Local(_)
            | Node::Path { .. }
            | Node::Index { .. }
            | Node::Has { .. }
            | Node::List(_)
            | Node::Object(_)
            | Node::Negate(_)
            | Node::Compare { .. }
            | Node::Chain { .. }
            | Node::Choose { .. }
            | Node::Each { .. }
            | Node::Coalesce(_)
            | Node::Changed(_)
            | Node::Matches { .. }
            | Node::Call { .. } => Prefilter::True,
        }
    }

    fn condition(&self, condition: &Condition) -> Prefilter {
        let field = condition.path.text();
        let Some(reader) = (self.readers)(field, Some(condition.reader)) else { return Prefilter::True };
        if condition.of == Of::Old {
            return Prefilter::True;
        }
        let leaf = |probe| leaf(field, reader, probe);
        let texts = matches!(reader.kind, Some(Kind::Text) | None);
        match &condition.test {
            Test::OneOf(values) => one_of(values, &leaf),
            Test::Order(by, than) => {
                let (bound, is_exact) = match (reader.kind, &than.number, than.time) {
                    (Some(Kind::Number), Some(number), _) => (term::near(number), term::exactly(number).is_some()),
                    (Some(Kind::Time), _, Some(micros)) => (micros as f64, micros as f64 as i64 == micros),
                    _ => return Prefilter::True,
                };
                leaf(match by {
                    Comparison::Less if is_exact => Probe::Range(None, Some(bound.next_down())),
                    Comparison::Less | Comparison::LessOrEqual => Probe::Range(None, Some(bound)),
                    Comparison::Greater if is_exact => Probe::Range(Some(bound.next_up()), None),
                    Comparison::Greater | Comparison::GreaterOrEqual => Probe::Range(Some(bound), None),
                })
            }
            Test::Text(TextTest::Is(text)) if texts => leaf(Probe::Texts(vec![term::cut(text).to_owned()])),
            Test::Text(TextTest::StartsWith(start) | TextTest::Matches { start, .. })
                if texts && !term::cut(start).is_empty() =>
            {
                leaf(Probe::Prefix(term::cut(start).to_owned()))
            }
            Test::Within(networks) if texts => or(networks.iter().map(|network| {
                let (first, last) = network.ends();
                leaf(Probe::Range(Some(term::position(first)), Some(term::position(last))))
            })),
            Test::Exists | Test::Text(_) | Test::Within(_) => Prefilter::True,
        }
    }

    /// `data_object.a.b == constant` in an expression.
    fn equal(&self, path: Ix, constant: Ix) -> Option<Prefilter> {
        let (Node::Path { of, members }, Node::Literal(constant)) = (self.node(path), self.node(constant)) else {
            return None;
        };
        self.one_of_constants(*of, members, std::slice::from_ref(constant))
    }

    /// `data_object.a.b in [constants]` in an expression.
    fn member(&self, path: Ix, constants: Ix) -> Option<Prefilter> {
        let (Node::Path { of, members }, Node::Literal(Value::List(constants))) =
            (self.node(path), self.node(constants))
        else {
            return None;
        };
        self.one_of_constants(*of, members, constants)
    }

    fn one_of_constants(&self, of: Ix, members: &[Arc<str>], constants: &[Value]) -> Option<Prefilter> {
        if !matches!(self.node(of), Node::Name(name) if &**name == OBJECT) {
            return None;
        }
        let field: Arc<str> = members.join(".").into();
        let reader = (self.readers)(&field, None)?;
        let probes = constants.iter().map(|constant| {
            // Where terms are not of the constant's own kind, equal values may have unequal ones.
            match (constant, reader.kind) {
                (Value::String(text), Some(Kind::Text) | None) => Some(Probe::Texts(vec![term::cut(text).to_owned()])),
                (Value::Number(number), Some(Kind::Number) | None) => Some(Probe::Numbers(vec![term::near(number)])),
                (Value::Bool(truth), Some(Kind::Boolean | Kind::Text) | None) => {
                    Some(Probe::Texts(vec![reader::spelling(*truth).to_owned()]))
                }
                _ => None,
            }
        });
        let probes = probes.collect::<Option<Vec<_>>>()?;
        Some(or(probes.into_iter().map(|probe| leaf(&field, reader, probe))))
    }
}

/// Of none of these conditions anything holds.
fn none(filter: Prefilter) -> Prefilter {
    match filter {
        Prefilter::Leaf(leaf) => Prefilter::Not(leaf),
        Prefilter::True | Prefilter::And(_) | Prefilter::Or(_) | Prefilter::Not(_) => Prefilter::True,
    }
}

fn leaf(field: &Arc<str>, reader: Reader, probe: Probe) -> Prefilter {
    Prefilter::Leaf(Leaf { field: field.clone(), probe, reader })
}

fn one_of(values: &Values, leaf: &dyn Fn(Probe) -> Prefilter) -> Prefilter {
    // Times that are not known to be such are kept as they were written. Those of a time field have no text beside.
    if !values.times.is_empty() && !values.texts.is_empty() {
        return Prefilter::True;
    }
    let mut texts: Vec<String> = values.texts.iter().map(|text| term::cut(text).to_owned()).collect();
    texts.extend(values.truths.iter().map(|truth| reader::spelling(*truth).to_owned()));
    texts.sort_unstable();
    texts.dedup();
    let mut numbers: Vec<f64> = values.numbers.iter().map(term::near).collect();
    numbers.extend(values.times.iter().map(|micros| *micros as f64));
    numbers.dedup();
    let probes =
        [(!texts.is_empty()).then_some(Probe::Texts(texts)), (!numbers.is_empty()).then_some(Probe::Numbers(numbers))];
    or(probes.into_iter().flatten().map(leaf))
}

impl Prefilter {
    fn leaves(&self) -> usize {
        match self {
            Self::True => 0,
            Self::And(terms) | Self::Or(terms) => terms.iter().map(Self::leaves).sum(),
            Self::Leaf(_) | Self::Not(_) => 1,
        }
    }
}

/// All of these, or of the smallest ones as many as may be.
fn and(terms: impl Iterator<Item = Prefilter>) -> Prefilter {
    let mut flat = Vec::new();
    for term in terms {
        match term {
            Prefilter::True => {}
            Prefilter::And(terms) => flat.extend(terms),
            Prefilter::Or(_) | Prefilter::Leaf(_) | Prefilter::Not(_) => flat.push(term),
        }
    }
    flat.sort_by_key(Prefilter::leaves);
    let mut leaves = 0;
    flat.retain(|term| {
        leaves += term.leaves();
        leaves <= limits::PREFILTER_LEAVES
    });
    match flat.len() {
        0 => Prefilter::True,
        1 => flat.remove(0),
        _ => Prefilter::And(flat),
    }
}

/// One of these; true when there is none, or too many.
fn or(terms: impl Iterator<Item = Prefilter>) -> Prefilter {
    let mut flat: Vec<Prefilter> = Vec::new();
    for term in terms {
        match term {
            Prefilter::True => return Prefilter::True,
            Prefilter::Or(terms) => terms.into_iter().for_each(|term| add_choice(&mut flat, term)),
            Prefilter::And(_) | Prefilter::Leaf(_) | Prefilter::Not(_) => add_choice(&mut flat, term),
        }
    }
    match flat.len() {
        0 => Prefilter::True,
        1 => flat.remove(0),
        _ if flat.iter().map(Prefilter::leaves).sum::<usize>() > limits::PREFILTER_LEAVES => Prefilter::True,
        _ => Prefilter::Or(flat),
    }
}

/// Adds a choice, or puts its values to those that are there for the same field. Choices that are too many already will
/// not count.
fn add_choice(choices: &mut Vec<Prefilter>, choice: Prefilter) {
    if choices.len() > limits::PREFILTER_LEAVES {
        return;
    }
    if let Prefilter::Leaf(Leaf { field, probe, reader }) = &choice {
        for other in &mut *choices {
            let Prefilter::Leaf(other) = other else { continue };
            if other.field != *field || other.reader != *reader {
                continue;
            }
            match (&mut other.probe, probe) {
                (Probe::Texts(texts), Probe::Texts(more)) => return texts.extend_from_slice(more),
                (Probe::Numbers(numbers), Probe::Numbers(more)) => return numbers.extend_from_slice(more),
                _ => {}
            }
        }
    }
    choices.push(choice);
}

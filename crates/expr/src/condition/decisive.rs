//! When the terms of an object tell whether a rule matches it: then nobody need read the object.

use super::predicate::{Condition, Of, Test, TextTest};
use super::prefilter::Readers;
use super::{Kind, term};
use crate::compile::{Ix, Node, Tree};
use crate::limits;

/// A text with fewer bytes is a term as a whole, wherever terms are kept.
const WHOLE_BYTES: usize = 256;

/// Whether an object whose terms pass the pre-filter of a rule's tree is matched by the rule.
pub(super) fn is_decisive(tree: &Tree, readers: &Readers<'_>) -> bool {
    // Of more leaves than a pre-filter may have, some were left out.
    leaves(&tree.nodes, readers, tree.root).is_some_and(|leaves| leaves <= limits::PREFILTER_LEAVES)
}

/// How many leaves the pre-filter has for a node, if they tell whether it is true.
fn leaves(nodes: &[Node], readers: &Readers<'_>, ix: Ix) -> Option<usize> {
    match &nodes[ix.0 as usize] {
        Node::And(terms) | Node::Or(terms) => {
            terms.iter().try_fold(0, |sum, term| Some(sum + leaves(nodes, readers, *term)?))
        }
        Node::Not(term) => leaves(nodes, readers, *term),
        Node::Condition(condition) => {
            readers(condition.path.text(), Some(condition.reader))?;
            is_told(condition).then_some(1)
        }
        _ => None,
    }
}

/// Whether the terms of its field tell whether a condition holds.
pub(super) fn is_told(Condition { of, reader, test, .. }: &Condition) -> bool {
    if *of == Of::Old {
        return false;
    }
    let is_whole = |text: &str| text.len() < WHOLE_BYTES;
    match (reader.kind, test) {
        (Some(Kind::Text), Test::OneOf(values)) => {
            !values.texts.is_empty() && values.texts.iter().all(|text| is_whole(text))
        }
        (Some(Kind::Number), Test::OneOf(values)) => {
            !values.numbers.is_empty() && values.numbers.iter().all(|number| term::exactly(number).is_some())
        }
        (Some(Kind::Time), Test::OneOf(values)) => {
            !values.times.is_empty() && values.times.iter().all(|micros| is_exact(*micros))
        }
        (Some(Kind::Boolean), Test::OneOf(values)) => !values.truths.is_empty(),
        (Some(Kind::Number), Test::Order(_, than)) => {
            than.number.as_ref().is_some_and(|number| term::exactly(number).is_some())
        }
        (Some(Kind::Time), Test::Order(_, than)) => than.time.is_some_and(is_exact),
        (Some(Kind::Text), Test::Text(TextTest::Is(text))) => is_whole(text),
        (Some(Kind::Text), Test::Text(TextTest::StartsWith(start))) => !start.is_empty() && is_whole(start),
        (Some(Kind::Text | Kind::Number | Kind::Time | Kind::Boolean) | None, _) => false,
    }
}

fn is_exact(micros: i64) -> bool {
    micros as f64 as i64 == micros
}

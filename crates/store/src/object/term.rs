//! Terms: the values of searchable fields, in the form that they are found by.
//!
//! Terms only narrow a search down. A long text is cut, a number keeps the precision of 64 bits, and whoever searches
//! decides on the objects themselves wherever that matters.

use std::ops::Bound;

use model::{DataClassId, Tenant};
use sha2::{Digest, Sha256};

/// Bytes of a text that its term keeps.
pub const TEXT_BYTES: usize = 256;

/// A value of a searchable field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The field's key, like `environment.region_id`.
    pub field: String,
    /// The value. A field with a list has a term for each.
    pub value: TermValue,
}

/// A value to search by. Numbers come before texts, and those before what is not kept.
#[derive(Debug, Clone, PartialEq)]
pub enum TermValue {
    /// A number; instants are numbers of microseconds.
    Number(f64),
    /// A text.
    Text(String),
    /// Values that are too many to be kept: whatever is searched for may be among them.
    NotKept,
}

/// What a field's terms are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum TermMatch {
    /// One of these values; the empty list matches nothing.
    OneOf(Vec<TermValue>),
    /// A text that begins so.
    Prefix(String),
    /// A number in this range.
    Numbers(Bound<f64>, Bound<f64>),
    /// A text in this range, by code points.
    Texts(Bound<String>, Bound<String>),
}

const NUMBER: u8 = 1;
const TEXT: u8 = 2;
const NOT_KEPT: u8 = 3;

/// The spelling of [`TermValue::NotKept`].
pub(crate) const NOT_KEPT_SPELLING: &[u8] = &[NOT_KEPT];

/// The number that stands for a field of a class: the tenant is in it as well, so a field is never found from another
/// workspace.
pub(crate) fn field_number(tenant: Tenant, class: DataClassId, key: &str) -> i64 {
    let mut hash = Sha256::new();
    for id in [tenant.project.0, tenant.workspace.0, class.0] {
        hash.update(id.as_bytes());
    }
    hash.update(key.as_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    i64::from_be_bytes(*hash.first_chunk().expect("a hash has more than eight bytes"))
}

impl TermValue {
    /// The spelling whose order of bytes is the order of the values.
    pub(crate) fn spelling(&self) -> Vec<u8> {
        match self {
            Self::Number(number) => number_spelling(*number),
            Self::Text(text) => text_spelling(text),
            Self::NotKept => NOT_KEPT_SPELLING.to_vec(),
        }
    }
}

fn number_spelling(number: f64) -> Vec<u8> {
    // Zero has two signs and is one number.
    let bits = if number == 0.0 { 0 } else { number.to_bits() };
    let sign = 1 << 63;
    let ordered = if bits & sign == 0 { bits | sign } else { !bits };
    let mut spelling = vec![NUMBER];
    spelling.extend_from_slice(&ordered.to_be_bytes());
    spelling
}

fn text_spelling(text: &str) -> Vec<u8> {
    let mut spelling = vec![TEXT];
    spelling.extend_from_slice(&text.as_bytes()[..text.len().min(TEXT_BYTES)]);
    spelling
}

/// Which spellings match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Spellings {
    /// These.
    Points(Vec<Vec<u8>>),
    /// From the first on, up to and without the second.
    Range(Vec<u8>, Vec<u8>),
}

impl TermMatch {
    pub(crate) fn spellings(&self) -> Spellings {
        match self {
            Self::OneOf(values) => {
                let mut points: Vec<_> = values.iter().map(TermValue::spelling).collect();
                points.sort();
                points.dedup();
                Spellings::Points(points)
            }
            Self::Prefix(prefix) => {
                let from = text_spelling(prefix);
                // A prefix that is as long as terms are finds what was cut there.
                let to = if prefix.len() < TEXT_BYTES { beyond(&from) } else { after(from.clone()) };
                Spellings::Range(from, to)
            }
            Self::Numbers(from, to) => {
                let lower = match from {
                    Bound::Included(from) => number_spelling(*from),
                    Bound::Excluded(from) => after(number_spelling(*from)),
                    Bound::Unbounded => vec![NUMBER],
                };
                let upper = match to {
                    Bound::Included(to) => after(number_spelling(*to)),
                    Bound::Excluded(to) => number_spelling(*to),
                    Bound::Unbounded => vec![NUMBER + 1],
                };
                Spellings::Range(lower, upper)
            }
            Self::Texts(from, to) => {
                // A text that was cut may be larger or smaller than a bound that was cut.
                let is_whole = |text: &String| text.len() < TEXT_BYTES;
                let lower = match from {
                    Bound::Excluded(from) if is_whole(from) => after(text_spelling(from)),
                    Bound::Included(from) | Bound::Excluded(from) => text_spelling(from),
                    Bound::Unbounded => vec![TEXT],
                };
                let upper = match to {
                    Bound::Excluded(to) if is_whole(to) => text_spelling(to),
                    Bound::Included(to) | Bound::Excluded(to) => after(text_spelling(to)),
                    Bound::Unbounded => vec![TEXT + 1],
                };
                Spellings::Range(lower, upper)
            }
        }
    }
}

/// The spelling that comes next.
fn after(mut spelling: Vec<u8>) -> Vec<u8> {
    spelling.push(0);
    spelling
}

/// The first spelling after all that begin so. UTF-8 has no byte that cannot be counted up.
fn beyond(prefix: &[u8]) -> Vec<u8> {
    let mut spelling = prefix.to_vec();
    let last = spelling.last_mut().expect("every spelling begins with what it is");
    *last += 1;
    spelling
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: f64) -> TermValue {
        TermValue::Number(number)
    }

    fn text(text: &str) -> TermValue {
        TermValue::Text(text.to_owned())
    }

    #[test]
    fn spellings_are_in_the_order_of_the_values() {
        let numbers =
            [f64::MIN, -1e300, -2.5, -1.0, -f64::MIN_POSITIVE, 0.0, 5e-324, 0.1, 1.0, 1.5, 2.0, 10.0, 1e16, f64::MAX];
        let texts = ["", "\0", " ", "A", "B", "a", "ab", "b", "é", "隔", "🛡"];
        let values: Vec<_> =
            numbers.map(number).into_iter().chain(texts.map(text)).chain([TermValue::NotKept]).collect();
        for pair in values.windows(2) {
            assert!(pair[0].spelling() < pair[1].spelling(), "{pair:?}");
        }
        assert_eq!(number(0.0).spelling(), number(-0.0).spelling());
    }

    #[test]
    fn a_field_is_another_in_another_class_and_for_another_tenant() {
        let id = uuid::Uuid::from_u128;
        let tenant =
            |workspace| Tenant { project: model::ProjectId(id(1)), workspace: model::WorkspaceId(id(workspace)) };
        let first = field_number(tenant(2), DataClassId(id(3)), "severity");
        assert_eq!(first, field_number(tenant(2), DataClassId(id(3)), "severity"));
        assert_ne!(first, field_number(tenant(4), DataClassId(id(3)), "severity"));
        assert_ne!(first, field_number(tenant(2), DataClassId(id(4)), "severity"));
        assert_ne!(first, field_number(tenant(2), DataClassId(id(3)), "title"));
    }

    #[test]
    fn a_match_finds_what_it_should_and_nothing_shorter_or_longer() {
        let long = "x".repeat(TEXT_BYTES + 10);
        let some = |text: &str| Bound::Included(text.to_owned());
        let but = |text: &str| Bound::Excluded(text.to_owned());
        #[rustfmt::skip]
        let cases = [
            (TermMatch::OneOf(vec![text("a"), number(1.0)]), vec![text("a"), number(1.0)], vec![text("A"), text("ab"), number(1.1)]),
            (TermMatch::OneOf(Vec::new()), vec![], vec![text(""), number(0.0)]),
            (TermMatch::OneOf(vec![text(&long)]), vec![text(&long)], vec![text("x")]),
            (TermMatch::Prefix("ab".into()), vec![text("ab"), text("abc"), text("ab\u{10ffff}")], vec![text("a"), text("ac"), number(1.0)]),
            (TermMatch::Prefix(String::new()), vec![text(""), text("🛡")], vec![number(1.0)]),
            (TermMatch::Prefix(long.clone()), vec![text(&long)], vec![text("x"), text("y")]),
            (TermMatch::Numbers(Bound::Included(1.0), Bound::Excluded(3.0)), vec![number(1.0), number(2.9)], vec![number(0.9), number(3.0), text("2")]),
            (TermMatch::Numbers(Bound::Excluded(1.0), Bound::Included(3.0)), vec![number(1.1), number(3.0)], vec![number(1.0), number(3.1)]),
            (TermMatch::Numbers(Bound::Unbounded, Bound::Unbounded), vec![number(f64::MIN), number(f64::MAX)], vec![text("")]),
            (TermMatch::Numbers(Bound::Excluded(-1.0), Bound::Excluded(0.0)), vec![number(-0.5)], vec![number(-1.0), number(-0.0)]),
            (TermMatch::Texts(some("b"), but("d")), vec![text("b"), text("cz")], vec![text("a"), text("d"), number(1.0)]),
            (TermMatch::Texts(but("b"), some("d")), vec![text("ba"), text("d")], vec![text("b"), text("da")]),
            (TermMatch::Texts(Bound::Unbounded, Bound::Unbounded), vec![text(""), text("z")], vec![number(1.0)]),
            (TermMatch::Texts(but(&long), Bound::Unbounded), vec![text(&format!("{long}z")), text("y")], vec![text("x")]),
            (TermMatch::Texts(Bound::Unbounded, but(&long)), vec![text(&long[..TEXT_BYTES + 1]), text("x")], vec![text("y")]),
        ];
        for (matching, inside, outside) in cases {
            let spellings = matching.spellings();
            let finds = |value: &TermValue| match &spellings {
                Spellings::Points(points) => points.contains(&value.spelling()),
                Spellings::Range(from, to) => (from..to).contains(&&value.spelling()),
            };
            for value in &inside {
                assert!(finds(value), "{matching:?} {value:?}");
            }
            for value in &outside {
                assert!(!finds(value), "{matching:?} {value:?}");
            }
        }
    }
}

//! The terms of an object: what a database keeps of its searchable fields.

use std::net::IpAddr;

use model::{Number, Value};

use super::Kind;
use super::path::{Path, Reading};
use super::reader::{self, Reader};
use crate::functions::network;
use crate::{Budget, limits, number};

/// One value of a field, as it is kept for searching.
#[derive(Debug, Clone, PartialEq)]
pub struct Term<'f> {
    /// The field's path.
    pub field: &'f str,
    /// The beginning of the value as text: of fields of text and of truth values (`true`, `false`).
    pub text: Option<String>,
    /// The value as a number: of fields of numbers, of times (microseconds since 1970), and of texts that are addresses.
    ///
    /// With neither a text nor a number, the field's values are too many to be kept, and any may be among them.
    pub number: Option<f64>,
}

/// A term without its field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) text: Option<String>,
    pub(super) number: Option<f64>,
}

/// The terms that an object has at a path; `None` when there are too many, or when terms would not tell what conditions
/// find there: numbers that lose digits, and keys with dots beside ones without, of which expressions and conditions
/// see different ones.
pub(super) fn rows(object: &Value, path: &Path, reader: Reader) -> Option<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut values = 0;
    let budget = || Budget { steps: limits::FIELD_STEPS, bytes: u64::MAX };
    let is_given_up = path.any(object, Reading::Longest, &mut budget(), &mut |value, budget| {
        values += 1;
        match row(value, reader, budget)? {
            Kept::Row(row) if !rows.contains(&row) => rows.push(row),
            Kept::Row(_) | Kept::Nothing => {}
            Kept::Inexact => return Ok(true),
        }
        Ok(rows.len() > limits::FIELD_TERMS)
    });
    let has_others = path.any(object, Reading::Every, &mut budget(), &mut |_, _| {
        values -= 1;
        Ok(values < 0)
    });
    // A fault is the end of the steps.
    matches!((is_given_up, has_others), (Ok(false), Ok(false))).then_some(rows)
}

/// What is kept of a value.
enum Kept {
    Row(Row),
    /// It is none that conditions compare.
    Nothing,
    /// It has more digits than a term.
    Inexact,
}

fn row(value: &Value, reader: Reader, budget: &mut Budget) -> Result<Kept, crate::Fault> {
    let number = |number| Kept::Row(Row { text: None, number: Some(number) });
    Ok(match (reader.kind, value) {
        (Some(Kind::Number), _) => match reader::number(value, budget)? {
            Some(found) => exactly(&found).map_or(Kept::Inexact, number),
            None => Kept::Nothing,
        },
        (Some(Kind::Time), _) => match reader.time(value, budget)? {
            Some(micros) if micros as f64 as i64 == micros => number(micros as f64),
            Some(_) => Kept::Inexact,
            None => Kept::Nothing,
        },
        (Some(Kind::Boolean), _) => match reader::truth(value) {
            Some(truth) => Kept::Row(Row { text: Some(reader::spelling(truth).to_owned()), number: None }),
            None => Kept::Nothing,
        },
        (None, Value::Number(found)) => match exactly(found) {
            Some(number) => Kept::Row(Row { text: Some(cut(&found.digits()).to_owned()), number: Some(number) }),
            None => Kept::Inexact,
        },
        (Some(Kind::Text) | None, _) => match reader::text(value) {
            Some(text) => {
                let number = network::parse_address(&text).map(position);
                Kept::Row(Row { text: Some(cut(&text).to_owned()), number })
            }
            None => Kept::Nothing,
        },
    })
}

/// What a term keeps of a text: up to 256 characters.
///
/// Equal texts have equal terms, and what a text begins with, its term begins with, as far as it goes.
pub(super) fn cut(text: &str) -> &str {
    text.char_indices().nth(limits::TERM_CHARS).map_or(text, |(end, _)| &text[..end])
}

/// The floating-point number that is this number, if there is one.
pub(super) fn exactly(number: &Number) -> Option<f64> {
    let near = near(number);
    number::compare(&Number::Float(near), number).is_eq().then_some(near)
}

/// The floating-point number that is nearest to a number. A smaller number never has a larger one.
pub(super) fn near(number: &Number) -> f64 {
    // Adding zero makes -0 equal to 0; infinities are not stored everywhere.
    number.as_f64().clamp(f64::MIN, f64::MAX) + 0.0
}

/// The position of an address among all. A lower address of the same family never has a higher one.
pub(super) fn position(address: IpAddr) -> f64 {
    match address {
        IpAddr::V4(address) => f64::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address) as f64,
    }
}

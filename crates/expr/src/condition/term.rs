//! The terms of an object: what a database keeps of its searchable fields.

use std::net::IpAddr;

use model::{Number, Value};

use super::Kind;
use super::path::{Path, Reading};
use super::reader::{self, Reader};
use crate::functions::network;
use crate::{Budget, limits};

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

/// The terms that an object has at a path; `None` when they are too many.
///
/// Every reading of the path counts, since expressions do not prefer the one that conditions do.
pub(super) fn rows(object: &Value, path: &Path, reader: Reader) -> Option<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut budget = Budget { steps: limits::FIELD_STEPS, bytes: u64::MAX };
    let too_many = path.any(object, Reading::Every, &mut budget, &mut |value, budget| {
        if let Some(row) = row(value, reader, budget)?
            && !rows.contains(&row)
        {
            rows.push(row);
        }
        Ok(rows.len() > limits::FIELD_TERMS)
    });
    // A fault is the end of the steps.
    matches!(too_many, Ok(false)).then_some(rows)
}

fn row(value: &Value, reader: Reader, budget: &mut Budget) -> Result<Option<Row>, crate::Fault> {
    let number = |number| Row { text: None, number: Some(number) };
    Ok(match (reader.kind, value) {
        (Some(Kind::Number), _) => reader::number(value, budget)?.map(|found| number(near(&found))),
        (Some(Kind::Time), _) => reader.time(value, budget)?.map(|micros| number(micros as f64)),
        (Some(Kind::Boolean), _) => {
            reader::truth(value).map(|truth| Row { text: Some(reader::spelling(truth).to_owned()), number: None })
        }
        (None, Value::Number(found)) => {
            Some(Row { text: Some(cut(&found.digits()).to_owned()), number: Some(near(found)) })
        }
        (Some(Kind::Text) | None, _) => reader::text(value)
            .map(|text| Row { text: Some(cut(&text).to_owned()), number: network::parse_address(&text).map(position) }),
    })
}

/// What a term keeps of a text: up to 256 characters, and none from U+0000 on, which PostgreSQL cannot hold.
///
/// Equal texts have equal terms, and what a text begins with, its term begins with, as far as it goes.
pub(super) fn cut(text: &str) -> &str {
    let text = text.char_indices().nth(limits::TERM_CHARS).map_or(text, |(end, _)| &text[..end]);
    text.split('\0').next().unwrap_or_default()
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

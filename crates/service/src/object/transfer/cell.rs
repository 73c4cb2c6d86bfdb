//! Values in cells of tables. A value is written plainly when it is read back as it was: a text in a column of texts, a
//! number in a column of numbers. Every other one is JSON after [`MARK`], so that nothing is lost.

use model::{Number, Timestamp, Value};

use crate::object::shape::Holds;

/// Goes before a value that a column does not hold by nature.
const MARK: &str = "json:";
/// Days that a spreadsheet counts up to the end of the year 9999: a larger number in a column of times counts seconds or
/// less since 1970.
const MOST_DAYS: f64 = 2_958_466.0;

/// What spreadsheets count days from, as days before 1970.
const FIRST_DAY: f64 = 25_569.0;

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// A text; empty where there is nothing.
    Text(String),
    /// The digits of a number that is known to be one. CSV has none.
    Number(String),
}

impl Cell {
    /// A cell that holds nothing.
    pub(super) const EMPTY: Self = Self::Text(String::new());

    /// What stands in it.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }

    /// Writes a value of a field.
    pub(super) fn write(holds: &Holds, value: &Value) -> Self {
        match (nature(holds), value) {
            (Nature::Text | Nature::Time, Value::String(text)) if is_plain(text) => Self::Text(text.to_string()),
            (Nature::Number | Nature::Json, Value::Number(number)) => Self::Number(number.digits().into_owned()),
            (Nature::Boolean, Value::Bool(truth)) => Self::Text(truth.to_string()),
            (Nature::Json, Value::String(text)) if is_plain(text) && Value::from_json(text).is_err() => {
                Self::Text(text.to_string())
            }
            (Nature::Json, value) => Self::Text(value.to_json()),
            (_, value) => Self::Text(format!("{MARK}{}", value.to_json())),
        }
    }

    /// Reads a value of a field; none from an empty cell. What is no such value is a text, which the class refuses.
    pub(super) fn read(self, holds: &Holds) -> Option<Value> {
        let nature = nature(holds);
        if let (Nature::Time, Self::Number(digits)) = (nature, &self) {
            return Some(time(digits).unwrap_or_else(|| digits.clone()).into());
        }
        let text = match self {
            Self::Text(text) | Self::Number(text) => text,
        };
        if text.is_empty() {
            return None;
        }
        if let Some(value) = text.strip_prefix(MARK).and_then(|json| Value::from_json(json).ok()) {
            return Some(value);
        }
        let value = match nature {
            Nature::Text | Nature::Time => None,
            Nature::Number => Number::parse(text.trim()).map(Value::Number),
            Nature::Boolean => text.trim().to_ascii_lowercase().parse().ok().map(Value::Bool),
            Nature::Json => Value::from_json(&text).ok(),
        };
        Some(value.unwrap_or_else(|| text.into()))
    }
}

/// What a column holds by nature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    Text,
    Time,
    Number,
    Boolean,
    /// Whatever JSON can say; a text that is no JSON stands for itself.
    Json,
}

fn nature(holds: &Holds) -> Nature {
    match holds {
        Holds::Text | Holds::OneOf(_) => Nature::Text,
        Holds::Time => Nature::Time,
        Holds::Integer | Holds::Number => Nature::Number,
        Holds::Boolean => Nature::Boolean,
        Holds::Texts | Holds::Object(_) | Holds::Objects(_) | Holds::ObjectOrText | Holds::Anything => Nature::Json,
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(MARK)
}

/// The time that a spreadsheet means by a number of days, without an offset: its clock is that of the workspace's zone.
fn time(digits: &str) -> Option<String> {
    let days = digits.parse::<f64>().ok().filter(|days| (0.0..MOST_DAYS).contains(days))?;
    let millis = ((days - FIRST_DAY) * 86_400_000.0).round() as i64;
    let instant = Timestamp(millis * 1_000).to_rfc3339();
    Some(instant.trim_end_matches('Z').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_back_from_every_column() {
        let values = [
            "null",
            "true",
            "false",
            "0",
            "-5",
            "1.10",
            "12345678901234567890123",
            "1E-400",
            r#""""#,
            r#""a""#,
            r#""TRUE""#,
            r#""80""#,
            r#""null""#,
            r#""json:1""#,
            r#""[1]""#,
            r#""=1+1""#,
            r#"" x ""#,
            r#""a\u0000b""#,
            "[]",
            r#"["a",{"b":[1.0]}]"#,
            r#"{"b":1,"a":{}}"#,
        ];
        let object = || Holds::Object(crate::object::shape::Members::new());
        for holds in [
            Holds::Text,
            Holds::Time,
            Holds::Integer,
            Holds::Number,
            Holds::Boolean,
            Holds::OneOf(vec!["a".into()]),
            Holds::Texts,
            object(),
            Holds::ObjectOrText,
            Holds::Anything,
        ] {
            for json in values {
                let value = Value::from_json(json).expect("JSON");
                let cell = Cell::write(&holds, &value);
                // CSV does not tell numbers from texts.
                let as_text = Cell::Text(cell.text().to_owned());
                for cell in [cell, as_text] {
                    let read = cell.clone().read(&holds).map(|value| value.to_json());
                    assert_eq!(read, Some(value.to_json()), "{holds:?}: {cell:?}");
                }
            }
        }
    }

    #[test]
    fn cells_that_people_write_are_read_as_they_mean_them() {
        let (text, number) = (|text: &str| Cell::Text(text.into()), |digits: &str| Cell::Number(digits.into()));
        for (holds, cell, expected) in [
            (Holds::Text, text(""), "null"),
            (Holds::Text, number("10"), r#""10""#),
            (Holds::Text, text("json: soon"), r#""json: soon""#),
            (Holds::Integer, text(" 10 "), "10"),
            (Holds::Integer, text("ten"), r#""ten""#),
            (Holds::Boolean, text("TRUE"), "true"),
            (Holds::Boolean, text("yes"), r#""yes""#),
            (Holds::Anything, text("007"), r#""007""#),
            (Holds::Anything, text("7"), "7"),
            (Holds::Texts, text("a, b"), r#""a, b""#),
            (Holds::Time, number("45856.6144298032"), r#""2025-07-18T14:44:46.735""#),
            (Holds::Time, number("45856"), r#""2025-07-18T00:00:00.000""#),
            (Holds::Time, number("1752821086735"), r#""1752821086735""#),
        ] {
            let read = cell.clone().read(&holds).unwrap_or_default();
            assert_eq!(read.to_json(), expected, "{holds:?}: {cell:?}");
        }
    }
}

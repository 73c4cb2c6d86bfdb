//! A field that the vendor's SDK sends as text and its Terraform provider as a number.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A number, or text that holds one. Empty text is no number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TextOrNumber(pub Option<f64>);

impl<'de> Deserialize<'de> for TextOrNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = match &value {
            Value::String(text) if text.trim().is_empty() => return Ok(Self(None)),
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_f64(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        match number.filter(|number| number.is_finite()) {
            Some(number) => Ok(Self(Some(number))),
            None => Err(D::Error::invalid_type(Unexpected::Other(&value.to_string()), &"f64")),
        }
    }
}

impl PartialSchema for TextOrNumber {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
            .description(Some("A number, or text that holds one."))
            .into()
    }
}

impl ToSchema for TextOrNumber {
    fn name() -> Cow<'static, str> {
        "TextOrNumber".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_number_are_the_same_number() {
        let read = |json: &str| serde_json::from_str::<TextOrNumber>(json).map(|TextOrNumber(number)| number);
        for json in ["2", "2.0", r#""2""#, r#"" 2.0 ""#] {
            assert_eq!(read(json).expect(json), Some(2.0), "{json}");
        }
        assert_eq!(read(r#""""#).expect("empty"), None);
        for json in [r#""first""#, r#""NaN""#, "1e999", "true", "[1]", "{}"] {
            let error = read(json).expect_err(json).to_string();
            assert!(error.contains("expected f64") || error.contains("out of range"), "{json}: {error}");
        }
    }
}

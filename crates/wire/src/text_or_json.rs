//! A field that clients send either as a JSON document or as text that holds one.

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An object, or text with an object in it. The vendor's SDK declares such fields as text; people write objects.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct TextOrJson(pub Value);

impl TextOrJson {
    /// The document: text is parsed, and empty text is no document. Fails when text holds no JSON.
    pub fn into_json(self) -> Result<Option<Value>, serde_json::Error> {
        match self.0 {
            Value::Null => Ok(None),
            Value::String(text) if text.trim().is_empty() => Ok(None),
            Value::String(text) => serde_json::from_str(&text).map(Some),
            document => Ok(Some(document)),
        }
    }
}

impl PartialSchema for TextOrJson {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Object]))
            .description(Some("An object, or text that holds one as JSON."))
            .into()
    }
}

impl ToSchema for TextOrJson {
    fn name() -> std::borrow::Cow<'static, str> {
        "TextOrJson".into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_object_are_the_same_document() {
        let read = |value: Value| serde_json::from_value::<TextOrJson>(value).expect("any value").into_json();
        assert_eq!(read(json!({"a": 1})).expect("object"), Some(json!({"a": 1})));
        assert_eq!(read(json!("{\"a\": 1}")).expect("text"), Some(json!({"a": 1})));
        assert_eq!(read(json!(" ")).expect("empty"), None);
        assert!(read(json!("{a}")).is_err());
    }
}

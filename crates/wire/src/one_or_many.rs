//! A list of texts that some clients shorten to its one member.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use utoipa::openapi::schema::{ArrayBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A list of texts, or one text, which is a list of it. The vendor's Terraform provider deletes an incident with
/// `"batch_ids": "<id>"`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OneOrMany(pub Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Members).map(Self)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![text.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = Vec::new();
        while let Some(member) = members.next_element()? {
            read.push(member);
        }
        Ok(read)
    }
}

impl PartialSchema for OneOrMany {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Array, Type::String]))
            .items(String::schema())
            .description(Some("A list, or its one member."))
            .into()
    }
}

impl ToSchema for OneOrMany {
    fn name() -> Cow<'static, str> {
        "OneOrMany".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_a_list_of_it() {
        let read = |json: &str| serde_json::from_str::<OneOrMany>(json).map(|OneOrMany(members)| members);
        assert_eq!(read(r#""a""#).expect("text"), ["a"]);
        assert_eq!(read(r#"["a", "b"]"#).expect("list"), ["a", "b"]);
        assert_eq!(read("[]").expect("empty list"), [""; 0]);
        for (json, problem) in
            [("5", "expected a sequence"), (r#"{"a": 1}"#, "expected a sequence"), ("[5]", "expected a string")]
        {
            let error = read(json).expect_err(json).to_string();
            assert!(error.contains(problem), "{json}: {error}");
        }
    }
}

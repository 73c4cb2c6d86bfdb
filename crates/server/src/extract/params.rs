//! Reads a structure from named texts: a query, or the parameters of a path. A wrong value names its parameter.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value::StrDeserializer};
use serde::forward_to_deserialize_any;
use service::Text;

/// What is wrong with which parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The parameter; empty when serde does not say.
    pub(crate) name: String,
    /// What it should have been.
    pub(crate) expected: Expected,
}

/// What a parameter should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Given at all.
    Present,
    /// Given with one value.
    Single,
    /// Something that the type itself describes.
    Other(String),
}

impl Problem {
    fn new(expected: Expected) -> Self {
        Self { name: String::new(), expected }
    }

    /// The message for the caller.
    pub(crate) fn text(&self) -> Text {
        let name = &self.name;
        match &self.expected {
            Expected::Integer => Text::new(format!("{name} must be a whole number"), format!("{name}必须是整数")),
            Expected::Number => Text::new(format!("{name} must be a number"), format!("{name}必须是数字")),
            Expected::Boolean => Text::new(format!("{name} must be true or false"), format!("{name}必须是true或false")),
            Expected::Present => Text::new(format!("{name} is required"), format!("{name}为必填项")),
            Expected::Single => {
                Text::new(format!("{name} is given with different values"), format!("{name}出现多个不同的值"))
            }
            Expected::Other(why) => Text::new(format!("{name} is not valid: {why}"), format!("{name}无效：{why}")),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Expected::Other(message.to_string()))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { name: field.to_owned(), expected: Expected::Present }
    }
}

/// Named texts; a name may come several times.
pub(crate) struct Params<'de> {
    /// Each name once, with its values in order.
    entries: std::vec::IntoIter<(Cow<'de, str>, Vec<Cow<'de, str>>)>,
    current: Option<(Cow<'de, str>, Vec<Cow<'de, str>>)>,
}

impl<'de> Params<'de> {
    /// Gathers the values of each name.
    pub(crate) fn new(pairs: impl Iterator<Item = (Cow<'de, str>, Cow<'de, str>)>) -> Self {
        let mut entries: Vec<(Cow<'de, str>, Vec<Cow<'de, str>>)> = Vec::new();
        for (name, value) in pairs {
            match entries.iter_mut().find(|(have, _)| *have == name) {
                Some((_, values)) => values.push(value),
                None => entries.push((name, vec![value])),
            }
        }
        Self { entries: entries.into_iter(), current: None }
    }
}

impl<'de> de::Deserializer<'de> for Params<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Params<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        self.current = self.entries.next();
        match &self.current {
            Some((name, _)) => {
                let name: StrDeserializer<'_, Problem> = name.as_ref().into_deserializer();
                seed.deserialize(name).map(Some)
            }
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (name, values) = self.current.take().expect("serde asks for a value after its key");
        seed.deserialize(Values(values)).map_err(|problem| Problem { name: name.into_owned(), ..problem })
    }
}

/// The values of one name; at least one.
struct Values<'de>(Vec<Cow<'de, str>>);

impl<'de> Values<'de> {
    /// The value; a name that repeats the same value has one.
    fn single(self) -> Result<Cow<'de, str>, Problem> {
        let mut values = self.0.into_iter();
        let first = values.next().unwrap_or_default();
        if values.all(|value| value == first) { Ok(first) } else { Err(Problem::new(Expected::Single)) }
    }

    fn parse<T: std::str::FromStr>(self, expected: Expected) -> Result<T, Problem> {
        self.single()?.parse().map_err(|_| Problem::new(expected))
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $expected:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            visitor.$visit(self.parse(Expected::$expected)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Values<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.single()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.single()?.to_ascii_lowercase().as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Problem::new(Expected::Boolean)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let values = self.0.into_iter().map(|value| Values(vec![value]));
        visitor.visit_seq(de::value::SeqDeserializer::new(values))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let name = self.single()?;
        let name: StrDeserializer<'_, Problem> = name.as_ref().into_deserializer();
        visitor.visit_enum(name)
    }

    parsed! {
        deserialize_i8 visit_i8 Integer;
        deserialize_i16 visit_i16 Integer;
        deserialize_i32 visit_i32 Integer;
        deserialize_i64 visit_i64 Integer;
        deserialize_u8 visit_u8 Integer;
        deserialize_u16 visit_u16 Integer;
        deserialize_u32 visit_u32 Integer;
        deserialize_u64 visit_u64 Integer;
        deserialize_f32 visit_f32 Number;
        deserialize_f64 visit_f64 Number;
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Problem> for Values<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

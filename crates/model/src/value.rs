//! The value of a process variable: JSON with cheap clones and numbers that are not changed.
//!
//! A number keeps the digits that a client sent (`1.10`, `12345678901234567890`); only arithmetic converts it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An object's members in the order they came.
pub type Map = IndexMap<Arc<str>, Value>;

/// A JSON value.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// `null`, also the value of an absent path.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Arc<str>),
    /// An array.
    List(Arc<Vec<Value>>),
    /// An object.
    Map(Arc<Map>),
}

/// A number as it was written.
#[derive(Clone, Debug)]
pub enum Number {
    /// An integer of 64 bits.
    Int(i64),
    /// A binary floating-point number, never NaN or infinite.
    Float(f64),
    /// Digits that neither of the others would write back unchanged.
    Exact(Arc<str>),
}

impl Number {
    /// Reads a JSON number; `None` when the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let json: serde_json::Number = text.parse().ok()?;
        Some(Self::from_json(&json))
    }

    fn from_json(json: &serde_json::Number) -> Self {
        let text = json.as_str();
        if let Ok(int) = text.parse::<i64>()
            && text != "-0"
        {
            return Self::Int(int);
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() && Self::Float(float).digits() == text => Self::Float(float),
            _ => Self::Exact(text.into()),
        }
    }

    /// A float as a number; `None` for NaN and the infinities, which JSON does not have.
    pub fn from_f64(float: f64) -> Option<Self> {
        float.is_finite().then_some(Self::Float(float))
    }

    /// The nearest `f64`; infinite when an exact number is beyond its range.
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Int(int) => *int as f64,
            Self::Float(float) => *float,
            Self::Exact(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The value as a 64-bit integer when it is one exactly (`2.0` is).
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Float(float) => {
                // 2^63 is exact as f64; the cast is exact inside the range.
                (float.fract() == 0.0 && *float >= -9_223_372_036_854_775_808.0 && *float < 9_223_372_036_854_775_808.0)
                    .then_some(*float as i64)
            }
            Self::Exact(text) => text.parse().ok().or_else(|| Self::Float(text.parse().ok()?).as_i64()),
        }
    }

    /// The digits as JSON.
    pub fn digits(&self) -> Cow<'_, str> {
        match self {
            Self::Int(int) => int.to_string().into(),
            Self::Float(float) => serde_json::Number::from_f64(*float).map_or("null".into(), |n| n.to_string().into()),
            Self::Exact(text) => Cow::Borrowed(text),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    /// By value: `1`, `1.0` and `1.00` are equal. Two integers compare exactly, all else as `f64`, then by digits
    /// where both are exact integers too large for it.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Exact(a), Self::Exact(b)) if a == b => Some(Ordering::Equal),
            _ => {
                let order = self.as_f64().partial_cmp(&other.as_f64())?;
                Some(if order == Ordering::Equal { big_integers(self, other).unwrap_or(order) } else { order })
            }
        }
    }
}

/// Compares two integers digit by digit; `None` when one of them is not written as a plain integer.
fn big_integers(a: &Number, b: &Number) -> Option<Ordering> {
    let (a, b) = (a.digits(), b.digits());
    let plain = |text: &str| text.trim_start_matches('-').bytes().all(|c| c.is_ascii_digit());
    if !plain(&a) || !plain(&b) || a.starts_with('-') != b.starts_with('-') {
        return None;
    }
    let order = a.len().cmp(&b.len()).then_with(|| a.cmp(&b));
    Some(if a.starts_with('-') { order.reverse() } else { order })
}

impl Value {
    /// A text.
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(Arc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items))
    }

    /// An object.
    pub fn map(members: Map) -> Self {
        Self::Map(Arc::new(members))
    }

    /// An object from pairs.
    pub fn object<K: AsRef<str>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::map(pairs.into_iter().map(|(key, value)| (Arc::from(key.as_ref()), value)).collect())
    }

    /// An integer.
    pub fn int(int: i64) -> Self {
        Self::Number(Number::Int(int))
    }

    /// Reads JSON; serde_json's depth limit of 128 holds.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Writes compact JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a value has only string keys and cannot fail to serialise")
    }

    /// The member of an object; null when this is no object or has no such member.
    pub fn get(&self, key: &str) -> &Value {
        const NULL: Value = Value::Null;
        match self {
            Self::Map(members) => members.get(key).unwrap_or(&NULL),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::List(_) => &NULL,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The truth value of a Boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The integer of a number that is one.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_i64() } else { None }
    }

    /// The items of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The members of an object.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(members) = self { Some(members) } else { None }
    }

    /// What users call this kind of value, for messages: `null`, `boolean`, `number`, `string`, `list` or `object`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "object",
        }
    }

    /// The text that interpolation writes: strings as they are, null as nothing, the rest as JSON.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::String(text) => Cow::Borrowed(text),
            Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Map(_) => Cow::Owned(self.to_json()),
        }
    }

    /// Roughly the bytes that this value takes as JSON; what variable limits count.
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 4,
            Self::Number(Number::Exact(digits)) => digits.len(),
            Self::Number(_) => 8,
            Self::String(text) => text.len() + 2,
            Self::List(items) => 2 + items.iter().map(|item| item.size() + 1).sum::<usize>(),
            Self::Map(members) => 2 + members.iter().map(|(key, value)| key.len() + value.size() + 4).sum::<usize>(),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::int(int)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::list(items)
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(truth),
            serde_json::Value::Number(number) => Self::Number(Number::from_json(&number)),
            serde_json::Value::String(text) => Self::String(text.into()),
            serde_json::Value::Array(items) => Self::list(items.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => {
                Self::map(members.into_iter().map(|(key, value)| (Arc::from(key), Self::from(value))).collect())
            }
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => number.digits().parse().map_or(Self::Null, Self::Number),
            Value::String(text) => Self::String(text.to_string()),
            Value::List(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Map(members) => {
                Self::Object(members.iter().map(|(key, value)| (key.to_string(), Self::from(value))).collect())
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(Number::Int(int)) => serializer.serialize_i64(*int),
            Self::Number(Number::Float(float)) => serializer.serialize_f64(*float),
            Self::Number(exact @ Number::Exact(_)) => {
                let number: serde_json::Number = exact.digits().parse().map_err(serde::ser::Error::custom)?;
                number.serialize(serializer)
            }
            Self::String(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items.iter()),
            Self::Map(members) => serializer.collect_map(members.iter()),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_kept(json: &str) {
        assert_eq!(Value::from_json(json).expect("parses").to_json(), json);
    }

    #[test]
    fn what_clients_send_comes_back_as_sent() {
        check_kept(r#"{"z":1,"a":[1.10,12345678901234567890,-0,1e+400,0.1],"text":"a\u0000b","no":null,"yes":true}"#);
        check_kept("9223372036854775807");
        check_kept("-9223372036854775809");
    }

    #[test]
    fn numbers_compare_by_value() {
        let number = |text| Number::parse(text).expect("a number");
        assert_eq!(number("1"), number("1.0"));
        assert_eq!(number("1.10"), number("1.1"));
        assert_eq!(number("-0"), number("0"));
        assert!(number("9223372036854775807") < number("9223372036854775808"));
        assert!(number("12345678901234567890") < number("12345678901234567891"));
        assert!(number("2") > number("1.5"));
    }

    #[test]
    fn integers_are_recognised_in_any_spelling() {
        assert_eq!(Number::parse("2.0").and_then(|n| n.as_i64()), Some(2));
        assert_eq!(Number::parse("2.00").and_then(|n| n.as_i64()), Some(2));
        assert_eq!(Number::parse("2.5").and_then(|n| n.as_i64()), None);
        assert_eq!(Number::parse("1e400").and_then(|n| n.as_i64()), None);
    }

    #[test]
    fn an_absent_member_is_null() {
        let value = Value::from_json(r#"{"a":{"b":1}}"#).expect("parses");
        assert_eq!(value.get("a").get("b"), &Value::int(1));
        assert!(value.get("x").get("y").is_null());
    }
}

//! What the fields of a class hold, as a tree: its rows are a flat list of keys like `environment.region_id`, and what
//! the members of lists hold is in the JSON Schema of the list's field.

use std::sync::Arc;

use expr::condition::Kind;
use indexmap::IndexMap;
use model::{Number, Value};
use store::dataclass::FieldRow;

use crate::dataclass::FieldAttributes;

/// Levels that a JSON Schema is read to.
const MOST_LEVELS: usize = 16;

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Holds {
    /// A text; a number or a truth value in its place is one too.
    Text,
    /// An instant, in any form.
    Time,
    /// A whole number, also as text.
    Integer,
    /// A number, also as text.
    Number,
    /// A truth value, also as text.
    Boolean,
    /// One of a few texts.
    OneOf(Vec<String>),
    /// A list of texts.
    Texts,
    /// An object with these members, and any others.
    Object(Members),
    /// A list of such objects.
    Objects(Members),
    /// An object or a text.
    ObjectOrText,
    /// Anything.
    Anything,
}

/// Fields by their keys.
pub(crate) type Members = IndexMap<Arc<str>, Member>;

/// A field, or what is known of a member of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) holds: Holds,
    /// Whether whatever has members like it must have this one.
    pub(crate) required: bool,
    /// Whether only the server sets it.
    pub(crate) read_only: bool,
    /// What it holds when nothing is given.
    pub(crate) default: Option<Value>,
}

impl Holds {
    /// How search compares its values; none where that depends on the values.
    pub(crate) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Text | Self::OneOf(_) | Self::Texts => Some(Kind::Text),
            Self::Time => Some(Kind::Time),
            Self::Integer | Self::Number => Some(Kind::Number),
            Self::Boolean => Some(Kind::Boolean),
            Self::Object(_) | Self::Objects(_) | Self::ObjectOrText | Self::Anything => None,
        }
    }

    fn of(row: &FieldRow, attributes: &FieldAttributes) -> Self {
        let schema = || Value::from_json(&attributes.json_schema).unwrap_or_default();
        match row.field_type.as_str() {
            "String" => Self::Text,
            "Enum" => match options(&attributes.extra_json) {
                options if options.is_empty() => Self::Text,
                options => Self::OneOf(options),
            },
            "Timestamp" => Self::Time,
            "Integer" | "Long" => Self::Integer,
            "Numeric" | "Double" => Self::Number,
            "Boolean" => Self::Boolean,
            "List<String>" => Self::Texts,
            "Object" => Self::Object(members(schema().get("properties"), 0)),
            "List<Object>" => Self::Objects(members(schema().get("items").get("properties"), 0)),
            _ => Self::Anything,
        }
    }

    /// Of a member, by its JSON Schema.
    fn of_schema(schema: &Value, level: usize) -> Self {
        if level > MOST_LEVELS {
            return Self::Anything;
        }
        let texts = |list: &Value| texts(list.as_list().unwrap_or_default());
        match schema.get("type") {
            Value::String(kind) => match &**kind {
                "string" if schema.get("format").as_str() == Some("date-time") => Self::Time,
                "string" if !texts(schema.get("enum")).is_empty() => Self::OneOf(texts(schema.get("enum"))),
                "string" => Self::Text,
                "integer" => Self::Integer,
                "number" => Self::Number,
                "boolean" => Self::Boolean,
                "object" => Self::Object(members(schema.get("properties"), level)),
                "array" => match Self::of_schema(schema.get("items"), level + 1) {
                    Self::Text => Self::Texts,
                    Self::Object(members) => Self::Objects(members),
                    _ => Self::Anything,
                },
                _ => Self::Anything,
            },
            list if texts(list) == ["object", "string"] => Self::ObjectOrText,
            _ => Self::Anything,
        }
    }

    /// The value that a field's definition gives as text.
    fn default(&self, text: &str) -> Option<Value> {
        match self {
            _ if text.is_empty() => None,
            Self::Text | Self::Time | Self::OneOf(_) => Some(text.into()),
            Self::Integer | Self::Number => Number::parse(text).map(Value::Number),
            Self::Boolean => text.parse().ok().map(Value::Bool),
            Self::Texts | Self::Object(_) | Self::Objects(_) | Self::ObjectOrText | Self::Anything => None,
        }
    }

    fn members_mut(&mut self) -> Option<&mut Members> {
        match self {
            Self::Object(members) | Self::Objects(members) => Some(members),
            Self::Text
            | Self::Time
            | Self::Integer
            | Self::Number
            | Self::Boolean
            | Self::OneOf(_)
            | Self::Texts
            | Self::ObjectOrText
            | Self::Anything => None,
        }
    }
}

fn options(extra_json: &str) -> Vec<String> {
    let extra = Value::from_json(extra_json).unwrap_or_default();
    texts(extra.get("options").as_list().unwrap_or_default())
}

fn texts(list: &[Value]) -> Vec<String> {
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn members(properties: &Value, level: usize) -> Members {
    let properties = properties.as_map().into_iter().flatten();
    properties.map(|(key, schema)| (Arc::clone(key), Member::optional(Holds::of_schema(schema, level + 1)))).collect()
}

impl Member {
    fn optional(holds: Holds) -> Self {
        Self { holds, required: false, read_only: false, default: None }
    }
}

/// The tree of a class's fields.
pub(crate) fn tree(fields: &[(FieldRow, FieldAttributes)]) -> Members {
    let mut root = Members::new();
    // Shorter keys first, so that an object is there before its members.
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(row, _)| row.field_key.matches('.').count());
    for (row, attributes) in fields {
        let holds = Holds::of(row, attributes);
        let default = holds.default(&attributes.default_value);
        // Nobody can give what the server sets.
        let required = row.required && !attributes.read_only;
        let member = Member { holds, required, read_only: attributes.read_only, default };
        place(&mut root, &row.field_key, member);
    }
    root
}

fn place(members: &mut Members, key: &str, member: Member) {
    let Some((first, rest)) = key.split_once('.') else {
        members.insert(key.into(), member);
        return;
    };
    let parent = members.entry(first.into()).or_insert_with(|| Member::optional(Holds::Object(Members::new())));
    // Below a field that has no members, nothing is ever there.
    if let Some(members) = parent.holds.members_mut() {
        place(members, rest, member);
    }
}

/// Hands every field that holds values to `found`, with its path.
pub(crate) fn each_leaf(members: &Members, prefix: &str, found: &mut impl FnMut(&str, Kind)) {
    for (key, member) in members {
        let path = if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
        match &member.holds {
            Holds::Object(members) | Holds::Objects(members) => each_leaf(members, &path, found),
            other => other.kind().into_iter().for_each(|kind| found(&path, kind)),
        }
    }
}

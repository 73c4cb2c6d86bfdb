//! A field as the tables of classes write it.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A text on one line.
    Text,
    /// A text of several lines.
    LongText,
    /// An instant.
    Time,
    /// A whole number.
    Integer,
    /// Any number.
    Decimal,
    /// A truth value.
    Boolean,
    /// One of a few texts.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// An object; its known members are fields with dotted keys.
    Object,
    /// An object, or text: the contract disagrees with itself.
    ObjectOrText,
    /// An object with these members.
    ObjectOf(&'static [(&'static str, Holds)]),
    /// A list of objects with these members.
    Objects(&'static [(&'static str, Holds)]),
}

impl Holds {
    /// `field_type` of the contract.
    pub(super) fn field_type(self) -> &'static str {
        match self {
            Self::Text | Self::LongText => "String",
            Self::Time => "Timestamp",
            Self::Integer => "Integer",
            Self::Decimal => "Double",
            Self::Boolean => "Boolean",
            Self::OneOf(_) => "Enum",
            Self::Texts => "List<String>",
            Self::Object | Self::ObjectOrText | Self::ObjectOf(_) => "Object",
            Self::Objects(_) => "List<Object>",
        }
    }

    /// `display_type` of the contract: how a form shows it.
    pub(super) fn display_type(self) -> &'static str {
        match self {
            Self::Text => "short text",
            Self::LongText => "long text",
            Self::Time => "date",
            Self::Integer | Self::Decimal => "number",
            Self::Boolean => "switch",
            Self::OneOf(_) => "radio",
            Self::Texts => "tags",
            Self::Object | Self::ObjectOrText | Self::ObjectOf(_) | Self::Objects(_) => "grid",
        }
    }

    /// Whether it holds text; search tells upper from lower case there.
    pub(super) fn is_text(self) -> bool {
        match self {
            Self::Text | Self::LongText | Self::OneOf(_) | Self::Texts => true,
            Self::Time
            | Self::Integer
            | Self::Decimal
            | Self::Boolean
            | Self::Object
            | Self::ObjectOrText
            | Self::ObjectOf(_)
            | Self::Objects(_) => false,
        }
    }
}

/// A field of a built-in class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    pub(super) category: &'static str,
    pub(super) required: bool,
    pub(super) searchable: bool,
    /// Set by the server: nobody gives or edits it.
    pub(super) read_only: bool,
    pub(super) default: &'static str,
}

impl Field {
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn searchable(self) -> Self {
        Self { searchable: true, ..self }
    }

    pub(super) const fn read_only(self) -> Self {
        Self { read_only: true, ..self }
    }

    pub(super) const fn default(self, value: &'static str) -> Self {
        Self { default: value, ..self }
    }
}

/// A field that may be given, edited and mapped, and is not searched by.
pub(super) const fn field(category: &'static str, key: &'static str, name: &'static str, holds: Holds) -> Field {
    Field { key, name, holds, category, required: false, searchable: false, read_only: false, default: "" }
}

/// Categories of fields, which `field_category` filters by.
pub(super) mod category {
    /// What it is.
    pub(in super::super) const BASIC: &str = "basic";
    /// Where it happened and who has told.
    pub(in super::super) const SOURCE: &str = "source";
    /// When.
    pub(in super::super) const TIME: &str = "time";
    /// How bad and how sure.
    pub(in super::super) const ASSESSMENT: &str = "assessment";
    /// Addresses, files, processes, users, assets.
    pub(in super::super) const ENTITY: &str = "entity";
    /// What is done about it.
    pub(in super::super) const HANDLING: &str = "handling";
    /// For the system itself.
    pub(in super::super) const SYSTEM: &str = "system";
}

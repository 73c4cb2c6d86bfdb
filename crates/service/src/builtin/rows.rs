//! From the tables to rows of a new workspace.

use std::sync::LazyLock;

use model::id::name_based;
use model::{Tenant, Timestamp, UserId};
use serde_json::{Map, Value, json};
use store::dataclass::{DataClassRow, FieldRow, TypeRow};

use super::field::{Field, Holds};
use super::kind::Type;
use super::{CLASSES, Class};
use crate::dataclass::FieldAttributes;

/// Who makes the rows, for whom, when.
pub(crate) struct Birth<'a> {
    pub(crate) tenant: Tenant,
    pub(crate) creator_id: UserId,
    pub(crate) creator_name: &'a str,
    pub(crate) at: Timestamp,
}

/// The rows that a workspace is born with.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) classes: Vec<DataClassRow>,
    pub(crate) fields: Vec<FieldRow>,
    pub(crate) types: Vec<TypeRow>,
}

/// The built-in classes of a workspace. The ids depend on project, workspace and class alone.
pub(crate) fn rows(birth: &Birth<'_>) -> Rows {
    let mut rows = Rows::default();
    for (class, attributes) in CLASSES.iter().zip(&*ATTRIBUTES) {
        rows.classes.push(class_row(class, birth));
        let fields = class.fields().zip(attributes).zip(0..);
        rows.fields.extend(
            fields.map(|((field, attributes), position)| field_row(class, field, attributes.clone(), position, birth)),
        );
        let types = class.types.iter().flat_map(|kind| {
            std::iter::once((kind, None)).chain(kind.subtypes.iter().map(move |subtype| (kind, Some(*subtype))))
        });
        rows.types
            .extend(types.zip(0..).map(|((kind, subtype), position)| type_row(class, kind, subtype, position, birth)));
    }
    rows
}

fn class_row(class: &Class, birth: &Birth<'_>) -> DataClassRow {
    DataClassRow {
        workspace_id: birth.tenant.workspace,
        id: class.id(birth.tenant),
        project_id: birth.tenant.project,
        name: class.name.to_owned(),
        business_code: class.name.to_owned(),
        description: class.description.to_owned(),
        is_built_in: true,
        parent_id: None,
        creator_id: birth.creator_id,
        creator_name: birth.creator_name.to_owned(),
        create_time: birth.at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: birth.at,
        settings: String::new(),
    }
}

fn field_row(class: &Class, field: &Field, attributes: String, position: i64, birth: &Birth<'_>) -> FieldRow {
    let class_id = class.id(birth.tenant);
    FieldRow {
        workspace_id: birth.tenant.workspace,
        dataclass_id: class_id,
        id: name_based(class_id.0, &["field", field.key]),
        project_id: birth.tenant.project,
        position,
        field_key: field.key.to_owned(),
        name: field.name.to_owned(),
        description: String::new(),
        field_type: field.holds.field_type().to_owned(),
        category: field.category.to_owned(),
        mapping: !field.read_only,
        attributes,
        is_built_in: true,
        required: field.required,
        searchable: field.searchable,
        creator_id: birth.creator_id,
        creator_name: birth.creator_name.to_owned(),
        create_time: birth.at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: birth.at,
    }
}

fn type_row(
    class: &Class,
    kind: &Type,
    subtype: Option<(&'static str, &'static str)>,
    position: i64,
    birth: &Birth<'_>,
) -> TypeRow {
    let class_id = class.id(birth.tenant);
    let (sub_code, sub_name) = subtype.unwrap_or(("", ""));
    TypeRow {
        workspace_id: birth.tenant.workspace,
        dataclass_id: class_id,
        id: name_based(class_id.0, &["type", kind.code, sub_code]),
        project_id: birth.tenant.project,
        position,
        layout_id: String::new(),
        layout_name: String::new(),
        category: kind.name.to_owned(),
        category_code: kind.code.to_owned(),
        sub_category: sub_name.to_owned(),
        sub_category_code: sub_code.to_owned(),
        dataclass_business_code: class.name.to_owned(),
        description: String::new(),
        enabled: true,
        level: if subtype.is_some() { 2 } else { 1 },
        is_built_in: true,
        sla: 0,
        creator_id: birth.creator_id,
        creator_name: birth.creator_name.to_owned(),
        create_time: birth.at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: birth.at,
    }
}

/// The attributes of every field of every class: they are the same in all workspaces.
static ATTRIBUTES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    CLASSES.iter().map(|class| class.fields().map(|field| attributes(class, field)).collect()).collect()
});

fn attributes(class: &Class, field: &Field) -> String {
    let extra = match field.holds {
        Holds::OneOf(options) => json!({ "options": options }).to_string(),
        Holds::Text
        | Holds::LongText
        | Holds::Time
        | Holds::Integer
        | Holds::Decimal
        | Holds::Boolean
        | Holds::Texts
        | Holds::Object
        | Holds::ObjectOrText
        | Holds::ObjectOf(_)
        | Holds::Objects(_) => String::new(),
    };
    let attributes = FieldAttributes {
        display_type: field.holds.display_type().to_owned(),
        default_value: field.default.to_owned(),
        extra_json: extra,
        json_schema: schema(class, field).map(|schema| schema.to_string()).unwrap_or_default(),
        case_sensitive: field.holds.is_text(),
        read_only: field.read_only,
        visible: true,
        maintainable: false,
        editable: !field.read_only,
        creatable: !field.read_only,
        ..FieldAttributes::default()
    };
    serde_json::to_string(&attributes).expect("texts and truth values cannot fail to serialise")
}

/// The JSON Schema of a field with members; others have none.
fn schema(class: &Class, field: &Field) -> Option<Value> {
    match field.holds {
        Holds::Object => {
            let members = class.fields().filter_map(|other| {
                let member = other.key.strip_prefix(field.key)?.strip_prefix('.')?;
                Some((member, other.holds))
            });
            Some(object(members))
        }
        Holds::ObjectOf(_) | Holds::Objects(_) => Some(type_schema(field.holds)),
        Holds::Text
        | Holds::LongText
        | Holds::Time
        | Holds::Integer
        | Holds::Decimal
        | Holds::Boolean
        | Holds::OneOf(_)
        | Holds::Texts
        | Holds::ObjectOrText => None,
    }
}

fn object(members: impl Iterator<Item = (&'static str, Holds)>) -> Value {
    let properties: Map<String, Value> = members.map(|(name, holds)| (name.to_owned(), type_schema(holds))).collect();
    json!({ "type": "object", "properties": properties })
}

fn type_schema(holds: Holds) -> Value {
    match holds {
        Holds::Text | Holds::LongText => json!({ "type": "string" }),
        Holds::Time => json!({ "type": "string", "format": "date-time" }),
        Holds::Integer => json!({ "type": "integer" }),
        Holds::Decimal => json!({ "type": "number" }),
        Holds::Boolean => json!({ "type": "boolean" }),
        Holds::OneOf(options) => json!({ "type": "string", "enum": options }),
        Holds::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Holds::Object => json!({ "type": "object" }),
        Holds::ObjectOrText => json!({ "type": ["object", "string"] }),
        Holds::ObjectOf(members) => object(members.iter().copied()),
        Holds::Objects(members) => json!({ "type": "array", "items": object(members.iter().copied()) }),
    }
}

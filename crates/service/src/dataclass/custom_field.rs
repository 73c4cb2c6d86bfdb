//! Fields that a workspace adds to a class. Their objects are checked by them like by the fields that the class was born
//! with. Search finds their values too, but looks at every object to do so: objects that came before a field have no
//! terms for it.

use model::DataClassId;
use store::dataclass::{self as rows, FieldQuery, FieldRow};
use store::{PageRequest, Tx};
use uuid::Uuid;

use super::settings::changed;
use super::{DataClassRow, Field, FieldAttributes};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{Service, code};

/// What a custom field may hold.
pub const FIELD_TYPES: &[&str] = &[
    "String",
    "Enum",
    "Timestamp",
    "Integer",
    "Long",
    "Numeric",
    "Double",
    "Boolean",
    "List<String>",
    "Object",
    "List<Object>",
];
const NAME: Length = Length { min: 1, max: 64 };
const TEXT: usize = 1_024;
/// Values that an `Enum` may have.
const OPTIONS: usize = 200;
/// Fields that one class may have.
const MOST: i64 = 500;

/// A field to add to a class.
#[derive(Debug, Clone, Default)]
pub struct CreateField {
    /// The key in a data object: a letter, then letters, digits and `_`, at most 64 characters, unique in the class.
    pub field_key: Option<String>,
    /// Its name; the key by default.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// One of [`FIELD_TYPES`].
    pub field_type: Option<String>,
    /// The values of an `Enum`.
    pub options: Option<Vec<String>>,
    /// What an object holds that does not tell.
    pub default_value: Option<String>,
    /// A hint for people.
    pub field_tooltip: Option<String>,
    /// Whether new objects must have it; false by default.
    pub required: Option<bool>,
}

impl Service {
    /// Adds a field to a class.
    pub async fn create_dataclass_field(
        &self,
        ctx: &Ctx,
        class: DataClassId,
        input: CreateField,
    ) -> Result<(DataClassRow, Field), Error> {
        ctx.require("secmaster:dataclass:settings")?;
        let mut fields = Fields::new();
        let key = fields.name("field_key", input.field_key, NAME);
        let is_key = |key: &str| {
            key.starts_with(|c: char| c.is_ascii_alphabetic())
                && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if !key.is_empty() && !is_key(&key) {
            fields.violation(
                "field_key must be a letter, then letters, digits and '_'",
                "field_key必须以字母开头，且只能包含字母、数字和'_'",
            );
        }
        let name = fields.optional_name("name", input.name, NAME).unwrap_or_else(|| key.clone());
        let description = fields.text("description", input.description, TEXT).unwrap_or_default();
        let field_type = fields.one_of("field_type", input.field_type, FIELD_TYPES);
        let options = input.options.unwrap_or_default();
        let is_enum = field_type == "Enum";
        if is_enum == options.is_empty() || options.len() > OPTIONS || options.iter().any(String::is_empty) {
            fields.violation(
                format!("options must have 1 to {OPTIONS} texts for an Enum, and none for other types"),
                format!("枚举类型的options必须包含1到{OPTIONS}个文本，其他类型不能填写"),
            );
        }
        let default_value = fields.text("default_value", input.default_value, TEXT).unwrap_or_default();
        if is_enum && !default_value.is_empty() && !options.contains(&default_value) {
            fields.violation("default_value must be one of the options", "default_value必须是options之一");
        }
        let attributes = FieldAttributes {
            default_value,
            extra_json: match is_enum {
                true => serde_json::json!({ "options": options }).to_string(),
                false => String::new(),
            },
            field_tooltip: fields.text("field_tooltip", input.field_tooltip, TEXT).unwrap_or_default(),
            visible: true,
            maintainable: true,
            editable: true,
            creatable: true,
            ..FieldAttributes::default()
        };
        fields.finish()?;

        let (ctx, now, id) = (ctx.clone(), self.now(), self.inner.ids.next());
        let (tenant, kept) = (ctx.tenant, attributes.clone());
        let written = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                // First: two who add a field to a class take turns.
                let row = changed(tx, &ctx, class, now, |_| ()).await?;
                let position = next_position(tx, &ctx, class).await?;
                let principal = &ctx.caller.principal;
                let field = FieldRow {
                    workspace_id: ctx.tenant.workspace,
                    dataclass_id: class,
                    id,
                    project_id: ctx.tenant.project,
                    position,
                    field_key: key,
                    name,
                    description,
                    field_type,
                    category: String::from("custom"),
                    mapping: true,
                    attributes: serde_json::to_string(&kept).map_err(Error::internal)?,
                    is_built_in: false,
                    required: input.required.unwrap_or(false),
                    searchable: false,
                    creator_id: principal.user,
                    creator_name: principal.name.clone(),
                    create_time: now,
                    modifier_id: None,
                    modifier_name: String::new(),
                    update_time: now,
                };
                rows::insert_field(tx, &field).await.map_err(|error| taken(error, &field.field_key))?;
                tx.audit(ctx.audit(now, "dataclass_field.create", id));
                Ok::<_, Error>((row, field))
            })
        });
        let (row, field) = written.await?;
        self.inner.classes.forget(tenant, class);
        Ok((row, Field { row: field, attributes }))
    }

    /// Removes a field that a workspace has added. Objects keep what they hold there.
    pub async fn delete_dataclass_field(&self, ctx: &Ctx, class: DataClassId, id: Uuid) -> Result<(), Error> {
        ctx.require("secmaster:dataclass:settings")?;
        let (ctx, now) = (ctx.clone(), self.now());
        let tenant = ctx.tenant;
        let written = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                changed(tx, &ctx, class, now, |_| ()).await?;
                if !rows::delete_field(tx, ctx.tenant, class, id).await? {
                    return Err(no_field(id));
                }
                tx.audit(ctx.audit(now, "dataclass_field.delete", id));
                Ok(())
            })
        });
        written.await?;
        self.inner.classes.forget(tenant, class);
        Ok(())
    }
}

async fn next_position(tx: &mut Tx, ctx: &Ctx, class: DataClassId) -> Result<i64, Error> {
    let page = PageRequest { offset: 0, limit: MOST };
    let found = rows::list_fields(tx, ctx.tenant, class, &FieldQuery::default(), page).await?;
    if found.total >= MOST {
        return Err(Error::new(
            &code::INVALID,
            Text::new(format!("a data class has at most {MOST} fields"), format!("数据类最多{MOST}个字段")),
        ));
    }
    Ok(found.rows.last().map_or(0, |field| field.position + 1))
}

fn no_field(id: Uuid) -> Error {
    Error::new(
        &code::DATACLASS_FIELD_NOT_FOUND,
        Text::new(
            format!("the data class has no field {id} that was added to it"),
            format!("数据类没有自定义字段{id}"),
        ),
    )
}

fn taken(error: store::Error, key: &str) -> Error {
    let text = Text::new(
        format!("field_key: the data class has a field '{key}'"),
        format!("field_key：数据类已有字段'{key}'"),
    );
    Error::taken(error, ("data_class_field", "key"), &code::DATACLASS_FIELD_TAKEN, text)
}

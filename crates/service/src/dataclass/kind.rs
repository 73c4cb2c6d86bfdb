//! What a new type must say, which depends on its class.

use store::Tx;
use store::dataclass::{self as rows, DataClassRow, TypeRow};
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{code, dataclass};

const NAME: Length = Length { min: 1, max: 64 };
const DESCRIPTION: usize = 1024;
const SLA: i64 = i32::MAX as i64;

/// A type to create.
#[derive(Debug, Clone, Default)]
pub struct CreateType {
    /// The subtype's name; alerts and incidents only.
    pub sub_category: Option<String>,
    /// The subtype's code; alerts and incidents only.
    pub sub_category_code: Option<String>,
    /// The type's name; not for custom types.
    pub category: Option<String>,
    /// The type's code; not for custom types.
    pub category_code: Option<String>,
    /// The name; custom types only.
    pub name: Option<String>,
    /// The code; custom types only.
    pub business_code: Option<String>,
    /// The class's business code; custom types only.
    pub dataclass_business_code: Option<String>,
    /// What it stands for.
    pub description: Option<String>,
    /// 1 for a type, 2 for a subtype; custom types only.
    pub level: Option<i64>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// The time to respond.
    pub sla: Option<i64>,
}

/// How the types of a class look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Types with subtypes; a new one is a subtype.
    Subtypes,
    /// Types alone.
    Types,
    /// Custom types: a name, a code and a level.
    Custom,
}

impl Shape {
    fn of(class: &DataClassRow) -> Self {
        match class.name.as_str() {
            "Alert" | "Incident" if class.is_built_in => Self::Subtypes,
            "Indicator" | "Vulnerability" if class.is_built_in => Self::Types,
            _ => Self::Custom,
        }
    }
}

/// A type whose fields are all right.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Checked {
    pub(super) category: String,
    pub(super) category_code: String,
    pub(super) sub_category: String,
    pub(super) sub_category_code: String,
    pub(super) description: String,
    pub(super) enabled: bool,
    pub(super) level: i64,
    pub(super) sla: i64,
}

/// Checks a new type against the rules of its class.
pub(super) fn check(class: &DataClassRow, input: CreateType) -> Result<Checked, Error> {
    let mut fields = Fields::new();
    let sla = fields.required("sla", input.sla);
    let mut checked = Checked {
        description: fields.text("description", input.description, DESCRIPTION).unwrap_or_default(),
        enabled: fields.required("enabled", input.enabled),
        sla: fields.range("sla", Some(sla), 0, SLA, 0),
        ..Checked::default()
    };
    let shape = Shape::of(class);
    match shape {
        Shape::Subtypes | Shape::Types => {
            checked.category = fields.name("category", input.category, NAME);
            checked.category_code = fields.name("category_code", input.category_code, NAME);
            checked.level = 1;
            empty(&mut fields, class, "name", input.name.as_deref());
            empty(&mut fields, class, "business_code", input.business_code.as_deref());
        }
        Shape::Custom => {
            let name = fields.name("name", input.name, NAME);
            let code = fields.name("business_code", input.business_code, NAME);
            let of_class = fields.required("dataclass_business_code", input.dataclass_business_code);
            if of_class != class.business_code {
                fields.violation(
                    format!("dataclass_business_code must be '{}'", class.business_code),
                    format!("dataclass_business_code必须是'{}'", class.business_code),
                );
            }
            let level = fields.required("level", input.level);
            checked.level = fields.range("level", Some(level), 1, 2, 1);
            if checked.level == 2 {
                (checked.sub_category, checked.sub_category_code) = (name, code);
            } else {
                (checked.category, checked.category_code) = (name, code);
            }
            empty(&mut fields, class, "category", input.category.as_deref());
            empty(&mut fields, class, "category_code", input.category_code.as_deref());
        }
    }
    match shape {
        Shape::Subtypes => {
            checked.sub_category = fields.name("sub_category", input.sub_category, NAME);
            checked.sub_category_code = fields.name("sub_category_code", input.sub_category_code, NAME);
            checked.level = 2;
        }
        Shape::Types | Shape::Custom => {
            empty(&mut fields, class, "sub_category", input.sub_category.as_deref());
            empty(&mut fields, class, "sub_category_code", input.sub_category_code.as_deref());
        }
    }
    fields.finish()?;
    Ok(checked)
}

/// What belongs to types of other classes must be left out, so that nobody takes it for kept.
fn empty(fields: &mut Fields, class: &DataClassRow, field: &str, value: Option<&str>) {
    if value.is_some_and(|value| !value.is_empty()) {
        fields.violation(
            format!("{field} must be empty for types of {}", class.name),
            format!("{}的类型不能填写{field}", class.name),
        );
    }
}

/// Makes sure that the type of a new subtype exists under the name that the request gives it.
pub(super) async fn ensure_parent(tx: &mut Tx, ctx: &Ctx, subtype: &TypeRow, id: Uuid) -> Result<(), Error> {
    if subtype.level != 2 || subtype.category_code.is_empty() {
        return Ok(());
    }
    let found = rows::get_type_by_code(tx, ctx.tenant, subtype.dataclass_id, &subtype.category_code).await?;
    let Some(parent) = found else {
        let parent = TypeRow {
            id,
            sub_category: String::new(),
            sub_category_code: String::new(),
            description: String::new(),
            level: 1,
            sla: 0,
            enabled: true,
            ..subtype.clone()
        };
        return rows::insert_type(tx, &parent).await.map_err(|error| dataclass::taken(error, &parent));
    };
    if parent.category == subtype.category {
        return Ok(());
    }
    Err(Error::new(
        &code::INVALID,
        Text::new(
            format!("category must be '{}', the name of the type '{}'", parent.category, parent.category_code),
            format!("category必须是'{}'，即类型'{}'的名称", parent.category, parent.category_code),
        ),
    ))
}

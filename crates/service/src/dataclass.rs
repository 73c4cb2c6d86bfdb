//! Data classes, their fields and their types.
//!
//! A class's types have one of three shapes: alerts and incidents have types with subtypes, indicators and
//! vulnerabilities have types alone, and other classes have types with a name and a code of their own.

mod custom_field;
mod input;
mod kind;
mod settings;

use model::DataClassId;
use serde::{Deserialize, Serialize};
use store::dataclass::{self as rows, DataClassQuery, FieldQuery, FieldRow, Shown, TypeQuery, TypeRow};
use store::filter::{Order, Page};
use store::{PageRequest, Tx};
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{Service, code, page};

pub use custom_field::{CreateField, FIELD_TYPES};
pub use input::{ListDataClasses, ListFields, ListTypes, SetLayout};
pub use kind::CreateType;
pub(crate) use settings::LONGEST_WINDOW;
pub use settings::{ClassSettings, DedupRule};
pub use store::dataclass::DataClassRow;

const LAYOUT_NAME: Length = Length { min: 0, max: 64 };
/// Types that one call may switch or delete.
const IDS: usize = 1_000;

/// A data class, with its number of types and where its workspace is.
pub type DataClass = Shown<DataClassRow>;
/// A type, with its number of subtypes and where its workspace is.
pub type Type = Shown<TypeRow>;

/// A field with the class it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The row.
    pub row: FieldRow,
    /// What the row keeps as JSON.
    pub attributes: FieldAttributes,
}

/// Attributes of a field that nothing is searched by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldAttributes {
    /// How a form shows it.
    pub display_type: String,
    /// The value when none is given.
    pub default_value: String,
    /// More settings: JSON, or empty.
    pub extra_json: String,
    /// A JSON Schema, or empty.
    pub json_schema: String,
    /// A hint for people.
    pub field_tooltip: String,
    /// Input or output.
    pub iu_type: String,
    /// What uses it.
    pub used_by: String,
    /// The call that serves its values.
    pub target_api: String,
    /// Whether search tells upper from lower case.
    pub case_sensitive: bool,
    /// Whether nobody may change its value.
    pub read_only: bool,
    /// Whether it is shown.
    pub visible: bool,
    /// Whether its definition may be changed.
    pub maintainable: bool,
    /// Whether people may edit its value.
    pub editable: bool,
    /// Whether people may give it on creation.
    pub creatable: bool,
}

impl Service {
    /// A page of the workspace's data classes, by name.
    pub async fn list_dataclasses(&self, ctx: &Ctx, input: ListDataClasses) -> Result<Page<DataClass>, Error> {
        ctx.require("secmaster:dataclass:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let query = DataClassQuery {
            id: None,
            name: fields.filter("name", input.name),
            business_code: fields.filter("business_code", input.business_code),
            description: fields.filter("description", input.description),
            is_built_in: input.is_built_in,
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &query, page).await?)
    }

    /// A data class.
    pub async fn get_dataclass(&self, ctx: &Ctx, id: DataClassId) -> Result<DataClass, Error> {
        ctx.require("secmaster:dataclass:get")?;
        let query = DataClassQuery { id: Some(id), ..DataClassQuery::default() };
        let mut conn = self.inner.db.read().await?;
        let found = rows::list(&mut conn, ctx.tenant, &query, PageRequest { offset: 0, limit: 1 }).await?;
        found.rows.into_iter().next().ok_or_else(|| not_found(id))
    }

    /// The data class and a page of its fields, in their order.
    pub async fn list_dataclass_fields(
        &self,
        ctx: &Ctx,
        id: DataClassId,
        input: ListFields,
    ) -> Result<(DataClassRow, Page<Field>), Error> {
        ctx.require("secmaster:dataclass:get")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let query = FieldQuery {
            name: fields.filter("name", input.name),
            is_built_in: input.is_built_in,
            category: fields.filter("field_category", input.field_category),
            mapping: input.mapping,
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let class = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let Page { rows, total } = rows::list_fields(&mut conn, ctx.tenant, id, &query, page).await?;
        let rows = rows
            .into_iter()
            .map(|row| Ok(Field { attributes: serde_json::from_str(&row.attributes)?, row }))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(Error::internal)?;
        Ok((class, Page { rows, total }))
    }

    /// A page of the types of a data class.
    pub async fn list_dataclass_types(
        &self,
        ctx: &Ctx,
        id: DataClassId,
        input: ListTypes,
    ) -> Result<Page<Type>, Error> {
        ctx.require("secmaster:dataclass:get")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let order = page::order(&mut fields, "order", input.order.as_deref());
        let query = TypeQuery {
            ids: None,
            category: fields.filter("name", input.name),
            sub_category: fields.filter("sub_category", input.sub_category),
            category_code: fields.filter("category_code", input.category_code),
            enabled: input.enabled,
            is_built_in: input.is_built_in,
            layout_name: fields.filter("layout_name", input.layout_name),
            level: input.level.map(|level| fields.range("level", Some(level), 1, 2, 1)),
            by_update: page::by_update(&mut fields, "sortby", input.sortby),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        Ok(rows::list_types(&mut conn, ctx.tenant, id, &query, order, page).await?)
    }

    /// All types of a data class.
    pub(crate) async fn class_types(&self, ctx: &Ctx, id: DataClassId) -> Result<Vec<TypeRow>, Error> {
        ctx.require("secmaster:dataclass:get")?;
        let all = PageRequest { offset: 0, limit: page::WINDOW };
        let mut conn = self.inner.db.read().await?;
        let found = rows::list_types(&mut conn, ctx.tenant, id, &TypeQuery::default(), Order::Ascending, all).await?;
        Ok(found.rows.into_iter().map(|shown| shown.row).collect())
    }

    /// Creates a type, or a subtype together with its type when there is none yet.
    pub async fn create_dataclass_type(&self, ctx: &Ctx, id: DataClassId, input: CreateType) -> Result<Type, Error> {
        ctx.require("secmaster:dataclass:update")?;
        let mut conn = self.inner.db.read().await?;
        let class = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        drop(conn);
        let checked = kind::check(&class, input)?;

        let now = self.now();
        let principal = &ctx.caller.principal;
        let row = TypeRow {
            workspace_id: ctx.tenant.workspace,
            dataclass_id: id,
            id: self.inner.ids.next(),
            project_id: ctx.tenant.project,
            position: 0,
            layout_id: String::new(),
            layout_name: String::new(),
            category: checked.category,
            category_code: checked.category_code,
            sub_category: checked.sub_category,
            sub_category_code: checked.sub_category_code,
            dataclass_business_code: class.business_code,
            description: checked.description,
            enabled: checked.enabled,
            level: checked.level,
            is_built_in: false,
            sla: checked.sla,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
        };
        // Used only when the subtype's type does not exist yet.
        let parent_id = self.inner.ids.next();
        let ctx = ctx.clone();
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    kind::ensure_parent(tx, &ctx, &row, parent_id).await?;
                    rows::insert_type(tx, &row).await.map_err(|error| taken(error, &row))?;
                    tx.audit(ctx.audit(now, "dataclass_type.create", row.id));
                    get_types(tx, &ctx, id, vec![row.id]).await?.pop().ok_or_else(|| no_type(row.id))
                })
            })
            .await
    }

    /// Switches types on or off. Built-in types are always on.
    pub async fn enable_dataclass_types(
        &self,
        ctx: &Ctx,
        id: DataClassId,
        enable: Option<bool>,
        ids: Option<Vec<String>>,
    ) -> Result<(), Error> {
        ctx.require("secmaster:dataclass:update")?;
        let mut fields = Fields::new();
        let enable = fields.required("enable", enable);
        let ids = type_ids(&mut fields, ids);
        fields.finish()?;
        let (action, by) = if enable { ("dataclass_type.enable", ctx) } else { ("dataclass_type.disable", ctx) };
        self.change_types(by, id, ids, action, move |row| row.enabled = enable).await
    }

    /// Deletes types; a type takes its subtypes along. Nothing is deleted unless `is_delete` is true. Built-in types
    /// cannot be deleted.
    pub async fn delete_dataclass_types(
        &self,
        ctx: &Ctx,
        id: DataClassId,
        is_delete: Option<bool>,
        ids: Option<Vec<String>>,
    ) -> Result<(), Error> {
        ctx.require("secmaster:dataclass:update")?;
        let mut fields = Fields::new();
        let is_delete = fields.required("is_delete", is_delete);
        let ids = type_ids(&mut fields, ids);
        fields.finish()?;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    for Shown { row, .. } in changeable(tx, &ctx, id, ids).await? {
                        if is_delete {
                            rows::delete_type(tx, &row).await?;
                            tx.audit(ctx.audit(now, "dataclass_type.delete", row.id));
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Says which layout shows a type. Built-in types keep theirs.
    pub async fn set_dataclass_type_layout(&self, ctx: &Ctx, id: DataClassId, input: SetLayout) -> Result<(), Error> {
        ctx.require("secmaster:dataclass:update")?;
        let mut fields = Fields::new();
        let type_id: Option<TypeId> = fields.id("id", input.id.as_deref());
        let layout: Option<TypeId> = fields.optional_id("layout_id", input.layout_id.as_deref());
        let layout_name = fields.optional_name("layout_name", input.layout_name, LAYOUT_NAME).unwrap_or_default();
        fields.finish()?;
        let layout_id = layout.map(|TypeId(id)| id.to_string()).unwrap_or_default();
        let ids = type_id.into_iter().map(|TypeId(id)| id).collect();
        self.change_types(ctx, id, ids, "dataclass_type.layout", move |row| {
            row.layout_id.clone_from(&layout_id);
            row.layout_name.clone_from(&layout_name);
        })
        .await
    }

    async fn change_types(
        &self,
        ctx: &Ctx,
        class: DataClassId,
        ids: Vec<Uuid>,
        action: &'static str,
        change: impl Fn(&mut TypeRow) + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    for Shown { mut row, .. } in changeable(tx, &ctx, class, ids).await? {
                        change(&mut row);
                        row.modifier_id = Some(ctx.caller.principal.user);
                        row.modifier_name.clone_from(&ctx.caller.principal.name);
                        row.update_time = now;
                        rows::update_type(tx, &row).await?;
                        tx.audit(ctx.audit(now, action, row.id));
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// An id of a type or a layout, in either spelling.
#[derive(Debug, Clone, Copy)]
struct TypeId(Uuid);

impl std::str::FromStr for TypeId {
    type Err = model::id::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|DataClassId(id)| Self(id))
    }
}

fn type_ids(fields: &mut Fields, ids: Option<Vec<String>>) -> Vec<Uuid> {
    let ids = fields.required("ids", ids);
    let parsed: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).map(|TypeId(id)| id).collect();
    if parsed.is_empty() || parsed.len() < ids.len() || ids.len() > IDS {
        fields.violation(format!("ids must have 1 to {IDS} UUIDs"), format!("ids必须包含1到{IDS}个UUID"));
    }
    parsed
}

async fn get_types(tx: &mut Tx, ctx: &Ctx, class: DataClassId, ids: Vec<Uuid>) -> Result<Vec<Type>, Error> {
    let page = PageRequest { offset: 0, limit: page::WINDOW };
    let query = TypeQuery { ids: Some(ids), ..TypeQuery::default() };
    Ok(rows::list_types(tx, ctx.tenant, class, &query, Order::Ascending, page).await?.rows)
}

/// The types with these ids, all of which must exist in the class and none of which may be built in.
async fn changeable(tx: &mut Tx, ctx: &Ctx, class: DataClassId, ids: Vec<Uuid>) -> Result<Vec<Type>, Error> {
    rows::get(tx, ctx.tenant, class).await?.ok_or_else(|| not_found(class))?;
    let found = get_types(tx, ctx, class, ids.clone()).await?;
    if let Some(missing) = ids.into_iter().find(|id| found.iter().all(|known| known.row.id != *id)) {
        return Err(no_type(missing));
    }
    match found.iter().find(|known| known.row.is_built_in) {
        Some(known) => Err(built_in(&known.row)),
        None => Ok(found),
    }
}

pub(crate) fn not_found(id: DataClassId) -> Error {
    Error::new(
        &code::DATACLASS_NOT_FOUND,
        Text::new(format!("the data class {id} does not exist"), format!("数据类{id}不存在")),
    )
}

fn no_type(id: Uuid) -> Error {
    Error::new(
        &code::DATACLASS_TYPE_NOT_FOUND,
        Text::new(format!("ids: the data class has no type {id}"), format!("ids：数据类没有类型{id}")),
    )
}

fn built_in(row: &TypeRow) -> Error {
    let name = if row.sub_category.is_empty() { &row.category } else { &row.sub_category };
    Error::new(
        &code::DATACLASS_TYPE_BUILT_IN,
        Text::new(
            format!("the type '{name}' is built in and cannot be changed"),
            format!("类型'{name}'为内置类型，不能修改"),
        ),
    )
}

fn taken(error: store::Error, row: &TypeRow) -> Error {
    let code = if row.level == 2 { &row.sub_category_code } else { &row.category_code };
    let text = Text::new(
        format!("the data class has a type with the code '{code}'"),
        format!("数据类已存在标识为'{code}'的类型"),
    );
    Error::taken(error, ("data_class_type", "code"), &code::DATACLASS_TYPE_TAKEN, text)
}

//! Data classes with their fields and types.

use model::{DataClassId, DomainId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{self, Bulk, Cell};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Order, Page, PageRequest, Tx};

row! {
    /// A data class.
    pub struct DataClassRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: DataClassId,
        /// Its project.
        project_id: ProjectId,
        /// Its name, unique in the workspace.
        name: String,
        /// What other systems call it.
        business_code: String,
        /// What it is.
        description: String,
        /// Whether the workspace was born with it.
        is_built_in: bool,
        /// The class that it extends.
        parent_id: Option<DataClassId>,
        /// Who created it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// When.
        create_time: Timestamp,
        /// Who changed it last.
        modifier_id: Option<UserId>,
        /// Their name.
        modifier_name: String,
        /// When it last changed.
        update_time: Timestamp,
        /// How its objects are kept, JSON; empty by default.
        settings: String,
    }
}

row! {
    /// A field of a data class.
    pub struct FieldRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its class.
        dataclass_id: DataClassId,
        /// Its id.
        id: Uuid,
        /// Its project.
        project_id: ProjectId,
        /// Its place in the class.
        position: i64,
        /// The key in a data object, unique in the class.
        field_key: String,
        /// Its name.
        name: String,
        /// What it holds.
        description: String,
        /// `String`, `Object`, `Timestamp` …
        field_type: String,
        /// What it is about.
        category: String,
        /// Whether classification and mapping offer it.
        mapping: bool,
        /// Every other attribute, a JSON object by wire name.
        attributes: String,
        /// Whether the class was born with it.
        is_built_in: bool,
        /// Whether a data object must have it.
        required: bool,
        /// Whether search finds it.
        searchable: bool,
        /// Who created it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// When.
        create_time: Timestamp,
        /// Who changed it last.
        modifier_id: Option<UserId>,
        /// Their name.
        modifier_name: String,
        /// When it last changed.
        update_time: Timestamp,
    }
}

row! {
    /// A type (or subtype) of a data class.
    pub struct TypeRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its class.
        dataclass_id: DataClassId,
        /// Its id.
        id: Uuid,
        /// Its project.
        project_id: ProjectId,
        /// Its place among the types that it was made with.
        position: i64,
        /// The layout that shows it; empty when it has none.
        layout_id: String,
        /// That layout's name.
        layout_name: String,
        /// The type's name.
        category: String,
        /// The type's code.
        category_code: String,
        /// The subtype's name; empty for a type.
        sub_category: String,
        /// The subtype's code; empty for a type.
        sub_category_code: String,
        /// The class's business code.
        dataclass_business_code: String,
        /// What it stands for.
        description: String,
        /// Whether it may be used.
        enabled: bool,
        /// 1 for a type, 2 for a subtype.
        level: i64,
        /// Whether the class was born with it.
        is_built_in: bool,
        /// The time to respond.
        sla: i64,
        /// Who created it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// When.
        create_time: Timestamp,
        /// Who changed it last.
        modifier_id: Option<UserId>,
        /// Their name.
        modifier_name: String,
        /// When it last changed.
        update_time: Timestamp,
    }
}

row! {
    /// What the contract shows beside a class or a type.
    pub struct Beside {
        /// How many types the class has, or how many subtypes the type has.
        number: i64,
        /// The workspace's region.
        region_id: String,
        /// The workspace's domain.
        domain_id: DomainId,
    }
}

/// A row with what the contract shows beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<T> {
    /// The row.
    pub row: T,
    /// Beside it.
    pub beside: Beside,
}

impl<'r, R, T> sqlx::FromRow<'r, R> for Shown<T>
where
    R: sqlx::Row,
    T: sqlx::FromRow<'r, R>,
    Beside: sqlx::FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self { row: T::from_row(row)?, beside: Beside::from_row(row)? })
    }
}

static INSERT_CLASSES: Bulk = Bulk::insert("data_class", DataClassRow::COLUMNS, "");
static INSERT_FIELDS: Bulk = Bulk::insert("data_class_field", FieldRow::COLUMNS, "");
static INSERT_TYPES: Bulk = Bulk::insert("data_class_type", TypeRow::COLUMNS, "");

/// Adds classes with their fields and types, one statement for each table.
pub async fn insert_all(
    tx: &mut Tx,
    classes: &[DataClassRow],
    fields: &[FieldRow],
    types: &[TypeRow],
) -> Result<(), Error> {
    let cells = |rows: &[DataClassRow]| rows.iter().map(DataClassRow::cells).collect::<Vec<_>>();
    INSERT_CLASSES.execute(tx, &cells(classes)).await?;
    INSERT_FIELDS.execute(tx, &fields.iter().map(FieldRow::cells).collect::<Vec<_>>()).await?;
    INSERT_TYPES.execute(tx, &types.iter().map(TypeRow::cells).collect::<Vec<_>>()).await?;
    Ok(())
}

const CLASS_COLUMNS: &str = "c.*, w.region_id, w.domain_id, (SELECT count(*) FROM data_class_type t \
                             WHERE t.workspace_id = c.workspace_id AND t.dataclass_id = c.id) AS number";
const CLASS_FROM: &str = "data_class c JOIN workspace w ON w.id = c.workspace_id AND w.project_id = c.project_id";

/// A data class by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: DataClassId) -> Result<Option<DataClassRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        DataClassRow,
        "SELECT * FROM data_class WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// A data class by name.
pub async fn get_by_name(conn: &mut Conn, tenant: Tenant, name: &str) -> Result<Option<DataClassRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        DataClassRow,
        "SELECT * FROM data_class WHERE workspace_id = $1 AND project_id = $2 AND name = $3",
        tenant.workspace,
        tenant.project,
        name
    )
}

/// Writes the settings of a class and who has changed it, its fields included. `false` when there is no such class.
pub async fn update(tx: &mut Tx, row: &DataClassRow) -> Result<bool, Error> {
    let updated = execute!(
        tx,
        "UPDATE data_class SET settings = $4, modifier_id = $5, modifier_name = $6, update_time = $7 \
         WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        row.workspace_id,
        row.project_id,
        row.id,
        row.settings,
        row.modifier_id,
        row.modifier_name,
        row.update_time
    )?;
    Ok(updated == 1)
}

/// The classes of all workspaces whose objects are not kept as by default.
pub async fn list_with_settings(conn: &mut Conn) -> Result<Vec<DataClassRow>, Error> {
    fetch!(conn, fetch_all, DataClassRow, "SELECT * FROM data_class WHERE settings <> '' ORDER BY workspace_id, id")
}

/// What a list of data classes is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DataClassQuery {
    /// One class.
    pub id: Option<DataClassId>,
    /// The name contains this.
    pub name: Option<String>,
    /// Of this business code.
    pub business_code: Option<String>,
    /// The description contains this.
    pub description: Option<String>,
    /// Built in, or not.
    pub is_built_in: Option<bool>,
}

/// Data classes of a workspace, by name.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &DataClassQuery,
    page: PageRequest,
) -> Result<Page<Shown<DataClassRow>>, Error> {
    Filter::new(conn.dialect())
        .compare("c.workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("c.project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("c.id", query.id.map(|id| Cell::Uuid(id.0)))
        .contains("c.name", query.name.as_deref())
        .equals("c.business_code", query.business_code.clone().map(Cell::Text))
        .contains("c.description", query.description.as_deref())
        .equals("c.is_built_in", query.is_built_in.map(Cell::Bool))
        .page(conn, CLASS_COLUMNS, CLASS_FROM, "c.name", page)
        .await
}

/// What a list of fields is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldQuery {
    /// The name contains this.
    pub name: Option<String>,
    /// Built in, or not.
    pub is_built_in: Option<bool>,
    /// Of this category.
    pub category: Option<String>,
    /// Offered by classification and mapping, or not.
    pub mapping: Option<bool>,
}

/// Fields of a data class, in their order.
pub async fn list_fields(
    conn: &mut Conn,
    tenant: Tenant,
    class: DataClassId,
    query: &FieldQuery,
    page: PageRequest,
) -> Result<Page<FieldRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .compare("dataclass_id", "=", Cell::Uuid(class.0))
        .contains("name", query.name.as_deref())
        .equals("is_built_in", query.is_built_in.map(Cell::Bool))
        .equals("category", query.category.clone().map(Cell::Text))
        .equals("mapping", query.mapping.map(Cell::Bool))
        .page(conn, "*", "data_class_field", "position, id", page)
        .await
}

/// Adds a field. Breaks the constraint `data_class_field` / `key` when the class has one with this key.
pub async fn insert_field(tx: &mut Tx, row: &FieldRow) -> Result<(), Error> {
    bulk::insert(tx, "data_class_field", row).await
}

/// Removes a field that the class was not born with. `false` when there is no such field.
pub async fn delete_field(tx: &mut Tx, tenant: Tenant, class: DataClassId, id: Uuid) -> Result<bool, Error> {
    let deleted = execute!(
        tx,
        "DELETE FROM data_class_field WHERE workspace_id = $1 AND project_id = $2 AND dataclass_id = $3 AND id = $4 \
         AND NOT is_built_in",
        tenant.workspace,
        tenant.project,
        class,
        id
    )?;
    Ok(deleted == 1)
}

/// Adds a type. Breaks the constraint `data_class_type` / `code` when the class has one with these codes.
pub async fn insert_type(tx: &mut Tx, row: &TypeRow) -> Result<(), Error> {
    bulk::insert(tx, "data_class_type", row).await
}

/// What a list of types is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TypeQuery {
    /// One of these.
    pub ids: Option<Vec<Uuid>>,
    /// The name of the type contains this.
    pub category: Option<String>,
    /// The name of the subtype contains this.
    pub sub_category: Option<String>,
    /// Of this code.
    pub category_code: Option<String>,
    /// Enabled, or not.
    pub enabled: Option<bool>,
    /// Built in, or not.
    pub is_built_in: Option<bool>,
    /// The layout's name contains this.
    pub layout_name: Option<String>,
    /// 1 for types, 2 for subtypes.
    pub level: Option<i64>,
    /// Sort by the last change instead of the creation.
    pub by_update: bool,
}

const TYPE_COLUMNS: &str = "t.*, w.region_id, w.domain_id, (SELECT count(*) FROM data_class_type s \
     WHERE s.workspace_id = t.workspace_id AND s.dataclass_id = t.dataclass_id AND t.level = 1 AND s.level = 2 \
     AND s.category_code = t.category_code) AS number";
const TYPE_FROM: &str = "data_class_type t JOIN workspace w ON w.id = t.workspace_id AND w.project_id = t.project_id";

/// Types of a data class.
pub async fn list_types(
    conn: &mut Conn,
    tenant: Tenant,
    class: DataClassId,
    query: &TypeQuery,
    order: Order,
    page: PageRequest,
) -> Result<Page<Shown<TypeRow>>, Error> {
    let direction = order.sql();
    let column = if query.by_update { "t.update_time" } else { "t.create_time" };
    let ids = query.ids.as_ref().map(|ids| ids.iter().map(|id| Cell::Uuid(*id)).collect());
    Filter::new(conn.dialect())
        .compare("t.workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("t.project_id", "=", Cell::Uuid(tenant.project.0))
        .compare("t.dataclass_id", "=", Cell::Uuid(class.0))
        .one_of("t.id", ids)
        .contains("t.category", query.category.as_deref())
        .contains("t.sub_category", query.sub_category.as_deref())
        .equals("t.category_code", query.category_code.clone().map(Cell::Text))
        .equals("t.enabled", query.enabled.map(Cell::Bool))
        .equals("t.is_built_in", query.is_built_in.map(Cell::Bool))
        .contains("t.layout_name", query.layout_name.as_deref())
        .equals("t.level", query.level.map(Cell::Int))
        // Types that were made together keep their order whatever the direction.
        .page(conn, TYPE_COLUMNS, TYPE_FROM, &format!("{column} {direction}, t.position, t.id"), page)
        .await
}

/// A type (not a subtype) of a class by its code.
pub async fn get_type_by_code(
    conn: &mut Conn,
    tenant: Tenant,
    class: DataClassId,
    category_code: &str,
) -> Result<Option<TypeRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        TypeRow,
        "SELECT * FROM data_class_type WHERE workspace_id = $1 AND project_id = $2 AND dataclass_id = $3 \
         AND category_code = $4 AND sub_category_code = ''",
        tenant.workspace,
        tenant.project,
        class,
        category_code
    )
}

/// Writes what can be changed of a type.
pub async fn update_type(tx: &mut Tx, row: &TypeRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE data_class_type SET enabled = $4, layout_id = $5, layout_name = $6, modifier_id = $7, \
         modifier_name = $8, update_time = $9 WHERE workspace_id = $1 AND dataclass_id = $2 AND id = $3",
        row.workspace_id,
        row.dataclass_id,
        row.id,
        row.enabled,
        row.layout_id,
        row.layout_name,
        row.modifier_id,
        row.modifier_name,
        row.update_time
    )?;
    Ok(())
}

/// Removes a type; a type (level 1) takes its subtypes along.
pub async fn delete_type(tx: &mut Tx, row: &TypeRow) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM data_class_type WHERE workspace_id = $1 AND dataclass_id = $2 AND id = $3",
        row.workspace_id,
        row.dataclass_id,
        row.id
    )?;
    if row.level == 1 && !row.category_code.is_empty() {
        execute!(
            tx,
            "DELETE FROM data_class_type WHERE workspace_id = $1 AND dataclass_id = $2 AND category_code = $3",
            row.workspace_id,
            row.dataclass_id,
            row.category_code
        )?;
    }
    Ok(())
}

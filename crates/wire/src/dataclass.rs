//! Data classes, their fields and their types. Most answers have no envelope.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::envelope::root_list;

/// What `GET …/dataclasses` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DataClassQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only this business code.
    pub business_code: Option<String>,
    /// Only descriptions that hold this text.
    pub description: Option<String>,
    /// Only built-in classes, or only custom ones.
    pub is_built_in: Option<bool>,
}

/// A data class (`DataClassResponseBody`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DataClassOut {
    /// The id, a UUID.
    pub id: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// Who created it.
    pub creator_id: String,
    /// The name of who created it.
    pub creator_name: String,
    /// Who last changed it.
    pub modifier_id: String,
    /// The name of who last changed it.
    pub modifier_name: String,
    /// The version of the package it came with.
    pub cloud_pack_version: String,
    /// The region.
    pub region_id: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The domain, 32 hexadecimal characters.
    pub domain_id: String,
    /// The name.
    pub name: String,
    /// The business code.
    pub business_code: String,
    /// The description.
    pub description: String,
    /// Whether the workspace was born with it.
    pub is_built_in: bool,
    /// The class it extends.
    pub parent_id: String,
    /// How many types it has.
    #[schema(value_type = f64)]
    pub type_num: i64,
}

/// A list of data classes.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DataClassesOut {
    /// The rows.
    pub dataclass_details: Vec<DataClassOut>,
    /// How many there are in all.
    #[schema(value_type = f64)]
    pub total: i64,
}

/// What `GET …/dataclasses/{dataclass_id}/fields` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FieldQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only built-in fields, or only custom ones.
    pub is_built_in: Option<bool>,
    /// Only fields of this category.
    pub field_category: Option<String>,
    /// Only fields that classification and mapping offer, or only the others.
    pub mapping: Option<bool>,
}

/// A field of a data class (`FieldResponseBody`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct FieldOut {
    /// The id, a UUID.
    pub id: String,
    /// The version of the package it came with.
    pub cloud_pack_version: String,
    /// What it belongs to.
    pub business_id: String,
    /// The kind of what it belongs to.
    pub business_type: String,
    /// The name of the data class.
    pub dataclass_name: String,
    /// The business code.
    pub business_code: String,
    /// The key in a data object.
    pub field_key: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The default value.
    pub default_value: String,
    /// How it is shown.
    pub display_type: String,
    /// `String`, `Object`, `Timestamp`, `Integer`, `List<String>`, `Numeric`, `Boolean`, `List<Object>`, `Long`, `Enum`, `Double` …
    pub field_type: String,
    /// More settings: text that holds JSON.
    pub extra_json: String,
    /// A hint for people.
    pub field_tooltip: String,
    /// Input or output.
    pub iu_type: String,
    /// What uses it.
    pub used_by: String,
    /// A JSON Schema: text that holds JSON.
    pub json_schema: String,
    /// Whether the class was born with it.
    pub is_built_in: bool,
    /// Whether search tells upper from lower case.
    pub case_sensitive: bool,
    /// Whether nobody may change it.
    pub read_only: bool,
    /// Whether a data object must have it.
    pub required: bool,
    /// Whether search finds it.
    pub searchable: bool,
    /// Whether it is shown.
    pub visible: bool,
    /// Whether its definition may be changed.
    pub maintainable: bool,
    /// Whether people may edit its value.
    pub editable: bool,
    /// Whether people may give it on creation.
    pub creatable: bool,
    /// Whether classification and mapping offer it.
    pub mapping: bool,
    /// The call that serves its values.
    pub target_api: String,
    /// Who created it.
    pub creator_id: String,
    /// The name of who created it.
    pub creator_name: String,
    /// Who last changed it.
    pub modifier_id: String,
    /// The name of who last changed it.
    pub modifier_name: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
}

/// A list of fields.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct FieldsOut {
    /// The rows.
    pub field_details: Vec<FieldOut>,
    /// How many there are in all.
    #[schema(value_type = f64)]
    pub total: i64,
}

/// The body that creates a type of a data class (`CreateDataclassTypeRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DataClassTypeIn {
    /// The subtype's name; alerts and incidents only.
    pub sub_category: Option<String>,
    /// The subtype's code; alerts and incidents only.
    pub sub_category_code: Option<String>,
    /// The type's name; not for custom classes.
    pub category: Option<String>,
    /// The type's code; not for custom classes.
    pub category_code: Option<String>,
    /// The name, custom classes only.
    pub name: Option<String>,
    /// The code, custom classes only.
    pub business_code: Option<String>,
    /// The data class's business code, custom classes only.
    pub dataclass_business_code: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// 1 for a type, 2 for a subtype; custom classes only.
    pub level: Option<i64>,
    /// Whether it may be used.
    #[schema(required = true, nullable = false)]
    pub enabled: Option<bool>,
    /// The time to respond.
    #[schema(required = true, nullable = false)]
    pub sla: Option<i64>,
}

/// A type of a data class.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DataClassTypeOut {
    /// The id, a UUID.
    pub id: String,
    /// The data class.
    pub dataclass_id: String,
    /// The domain, 32 hexadecimal characters.
    pub domain_id: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The region.
    pub region_id: String,
    /// The layout that shows it.
    pub layout_id: String,
    /// The name of the layout.
    pub layout_name: String,
    /// The type's name.
    pub category: String,
    /// The type's code.
    pub category_code: String,
    /// The subtype's name.
    pub sub_category: String,
    /// The subtype's code.
    pub sub_category_code: String,
    /// The description.
    pub description: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// 1 for a type, 2 for a subtype.
    pub level: i64,
    /// Whether the class was born with it.
    pub is_built_in: bool,
    /// The time to respond.
    pub sla: i64,
    /// Who created it.
    pub creator_id: String,
    /// The name of who created it.
    pub creator_name: String,
    /// Who last changed it.
    pub modifier_id: String,
    /// The name of who last changed it.
    pub modifier_name: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// The data class's business code.
    pub dataclass_business_code: String,
    /// How many subtypes it has.
    pub sub_count: i64,
}

/// What `GET …/dataclasses/{dataclass_id}/types` filters by. The vendor's Terraform provider calls it, the SDK does not.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DataClassTypeQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// `ASC` or `DESC`, in either case.
    pub order: Option<String>,
    /// `create_time` or `update_time`.
    pub sortby: Option<String>,
    /// Only subtypes whose name holds this text.
    pub sub_category: Option<String>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only types of this code.
    pub category_code: Option<String>,
    /// Only types that may be used, or only the others.
    pub enabled: Option<bool>,
    /// Only built-in types, or only custom ones.
    pub is_built_in: Option<bool>,
    /// Only types that this layout shows.
    pub layout_name: Option<String>,
    /// 1 for types, 2 for subtypes.
    pub level: Option<i64>,
}

/// A list of types.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DataClassTypesOut {
    /// The rows.
    pub dataclass_type_details: Vec<DataClassTypeOut>,
    /// How many there are in all.
    pub total: i64,
}

/// The body that deletes types (`DeleteDataclassTypeRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DataClassTypeDeleteIn {
    /// False: only report what uses the types.
    #[schema(required = true, nullable = false)]
    pub is_delete: Option<bool>,
    /// The types.
    #[schema(required = true, nullable = false)]
    pub ids: Option<Vec<String>>,
}

/// Everything that uses some types: an array at the root.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct RelatedListOut(pub Vec<RelatedOut>);

impl PartialSchema for RelatedListOut {
    fn schema() -> RefOr<Schema> {
        root_list(<Vec<RelatedOut>>::schema())
    }
}

impl ToSchema for RelatedListOut {
    fn name() -> Cow<'static, str> {
        "RelatedListOut".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        <Vec<RelatedOut>>::schemas(schemas);
    }
}

/// Things that use a type (`DeleteRelationResource`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RelatedOut {
    /// `DPE`, `ALERT_RULE` or `DATAOBJECT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    pub count: i64,
    /// Where to see them.
    pub detail_url: String,
    /// Some of them.
    pub data: Vec<RelatedItemOut>,
}

/// A thing that uses a type.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RelatedItemOut {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
}

/// The body that switches types on or off (`EnableDataclassTypeRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DataClassTypeEnableIn {
    /// Whether the types may be used.
    #[schema(required = true, nullable = false)]
    pub enable: Option<bool>,
    /// The types.
    #[schema(required = true, nullable = false)]
    pub ids: Option<Vec<String>>,
}

/// The body that says which layout shows a type. The vendor's Terraform provider sends it, the SDK does not.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DataClassTypeLayoutIn {
    /// The type.
    #[schema(required = true, nullable = false)]
    pub id: Option<String>,
    /// The layout; empty for none.
    pub layout_id: Option<String>,
    /// The name of the layout.
    pub layout_name: Option<String>,
}

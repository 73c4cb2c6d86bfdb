//! `…/soc/dataclasses`. Most answers have no envelope.

use axum::extract::State;
use model::time::Zone;
use service::Service;
use service::dataclass::{
    CreateType, DataClass, DataClassRow, Field, ListDataClasses, ListFields, ListTypes, SetLayout, Type,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::dataclass::{
    DataClassOut, DataClassQuery, DataClassTypeDeleteIn, DataClassTypeEnableIn, DataClassTypeIn, DataClassTypeLayoutIn,
    DataClassTypeOut, DataClassTypeQuery, DataClassTypesOut, DataClassesOut, FieldOut, FieldQuery, FieldsOut,
    RelatedListOut,
};
use wire::envelope::FlagReply;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::paths::{DataClassPath, WorkspacePath};
use crate::routes::spell::optional;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_dataclass))
        .routes(routes!(show_data_class_info))
        .routes(routes!(list_dataclass_fields))
        .routes(routes!(list_dataclass_types, create_dataclass_type, delete_dataclass_type))
        .routes(routes!(enable_dataclass_type))
        .routes(routes!(set_dataclass_type_layout))
}

/// List data classes.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses",
    tag = "data classes",
    params(WorkspacePath, DataClassQuery),
    responses((status = 200, body = DataClassesOut))
)]
async fn list_dataclass(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<DataClassQuery>,
) -> ApiResult<Json<DataClassesOut>> {
    let input = ListDataClasses {
        offset: query.offset,
        limit: query.limit,
        name: query.name,
        business_code: query.business_code,
        description: query.description,
        is_built_in: query.is_built_in,
    };
    let page = service.list_dataclasses(&ctx, input).await?;
    let zone = service.settings().zone;
    let dataclass_details = page.rows.into_iter().map(|class| class_out(class, zone)).collect();
    Ok(Json(DataClassesOut { dataclass_details, total: page.total }))
}

/// Show a data class.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses/{dataclass_id}",
    tag = "data classes",
    params(DataClassPath),
    responses((status = 200, body = DataClassOut))
)]
async fn show_data_class_info(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
) -> ApiResult<Json<DataClassOut>> {
    let class = service.get_dataclass(&ctx, path.dataclass_id).await?;
    Ok(Json(class_out(class, service.settings().zone)))
}

/// List the fields of a data class.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses/{dataclass_id}/fields",
    tag = "data classes",
    params(DataClassPath, FieldQuery),
    responses((status = 200, body = FieldsOut))
)]
async fn list_dataclass_fields(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Query(query): Query<FieldQuery>,
) -> ApiResult<Json<FieldsOut>> {
    let input = ListFields {
        offset: query.offset,
        limit: query.limit,
        name: query.name,
        is_built_in: query.is_built_in,
        field_category: query.field_category,
        mapping: query.mapping,
    };
    let (class, page) = service.list_dataclass_fields(&ctx, path.dataclass_id, input).await?;
    let zone = service.settings().zone;
    let field_details = page.rows.into_iter().map(|field| field_out(field, &class, zone)).collect();
    Ok(Json(FieldsOut { field_details, total: page.total }))
}

/// List the types of a data class. The vendor's Terraform provider calls it.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses/{dataclass_id}/types",
    tag = "data classes",
    params(DataClassPath, DataClassTypeQuery),
    responses((status = 200, body = DataClassTypesOut))
)]
async fn list_dataclass_types(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Query(query): Query<DataClassTypeQuery>,
) -> ApiResult<Json<DataClassTypesOut>> {
    let input = ListTypes {
        offset: query.offset,
        limit: query.limit,
        order: query.order,
        sortby: query.sortby,
        sub_category: query.sub_category,
        name: query.name,
        category_code: query.category_code,
        enabled: query.enabled,
        is_built_in: query.is_built_in,
        layout_name: query.layout_name,
        level: query.level,
    };
    let page = service.list_dataclass_types(&ctx, path.dataclass_id, input).await?;
    let zone = service.settings().zone;
    let dataclass_type_details = page.rows.into_iter().map(|kind| type_out(kind, zone)).collect();
    Ok(Json(DataClassTypesOut { dataclass_type_details, total: page.total }))
}

/// Create a type of a data class.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses/{dataclass_id}/types",
    tag = "data classes",
    params(DataClassPath),
    request_body = DataClassTypeIn,
    responses((status = 200, body = DataClassTypeOut))
)]
async fn create_dataclass_type(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Json(body): Json<DataClassTypeIn>,
) -> ApiResult<Json<DataClassTypeOut>> {
    let input = CreateType {
        sub_category: body.sub_category,
        sub_category_code: body.sub_category_code,
        category: body.category,
        category_code: body.category_code,
        name: body.name,
        business_code: body.business_code,
        dataclass_business_code: body.dataclass_business_code,
        description: body.description,
        level: body.level,
        enabled: body.enabled,
        sla: body.sla,
    };
    let kind = service.create_dataclass_type(&ctx, path.dataclass_id, input).await?;
    Ok(Json(type_out(kind, service.settings().zone)))
}

/// Delete types of a data class, or only tell what uses them.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses/{dataclass_id}/types",
    tag = "data classes",
    params(DataClassPath),
    request_body = DataClassTypeDeleteIn,
    responses((status = 200, body = RelatedListOut))
)]
async fn delete_dataclass_type(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Json(body): Json<DataClassTypeDeleteIn>,
) -> ApiResult<Json<RelatedListOut>> {
    service.delete_dataclass_types(&ctx, path.dataclass_id, body.is_delete, body.ids).await?;
    // No object, rule or playbook refers to a type by its id, so nothing ever stands against a deletion.
    Ok(Json(RelatedListOut::default()))
}

/// Switch types of a data class on or off.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses/{dataclass_id}/types/enable",
    tag = "data classes",
    params(DataClassPath),
    request_body = DataClassTypeEnableIn,
    responses((status = 200, body = FlagReply<String>))
)]
async fn enable_dataclass_type(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Json(body): Json<DataClassTypeEnableIn>,
) -> ApiResult<Json<FlagReply<String>>> {
    service.enable_dataclass_types(&ctx, path.dataclass_id, body.enable, body.ids).await?;
    Ok(Json(FlagReply::new(String::new())))
}

/// Say which layout shows a type. The vendor's Terraform provider calls it.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses/{dataclass_id}/types/layout",
    tag = "data classes",
    params(DataClassPath),
    request_body = DataClassTypeLayoutIn,
    responses((status = 200, body = FlagReply<String>))
)]
async fn set_dataclass_type_layout(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<DataClassPath>,
    Json(body): Json<DataClassTypeLayoutIn>,
) -> ApiResult<Json<FlagReply<String>>> {
    let input = SetLayout { id: body.id, layout_id: body.layout_id, layout_name: body.layout_name };
    service.set_dataclass_type_layout(&ctx, path.dataclass_id, input).await?;
    Ok(Json(FlagReply::new(String::new())))
}

fn class_out(class: DataClass, zone: Zone) -> DataClassOut {
    let (row, beside) = (class.row, class.beside);
    DataClassOut {
        id: row.id.to_string(),
        create_time: row.create_time.to_wire(zone),
        update_time: row.update_time.to_wire(zone),
        creator_id: row.creator_id.to_string(),
        creator_name: row.creator_name,
        modifier_id: optional(row.modifier_id),
        modifier_name: row.modifier_name,
        cloud_pack_version: String::new(),
        region_id: beside.region_id,
        project_id: row.project_id.to_string(),
        workspace_id: row.workspace_id.to_string(),
        domain_id: beside.domain_id.to_string(),
        name: row.name,
        business_code: row.business_code,
        description: row.description,
        is_built_in: row.is_built_in,
        parent_id: optional(row.parent_id),
        type_num: beside.number,
    }
}

pub(super) fn field_out(field: Field, class: &DataClassRow, zone: Zone) -> FieldOut {
    let (row, attributes) = (field.row, field.attributes);
    FieldOut {
        id: row.id.to_string(),
        cloud_pack_version: String::new(),
        business_id: row.dataclass_id.to_string(),
        business_type: String::from("DATACLASS"),
        dataclass_name: class.name.clone(),
        business_code: class.business_code.clone(),
        field_key: row.field_key,
        name: row.name,
        description: row.description,
        default_value: attributes.default_value,
        display_type: attributes.display_type,
        field_type: row.field_type,
        extra_json: attributes.extra_json,
        field_tooltip: attributes.field_tooltip,
        iu_type: attributes.iu_type,
        used_by: attributes.used_by,
        json_schema: attributes.json_schema,
        is_built_in: row.is_built_in,
        case_sensitive: attributes.case_sensitive,
        read_only: attributes.read_only,
        required: row.required,
        searchable: row.searchable,
        visible: attributes.visible,
        maintainable: attributes.maintainable,
        editable: attributes.editable,
        creatable: attributes.creatable,
        mapping: row.mapping,
        target_api: attributes.target_api,
        creator_id: row.creator_id.to_string(),
        creator_name: row.creator_name,
        modifier_id: optional(row.modifier_id),
        modifier_name: row.modifier_name,
        create_time: row.create_time.to_wire(zone),
        update_time: row.update_time.to_wire(zone),
    }
}

fn type_out(kind: Type, zone: Zone) -> DataClassTypeOut {
    let (row, beside) = (kind.row, kind.beside);
    DataClassTypeOut {
        id: row.id.to_string(),
        dataclass_id: row.dataclass_id.to_string(),
        domain_id: beside.domain_id.to_string(),
        project_id: row.project_id.to_string(),
        workspace_id: row.workspace_id.to_string(),
        region_id: beside.region_id,
        layout_id: row.layout_id,
        layout_name: row.layout_name,
        category: row.category,
        category_code: row.category_code,
        sub_category: row.sub_category,
        sub_category_code: row.sub_category_code,
        description: row.description,
        enabled: row.enabled,
        level: row.level,
        is_built_in: row.is_built_in,
        sla: row.sla,
        creator_id: row.creator_id.to_string(),
        creator_name: row.creator_name,
        modifier_id: optional(row.modifier_id),
        modifier_name: row.modifier_name,
        create_time: row.create_time.to_wire(zone),
        update_time: row.update_time.to_wire(zone),
        dataclass_business_code: row.dataclass_business_code,
        sub_count: beside.number,
    }
}

//! `…/soc/assetcredentials`: connections. What goes in as `config` never comes out.

use axum::extract::State;
use model::time::Zone;
use service::Service;
use service::connection::{Connection, ConnectionInput, ListConnections, MASK};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::connection::{ConnectionIn, ConnectionOut, ConnectionQuery, ConnectionReply, ConnectionsOut};
use wire::envelope::ShortDone;

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::paths::{ConnectionPath, WorkspacePath};
use crate::routes::spell::optional;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_connections, create_connection)).routes(routes!(
        show_connection,
        update_connection,
        delete_connection
    ))
}

/// List connections.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/assetcredentials",
    tag = "connections",
    params(WorkspacePath, ConnectionQuery),
    responses((status = 200, body = ConnectionsOut))
)]
async fn list_connections(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<ConnectionQuery>,
) -> ApiResult<Json<ConnectionsOut>> {
    let input = ListConnections {
        offset: query.offset,
        limit: query.limit,
        name: query.name,
        component_name: query.component_name,
        creator_name: query.creator_name,
        modifier_name: query.modifier_name,
        description: query.description,
        create_start_time: query.create_start_time,
        create_end_time: query.create_end_time,
        update_start_time: query.update_start_time,
        update_end_time: query.update_end_time,
        is_defense_type: query.is_defense_type,
    };
    let page = service.list_connections(&ctx, input).await?;
    let zone = service.settings().zone;
    let rows = page.rows.into_iter().map(|connection| out(connection, zone)).collect();
    Ok(Json(ConnectionsOut::new(rows, page.total)))
}

/// Create a connection.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/assetcredentials",
    tag = "connections",
    params(WorkspacePath),
    request_body = ConnectionIn,
    responses((status = 200, body = ConnectionReply))
)]
async fn create_connection(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Json(body): Json<ConnectionIn>,
) -> ApiResult<Json<ConnectionReply>> {
    let connection = service.create_connection(&ctx, input(body)).await?;
    Ok(reply(&service, connection))
}

/// Show a connection.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/assetcredentials/{asset_id}",
    tag = "connections",
    params(ConnectionPath),
    responses((status = 200, body = ConnectionReply))
)]
async fn show_connection(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ConnectionPath>,
) -> ApiResult<Json<ConnectionReply>> {
    let connection = service.get_connection(&ctx, path.asset_id).await?;
    Ok(reply(&service, connection))
}

/// Change a connection.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/assetcredentials/{asset_id}",
    tag = "connections",
    params(ConnectionPath),
    request_body = ConnectionIn,
    responses((status = 200, body = ConnectionReply))
)]
async fn update_connection(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ConnectionPath>,
    Json(body): Json<ConnectionIn>,
) -> ApiResult<Json<ConnectionReply>> {
    let connection = service.update_connection(&ctx, path.asset_id, input(body)).await?;
    Ok(reply(&service, connection))
}

/// Delete a connection.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/assetcredentials/{asset_id}",
    tag = "connections",
    params(ConnectionPath),
    responses((status = 200, body = ShortDone))
)]
async fn delete_connection(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ConnectionPath>,
) -> ApiResult<Json<ShortDone>> {
    service.delete_connection(&ctx, path.asset_id).await?;
    Ok(Json(ShortDone::default()))
}

fn input(body: ConnectionIn) -> ConnectionInput {
    ConnectionInput {
        name: body.name,
        description: body.description,
        component_id: body.component_id,
        component_version_id: body.component_version_id,
        config: body.config,
    }
}

fn reply(service: &Service, connection: Connection) -> Json<ConnectionReply> {
    Json(ConnectionReply::new(out(connection, service.settings().zone)))
}

fn out(connection: Connection, zone: Zone) -> ConnectionOut {
    let Connection { row, can_be_deleted } = connection;
    ConnectionOut {
        id: row.id.to_string(),
        project_id: row.project_id.to_string(),
        workspace_id: row.workspace_id.to_string(),
        name: row.name,
        component_id: row.component_id.to_string(),
        component_name: row.component_name,
        component_version_id: row.component_version_id,
        kind: row.kind,
        status: row.status,
        config: MASK.to_owned(),
        description: row.description,
        enabled: row.enabled,
        create_time: row.create_time.to_wire(zone),
        creator_id: row.creator_id.to_string(),
        creator_name: row.creator_name,
        update_time: row.update_time.to_wire(zone),
        modifier_id: optional(row.modifier_id),
        modifier_name: row.modifier_name,
        defense_type: row.defense_type,
        target_project_id: row.target_project_id,
        target_project_name: row.target_project_name,
        target_enterprise_id: row.target_enterprise_id,
        target_enterprise_name: row.target_enterprise_name,
        region_id: row.region_id,
        region_name: row.region_name,
        can_be_deleted,
    }
}

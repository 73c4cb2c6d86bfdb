//! `…/soc/components`: what the server can do. Read only.

use axum::extract::State;
use serde::Serialize;
use service::Service;
use service::component::{Action, Alliance, BUILT_IN, Component};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::component::{
    ActionOut, ActionQuery, ActionShowQuery, ActionVersionOut, AllianceOut, AllianceQuery, ComponentOut,
    ComponentQuery, ComponentVersionOut,
};
use wire::envelope::{Page, Reply};

use crate::app::ApiState;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::paths::{ActionPath, ComponentPath, WorkspacePath};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_components))
        .routes(routes!(list_alliances))
        .routes(routes!(show_component))
        .routes(routes!(list_component_actions))
        .routes(routes!(show_component_action))
}

/// List components.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components",
    tag = "components",
    params(WorkspacePath, ComponentQuery),
    responses((status = 200, body = Page<ComponentOut>))
)]
async fn list_components(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<ComponentQuery>,
) -> ApiResult<Json<Page<ComponentOut>>> {
    let (page, window) = service.list_components(&ctx, query.offset, query.limit)?;
    let rows = page.rows.iter().map(component_out).collect::<Result<_, _>>()?;
    Ok(Json(Page::new(rows, page.total, window.offset, window.limit)))
}

/// List sets of components. The vendor's Terraform provider calls it.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/alliance",
    tag = "components",
    params(WorkspacePath, AllianceQuery),
    responses((status = 200, body = Page<AllianceOut>))
)]
async fn list_alliances(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<AllianceQuery>,
) -> ApiResult<Json<Page<AllianceOut>>> {
    let (page, window) = service.list_alliances(&ctx, query.offset, query.limit, query.is_built_in)?;
    let rows = page.rows.iter().map(alliance_out).collect();
    Ok(Json(Page::new(rows, page.total, window.offset, window.limit)))
}

/// Show a component.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/{component_id}",
    tag = "components",
    params(ComponentPath),
    responses((status = 200, body = Reply<ComponentOut>))
)]
async fn show_component(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ComponentPath>,
) -> ApiResult<Json<Reply<ComponentOut>>> {
    let component = service.get_component(&ctx, path.component_id)?;
    Ok(Json(Reply::new(component_out(&component)?)))
}

/// List the actions of a component.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/{component_id}/action",
    tag = "components",
    params(ComponentPath, ActionQuery),
    responses((status = 200, body = Page<ActionOut>))
)]
async fn list_component_actions(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ComponentPath>,
    Query(query): Query<ActionQuery>,
) -> ApiResult<Json<Page<ActionOut>>> {
    let (component, page, window) =
        service.list_component_actions(&ctx, path.component_id, query.offset, query.limit, query.enabled)?;
    let rows = page.rows.iter().map(|action| action_out(&component, action)).collect::<Result<_, _>>()?;
    Ok(Json(Page::new(rows, page.total, window.offset, window.limit)))
}

/// Show an action of a component.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/components/{component_id}/action/{action_id}",
    tag = "components",
    params(ActionPath, ActionShowQuery),
    responses((status = 200, body = Reply<ActionOut>))
)]
async fn show_component_action(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<ActionPath>,
    Query(query): Query<ActionShowQuery>,
) -> ApiResult<Json<Reply<ActionOut>>> {
    let (component, action) = service.get_component_action(&ctx, path.component_id, path.action_id, query.enabled)?;
    Ok(Json(Reply::new(action_out(&component, &action)?)))
}

fn component_out(component: &Component) -> ApiResult<ComponentOut> {
    let version = ComponentVersionOut {
        id: component.version_id.to_string(),
        version_num: component.version.to_owned(),
        status: String::from("PUBLISHED"),
        package_name: component.name.to_owned(),
        connection_config: text(&component.connection)?,
        ..ComponentVersionOut::default()
    };
    Ok(ComponentOut {
        id: component.id.to_string(),
        name: component.name.to_owned(),
        dev_language: String::from("Rust"),
        alliance_id: BUILT_IN.id.to_owned(),
        alliance_name: BUILT_IN.name.to_owned(),
        description: component.description.to_owned(),
        versions: vec![version],
        component_type: String::from("system"),
        ..ComponentOut::default()
    })
}

/// Actions are versioned with their component; the version in use is the only one.
fn action_out(component: &Component, action: &Action) -> ApiResult<ActionOut> {
    let (action_input, action_output) = (text(&action.inputs)?, text(&action.outputs)?);
    let version = ActionVersionOut {
        id: component.version_id.to_string(),
        action_version_name: component.version.to_owned(),
        action_version_number: component.version.to_owned(),
        action_version_desc: action.description.to_owned(),
        action_input: action_input.clone(),
        action_output: action_output.clone(),
        action_status: String::from("PUBLISHED"),
        action_enable: String::from("true"),
        ..ActionVersionOut::default()
    };
    Ok(ActionOut {
        id: action.id.to_string(),
        action_name: action.name.to_owned(),
        action_desc: action.description.to_owned(),
        action_type: String::from("action"),
        action_version_id: component.version_id.to_string(),
        action_version_name: component.version.to_owned(),
        action_version_number: component.version.to_owned(),
        action_enable: String::from("true"),
        action_input,
        action_output,
        action_versions: vec![version],
        ..ActionOut::default()
    })
}

fn alliance_out(alliance: &Alliance) -> AllianceOut {
    AllianceOut {
        id: alliance.id.to_owned(),
        alliance_code: alliance.code.to_owned(),
        alliance_name: alliance.name.to_owned(),
        alliance_description: alliance.description.to_owned(),
        alliance_type: String::from("system"),
        ..AllianceOut::default()
    }
}

/// A document as the text that the contract has in its place.
fn text(document: &impl Serialize) -> ApiResult<String> {
    serde_json::to_string(document).map_err(ApiError::defect)
}

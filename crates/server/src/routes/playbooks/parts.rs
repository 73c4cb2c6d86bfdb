//! `…/soc/playbooks/versions/{version_id}/actions`, `…/soc/playbooks/versions/{version_id}/rules`.

use axum::extract::State;
use model::time::Zone;
use service::Service;
use service::playbook::{Action, ActionInput, Version};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::{ShortDone, ShortPage, ShortReply};
use wire::playbook::action::{PlaybookActionIn, PlaybookActionOut, PlaybookActionQuery};
use wire::playbook::rule::{RuleIn, RuleOut};

use super::versions::{rule, rule_out};
use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::deprecated::Deprecated;
use crate::routes::paths::{PlaybookActionPath, PlaybookRulePath, PlaybookVersionPath};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_playbook_actions, create_playbook_action))
        .routes(routes!(update_playbook_action, delete_playbook_action))
        .routes(routes!(create_playbook_rule))
        .routes(routes!(show_playbook_rule, update_playbook_rule, delete_playbook_rule))
}

/// List the actions of a version, in their order.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/actions",
    tag = "playbook versions",
    params(PlaybookVersionPath, PlaybookActionQuery),
    responses((status = 200, body = ShortPage<PlaybookActionOut>))
)]
async fn list_playbook_actions(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
    Query(query): Query<PlaybookActionQuery>,
) -> ApiResult<Deprecated<Json<ShortPage<PlaybookActionOut>>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let (page, version) = service.list_playbook_actions(&ctx, path.version_id, query.offset, query.limit).await?;
    let zone = service.settings().zone;
    let rows = page.rows.into_iter().map(|action| out(action, &version, zone)).collect();
    Ok(Deprecated(Json(ShortPage::new(rows, page.total, offset, limit))))
}

/// Add actions to a version.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/actions",
    tag = "playbook versions",
    params(PlaybookVersionPath),
    request_body = Vec<PlaybookActionIn>,
    responses((status = 200, body = ShortReply<Vec<PlaybookActionOut>>))
)]
async fn create_playbook_action(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
    Json(body): Json<Vec<PlaybookActionIn>>,
) -> ApiResult<Deprecated<Json<ShortReply<Vec<PlaybookActionOut>>>>> {
    let (actions, version) = service.create_playbook_actions(&ctx, path.version_id, inputs(body)).await?;
    let zone = service.settings().zone;
    let actions = actions.into_iter().map(|action| out(action, &version, zone)).collect();
    Ok(Deprecated(Json(ShortReply::new(actions))))
}

/// Change an action.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/actions/{action_id}",
    tag = "playbook versions",
    params(PlaybookActionPath),
    request_body = PlaybookActionIn,
    responses((status = 200, body = ShortReply<PlaybookActionOut>))
)]
async fn update_playbook_action(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookActionPath>,
    Json(body): Json<PlaybookActionIn>,
) -> ApiResult<Deprecated<Json<ShortReply<PlaybookActionOut>>>> {
    let (action, version) = service.update_playbook_action(&ctx, path.version_id, path.action_id, input(body)).await?;
    Ok(Deprecated(Json(ShortReply::new(out(action, &version, service.settings().zone)))))
}

/// Remove an action from its version.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/actions/{action_id}",
    tag = "playbook versions",
    params(PlaybookActionPath),
    responses((status = 200, body = ShortDone))
)]
async fn delete_playbook_action(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookActionPath>,
) -> ApiResult<Deprecated<Json<ShortDone>>> {
    service.delete_playbook_action(&ctx, path.version_id, path.action_id).await?;
    Ok(Deprecated(Json(ShortDone::default())))
}

/// Give a version a rule, in place of one that it may have.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/rules",
    tag = "playbook versions",
    params(PlaybookVersionPath),
    request_body = RuleIn,
    responses((status = 200, body = ShortReply<RuleOut>))
)]
async fn create_playbook_rule(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
    Json(body): Json<RuleIn>,
) -> ApiResult<Deprecated<Json<ShortReply<RuleOut>>>> {
    let version = service.create_playbook_rule(&ctx, path.version_id, rule(Some(body))?).await?;
    Ok(rule_reply(&service, &version))
}

/// Show the rule of a version.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/rules/{rule_id}",
    tag = "playbook versions",
    params(PlaybookRulePath),
    responses((status = 200, body = ShortReply<RuleOut>))
)]
async fn show_playbook_rule(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookRulePath>,
) -> ApiResult<Deprecated<Json<ShortReply<RuleOut>>>> {
    let version = service.get_playbook_rule(&ctx, path.version_id, path.rule_id).await?;
    Ok(rule_reply(&service, &version))
}

/// Change the rule of a version.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/rules/{rule_id}",
    tag = "playbook versions",
    params(PlaybookRulePath),
    request_body = RuleIn,
    responses((status = 200, body = ShortReply<RuleOut>))
)]
async fn update_playbook_rule(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookRulePath>,
    Json(body): Json<RuleIn>,
) -> ApiResult<Deprecated<Json<ShortReply<RuleOut>>>> {
    let version = service.update_playbook_rule(&ctx, path.version_id, path.rule_id, rule(Some(body))?).await?;
    Ok(rule_reply(&service, &version))
}

/// Take a version's rule away.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/rules/{rule_id}",
    tag = "playbook versions",
    params(PlaybookRulePath),
    responses((status = 200, body = ShortDone))
)]
async fn delete_playbook_rule(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookRulePath>,
) -> ApiResult<Deprecated<Json<ShortDone>>> {
    service.delete_playbook_rule(&ctx, path.version_id, path.rule_id).await?;
    Ok(Deprecated(Json(ShortDone::default())))
}

fn rule_reply(service: &Service, version: &Version) -> Deprecated<Json<ShortReply<RuleOut>>> {
    Deprecated(Json(ShortReply::new(rule_out(version, service.settings().zone))))
}

/// Actions as the service takes them.
pub(super) fn inputs(actions: Vec<PlaybookActionIn>) -> Vec<ActionInput> {
    actions.into_iter().map(input).collect()
}

fn input(action: PlaybookActionIn) -> ActionInput {
    ActionInput {
        name: action.name,
        description: action.description,
        action_type: action.action_type,
        action_id: action.action_id,
        sort_order: action.sort_order.and_then(|order| order.0),
    }
}

/// An action, which changes with its version.
pub(super) fn out(action: Action, version: &Version, zone: Zone) -> PlaybookActionOut {
    PlaybookActionOut {
        id: action.id.to_string(),
        name: action.name,
        description: action.description,
        action_type: action.action_type,
        action_id: action.action_id.to_string(),
        playbook_id: action.playbook_id.to_string(),
        playbook_version_id: action.version_id.to_string(),
        project_id: action.project_id.to_string(),
        // Exact: orders are far below 2^53.
        sort_order: action.sort_order as f64,
        create_time: version.create_time.to_wire(zone),
        update_time: version.update_time.to_wire(zone),
    }
}

//! `…/soc/playbooks/{playbook_id}/versions`, `…/soc/playbooks/versions`.

use axum::extract::State;
use model::Value;
use model::time::Zone;
use service::playbook::{Approval, Draft, ListVersions, UpdateVersion, Version, VersionInput};
use service::{Service, Text};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::{ShortDone, ShortPage, ShortReply};
use wire::playbook::approval::{PlaybookApprovalIn, PlaybookApprovalOut, PlaybookApprovalQuery};
use wire::playbook::rule::{RuleIn, RuleOut};
use wire::playbook::version::{
    PlaybookCloneIn, PlaybookVersionIn, PlaybookVersionOut, PlaybookVersionPatch, PlaybookVersionQuery,
    PlaybookVersionRowOut,
};
use wire::text_or_json::TextOrJson;

use super::parts;
use crate::app::ApiState;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::deprecated::Deprecated;
use crate::routes::paths::{PlaybookPath, PlaybookVersionPath, WorkspacePath};
use crate::routes::spell::optional;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_playbook_versions, create_playbook_version))
        .routes(routes!(list_playbook_approves))
        .routes(routes!(show_playbook_version, update_playbook_version, delete_playbook_version))
        .routes(routes!(create_playbook_approve))
        .routes(routes!(copy_playbook_version))
}

/// List the versions of a playbook, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/{playbook_id}/versions",
    tag = "playbook versions",
    params(PlaybookPath, PlaybookVersionQuery),
    responses((status = 200, body = ShortPage<PlaybookVersionRowOut>))
)]
async fn list_playbook_versions(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
    Query(query): Query<PlaybookVersionQuery>,
) -> ApiResult<Json<ShortPage<PlaybookVersionRowOut>>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let input = ListVersions {
        offset: query.offset,
        limit: query.limit,
        status: query.status,
        enabled: query.enabled,
        version_type: query.version_type,
    };
    let page = service.list_playbook_versions(&ctx, path.playbook_id, input).await?;
    let zone = service.settings().zone;
    let rows = page.rows.into_iter().map(|row| row_out(row, zone)).collect();
    Ok(Json(ShortPage::new(rows, page.total, offset, limit)))
}

/// Create a version: a draft.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/{playbook_id}/versions",
    tag = "playbook versions",
    params(PlaybookPath),
    request_body = PlaybookVersionIn,
    responses((status = 200, body = ShortReply<PlaybookVersionOut>))
)]
async fn create_playbook_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
    Json(body): Json<PlaybookVersionIn>,
) -> ApiResult<Json<ShortReply<PlaybookVersionOut>>> {
    let input = VersionInput {
        description: body.description,
        dataclass_id: body.dataclass_id,
        rule_enable: body.rule_enable,
        rule_id: body.rule_id,
        trigger_type: body.trigger_type,
        dataobject_create: body.dataobject_create,
        dataobject_update: body.dataobject_update,
        dataobject_delete: body.dataobject_delete,
        action_strategy: body.action_strategy,
        actions: body.actions.map(parts::inputs),
        rule: rule(body.rule)?,
    };
    let draft = service.create_playbook_version(&ctx, path.playbook_id, input).await?;
    Ok(reply(&service, draft))
}

/// Show a version with its rule and its actions.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}",
    tag = "playbook versions",
    params(PlaybookVersionPath),
    responses((status = 200, body = ShortReply<PlaybookVersionOut>))
)]
async fn show_playbook_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
) -> ApiResult<Json<ShortReply<PlaybookVersionOut>>> {
    let draft = service.get_playbook_version(&ctx, path.version_id).await?;
    Ok(reply(&service, draft))
}

/// Edit a version, submit it for review, withdraw or activate it.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}",
    tag = "playbook versions",
    params(PlaybookVersionPath),
    request_body = PlaybookVersionPatch,
    responses((status = 200, body = ShortReply<PlaybookVersionOut>))
)]
async fn update_playbook_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
    Json(body): Json<PlaybookVersionPatch>,
) -> ApiResult<Json<ShortReply<PlaybookVersionOut>>> {
    let content = VersionInput {
        description: body.description,
        dataclass_id: body.dataclass_id,
        rule_enable: body.rule_enable,
        rule_id: body.rule_id,
        trigger_type: body.trigger_type,
        dataobject_create: body.dataobject_create,
        dataobject_update: body.dataobject_update,
        dataobject_delete: body.dataobject_delete,
        action_strategy: body.action_strategy,
        actions: body.actions.map(parts::inputs),
        rule: rule(body.rule)?,
    };
    let input = UpdateVersion { content, status: body.status, enabled: body.enabled };
    let draft = service.update_playbook_version(&ctx, path.version_id, input).await?;
    Ok(reply(&service, draft))
}

/// Delete a version that no enabled playbook runs.
#[utoipa::path(
    delete,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}",
    tag = "playbook versions",
    params(PlaybookVersionPath),
    responses((status = 200, body = ShortDone))
)]
async fn delete_playbook_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
) -> ApiResult<Json<ShortDone>> {
    service.delete_playbook_version(&ctx, path.version_id).await?;
    Ok(Json(ShortDone::default()))
}

/// Pass or refuse a version under review.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/approval",
    tag = "playbook versions",
    params(PlaybookVersionPath),
    request_body = PlaybookApprovalIn,
    responses((status = 200, body = ShortReply<PlaybookApprovalOut>))
)]
async fn create_playbook_approve(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
    Json(body): Json<PlaybookApprovalIn>,
) -> ApiResult<Json<ShortReply<PlaybookApprovalOut>>> {
    let approval = service.review_playbook_version(&ctx, path.version_id, body.content, body.result).await?;
    Ok(Json(ShortReply::new(approval_out(approval, service.settings().zone))))
}

/// List verdicts on versions of playbooks and workflows, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/approval",
    tag = "playbook versions",
    params(WorkspacePath, PlaybookApprovalQuery),
    responses((status = 200, body = ShortReply<Vec<PlaybookApprovalOut>>))
)]
async fn list_playbook_approves(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<PlaybookApprovalQuery>,
) -> ApiResult<Json<ShortReply<Vec<PlaybookApprovalOut>>>> {
    let approvals = service.list_approvals(&ctx, query.resource_id, query.approve_type).await?;
    let zone = service.settings().zone;
    Ok(Json(ShortReply::new(approvals.into_iter().map(|row| approval_out(row, zone)).collect())))
}

/// Copy a version into a new playbook.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/versions/{version_id}/clone",
    tag = "playbook versions",
    params(PlaybookVersionPath),
    request_body = PlaybookCloneIn,
    responses((status = 200, body = ShortReply<PlaybookVersionOut>))
)]
async fn copy_playbook_version(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookVersionPath>,
    Json(body): Json<PlaybookCloneIn>,
) -> ApiResult<Deprecated<Json<ShortReply<PlaybookVersionOut>>>> {
    let draft = service.clone_playbook_version(&ctx, path.version_id, body.name).await?;
    Ok(Deprecated(reply(&service, draft)))
}

/// The document of a rule, which clients also send as text.
pub(super) fn rule(body: Option<RuleIn>) -> ApiResult<Option<Value>> {
    let document = body.and_then(|body| body.rule).map(TextOrJson::into_json).transpose().map_err(|error| {
        ApiError::invalid(Text::new(
            format!("rule must be an object, or text that holds one as JSON: {error}"),
            format!("rule必须是对象，或包含JSON对象的文本：{error}"),
        ))
    })?;
    Ok(document.flatten().map(Value::from))
}

fn reply(service: &Service, draft: Draft) -> Json<ShortReply<PlaybookVersionOut>> {
    let zone = service.settings().zone;
    let Draft { version, actions } = draft;
    let rules = rule_out(&version, zone);
    let actions = actions.into_iter().map(|action| parts::out(action, &version, zone)).collect();
    Json(ShortReply::new(PlaybookVersionOut { row: row_out(version, zone), actions, rules }))
}

fn row_out(row: Version, zone: Zone) -> PlaybookVersionRowOut {
    PlaybookVersionRowOut {
        id: row.id.to_string(),
        version: row.label(),
        description: row.description,
        create_time: row.create_time.to_wire(zone),
        update_time: row.update_time.to_wire(zone),
        project_id: row.project_id.to_string(),
        creator_id: row.creator_id.to_string(),
        modifier_id: optional(row.modifier_id),
        playbook_id: row.playbook_id.to_string(),
        enabled: row.enabled,
        status: row.status,
        action_strategy: row.action_strategy,
        rule_enable: row.rule_enable,
        dataclass_id: row.dataclass_id.to_string(),
        trigger_type: row.trigger_type,
        dataobject_create: row.dataobject_create,
        dataobject_update: row.dataobject_update,
        dataobject_delete: row.dataobject_delete,
        version_type: row.version_type,
        rule_id: optional(row.rule_id),
        dataclass_name: row.dataclass_name,
        approve_name: row.approve_name,
    }
}

/// The rule of a version; its fields are empty when there is none.
pub(super) fn rule_out(version: &Version, zone: Zone) -> RuleOut {
    let Some(id) = version.rule_id else { return RuleOut::default() };
    RuleOut {
        id: id.to_string(),
        project_id: version.project_id.to_string(),
        rule: version.rule.clone(),
        create_time: version.create_time.to_wire(zone),
        update_time: version.update_time.to_wire(zone),
    }
}

fn approval_out(row: Approval, zone: Zone) -> PlaybookApprovalOut {
    PlaybookApprovalOut {
        result: row.result,
        content: row.content,
        id: row.id.to_string(),
        kind: row.resource_type,
        resource_id: row.resource_id.to_string(),
        user_id: row.user_id.to_string(),
        create_time: row.time.to_wire(zone),
        update_time: row.time.to_wire(zone),
    }
}

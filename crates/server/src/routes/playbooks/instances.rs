//! `…/soc/playbooks/instances`, `…/soc/playbooks/{playbook_id}/monitor`.

use axum::extract::State;
use model::time::Zone;
use service::playbook::{Branch, Instance, ListInstances, LogRow, MonitorPlaybook, RunPlaybook, RunTime, SearchLog};
use service::{Service, Text};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::{Reply, ShortReply};
use wire::instance::DataClassRefOut;
use wire::playbook::action::PlaybookActionOut;
use wire::playbook::audit_log::{PlaybookAuditLogIn, PlaybookAuditLogOut, PlaybookAuditLogQuery, PlaybookAuditLogsOut};
use wire::playbook::instance::{
    ObjectRefOut, PlaybookActionInstanceOut, PlaybookInstanceOut, PlaybookInstanceQuery, PlaybookInstancesOut,
    PlaybookOperationIn, PlaybookRefOut, PlaybookTopologyOut,
};
use wire::playbook::monitor::{PlaybookMonitorOut, PlaybookMonitorQuery, PlaybookRunTimeOut};
use wire::playbook::run::PlaybookRunIn;
use wire::text_or_json::TextOrJson;

use crate::app::ApiState;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::deprecated::Deprecated;
use crate::routes::paths::{PlaybookInstancePath, PlaybookPath, WorkspacePath};
use crate::routes::spell::{optional, optional_time};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_playbook_instances))
        .routes(routes!(list_playbook_audit_logs))
        .routes(routes!(show_playbook_instance))
        .routes(routes!(change_playbook_instance))
        .routes(routes!(show_playbook_topology))
        .routes(routes!(show_playbook_monitors))
        .routes(routes!(run_playbook))
}

/// List runs of playbooks, newest first.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/instances",
    tag = "playbook instances",
    params(WorkspacePath, PlaybookInstanceQuery),
    responses((status = 200, body = PlaybookInstancesOut))
)]
async fn list_playbook_instances(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<PlaybookInstanceQuery>,
) -> ApiResult<Json<PlaybookInstancesOut>> {
    let input = ListInstances {
        offset: query.offset,
        limit: query.limit,
        status: query.status,
        name: query.name,
        playbook_name: query.playbook_name,
        dataclass_name: query.dataclass_name,
        dataobject_name: query.dataobject_name,
        trigger_type: query.trigger_type,
        from_date: query.from_date,
        to_date: query.to_date,
        date_type: query.date_type,
    };
    let page = service.list_playbook_instances(&ctx, input).await?;
    let zone = service.settings().zone;
    let instances = page.rows.into_iter().map(|row| out(row, zone)).collect();
    Ok(Json(PlaybookInstancesOut { count: page.total, instances }))
}

/// Search the log of what ran.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/instances/auditlogs",
    tag = "playbook instances",
    params(WorkspacePath, PlaybookAuditLogQuery),
    request_body = PlaybookAuditLogIn,
    responses((status = 200, body = PlaybookAuditLogsOut))
)]
async fn list_playbook_audit_logs(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<PlaybookAuditLogQuery>,
    Json(body): Json<PlaybookAuditLogIn>,
) -> ApiResult<Json<PlaybookAuditLogsOut>> {
    let input = SearchLog {
        offset: query.offset,
        limit: query.limit,
        sort_key: query.sort_key,
        sort_dir: query.sort_dir,
        instance_type: body.instance_type,
        action_id: body.action_id,
        action_name: body.action_name,
        instance_id: body.instance_id,
        parent_instance_id: body.parent_instance_id,
        log_level: body.log_level,
        error_msg: body.error_msg,
        start_time: body.start_time,
        end_time: body.end_time,
        status: body.status,
        trigger_type: body.trigger_type,
    };
    let page = service.list_playbook_log(&ctx, input).await?;
    let zone = service.settings().zone;
    let audit_logs = page.rows.into_iter().map(|row| log_out(row, zone)).collect();
    Ok(Json(PlaybookAuditLogsOut { count: page.total, audit_logs }))
}

/// Show a run of a playbook.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/instances/{instance_id}",
    tag = "playbook instances",
    params(PlaybookInstancePath),
    responses((status = 200, body = PlaybookInstanceOut))
)]
async fn show_playbook_instance(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookInstancePath>,
) -> ApiResult<Json<PlaybookInstanceOut>> {
    let instance = service.get_playbook_instance(&ctx, path.instance_id).await?;
    Ok(Json(out(instance, service.settings().zone)))
}

/// Retry or terminate a run, with its workflows.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/instances/{instance_id}/operation",
    tag = "playbook instances",
    params(PlaybookInstancePath),
    request_body = PlaybookOperationIn,
    responses((status = 200, body = PlaybookInstanceOut))
)]
async fn change_playbook_instance(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookInstancePath>,
    Json(body): Json<PlaybookOperationIn>,
) -> ApiResult<Json<PlaybookInstanceOut>> {
    let instance = service.update_playbook_instance(&ctx, path.instance_id, body.operation).await?;
    Ok(Json(out(instance, service.settings().zone)))
}

/// Show the workflows of a run.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/instances/{instance_id}/topology",
    tag = "playbook instances",
    params(PlaybookInstancePath),
    responses((status = 200, body = PlaybookTopologyOut))
)]
async fn show_playbook_topology(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookInstancePath>,
) -> ApiResult<Json<PlaybookTopologyOut>> {
    let (instance, branches) = service.get_playbook_topology(&ctx, path.instance_id).await?;
    let zone = service.settings().zone;
    let action_instances: Vec<_> = branches.into_iter().map(|branch| branch_out(branch, &instance, zone)).collect();
    Ok(Json(PlaybookTopologyOut { count: i64::try_from(action_instances.len()).unwrap_or(i64::MAX), action_instances }))
}

/// Show how the runs of a playbook went in a span of time.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/playbooks/{playbook_id}/monitor",
    tag = "playbooks",
    params(PlaybookPath, PlaybookMonitorQuery),
    responses((status = 200, body = ShortReply<PlaybookMonitorOut>))
)]
async fn show_playbook_monitors(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
    Query(query): Query<PlaybookMonitorQuery>,
) -> ApiResult<Deprecated<Json<ShortReply<PlaybookMonitorOut>>>> {
    let input = MonitorPlaybook {
        start_time: query.start_time,
        end_time: query.end_time,
        version_query_type: query.version_query_type,
    };
    let monitor = service.monitor_playbook(&ctx, path.playbook_id, input).await?;
    let counts = monitor.counts;
    Ok(Deprecated(Json(ShortReply::new(PlaybookMonitorOut {
        total_instance_run_num: counts.runs,
        schedule_instance_run_num: counts.timer_runs,
        event_instance_run_num: counts.event_runs,
        average_run_time: if counts.timed == 0 { 0.0 } else { seconds(counts.duration) / counts.timed as f64 },
        min_run_time_instance: monitor.shortest.map(run_time_out).unwrap_or_default(),
        max_run_time_instance: monitor.longest.map(run_time_out).unwrap_or_default(),
        total_instance_num: counts.total,
        success_instance_num: counts.finished,
        fail_instance_num: counts.failed,
        terminate_instance_num: counts.terminated,
        running_instance_num: counts.running,
    }))))
}

/// Run a playbook by hand: on an object, or with data that stands in for one.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/muster/playbooks/{playbook_id}/run",
    tag = "playbook instances",
    params(PlaybookPath),
    request_body = PlaybookRunIn,
    responses((status = 200, body = Reply<PlaybookInstanceOut>))
)]
async fn run_playbook(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<PlaybookPath>,
    Json(body): Json<PlaybookRunIn>,
) -> ApiResult<Json<Reply<PlaybookInstanceOut>>> {
    let simulation = body.simulation.map(TextOrJson::into_json).transpose().map_err(|error| {
        ApiError::invalid(Text::new(
            format!("simulation must be an object, or text that holds one as JSON: {error}"),
            format!("simulation必须是对象，或包含JSON对象的文本：{error}"),
        ))
    })?;
    let input = RunPlaybook { object_id: body.object_id, simulation: simulation.flatten().map(model::Value::from) };
    let instance = service.run_playbook(&ctx, path.playbook_id, input).await?;
    Ok(Json(Reply::new(out(instance, service.settings().zone))))
}

/// The precision is that of a clock, not of a bank.
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

fn run_time_out(time: RunTime) -> PlaybookRunTimeOut {
    PlaybookRunTimeOut {
        playbook_instance_id: time.id.to_string(),
        playbook_instance_name: time.name,
        playbook_instance_run_time: seconds(time.duration),
    }
}

fn out(row: Instance, zone: Zone) -> PlaybookInstanceOut {
    PlaybookInstanceOut {
        id: row.id.to_string(),
        name: row.name,
        project_id: row.project_id.to_string(),
        playbook: PlaybookRefOut {
            id: row.playbook_id.to_string(),
            version_id: row.version_id.to_string(),
            name: row.playbook_name,
            version: row.version,
        },
        dataclass: DataClassRefOut { id: optional(row.dataclass_id), name: row.dataclass_name },
        dataobject: ObjectRefOut { id: optional(row.dataobject_id), name: row.dataobject_name },
        status: row.status,
        trigger_type: row.trigger_type,
        start_time: row.create_time.to_wire(zone),
        end_time: optional_time(zone, row.end_time),
    }
}

fn branch_out(branch: Branch, instance: &Instance, zone: Zone) -> PlaybookActionInstanceOut {
    let Branch { run, log } = branch;
    PlaybookActionInstanceOut {
        action: PlaybookActionOut {
            id: run.action_id.to_string(),
            name: run.action_name.clone(),
            description: run.action_description,
            action_type: "AOP_WORKFLOW".into(),
            action_id: run.workflow_id.to_string(),
            playbook_id: instance.playbook_id.to_string(),
            playbook_version_id: instance.version_id.to_string(),
            project_id: instance.project_id.to_string(),
            // Exact: there are few.
            sort_order: run.position as f64,
            create_time: instance.create_time.to_wire(zone),
            update_time: instance.create_time.to_wire(zone),
        },
        instance_log: log.map_or_else(
            || PlaybookAuditLogOut {
                instance_type: "AOP_WORKFLOW".into(),
                action_id: run.workflow_id.to_string(),
                action_name: run.action_name,
                instance_id: run.run_id.to_string(),
                parent_instance_id: instance.id.to_string(),
                trigger_type: instance.trigger_type.clone(),
                ..PlaybookAuditLogOut::default()
            },
            |row| log_out(row, zone),
        ),
    }
}

fn log_out(row: LogRow, zone: Zone) -> PlaybookAuditLogOut {
    PlaybookAuditLogOut {
        instance_type: row.instance_type,
        action_id: row.action_id.to_string(),
        action_name: row.action_name,
        instance_id: row.instance_id.to_string(),
        parent_instance_id: optional(row.parent_instance_id),
        log_level: row.log_level,
        input: String::new(),
        output: String::new(),
        error_msg: row.error_msg,
        start_time: row.start_time.to_wire(zone),
        end_time: optional_time(zone, row.end_time),
        status: row.status,
        trigger_type: row.trigger_type,
    }
}

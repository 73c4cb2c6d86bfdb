//! `…/soc/workflows/{workflow_id}/instances`, `…/soc/workflows/instances`.

use axum::extract::State;
use service::Service;
use service::instance::{Instance, ListInstances, NodeRun, StartInstance, UpdateInstance};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::Done;
use wire::instance::{
    DataClassRefOut, DataObjectOut, InstanceCommandIn, InstanceIn, InstanceOut, InstanceQuery, InstanceShowQuery,
    InstanceWorkflowOut, InstancesOut, NamedOut, PlaybookContextOut, StartedOut, TopologyNodeOut, TopologyOut,
};

use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::paths::{InstancePath, WorkflowPath, WorkspacePath};
use crate::routes::spell::{optional, optional_time};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_workflow_instance))
        .routes(routes!(list_aop_workflow_instance))
        .routes(routes!(show_aop_workflow_instance, update_workflow_instance))
}

/// Run a workflow.
#[utoipa::path(
    post,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}/instances",
    tag = "workflow instances",
    params(WorkflowPath),
    request_body = InstanceIn,
    responses((status = 200, body = StartedOut))
)]
async fn create_workflow_instance(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<WorkflowPath>,
    Json(body): Json<InstanceIn>,
) -> ApiResult<Json<StartedOut>> {
    let object = body.playbook_context.and_then(|context| context.data_object).unwrap_or_default();
    let dataclass = object.dataclass.unwrap_or_default();
    let echo = StartedOut {
        command_type: body.command_type.clone().unwrap_or_default(),
        action_type: body.action_type.clone().unwrap_or_default(),
        action_id: path.workflow_id.to_string(),
        action_instance_id: String::new(),
        playbook_context: PlaybookContextOut {
            data_object: DataObjectOut {
                content: object.content.clone().unwrap_or_default(),
                dataclass: DataClassRefOut {
                    id: dataclass.id.clone().unwrap_or_default(),
                    name: dataclass.name.clone().unwrap_or_default(),
                },
            },
        },
    };
    let value = |object| model::Value::from(serde_json::Value::Object(object));
    let input = StartInstance {
        command_type: body.command_type,
        action_type: body.action_type,
        action_id: body.action_id,
        content: object.content.map(value),
        dataclass_id: dataclass.id,
        dataclass_name: dataclass.name,
        simulation_context: body.simulation_context.map(value),
    };
    let instance = service.start_instance(&ctx, path.workflow_id, input).await?;
    Ok(Json(StartedOut { action_instance_id: instance.to_string(), ..echo }))
}

/// List runs.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/instances",
    tag = "workflow instances",
    params(WorkspacePath, InstanceQuery),
    responses((status = 200, body = InstancesOut))
)]
async fn list_aop_workflow_instance(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<InstanceQuery>,
) -> ApiResult<Json<InstancesOut>> {
    let input = ListInstances {
        offset: query.offset,
        limit: query.limit,
        sort_key: query.sort_key,
        sort_dir: query.sort_dir,
        from_date: query.from_date,
        to_date: query.to_date,
        workflow_id: query.workflow_id,
        id: query.id,
        name: query.name,
        dataobject_id: query.dataobject_id,
        dataclass_id: query.dataclass_id,
        playbook_id: query.playbook_id,
        defence_id: query.defence_id,
        status: query.status,
        trigger_type: query.trigger_type,
    };
    let page = service.list_instances(&ctx, input).await?;
    let instances = page.rows.into_iter().map(|row| out(&service, row, None)).collect();
    Ok(Json(InstancesOut { count: page.total, instances }))
}

/// Show a run, with the nodes that it has reached when `show_topology` is true.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/instances/{instance_id}",
    tag = "workflow instances",
    params(InstancePath, InstanceShowQuery),
    responses((status = 200, body = InstanceOut))
)]
async fn show_aop_workflow_instance(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<InstancePath>,
    Query(query): Query<InstanceShowQuery>,
) -> ApiResult<Json<InstanceOut>> {
    let topology = query.show_topology.unwrap_or(false);
    let (instance, nodes) = service.get_instance(&ctx, path.instance_id, topology).await?;
    Ok(Json(out(&service, instance, nodes)))
}

/// Terminate, retry or step through a run.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/instances/{instance_id}",
    tag = "workflow instances",
    params(InstancePath),
    request_body = InstanceCommandIn,
    responses((status = 200, body = Done))
)]
async fn update_workflow_instance(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<InstancePath>,
    Json(mut body): Json<InstanceCommandIn>,
) -> ApiResult<Json<Done>> {
    let data = body.take_input().map(|data| match data.0 {
        serde_json::Value::String(text) => text,
        document => document.to_string(),
    });
    let input = UpdateInstance { command_type: body.command_type, task_id: body.task_id, input_dataobject: data };
    service.update_instance(&ctx, path.instance_id, input).await?;
    Ok(Json(Done::default()))
}

fn out(service: &Service, row: Instance, nodes: Option<Vec<NodeRun>>) -> InstanceOut {
    let zone = service.settings().zone;
    InstanceOut {
        id: row.id.to_string(),
        name: row.name,
        workflow: InstanceWorkflowOut {
            id: row.workflow_id.to_string(),
            name_en: row.workflow_name.clone(),
            name: row.workflow_name,
            version: row.workflow_version,
            version_id: row.version_id.to_string(),
        },
        dataclass: NamedOut {
            en_name: row.dataclass_name.clone(),
            id: optional(row.dataclass_id),
            name: row.dataclass_name,
        },
        playbook: NamedOut {
            en_name: row.playbook_name.clone(),
            id: optional(row.playbook_id),
            name: row.playbook_name,
        },
        trigger_type: row.trigger_type,
        status: row.status,
        start_time: row.start_time.to_wire(zone),
        end_time: optional_time(zone, row.end_time),
        retry_count: row.retry_count,
        defense_id: row.defense_id,
        dataobject_id: row.dataobject_id,
        topology: TopologyOut { audit_logs: nodes.into_iter().flatten().map(|node| node_out(service, node)).collect() },
    }
}

fn node_out(service: &Service, node: NodeRun) -> TopologyNodeOut {
    let zone = service.settings().zone;
    TopologyNodeOut {
        instance_type: "TASK".into(),
        action_id: node.node_id,
        action_name: node.node_name,
        start_time: node.start_time.to_wire(zone),
        end_time: optional_time(zone, node.end_time),
        error_msg: node.error,
        input: node.input,
        output: node.output,
        parent_instance_id: node.instance_id.to_string(),
        succeed: node.status == "FINISHED",
        // The contract has no word for a node that was ended from outside: it has ended, and has not succeeded.
        status: if node.status == "TERMINATED" { "FINISHED".into() } else { node.status },
    }
}

//! Runs of workflows: start, list, show, terminate, retry, step through.

use std::sync::Arc;

use engine::Command;
use model::time::Zone;
use model::{DataClassId, InstanceId, Map, Timestamp, Value, WorkflowId};
use runtime::codec::encode_command;
use store::filter::Page;
use store::instance::{self as rows, InstanceQuery};
use store::{root, workflow};

use crate::ctx::Ctx;
use crate::damaged::Settle;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::workflow::not_found as workflow_not_found;
use crate::{Service, code, page};

pub use store::instance::{InstanceRow as Instance, NodeRunRow as NodeRun};

/// The command that starts a run.
pub const RUN: &str = "ActionInstanceRunCommand";
/// The command that starts a run which waits before each task, or lets such a task go on.
pub const DEBUG: &str = "ActionInstanceDebugCommand";
/// The command that ends a run.
pub const TERMINATE: &str = "ActionInstanceTerminateCommand";
/// The command that retries failed nodes.
pub const RETRY: &str = "ActionInstanceRetryCommand";
const STATUSES: &[&str] = &["RUNNING", "FAILED", "FINISHED", "RETRYING", "TERMINATING", "TERMINATED"];
const TRIGGERS: &[&str] = &["DEBUG", "TIMER", "EVENT", "MANUAL"];
/// Longest name of a data class.
const DATACLASS_NAME: usize = 64;
/// Longest id of a data object that runs are found by.
const DATAOBJECT_ID: usize = 64;
/// Largest data object and largest replacement input, in bytes as JSON.
const DATA: usize = 8 << 20;

/// What to start, and on what.
#[derive(Debug, Clone, Default)]
pub struct StartInstance {
    /// [`RUN`] or [`DEBUG`].
    pub command_type: Option<String>,
    /// `workflow`.
    pub action_type: Option<String>,
    /// The workflow; when given, the one in the path.
    pub action_id: Option<String>,
    /// The data object's content, an object.
    pub content: Option<Value>,
    /// Its data class.
    pub dataclass_id: Option<String>,
    /// That class's name.
    pub dataclass_name: Option<String>,
    /// Stands in for the data object in a debug run.
    pub simulation_context: Option<Value>,
}

/// What to do with a run.
#[derive(Debug, Clone, Default)]
pub struct UpdateInstance {
    /// [`TERMINATE`], [`RETRY`] or [`DEBUG`].
    pub command_type: Option<String>,
    /// The node, by its BPMN id.
    pub task_id: Option<String>,
    /// JSON in a string: the node's new input, or its substitute data.
    pub input_dataobject: Option<String>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct ListInstances {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1000.
    pub limit: Option<i64>,
    /// `create_time` or `update_time`.
    pub sort_key: Option<String>,
    /// `ASC` or `DESC`.
    pub sort_dir: Option<String>,
    /// Started at or after this time.
    pub from_date: Option<String>,
    /// Started at or before this time.
    pub to_date: Option<String>,
    /// Of this workflow.
    pub workflow_id: Option<String>,
    /// This run.
    pub id: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// For this data object.
    pub dataobject_id: Option<String>,
    /// For objects of this class.
    pub dataclass_id: Option<String>,
    /// Started by this playbook.
    pub playbook_id: Option<String>,
    /// For this defence line.
    pub defence_id: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// Started by this trigger.
    pub trigger_type: Option<String>,
}

impl Service {
    /// Starts a run of the workflow's activated version. When this returns, its first turn is committed.
    pub async fn start_instance(
        &self,
        ctx: &Ctx,
        workflow: WorkflowId,
        input: StartInstance,
    ) -> Result<InstanceId, Error> {
        ctx.require("secmaster:workflow:execute")?;
        let mut fields = Fields::new();
        let command = fields.one_of("command_type", input.command_type, &[RUN, DEBUG]);
        fields.one_of("action_type", input.action_type, &["workflow"]);
        let action: Option<WorkflowId> = fields.optional_id("action_id", input.action_id.as_deref());
        if action.is_some_and(|action| action != workflow) {
            fields.violation("action_id must be the workflow in the path", "action_id必须与路径中的流程一致");
        }
        let dataclass_id: Option<DataClassId> =
            fields.optional_id("playbook_context.data_object.dataclass.id", input.dataclass_id.as_deref());
        let dataclass_name =
            fields.text("playbook_context.data_object.dataclass.name", input.dataclass_name, DATACLASS_NAME);
        let content = input.simulation_context.or(input.content).unwrap_or_else(|| Value::map(Map::new()));
        if content.as_map().is_none() {
            fields.violation(
                "playbook_context.data_object.content must be an object",
                "playbook_context.data_object.content必须是对象",
            );
        }
        if content.size() > DATA {
            fields.violation(
                format!("playbook_context.data_object.content must take at most {} MiB", DATA >> 20),
                format!("playbook_context.data_object.content最大{}MiB", DATA >> 20),
            );
        }
        fields.finish()?;

        let read = async || {
            let mut conn = self.inner.db.read().await?;
            Ok::<_, Error>(workflow::get(&mut conn, ctx.tenant, workflow).await?.map(Arc::new))
        };
        let row = self.inner.started.read((ctx.tenant, workflow), read).await?;
        let row = row.ok_or_else(|| workflow_not_found(workflow))?;
        ctx.require_role(&row.use_role)?;
        let Some(version) = row.version_id.filter(|_| row.enabled) else { return Err(not_enabled(&row.name)) };
        if let Some(id) = dataclass_id.filter(|id| *id != row.dataclass_id)
            && self.dataclass_name(ctx, id).await?.is_none()
        {
            let mut fields = Fields::new();
            fields.violation(
                "playbook_context.data_object.dataclass.id must be a data class of this workspace",
                "playbook_context.data_object.dataclass.id必须是本工作空间的数据类",
            );
            fields.finish()?;
        }

        let (now, id, debug) = (self.now(), InstanceId::new(&*self.inner.ids), command == DEBUG);
        let trigger = if debug { "DEBUG" } else { "MANUAL" };
        let dataclass_name = dataclass_name.unwrap_or_else(|| row.dataclass_name.clone());
        let run = Instance {
            workspace_id: ctx.tenant.workspace,
            id,
            project_id: ctx.tenant.project,
            root_id: id,
            element_no: 0,
            caller_no: None,
            workflow_id: workflow,
            version_id: version,
            name: row.name.clone(),
            workflow_name: row.name.clone(),
            workflow_version: row.version.clone(),
            dataclass_id: dataclass_id.or(Some(row.dataclass_id)),
            dataclass_name,
            dataobject_id: dataobject_id(&content).to_owned(),
            playbook_id: None,
            playbook_name: String::new(),
            defense_id: String::new(),
            trigger_type: trigger.into(),
            status: "RUNNING".into(),
            start_time: now,
            end_time: None,
            update_time: now,
            retry_count: 0,
            creator_id: ctx.caller.principal.user,
        };
        let start = runtime::Start {
            tenant: ctx.tenant,
            context: context(&run, &ctx.caller.principal.name, content, Value::Null, self.inner.settings.zone),
            variables: Value::map(Map::new()),
            debug,
            audit: vec![ctx.audit(now, "workflowInstance.create", id)],
            run,
        };
        let started = self.inner.runtime.start(start).await?;
        Ok(started.instance)
    }

    /// A page of the workspace's runs.
    pub async fn list_instances(&self, ctx: &Ctx, input: ListInstances) -> Result<Page<Instance>, Error> {
        ctx.require("secmaster:workflowInstance:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let order = page::order(&mut fields, "sort_dir", input.sort_dir.as_deref());
        let zone = self.inner.settings.zone;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let query = InstanceQuery {
            id: fields.optional_id("id", input.id.as_deref()),
            workflow_id: fields.optional_id("workflow_id", input.workflow_id.as_deref()),
            dataclass_id: fields.optional_id("dataclass_id", input.dataclass_id.as_deref()),
            dataobject_id: fields.filter("dataobject_id", input.dataobject_id),
            playbook_id: fields.optional_id("playbook_id", input.playbook_id.as_deref()),
            defense_id: fields.filter("defence_id", input.defence_id),
            name: fields.filter("name", input.name),
            status: filled(fields.optional_one_of("status", input.status, STATUSES)),
            trigger_type: filled(fields.optional_one_of("trigger_type", input.trigger_type, TRIGGERS)),
            from: fields.time("from_date", input.from_date.as_deref(), zone),
            to: fields.time("to_date", input.to_date.as_deref(), zone),
            by_update: page::by_update(&mut fields, "sort_key", input.sort_key),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &query, order, page).await?)
    }

    /// A run, with the nodes that it has reached when the topology is asked for.
    pub async fn get_instance(
        &self,
        ctx: &Ctx,
        id: InstanceId,
        topology: bool,
    ) -> Result<(Instance, Option<Vec<NodeRun>>), Error> {
        ctx.require("secmaster:workflowInstance:get")?;
        let mut conn = self.inner.db.read().await?;
        let instance = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let nodes =
            if topology { Some(rows::list_nodes(&mut conn, instance.root_id, instance.id).await?) } else { None };
        Ok((instance, nodes))
    }

    /// Terminates a run, retries its failed nodes, or lets a node of a debug run go on. The command is durable when
    /// this returns.
    pub async fn update_instance(&self, ctx: &Ctx, id: InstanceId, input: UpdateInstance) -> Result<(), Error> {
        // Each command is a right of its own; one that does not exist needs the least.
        ctx.require(match input.command_type.as_deref() {
            Some(TERMINATE) => "secmaster:workflowInstance:terminate",
            Some(RETRY) => "secmaster:workflowInstance:retry",
            Some(DEBUG) => "secmaster:workflowInstance:debug",
            _ => "secmaster:workflowInstance:get",
        })?;
        let mut fields = Fields::new();
        let command = fields.one_of("command_type", input.command_type, &[TERMINATE, RETRY, DEBUG]);
        let debug = command == DEBUG;
        let task = input.task_id.filter(|task| !task.is_empty());
        if debug && task.is_none() {
            fields.violation(
                "task_id (the node's id) is required with ActionInstanceDebugCommand",
                "ActionInstanceDebugCommand需要task_id（节点ID）",
            );
        }
        let data = match input.input_dataobject.as_deref().filter(|text| !text.is_empty()) {
            None if debug => {
                fields.violation(
                    "input_dataobject is required with ActionInstanceDebugCommand",
                    "ActionInstanceDebugCommand需要input_dataobject",
                );
                None
            }
            None => None,
            Some(text) if text.len() > DATA => {
                fields.violation(
                    format!("input_dataobject must have at most {} MiB", DATA >> 20),
                    format!("input_dataobject最大{}MiB", DATA >> 20),
                );
                None
            }
            Some(text) => match Value::from_json(text) {
                Ok(value) => Some(value),
                Err(error) => {
                    fields.violation(
                        format!("input_dataobject must be JSON: {error}"),
                        format!("input_dataobject必须是JSON：{error}"),
                    );
                    None
                }
            },
        };
        fields.finish()?;

        let (instance, nodes) = self.read_instance(ctx, id).await?;
        check_root(&instance)?;
        if !debug && self.is_damaged(ctx, id).await? {
            let settle = if command == TERMINATE { Settle::Terminate } else { Settle::Retry };
            return self.settle_damaged(ctx, id, settle).await;
        }
        match command.as_str() {
            TERMINATE => {
                let reason = format!("terminated by {}", ctx.caller.principal.name);
                let act = Act::new(Command::Terminate { reason }, "TERMINATING", 0, "workflowInstance.terminate");
                self.put_command(ctx, &instance, act).await
            }
            RETRY => {
                check_failed(&instance, &nodes, task.as_deref())?;
                let command = Command::Retry { node: task.map(Into::into), input: data };
                let act = Act::new(command, "RETRYING", 1, "workflowInstance.retry");
                self.put_command(ctx, &instance, act).await
            }
            _ => {
                let node = task.ok_or_else(|| Error::internal("a missing task_id was refused above"))?;
                check_held(&instance, &nodes, &node)?;
                let command = Command::Debug { node: node.into(), data: data.unwrap_or_default() };
                let act = Act::new(command, "RUNNING", 0, "workflowInstance.debug");
                self.put_command(ctx, &instance, act).await
            }
        }
    }

    async fn read_instance(&self, ctx: &Ctx, id: InstanceId) -> Result<(Instance, Vec<NodeRun>), Error> {
        let mut conn = self.inner.db.read().await?;
        let instance = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let nodes = rows::list_nodes(&mut conn, instance.root_id, instance.id).await?;
        Ok((instance, nodes))
    }

    /// Marks the run and puts the command into its root's inbox, in one transaction.
    async fn put_command(&self, ctx: &Ctx, instance: &Instance, act: Act) -> Result<(), Error> {
        let (id, root, status) = (instance.id, instance.root_id, instance.status.clone());
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let moved =
                        rows::mark(tx, ctx.tenant, id, ["RUNNING", "FAILED"], act.status, act.retries, now).await?;
                    if !moved || !root::push_inbox(tx, root, &encode_command(&act.command), None).await? {
                        return Err(refused(
                            format!("the run is {status}; only a run that is RUNNING or FAILED takes commands"),
                            format!("实例状态为{status}，仅RUNNING或FAILED状态的实例可执行此操作"),
                        ));
                    }
                    tx.audit(ctx.audit(now, act.audit, id));
                    Ok(())
                })
            })
            .await
    }
}

/// A command with what it does to the run's row at once.
struct Act {
    command: Command,
    status: &'static str,
    retries: i64,
    audit: &'static str,
}

impl Act {
    fn new(command: Command, status: &'static str, retries: i64, audit: &'static str) -> Self {
        Self { command, status, retries, audit }
    }
}

/// What expressions of a run can read beside its variables.
pub(crate) fn context(run: &Instance, started_by: &str, data_object: Value, playbook: Value, zone: Zone) -> Value {
    let text = |text: &str| Value::string(text);
    Value::object([
        ("data_object", data_object),
        (
            "instance",
            Value::object([
                ("id", text(&run.id.to_string())),
                ("name", text(&run.name)),
                ("trigger_type", text(&run.trigger_type)),
                ("start_time", text(&wire_time(run.start_time, zone))),
                ("workflow_id", text(&run.workflow_id.to_string())),
                ("workflow_name", text(&run.workflow_name)),
                ("version", text(&run.workflow_version)),
                ("started_by", text(started_by)),
            ]),
        ),
        (
            "workspace",
            Value::object([
                ("id", text(&run.workspace_id.to_string())),
                ("project_id", text(&run.project_id.to_string())),
            ]),
        ),
        ("playbook", playbook),
    ])
}

/// The id that a data object says it has, if it can be one: what clients send is theirs.
fn dataobject_id(content: &Value) -> &str {
    let id = content.get("id").as_str().unwrap_or_default();
    if id.len() <= DATAOBJECT_ID && !id.contains('\0') { id } else { "" }
}

fn wire_time(at: Timestamp, zone: Zone) -> String {
    at.to_wire(zone)
}

/// Commands go to the run that called the others.
fn check_root(instance: &Instance) -> Result<(), Error> {
    if instance.id == instance.root_id {
        return Ok(());
    }
    Err(refused(
        format!("this run was called by another one; send the command to {}", instance.root_id),
        format!("该实例由其他实例调用，请对{}执行操作", instance.root_id),
    ))
}

fn check_failed(instance: &Instance, nodes: &[NodeRun], task: Option<&str>) -> Result<(), Error> {
    let failed: Vec<&str> =
        nodes.iter().filter(|node| node.status == "FAILED").map(|node| node.node_id.as_str()).collect();
    // A failed node of a called run is retried with the others when no node is named.
    let found = task.map_or(!failed.is_empty() || instance.status == "FAILED", |task| failed.contains(&task));
    if found {
        return Ok(());
    }
    let list = if failed.is_empty() { "none".to_owned() } else { failed.join(", ") };
    Err(refused(
        format!("there is no such failed node to retry; failed nodes: {list}"),
        format!("没有可重试的失败节点；失败节点：{list}"),
    ))
}

fn check_held(instance: &Instance, nodes: &[NodeRun], node: &str) -> Result<(), Error> {
    if instance.trigger_type != "DEBUG" {
        return Err(refused(format!("the run was not started with {DEBUG}"), format!("该实例不是以{DEBUG}启动的")));
    }
    let held: Vec<&str> =
        nodes.iter().filter(|run| run.end_time.is_none() && run.attempt == 0).map(|run| run.node_id.as_str()).collect();
    if held.contains(&node) {
        return Ok(());
    }
    let list = if held.is_empty() { "none".to_owned() } else { held.join(", ") };
    Err(refused(
        format!("task_id: no node '{node}' waits for a debug step; waiting: {list}"),
        format!("task_id：节点'{node}'未等待调试；等待中：{list}"),
    ))
}

pub(crate) fn not_found(id: InstanceId) -> Error {
    Error::new(
        &code::INSTANCE_NOT_FOUND,
        Text::new(format!("the workflow instance {id} does not exist"), format!("流程实例{id}不存在")),
    )
}

fn not_enabled(name: &str) -> Error {
    Error::new(
        &code::WORKFLOW_NOT_ENABLED,
        Text::new(
            format!("the workflow '{name}' is not enabled; enable it with an approved version first"),
            format!("流程'{name}'未启用，请先使用已审核的版本启用"),
        ),
    )
}

fn refused(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::new(&code::INSTANCE_STATE, Text::new(en, zh))
}

impl From<runtime::Error> for Error {
    fn from(error: runtime::Error) -> Self {
        match error {
            runtime::Error::Store(error) => error.into(),
            runtime::Error::Stopping => Self::new(
                &code::UNAVAILABLE,
                Text::new("the server is shutting down; try again", "服务正在关闭，请重试"),
            ),
            other @ (runtime::Error::Codec(_)
            | runtime::Error::Corrupt(_)
            | runtime::Error::Definition { .. }
            | runtime::Error::Rejected(_)) => Self::internal(other),
        }
    }
}

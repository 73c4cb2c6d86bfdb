//! Rows as the service and the runtime would write them.

use model::{CommentId, DataClassId, InstanceId, TaskId, Tenant, Timestamp, UserId, VersionId, WorkflowId};
use store::audit::AuditEntry;
use store::instance::{InstanceRow, NodeRunRow};
use store::task::{CommentRow, TaskRow};
use store::turn::{self, Next, TurnCommit};
use store::version::VersionRow;
use store::workflow::WorkflowRow;

use crate::fixture::uuid;

/// Some instant; later ones are larger.
pub(crate) const NOON: Timestamp = Timestamp(1_752_822_000_000_000);

pub(crate) fn after_noon(seconds: i64) -> Timestamp {
    Timestamp(NOON.0 + seconds * 1_000_000)
}

pub(crate) fn workflow(tenant: Tenant, name: &str) -> WorkflowRow {
    WorkflowRow {
        workspace_id: tenant.workspace,
        id: WorkflowId(uuid()),
        project_id: tenant.project,
        name: name.to_owned(),
        description: "Cuts a host off the network.".to_owned(),
        owner_id: None,
        creator_id: UserId(uuid()),
        creator_name: "operator".to_owned(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
        edit_role: String::new(),
        use_role: "Operator".to_owned(),
        approve_role: String::new(),
        enabled: false,
        version_id: None,
        version: String::new(),
        current_approval_version_id: None,
        current_rejected_version_id: None,
        last_version: 0,
        aop_type: "NORMAL".to_owned(),
        engine_type: "public_engine".to_owned(),
        dataclass_id: DataClassId(uuid()),
        dataclass_name: "Alert".to_owned(),
        labels: "IP".to_owned(),
    }
}

pub(crate) fn version(workflow: &WorkflowRow, number: i64, status: &str) -> VersionRow {
    VersionRow {
        workspace_id: workflow.workspace_id,
        id: VersionId(uuid()),
        project_id: workflow.project_id,
        workflow_id: workflow.id,
        number,
        name: workflow.name.clone(),
        description: String::new(),
        owner_id: None,
        creator_id: workflow.creator_id,
        creator_name: workflow.creator_name.clone(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
        author_id: workflow.creator_id,
        status: status.to_owned(),
        taskconfig: "{}".to_owned(),
        taskflow: "PGRlZmluaXRpb25zLz4=".to_owned(),
        taskflow_type: "JSON".to_owned(),
        aop_type: "NORMAL".to_owned(),
        input: String::new(),
        output: String::new(),
        hash: None,
    }
}

pub(crate) fn task(tenant: Tenant, name: &str) -> TaskRow {
    TaskRow {
        workspace_id: tenant.workspace,
        id: TaskId(uuid()),
        project_id: tenant.project,
        business_type: "WORKFLOWNODEAPPROVE".to_owned(),
        status: "waiting".to_owned(),
        name: name.to_owned(),
        description: String::new(),
        creator_id: "system".to_owned(),
        creator_name: "system".to_owned(),
        create_time: NOON,
        modifier_id: String::new(),
        modifier_name: String::new(),
        update_time: NOON,
        handlers: "[]".to_owned(),
        approver: String::new(),
        definition_key: "Activity_1".to_owned(),
        note: String::new(),
        due_date: after_noon(3600),
        due_handle: "CONTINUE".to_owned(),
        action_id: uuid(),
        action_version_id: uuid(),
        action_instance_id: None,
        root_id: None,
        element_no: None,
        hash: None,
        review_comments: String::new(),
        view_parameters: "{}".to_owned(),
        asked_parameters: "[]".to_owned(),
        handle_parameters: String::new(),
        related_object: "Isolate host".to_owned(),
    }
}

pub(crate) fn comment(task: TaskId, message: &str) -> CommentRow {
    CommentRow {
        task_id: task,
        id: CommentId(uuid()),
        message: message.to_owned(),
        user_id: UserId(uuid()),
        user_name: "operator".to_owned(),
        time: NOON,
    }
}

pub(crate) fn instance(tenant: Tenant, id: InstanceId) -> InstanceRow {
    InstanceRow {
        workspace_id: tenant.workspace,
        id,
        project_id: tenant.project,
        root_id: id,
        element_no: 0,
        caller_no: None,
        workflow_id: WorkflowId(uuid()),
        version_id: VersionId(uuid()),
        name: "Isolate host".to_owned(),
        workflow_name: "Isolate host".to_owned(),
        workflow_version: "V1".to_owned(),
        dataclass_id: Some(DataClassId(uuid())),
        dataclass_name: "Alert".to_owned(),
        dataobject_id: "alert-1".to_owned(),
        playbook_id: None,
        playbook_name: String::new(),
        defense_id: String::new(),
        trigger_type: "MANUAL".to_owned(),
        status: "RUNNING".to_owned(),
        start_time: NOON,
        end_time: None,
        update_time: NOON,
        retry_count: 0,
        creator_id: UserId(uuid()),
    }
}

pub(crate) fn node_run(root: InstanceId, no: i64, status: &str) -> NodeRunRow {
    NodeRunRow {
        root_id: root,
        no,
        instance_id: root,
        node_id: format!("Activity_{no}"),
        node_name: "Ask the owner".to_owned(),
        node_type: "userTask".to_owned(),
        status: status.to_owned(),
        attempt: 1,
        start_time: NOON,
        end_time: (status == "FINISHED").then_some(NOON),
        input: "{}".to_owned(),
        output: String::new(),
        error: String::new(),
    }
}

pub(crate) fn act(action: &'static str, object: &str) -> AuditEntry {
    AuditEntry {
        at: NOON,
        project: None,
        workspace: None,
        user: UserId(uuid()),
        user_name: "operator".to_owned(),
        request_id: "request-1".to_owned(),
        client_ip: "192.0.2.1".to_owned(),
        action,
        object: object.to_owned(),
        detail: "{}".to_owned(),
    }
}

/// The turns of one root, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) tenant: Tenant,
    pub(crate) root: InstanceId,
    pub(crate) seq: i64,
    pub(crate) hash: [u8; 32],
}

impl Run {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant, root: InstanceId(uuid()), seq: 0, hash: turn::FIRST }
    }

    /// The next turn. The first one creates the instance, with one node that runs.
    pub(crate) fn turn(&mut self, next: Next) -> TurnCommit {
        self.seq += 1;
        let body = format!(r#"{{"v":1,"turn":{}}}"#, self.seq);
        let prev_hash = self.hash;
        self.hash = turn::chain(&prev_hash, self.root, self.seq, NOON, &body);
        let is_first = self.seq == 1;
        TurnCommit {
            root: self.root,
            tenant: self.tenant,
            seq: self.seq,
            at: NOON,
            body,
            prev_hash,
            hash: self.hash,
            inbox_done: 0,
            inbox_strict: false,
            next,
            level: 1,
            created: if is_first { vec![instance(self.tenant, self.root)] } else { Vec::new() },
            changed: Vec::new(),
            nodes: if is_first { vec![node_run(self.root, 1, "RUNNING")] } else { Vec::new() },
            opened: Vec::new(),
            closed: Vec::new(),
            snapshot: None,
            audit: Vec::new(),
        }
    }
}

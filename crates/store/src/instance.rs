//! Runs of workflows and the nodes they reached, as users list them. Turns write them; see [`crate::turn`].

use model::{
    DataClassId, DomainId, InstanceId, ProjectId, Tenant, Timestamp, UserId, VersionId, WorkflowId, WorkspaceId,
};
use uuid::Uuid;

use crate::bulk::{Bulk, Cell, Kind};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Order, Page, PageRequest, Tx, root};

row! {
    /// A run of a workflow.
    pub struct InstanceRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: InstanceId,
        /// Its project.
        project_id: ProjectId,
        /// The outermost run.
        root_id: InstanceId,
        /// Its process's element in the root.
        element_no: i64,
        /// The call activity that called it.
        caller_no: Option<i64>,
        /// The workflow.
        workflow_id: WorkflowId,
        /// The version.
        version_id: VersionId,
        /// Its name.
        name: String,
        /// The workflow's name at the start.
        workflow_name: String,
        /// The version's label.
        workflow_version: String,
        /// The data class of its data object.
        dataclass_id: Option<DataClassId>,
        /// The name of that class.
        dataclass_name: String,
        /// The id of its data object; empty when it has none.
        dataobject_id: String,
        /// The playbook that started it.
        playbook_id: Option<Uuid>,
        /// That playbook's name.
        playbook_name: String,
        /// The defence line it works for.
        defense_id: String,
        /// `DEBUG`, `TIMER`, `EVENT` or `MANUAL`.
        trigger_type: String,
        /// `RUNNING`, `FAILED`, `FINISHED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
        status: String,
        /// When it started.
        start_time: Timestamp,
        /// When it ended.
        end_time: Option<Timestamp>,
        /// When it last changed.
        update_time: Timestamp,
        /// Manual retries so far.
        retry_count: i64,
        /// Who started it.
        creator_id: UserId,
    }
}

row! {
    /// A node that a run has reached.
    pub struct NodeRunRow {
        /// The root instance.
        root_id: InstanceId,
        /// The element's number.
        no: i64,
        /// The run that it belongs to.
        instance_id: InstanceId,
        /// The node's BPMN id.
        node_id: String,
        /// Its name.
        node_name: String,
        /// Its BPMN element: `serviceTask`, `exclusiveGateway` …
        node_type: String,
        /// `RUNNING`, `FAILED`, `FINISHED` or `TERMINATED`.
        status: String,
        /// The attempt, from 1.
        attempt: i64,
        /// When it became active.
        start_time: Timestamp,
        /// When it ended.
        end_time: Option<Timestamp>,
        /// Its input, JSON; empty when it has none.
        input: String,
        /// Its output, JSON; empty when it has none.
        output: String,
        /// What went wrong last; empty when nothing did.
        error: String,
    }
}

/// A change of a run by a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceChange {
    /// The run.
    pub id: InstanceId,
    /// Its new status.
    pub status: &'static str,
    /// When it ended, if it has.
    pub end_time: Option<Timestamp>,
    /// When this happened.
    pub at: Timestamp,
    /// The playbook that started it.
    pub playbook_id: Option<Uuid>,
}

impl InstanceChange {
    pub(crate) fn cells(&self, tenant: Tenant) -> Vec<Cell> {
        vec![
            Cell::Uuid(tenant.workspace.0),
            Cell::Uuid(self.id.0),
            Cell::Text(self.status.to_owned()),
            self.end_time.map_or(Cell::Null, |at| Cell::Int(at.0)),
            Cell::Int(self.at.0),
        ]
    }
}

pub(crate) static INSERT: Bulk = Bulk::insert("instance", InstanceRow::COLUMNS, "");

pub(crate) static CHANGE: Bulk = Bulk::with_rows(
    "UPDATE instance SET status = v.status, end_time = v.end_time, update_time = v.at FROM",
    &[
        ("workspace_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("status", Kind::Text),
        ("end_time", Kind::Int),
        ("at", Kind::Int),
    ],
    "WHERE instance.workspace_id = v.workspace_id AND instance.id = v.id",
);

pub(crate) static UPSERT_NODES: Bulk = Bulk::insert(
    "node_run",
    NodeRunRow::COLUMNS,
    "ON CONFLICT (root_id, no) DO UPDATE SET status = excluded.status, attempt = excluded.attempt, \
     end_time = excluded.end_time, input = excluded.input, output = excluded.output, error = excluded.error",
);

/// A run by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: InstanceId) -> Result<Option<InstanceRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        InstanceRow,
        "SELECT * FROM instance WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

row! {
    /// Who started a run.
    pub struct CreatorRow {
        /// Their id.
        id: UserId,
        /// Their name; empty when they are gone.
        name: String,
        /// Their domain: the workspace's.
        domain_id: DomainId,
    }
}

/// Who started a run.
pub async fn get_creator(conn: &mut Conn, tenant: Tenant, id: InstanceId) -> Result<Option<CreatorRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        CreatorRow,
        "SELECT i.creator_id AS id, COALESCE(a.name, '') AS name, p.domain_id FROM instance i \
         JOIN project p ON p.id = i.project_id LEFT JOIN account a ON a.id = i.creator_id \
         WHERE i.workspace_id = $1 AND i.project_id = $2 AND i.id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// Every run of a root, the root first.
pub async fn list_of_root(conn: &mut Conn, root: InstanceId) -> Result<Vec<InstanceRow>, Error> {
    fetch!(conn, fetch_all, InstanceRow, "SELECT * FROM instance WHERE root_id = $1 ORDER BY element_no", root)
}

/// The nodes that a run has reached, in the order it reached them.
pub async fn list_nodes(conn: &mut Conn, root: InstanceId, instance: InstanceId) -> Result<Vec<NodeRunRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        NodeRunRow,
        "SELECT * FROM node_run WHERE root_id = $1 AND instance_id = $2 ORDER BY no",
        root,
        instance
    )
}

/// The nodes of a root that have not ended; the runtime updates them in later turns.
pub async fn list_open_nodes(conn: &mut Conn, root: InstanceId) -> Result<Vec<NodeRunRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        NodeRunRow,
        "SELECT * FROM node_run WHERE root_id = $1 AND end_time IS NULL ORDER BY no",
        root
    )
}

/// What a list of runs is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InstanceQuery {
    /// One run.
    pub id: Option<InstanceId>,
    /// Runs of this workflow.
    pub workflow_id: Option<WorkflowId>,
    /// Runs for objects of this class.
    pub dataclass_id: Option<DataClassId>,
    /// Runs for this object.
    pub dataobject_id: Option<String>,
    /// Runs that this playbook started.
    pub playbook_id: Option<Uuid>,
    /// Runs for this defence line.
    pub defense_id: Option<String>,
    /// The name contains this.
    pub name: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// Started by this kind of trigger.
    pub trigger_type: Option<String>,
    /// Started at or after this instant.
    pub from: Option<Timestamp>,
    /// Started at or before this instant.
    pub to: Option<Timestamp>,
    /// Sort by the last change instead of the start.
    pub by_update: bool,
}

/// Runs of a workspace.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &InstanceQuery,
    order: Order,
    page: PageRequest,
) -> Result<Page<InstanceRow>, Error> {
    let text = |value: &Option<String>| value.clone().map(Cell::Text);
    let mut filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("id", query.id.map(|id| Cell::Uuid(id.0)))
        .equals("workflow_id", query.workflow_id.map(|id| Cell::Uuid(id.0)))
        .equals("dataclass_id", query.dataclass_id.map(|id| Cell::Uuid(id.0)))
        .equals("dataobject_id", text(&query.dataobject_id))
        .equals("playbook_id", query.playbook_id.map(Cell::Uuid))
        .equals("defense_id", text(&query.defense_id))
        .equals("status", text(&query.status))
        .equals("trigger_type", text(&query.trigger_type))
        .contains("name", query.name.as_deref());
    if let Some(from) = query.from {
        filter = filter.compare("start_time", ">=", Cell::Int(from.0));
    }
    if let Some(to) = query.to {
        filter = filter.compare("start_time", "<=", Cell::Int(to.0));
    }
    let direction = order.sql();
    // Ids are in the order of creation, which the primary key already has.
    let order =
        if query.by_update { format!("update_time {direction}, id {direction}") } else { format!("id {direction}") };
    filter.page(conn, "*", "instance", &order, page).await
}

/// Marks a run as about to be retried or terminated and counts retries. `false` when it is not in one of the states
/// that the move starts from.
pub async fn mark(
    tx: &mut Tx,
    tenant: Tenant,
    id: InstanceId,
    from: [&str; 2],
    status: &'static str,
    retries: i64,
    at: Timestamp,
) -> Result<bool, Error> {
    root::lock_of_instance(tx, tenant, id).await?;
    let moved = execute!(
        tx,
        "UPDATE instance SET status = $5, retry_count = retry_count + $6, update_time = $7 \
         WHERE workspace_id = $1 AND project_id = $8 AND id = $2 AND status IN ($3, $4)",
        tenant.workspace,
        id,
        from[0],
        from[1],
        status,
        retries,
        at,
        tenant.project
    )?;
    Ok(moved == 1)
}

/// How many runs of a workspace have not ended.
pub async fn count_unfinished(conn: &mut Conn, tenant: Tenant) -> Result<i64, Error> {
    let (count,) = fetch!(
        conn,
        fetch_one,
        (i64,),
        "SELECT count(*) FROM root WHERE project_id = $1 AND workspace_id = $2",
        tenant.project,
        tenant.workspace
    )?;
    Ok(count)
}

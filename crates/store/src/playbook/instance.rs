//! Playbook instances: runs of playbooks.

use std::collections::HashSet;

use model::{
    DataClassId, ObjectId, PlaybookId, PlaybookInstanceId, PlaybookVersionId, ProjectId, Tenant, Timestamp, UserId,
    WorkspaceId,
};
use uuid::Uuid;

use crate::bulk::{Bulk, Cell, Kind, Rows};
use crate::db::Dialect;
use crate::filter::Filter;
use crate::playbook::run::{self, PlaybookRunRow};
use crate::playbook::work::{self, WorkRow};
use crate::row::{Row as _, row};
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// A run of a playbook.
    pub struct PlaybookInstanceRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: PlaybookInstanceId,
        /// Its project.
        project_id: ProjectId,
        /// Its name.
        name: String,
        /// The playbook.
        playbook_id: PlaybookId,
        /// That playbook's name when it was set off.
        playbook_name: String,
        /// The version.
        version_id: PlaybookVersionId,
        /// That version's label.
        version: String,
        /// The class of its data object.
        dataclass_id: Option<DataClassId>,
        /// That class's name.
        dataclass_name: String,
        /// Its data object.
        dataobject_id: Option<ObjectId>,
        /// What that object is called.
        dataobject_name: String,
        /// `EVENT`, `TIMER`, `MANUAL` or `DEBUG`.
        trigger_type: String,
        /// `create`, `update` or `delete`; empty unless an event has set it off.
        event: String,
        /// When the object of the event was created.
        dataobject_time: Option<Timestamp>,
        /// The version of the object that the event has made; of a deleted object, the one after its last.
        dataobject_version: Option<i64>,
        /// The tick of the timer that has set it off.
        tick: Option<Timestamp>,
        /// How many playbooks have set each other off, this one included.
        depth: i64,
        /// The instance whose change has set it off.
        cause_id: Option<PlaybookInstanceId>,
        /// On whose behalf it runs.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// `RUNNING`, `FAILED`, `FINISHED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
        status: String,
        /// What went wrong; empty when nothing did.
        problem: String,
        /// When it was set off.
        create_time: Timestamp,
        /// When it was admitted; none while it is queued.
        start_time: Option<Timestamp>,
        /// When it ended.
        end_time: Option<Timestamp>,
        /// How often it was retried.
        retry_count: i64,
    }
}

/// A new instance with what it needs to run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewInstance {
    /// The instance.
    pub row: PlaybookInstanceRow,
    /// The runs of workflows that it will have, in their order.
    pub runs: Vec<PlaybookRunRow>,
    /// Whether these start one after the other, not all at once.
    pub in_order: bool,
    /// What the runs are started with, JSON.
    pub context: String,
}

/// A new instance in the form that its database takes. Whoever makes it pays for that, not the writer's lane.
#[derive(Debug)]
pub struct Encoded {
    id: PlaybookInstanceId,
    instance: Rows,
    runs: Rows,
    work: Rows,
}

impl Encoded {
    /// Encodes a new instance. Fails on a text that a database cannot hold.
    pub fn new(dialect: Dialect, new: NewInstance) -> Result<Self, Error> {
        let rows = || Rows::new(dialect);
        let mut encoded = Self { id: new.row.id, instance: rows(), runs: rows(), work: rows() };
        encoded.work.push(WorkRow::queued(&new.row, new.in_order, new.context).into_cells())?;
        for run in new.runs {
            encoded.runs.push(run.into_cells())?;
        }
        encoded.instance.push(new.row.into_cells())?;
        Ok(encoded)
    }

    /// Encodes an instance that is on record alone: it has ended before it could run.
    pub fn ended(dialect: Dialect, row: PlaybookInstanceRow) -> Result<Self, Error> {
        let rows = || Rows::new(dialect);
        let mut encoded = Self { id: row.id, instance: rows(), runs: rows(), work: rows() };
        encoded.instance.push(row.into_cells())?;
        Ok(encoded)
    }
}

static INSERT: Bulk =
    Bulk::insert("playbook_instance", PlaybookInstanceRow::COLUMNS, "ON CONFLICT DO NOTHING RETURNING id");

/// Queues instances and gives the ids of those that are new: an event or a tick that has set the version off before
/// does not do so again.
pub async fn insert_all(tx: &mut Tx, instances: &[Encoded]) -> Result<HashSet<PlaybookInstanceId>, Error> {
    let new = INSERT.returning_ids(tx, instances.iter().map(|instance| &instance.instance)).await?;
    let new: HashSet<PlaybookInstanceId> = new.into_iter().map(PlaybookInstanceId).collect();
    let standing: Vec<&Encoded> = instances.iter().filter(|instance| new.contains(&instance.id)).collect();
    run::INSERT.execute_all(tx, standing.iter().map(|instance| &instance.runs)).await?;
    work::INSERT.execute_all(tx, standing.iter().map(|instance| &instance.work)).await?;
    if !new.is_empty() {
        tx.ring_playbooks();
    }
    Ok(new)
}

/// An instance by id.
pub async fn get(
    conn: &mut Conn,
    tenant: Tenant,
    id: PlaybookInstanceId,
) -> Result<Option<PlaybookInstanceRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        PlaybookInstanceRow,
        "SELECT * FROM playbook_instance WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// Sets the status of an instance that has not ended. The transaction holds it; see [`work::lock`].
pub async fn set_status(tx: &mut Tx, tenant: Tenant, id: PlaybookInstanceId, status: &str) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook_instance SET status = $4 WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id,
        status
    )?;
    Ok(())
}

/// What a list of instances is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlaybookInstanceQuery {
    /// In this status.
    pub status: Option<String>,
    /// The name contains this.
    pub name: Option<String>,
    /// Of this playbook.
    pub playbook_id: Option<PlaybookId>,
    /// The playbook's name contains this.
    pub playbook_name: Option<String>,
    /// For objects of the class of this name.
    pub dataclass_name: Option<String>,
    /// For this object.
    pub dataobject_id: Option<ObjectId>,
    /// The object's name contains this.
    pub dataobject_name: Option<String>,
    /// Set off like this.
    pub trigger_type: Option<String>,
    /// Set off, or ended, at or after this instant.
    pub from: Option<Timestamp>,
    /// Set off, or ended, at or before this instant.
    pub to: Option<Timestamp>,
    /// Whether the two instants are about the end.
    pub by_end: bool,
}

/// Instances of a workspace, newest first.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &PlaybookInstanceQuery,
    page: PageRequest,
) -> Result<Page<PlaybookInstanceRow>, Error> {
    let text = |value: &Option<String>| value.clone().map(Cell::Text);
    let time = if query.by_end { "end_time" } else { "create_time" };
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("status", text(&query.status))
        .contains("name", query.name.as_deref())
        .equals("playbook_id", query.playbook_id.map(|id| Cell::Uuid(id.0)))
        .contains("playbook_name", query.playbook_name.as_deref())
        .equals("dataclass_name", text(&query.dataclass_name))
        .equals("dataobject_id", query.dataobject_id.map(|id| Cell::Uuid(id.0)))
        .contains("dataobject_name", query.dataobject_name.as_deref())
        .equals("trigger_type", text(&query.trigger_type))
        .between(time, query.from, query.to)
        .page(conn, "*", "playbook_instance", "id DESC", page)
        .await
}

const IDS: &[(&str, Kind)] = &[("workspace_id", Kind::Uuid), ("id", Kind::Uuid)];
static DELETE: [Bulk; 2] = [
    Bulk::with_rows(
        "DELETE FROM playbook_run WHERE (workspace_id, run_id) IN (SELECT r.workspace_id, r.run_id FROM",
        IDS,
        "JOIN playbook_run r ON r.workspace_id = v.workspace_id AND r.playbook_instance_id = v.id)",
    ),
    Bulk::with_rows(
        "DELETE FROM playbook_instance WHERE (workspace_id, id) IN (SELECT v.workspace_id, v.id FROM",
        IDS,
        ")",
    ),
];

async fn remove(tx: &mut Tx, instances: &[(Uuid, Uuid)]) -> Result<(), Error> {
    let mut rows = Rows::new(tx.dialect());
    for (workspace, id) in instances {
        rows.push(vec![Cell::Uuid(*workspace), Cell::Uuid(*id)])?;
    }
    for statement in &DELETE {
        statement.execute_all(tx, [&rows]).await?;
    }
    Ok(())
}

/// Removes up to `limit` instances of all workspaces that ended before an instant. Gives how many it has removed.
pub async fn purge(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<usize, Error> {
    let old = fetch!(
        tx,
        fetch_all,
        (Uuid, Uuid),
        "SELECT workspace_id, id FROM playbook_instance WHERE end_time < $1 ORDER BY end_time LIMIT $2",
        before,
        limit
    )?;
    remove(tx, &old).await?;
    Ok(old.len())
}

/// Removes up to `limit` instances of a deleted workspace; `true` when none are left.
pub(crate) async fn purge_workspace(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> Result<bool, Error> {
    let some = fetch!(
        tx,
        fetch_all,
        (Uuid, Uuid),
        "SELECT workspace_id, id FROM playbook_instance WHERE workspace_id = $1 ORDER BY id LIMIT $2",
        workspace,
        limit
    )?;
    remove(tx, &some).await?;
    Ok(i64::try_from(some.len()).unwrap_or(i64::MAX) < limit)
}

//! What playbook instances have before them: one row for each that has not ended.
//!
//! An instance is queued, admitted ([`super::admission`]) and then *active*: it is due while runs of it are to be
//! started, and quiet while it waits for news of them. One that has failed is *held* for a person. Whoever goes on with
//! an instance holds its row; changes of one instance take turns.

use model::{PlaybookId, PlaybookInstanceId, ProjectId, Tenant, Timestamp, WorkspaceId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::bulk::{Bulk, Cell, Kind, Rows};
use crate::playbook::instance::PlaybookInstanceRow;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Tx};

row! {
    /// What a playbook instance has before it.
    pub struct WorkRow {
        /// The instance.
        id: PlaybookInstanceId,
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its project.
        project_id: ProjectId,
        /// Its playbook.
        playbook_id: PlaybookId,
        /// `queued`, `active` or `held`.
        state: String,
        /// From when on a node may start its runs; none when that is done.
        due_at: Option<Timestamp>,
        /// Whether its runs start one after the other, not all at once.
        in_order: bool,
        /// What its runs are started with, JSON.
        context: String,
    }
}

impl WorkRow {
    pub(crate) fn queued(instance: &PlaybookInstanceRow, in_order: bool, context: String) -> Self {
        Self {
            id: instance.id,
            workspace_id: instance.workspace_id,
            project_id: instance.project_id,
            playbook_id: instance.playbook_id,
            state: "queued".to_owned(),
            due_at: None,
            in_order,
            context,
        }
    }

    /// Whose it is.
    pub fn tenant(&self) -> Tenant {
        Tenant { project: self.project_id, workspace: self.workspace_id }
    }
}

pub(crate) static INSERT: Bulk = Bulk::insert("playbook_work", WorkRow::COLUMNS, "");

/// Holds what an instance has before it until the transaction ends. None when it has ended.
///
/// Commands to its runs ([`crate::root::push_inbox`]) come before changes of [`super::run`]s in the same transaction:
/// turns hold their root first as well.
pub async fn lock(tx: &mut Tx, tenant: Tenant, instance: PlaybookInstanceId) -> Result<Option<WorkRow>, Error> {
    find(tx, tenant, instance, tx.dialect().for_update()).await
}

/// The same, and none also when somebody else holds it.
pub(crate) async fn try_lock(
    tx: &mut Tx,
    tenant: Tenant,
    instance: PlaybookInstanceId,
) -> Result<Option<WorkRow>, Error> {
    find(tx, tenant, instance, tx.dialect().skip_locked()).await
}

async fn find(
    tx: &mut Tx,
    tenant: Tenant,
    instance: PlaybookInstanceId,
    how: &'static str,
) -> Result<Option<WorkRow>, Error> {
    let sql = format!("SELECT * FROM playbook_work WHERE id = $1 AND workspace_id = $2 AND project_id = $3{how}");
    fetch!(tx, fetch_optional, WorkRow, AssertSqlSafe(sql.as_str()), instance, tenant.workspace, tenant.project)
}

/// Claims up to `limit` instances of all workspaces with runs to start, longest due first, until an instant at which
/// another node may claim them.
pub async fn claim_due(tx: &mut Tx, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<WorkRow>, Error> {
    let sql = format!(
        "WITH due AS (SELECT id FROM playbook_work WHERE due_at <= $1 ORDER BY due_at LIMIT $3{}) \
         UPDATE playbook_work SET due_at = $2 WHERE id IN (SELECT id FROM due) RETURNING *",
        tx.dialect().skip_locked()
    );
    fetch!(tx, fetch_all, WorkRow, AssertSqlSafe(sql.as_str()), now, until, limit)
}

/// Gives a claim back: its runs are started, or are to be started at `due_at`. Nothing happens when the instance has
/// been claimed again, or has been given something else to do, meanwhile.
pub async fn release(tx: &mut Tx, claim: &WorkRow, due_at: Option<Timestamp>) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook_work SET due_at = $3 WHERE id = $1 AND due_at = $2 AND state = 'active'",
        claim.id,
        claim.due_at,
        due_at
    )?;
    Ok(())
}

/// Has runs of an active instance started from an instant on. The transaction holds it.
pub async fn set_due(tx: &mut Tx, tenant: Tenant, instance: PlaybookInstanceId, at: Timestamp) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook_work SET due_at = $4 WHERE id = $1 AND workspace_id = $2 AND project_id = $3 \
         AND state = 'active'",
        instance,
        tenant.workspace,
        tenant.project,
        at
    )?;
    tx.ring_playbooks();
    Ok(())
}

/// Ends an instance: nothing is before it any more. `false` when it has ended already.
pub async fn end(
    tx: &mut Tx,
    tenant: Tenant,
    instance: PlaybookInstanceId,
    status: &str,
    problem: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    let ended = execute!(
        tx,
        "DELETE FROM playbook_work WHERE id = $1 AND workspace_id = $2 AND project_id = $3",
        instance,
        tenant.workspace,
        tenant.project
    )?;
    if ended == 0 {
        return Ok(false);
    }
    execute!(
        tx,
        "UPDATE playbook_instance SET status = $4, problem = $5, end_time = $6 \
         WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        instance,
        status,
        problem,
        at
    )?;
    // There may be room for another.
    tx.ring_playbooks();
    Ok(true)
}

/// Holds a failed instance for a person, who may retry or terminate it. `false` when it is not active.
pub async fn hold(tx: &mut Tx, tenant: Tenant, instance: PlaybookInstanceId, problem: &str) -> Result<bool, Error> {
    let held = execute!(
        tx,
        "UPDATE playbook_work SET state = 'held', due_at = NULL WHERE id = $1 AND workspace_id = $2 \
         AND project_id = $3 AND state = 'active'",
        instance,
        tenant.workspace,
        tenant.project
    )?;
    if held == 0 {
        return Ok(false);
    }
    execute!(
        tx,
        "UPDATE playbook_instance SET status = 'FAILED', problem = $4 \
         WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        instance,
        problem
    )?;
    tx.ring_playbooks();
    Ok(true)
}

/// Goes on with a held instance in a status; `retries` is 1 when a person has asked for that, or else 0. It need not
/// queue again. `false` when it is not held.
pub async fn resume(
    tx: &mut Tx,
    tenant: Tenant,
    instance: PlaybookInstanceId,
    status: &str,
    retries: i64,
) -> Result<bool, Error> {
    let resumed = execute!(
        tx,
        "UPDATE playbook_work SET state = 'active' WHERE id = $1 AND workspace_id = $2 AND project_id = $3 \
         AND state = 'held'",
        instance,
        tenant.workspace,
        tenant.project
    )?;
    if resumed == 0 {
        return Ok(false);
    }
    execute!(
        tx,
        "UPDATE playbook_instance SET status = $4, problem = '', retry_count = retry_count + $5 \
         WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        instance,
        status,
        retries
    )?;
    Ok(true)
}

static CANCEL: Bulk = Bulk::with_rows(
    "UPDATE playbook_instance SET status = 'TERMINATED', problem = v.problem, end_time = v.at FROM",
    &[("workspace_id", Kind::Uuid), ("id", Kind::Uuid), ("problem", Kind::Text), ("at", Kind::Int)],
    "WHERE playbook_instance.workspace_id = v.workspace_id AND playbook_instance.id = v.id",
);

/// Ends the instances of a playbook that are still queued, and says why. Gives how many.
pub async fn cancel_queued(
    tx: &mut Tx,
    tenant: Tenant,
    playbook: PlaybookId,
    problem: &str,
    at: Timestamp,
) -> Result<u64, Error> {
    let ended: Vec<(Uuid,)> = fetch!(
        tx,
        fetch_all,
        (Uuid,),
        "DELETE FROM playbook_work WHERE state = 'queued' AND playbook_id = $1 AND workspace_id = $2 \
         AND project_id = $3 RETURNING id",
        playbook,
        tenant.workspace,
        tenant.project
    )?;
    let mut rows = Rows::new(tx.dialect());
    for (id,) in ended {
        rows.push(vec![
            Cell::Uuid(tenant.workspace.0),
            Cell::Uuid(id),
            Cell::Text(problem.to_owned()),
            Cell::Int(at.0),
        ])?;
    }
    CANCEL.execute_all(tx, [&rows]).await
}

row! {
    /// How many instances of a playbook have not ended.
    pub struct Backlog {
        /// Waiting to be admitted.
        queued: i64,
        /// Running.
        active: i64,
        /// Waiting for a person.
        held: i64,
    }
}

/// Counts the instances of a playbook that have not ended; none of one that was deleted.
pub async fn count(conn: &mut Conn, tenant: Tenant, playbook: PlaybookId) -> Result<Backlog, Error> {
    // From the index alone: there may be many.
    let found = fetch!(
        conn,
        fetch_optional,
        Backlog,
        "SELECT (SELECT count(*) FROM playbook_work w WHERE w.state = 'queued' AND w.playbook_id = p.id) AS queued, \
         (SELECT count(*) FROM playbook_work w WHERE w.state = 'active' AND w.playbook_id = p.id) AS active, \
         (SELECT count(*) FROM playbook_work w WHERE w.state = 'held' AND w.playbook_id = p.id) AS held \
         FROM playbook p WHERE p.workspace_id = $1 AND p.project_id = $2 AND p.id = $3",
        tenant.workspace,
        tenant.project,
        playbook
    )?;
    Ok(found.unwrap_or(Backlog { queued: 0, active: 0, held: 0 }))
}

row! {
    /// Whether there is something to do for playbooks of all workspaces.
    pub struct Pending {
        /// Instances are queued; limits may keep them there.
        queued: bool,
        /// Runs are to be started.
        due: bool,
        /// There is news of runs.
        news: bool,
        /// Timers are due.
        tick: bool,
    }
}

/// What there is to do. Cheaper than to try.
pub async fn pending(conn: &mut Conn, now: Timestamp) -> Result<Pending, Error> {
    // Each asks for the first of an order, so that PostgreSQL takes the index whatever it believes of a queue that is
    // empty at one time and long at another.
    fetch!(
        conn,
        fetch_one,
        Pending,
        "SELECT (SELECT id FROM playbook_work WHERE state = 'queued' ORDER BY playbook_id LIMIT 1) IS NOT NULL AS queued, \
         coalesce((SELECT due_at FROM playbook_work WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1) <= $1, FALSE) \
         AS due, (SELECT run_id FROM playbook_run WHERE has_news ORDER BY playbook_instance_id LIMIT 1) \
         IS NOT NULL AS news, \
         coalesce((SELECT next_at FROM schedule WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1) <= $1, FALSE) AS tick",
        now
    )
}

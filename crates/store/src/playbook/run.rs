//! Runs of workflows that belong to playbook instances, and the news of them.
//!
//! The turn that changes such a run notes that there is news, in its own transaction. Whoever takes the news in looks at
//! the runs themselves: their status is theirs alone.

use model::{InstanceId, PlaybookId, PlaybookInstanceId, ProjectId, Tenant, Timestamp, WorkflowId, WorkspaceId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::bulk::{Bulk, Cell, Kind, Rows};
use crate::playbook::work::{self, WorkRow};
use crate::row::{Row as _, row};
use crate::{Conn, Error, Tx};

row! {
    /// A run that belongs to a playbook instance.
    pub struct PlaybookRunRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// The run of the workflow; there need not be one yet.
        run_id: InstanceId,
        /// Its project.
        project_id: ProjectId,
        /// The playbook instance.
        playbook_instance_id: PlaybookInstanceId,
        /// Its place among the actions, from 0.
        position: i64,
        /// The action.
        action_id: Uuid,
        /// That action's name.
        action_name: String,
        /// What it does.
        action_description: String,
        /// The workflow.
        workflow_id: WorkflowId,
        /// Why it could not be started; empty otherwise.
        problem: String,
        /// Whether it has changed since the playbook instance last looked.
        has_news: bool,
    }
}

row! {
    /// How a run fares.
    pub struct RunState {
        /// The run; there is one if it has a status.
        run_id: InstanceId,
        /// Its place among the actions.
        position: i64,
        /// The action.
        action_id: Uuid,
        /// That action's name.
        action_name: String,
        /// What it does.
        action_description: String,
        /// The workflow.
        workflow_id: WorkflowId,
        /// Why it could not be started; empty otherwise.
        problem: String,
        /// Its status; none while it has not started.
        status: Option<String>,
        /// When it started.
        start_time: Option<Timestamp>,
        /// When it ended.
        end_time: Option<Timestamp>,
    }
}

pub(crate) static INSERT: Bulk = Bulk::insert("playbook_run", PlaybookRunRow::COLUMNS, "");

const RUN: &[(&str, Kind)] = &[("workspace_id", Kind::Uuid), ("run_id", Kind::Uuid)];

/// Notes that runs have changed.
pub(crate) static NOTE: Bulk = Bulk::with_rows(
    "UPDATE playbook_run SET has_news = TRUE FROM",
    RUN,
    "WHERE playbook_run.workspace_id = v.workspace_id AND playbook_run.run_id = v.run_id",
);

/// Notes that a run has changed, if it belongs to a playbook instance.
pub(crate) async fn note(tx: &mut Tx, tenant: Tenant, run: InstanceId) -> Result<(), Error> {
    let noted = execute!(
        tx,
        "UPDATE playbook_run SET has_news = TRUE WHERE workspace_id = $1 AND project_id = $2 AND run_id = $3",
        tenant.workspace,
        tenant.project,
        run
    )?;
    if noted > 0 {
        tx.ring_playbooks();
    }
    Ok(())
}

/// The runs of an instance, in their order.
pub async fn list(conn: &mut Conn, tenant: Tenant, instance: PlaybookInstanceId) -> Result<Vec<RunState>, Error> {
    fetch!(
        conn,
        fetch_all,
        RunState,
        "SELECT r.run_id, r.position, r.action_id, r.action_name, r.action_description, r.workflow_id, r.problem, \
         i.status, i.start_time, i.end_time FROM playbook_run r \
         LEFT JOIN instance i ON i.workspace_id = r.workspace_id AND i.id = r.run_id \
         WHERE r.playbook_instance_id = $3 AND r.workspace_id = $1 AND r.project_id = $2 ORDER BY r.position",
        tenant.workspace,
        tenant.project,
        instance
    )
}

row! {
    /// Whose a run is.
    pub struct RunOrigin {
        /// The playbook instance.
        playbook_instance_id: PlaybookInstanceId,
        /// Its playbook.
        playbook_id: PlaybookId,
        /// How many playbooks have set each other off, that one included.
        depth: i64,
    }
}

/// The playbook instance that a run belongs to, if any.
pub async fn get_origin(conn: &mut Conn, tenant: Tenant, run: InstanceId) -> Result<Option<RunOrigin>, Error> {
    fetch!(
        conn,
        fetch_optional,
        RunOrigin,
        "SELECT p.id AS playbook_instance_id, p.playbook_id AS playbook_id, p.depth AS depth FROM playbook_run r \
         JOIN playbook_instance p ON p.workspace_id = r.workspace_id AND p.id = r.playbook_instance_id \
         WHERE r.workspace_id = $1 AND r.project_id = $2 AND r.run_id = $3",
        tenant.workspace,
        tenant.project,
        run
    )
}

/// Notes why a run could not be started. This is news.
pub async fn refuse(tx: &mut Tx, tenant: Tenant, run: InstanceId, problem: &str) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook_run SET problem = $4, has_news = TRUE \
         WHERE workspace_id = $1 AND project_id = $2 AND run_id = $3",
        tenant.workspace,
        tenant.project,
        run,
        problem
    )?;
    tx.ring_playbooks();
    Ok(())
}

/// Forgets why runs of an instance could not be started, so that they can be. Gives how many there were. The transaction
/// holds the instance; see [`work::lock`].
pub async fn forget_refusals(tx: &mut Tx, tenant: Tenant, instance: PlaybookInstanceId) -> Result<u64, Error> {
    execute!(
        tx,
        "UPDATE playbook_run SET problem = '' WHERE playbook_instance_id = $3 AND workspace_id = $1 \
         AND project_id = $2 AND problem <> ''",
        tenant.workspace,
        tenant.project,
        instance
    )
}

/// A playbook instance of which there is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// Whose.
    pub tenant: Tenant,
    /// The instance.
    pub instance: PlaybookInstanceId,
}

/// Up to `limit` playbook instances of all workspaces of which there is news.
pub async fn list_news(conn: &mut Conn, limit: i64) -> Result<Vec<News>, Error> {
    let rows = fetch!(
        conn,
        fetch_all,
        (Uuid, Uuid, Uuid),
        "SELECT DISTINCT project_id, workspace_id, playbook_instance_id FROM playbook_run WHERE has_news \
         ORDER BY playbook_instance_id LIMIT $1",
        limit
    )?;
    Ok(rows
        .into_iter()
        .map(|(project, workspace, instance)| News {
            tenant: Tenant { project: ProjectId(project), workspace: WorkspaceId(workspace) },
            instance: PlaybookInstanceId(instance),
        })
        .collect())
}

/// What a playbook instance has to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its work.
    pub work: WorkRow,
    /// How its runs fare, in their order.
    pub runs: Vec<RunState>,
}

static CLEAR: Bulk = Bulk::with_rows(
    "UPDATE playbook_run SET has_news = FALSE FROM",
    RUN,
    "WHERE playbook_run.workspace_id = v.workspace_id AND playbook_run.run_id = v.run_id",
);

/// Takes in the news of a playbook instance, which is held until the transaction ends. None when it has ended, or when
/// another node is at it.
pub async fn take_news(tx: &mut Tx, news: News) -> Result<Option<Standing>, Error> {
    let News { tenant, instance } = news;
    let held = work::try_lock(tx, tenant, instance).await?;
    // A run that a turn is just changing will be news again. The turn is not waited for: with another run of the instance
    // in its group, it could be waiting for this transaction.
    let sql = format!(
        "SELECT workspace_id, run_id FROM playbook_run WHERE has_news AND playbook_instance_id = $1 \
         AND ($2 OR NOT EXISTS (SELECT 1 FROM playbook_work w WHERE w.id = $1)){}",
        tx.dialect().skip_locked()
    );
    let runs = fetch!(tx, fetch_all, (Uuid, Uuid), AssertSqlSafe(sql.as_str()), instance, held.is_some())?;
    let mut rows = Rows::new(tx.dialect());
    for (workspace, run) in runs {
        rows.push(vec![Cell::Uuid(workspace), Cell::Uuid(run)])?;
    }
    CLEAR.execute_all(tx, [&rows]).await?;
    let Some(work) = held else { return Ok(None) };
    let runs = list(tx, tenant, instance).await?;
    Ok(Some(Standing { work, runs }))
}

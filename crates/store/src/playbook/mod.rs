//! Playbooks: the rows, their versions, and everything that runs because of them.
//!
//! An event that sets a playbook off adds an *instance* in the transaction of the event itself, queued with all that
//! its runs need. Nodes admit what is queued as limits allow, start the runs, whose ids are known beforehand, and take
//! in what turns have noted of them. Each of these steps can be repeated.

pub mod action;
pub mod admission;
pub mod approval;
pub mod instance;
pub mod log;
pub mod meter;
pub mod monitor;
pub mod run;
pub mod schedule;
pub mod trigger;
pub mod version;
pub mod work;

use model::{DataClassId, PlaybookId, PlaybookVersionId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::bulk::{self, Bulk, Cell};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// A playbook.
    pub struct PlaybookRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: PlaybookId,
        /// Its project.
        project_id: ProjectId,
        /// Its name, unique in the workspace.
        name: String,
        /// What it is for.
        description: String,
        /// Its owner.
        owner_id: Option<UserId>,
        /// Who created it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// When.
        create_time: Timestamp,
        /// Who changed it last.
        modifier_id: Option<UserId>,
        /// Their name.
        modifier_name: String,
        /// When it last changed.
        update_time: Timestamp,
        /// Roles that may edit it, comma-separated; empty narrows nothing.
        edit_role: String,
        /// Roles that may run it.
        user_role: String,
        /// Roles that may approve its versions.
        approve_role: String,
        /// Whether it may run.
        enabled: bool,
        /// The active version.
        version_id: Option<PlaybookVersionId>,
        /// That version's label.
        version: String,
        /// The version that waits for review.
        unaudited_version_id: Option<PlaybookVersionId>,
        /// The version that was refused last.
        reject_version_id: Option<PlaybookVersionId>,
        /// The number of its newest version.
        last_version: i64,
        /// The data class of the active version.
        dataclass_id: Option<DataClassId>,
        /// That class's name.
        dataclass_name: String,
        /// Whose queue goes first: the larger.
        priority: i64,
        /// Instances that run at once; 0 is no limit.
        concurrency: i64,
        /// Instances that start in a minute; 0 is no limit.
        starts_per_minute: i64,
        /// Failures that pause it; 0 is never.
        breaker_failures: i64,
        /// Within so many seconds.
        breaker_seconds: i64,
        /// Since when it is paused.
        paused_at: Option<Timestamp>,
        /// Why; empty when it is not.
        pause_reason: String,
    }
}

/// Adds a playbook. Breaks the constraint `playbook` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, playbook: &PlaybookRow) -> Result<(), Error> {
    bulk::insert(tx, "playbook", playbook).await?;
    meter::insert(tx, playbook.workspace_id, playbook.id).await
}

static INSERT: Bulk = Bulk::insert("playbook", PlaybookRow::COLUMNS, "");

/// Adds playbooks, one statement for all.
pub async fn insert_all(tx: &mut Tx, rows: &[PlaybookRow]) -> Result<(), Error> {
    INSERT.execute(tx, &rows.iter().map(PlaybookRow::cells).collect::<Vec<_>>()).await?;
    Ok(())
}

/// A playbook by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: PlaybookId) -> Result<Option<PlaybookRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        PlaybookRow,
        "SELECT * FROM playbook WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// A playbook by id, held until the transaction ends: changes of it and of its versions take turns.
pub async fn lock(tx: &mut Tx, tenant: Tenant, id: PlaybookId) -> Result<Option<PlaybookRow>, Error> {
    let sql = format!(
        "SELECT * FROM playbook WHERE workspace_id = $1 AND project_id = $2 AND id = $3{}",
        tx.dialect().for_update()
    );
    fetch!(tx, fetch_optional, PlaybookRow, AssertSqlSafe(sql), tenant.workspace, tenant.project, id)
}

/// A playbook by name.
pub async fn get_by_name(conn: &mut Conn, tenant: Tenant, name: &str) -> Result<Option<PlaybookRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        PlaybookRow,
        "SELECT * FROM playbook WHERE workspace_id = $1 AND project_id = $2 AND name = $3",
        tenant.workspace,
        tenant.project,
        name
    )
}

/// Writes every changeable column.
pub async fn update(tx: &mut Tx, row: &PlaybookRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook SET name = $3, description = $4, owner_id = $5, modifier_id = $6, modifier_name = $7, \
         update_time = $8, edit_role = $9, user_role = $10, approve_role = $11, enabled = $12, version_id = $13, \
         version = $14, unaudited_version_id = $15, reject_version_id = $16, last_version = $17, dataclass_id = $18, \
         dataclass_name = $19, priority = $20, concurrency = $21, starts_per_minute = $22, breaker_failures = $23, \
         breaker_seconds = $24, paused_at = $25, pause_reason = $26 WHERE workspace_id = $1 AND id = $2",
        row.workspace_id,
        row.id,
        row.name,
        row.description,
        row.owner_id,
        row.modifier_id,
        row.modifier_name,
        row.update_time,
        row.edit_role,
        row.user_role,
        row.approve_role,
        row.enabled,
        row.version_id,
        row.version,
        row.unaudited_version_id,
        row.reject_version_id,
        row.last_version,
        row.dataclass_id,
        row.dataclass_name,
        row.priority,
        row.concurrency,
        row.starts_per_minute,
        row.breaker_failures,
        row.breaker_seconds,
        row.paused_at,
        row.pause_reason
    )?;
    // What is queued may be admitted now.
    tx.ring_playbooks();
    Ok(())
}

/// Pauses a playbook: what sets it off is queued until somebody ends the pause with [`update`].
pub async fn pause(tx: &mut Tx, tenant: Tenant, id: PlaybookId, reason: &str, at: Timestamp) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook SET paused_at = $4, pause_reason = $5 WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id,
        at,
        reason
    )?;
    Ok(())
}

/// Removes a playbook with its versions and its timer, cancels its open reviews and ends what is queued. Instances that
/// run go on; what has happened stays on record.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: PlaybookId, at: Timestamp) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE task SET status = 'canceled', note = 'the playbook was deleted', update_time = $3 \
         WHERE workspace_id = $1 AND project_id = $4 AND action_id = $2 AND status = 'waiting' \
         AND business_type = 'PLAYBOOKPUBLISH'",
        tenant.workspace,
        id,
        at,
        tenant.project
    )?;
    work::cancel_queued(tx, tenant, id, "the playbook was deleted", at).await?;
    for sql in [
        "DELETE FROM playbook_action WHERE workspace_id = $1 AND project_id = $2 AND version_id IN \
         (SELECT id FROM playbook_version WHERE workspace_id = $1 AND playbook_id = $3)",
        "DELETE FROM playbook_version WHERE workspace_id = $1 AND project_id = $2 AND playbook_id = $3",
        "DELETE FROM schedule WHERE workspace_id = $1 AND project_id = $2 AND playbook_id = $3",
        "DELETE FROM playbook WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
    ] {
        execute!(tx, sql, tenant.workspace, tenant.project, id)?;
    }
    execute!(tx, "DELETE FROM playbook_meter WHERE workspace_id = $1 AND playbook_id = $2", tenant.workspace, id)?;
    Ok(())
}

/// What a list of playbooks is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlaybookQuery {
    /// The name or the description contains this.
    pub text: Option<String>,
    /// The name contains this.
    pub name: Option<String>,
    /// The description contains this.
    pub description: Option<String>,
    /// Enabled or not.
    pub enabled: Option<bool>,
    /// For the data class of this name.
    pub dataclass_name: Option<String>,
}

/// Playbooks of a workspace, newest first.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &PlaybookQuery,
    page: PageRequest,
) -> Result<Page<PlaybookRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .contains("name || ' ' || description", query.text.as_deref())
        .contains("name", query.name.as_deref())
        .contains("description", query.description.as_deref())
        .equals("enabled", query.enabled.map(Cell::Bool))
        .equals("dataclass_name", query.dataclass_name.clone().map(Cell::Text))
        .page(conn, "*", "playbook", "id DESC", page)
        .await
}

row! {
    /// How many playbooks a workspace has.
    pub struct PlaybookStatistics {
        /// With a version that waits for review.
        unapproved: i64,
        /// Not enabled.
        disabled: i64,
        /// Enabled.
        enabled: i64,
    }
}

/// Counts the playbooks of a workspace.
pub async fn count(conn: &mut Conn, tenant: Tenant) -> Result<PlaybookStatistics, Error> {
    fetch!(
        conn,
        fetch_one,
        PlaybookStatistics,
        "SELECT count(unaudited_version_id) AS unapproved, count(CASE WHEN NOT enabled THEN 1 END) AS disabled, \
         count(CASE WHEN enabled THEN 1 END) AS enabled FROM playbook WHERE workspace_id = $1 AND project_id = $2",
        tenant.workspace,
        tenant.project
    )
}

/// Removes all playbooks of a workspace that is being deleted, and what is queued or under way because of them.
pub(crate) async fn delete_workspace(tx: &mut Tx, workspace: WorkspaceId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM playbook_work WHERE workspace_id = $1",
        "DELETE FROM schedule WHERE workspace_id = $1",
        "DELETE FROM playbook_meter WHERE workspace_id = $1",
        "DELETE FROM playbook_action WHERE workspace_id = $1",
        "DELETE FROM playbook_version WHERE workspace_id = $1",
        "DELETE FROM playbook WHERE workspace_id = $1",
        "DELETE FROM approval WHERE workspace_id = $1",
        "DELETE FROM trigger_epoch WHERE workspace_id = $1",
    ] {
        execute!(tx, sql, workspace)?;
    }
    Ok(())
}

/// Removes up to `limit` instances of a deleted workspace; `true` when nothing is left.
pub(crate) async fn purge_workspace(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> Result<bool, Error> {
    // What was added on another node while the workspace was being deleted.
    delete_workspace(tx, workspace).await?;
    instance::purge_workspace(tx, workspace, limit).await
}

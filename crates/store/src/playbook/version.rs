//! Versions of playbooks: when they run and by which rule.

use model::{DataClassId, PlaybookId, PlaybookVersionId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{self, Bulk, Cell};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// A version of a playbook.
    pub struct PlaybookVersionRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: PlaybookVersionId,
        /// Its project.
        project_id: ProjectId,
        /// The playbook.
        playbook_id: PlaybookId,
        /// Counts the playbook's versions, from 1; the label is `V<number>`.
        number: i64,
        /// What is new in it.
        description: String,
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
        /// Who wrote its present content; under four eyes they cannot pass it.
        author_id: UserId,
        /// `EDITING`, `APPROVING`, `UNPASSED` or `PUBLISHED`.
        status: String,
        /// Whether it is the active one.
        enabled: bool,
        /// 0 for a draft, 1 for an official one.
        version_type: i64,
        /// `EVENT` or `TIMER`.
        trigger_type: String,
        /// The data class whose objects set it off.
        dataclass_id: DataClassId,
        /// That class's name.
        dataclass_name: String,
        /// Whether a new object sets it off.
        dataobject_create: bool,
        /// Whether a changed object does.
        dataobject_update: bool,
        /// Whether a deleted object does.
        dataobject_delete: bool,
        /// `ASYNC` or `SYNC`: all workflows at once, or one after the other.
        action_strategy: String,
        /// Whether the rule counts.
        rule_enable: bool,
        /// The rule's id.
        rule_id: Option<Uuid>,
        /// The rule as it was given, JSON; empty when there is none.
        rule: String,
        /// Who passed it.
        approve_name: String,
        /// What was submitted or approved; see the service for what it covers.
        hash: Option<Vec<u8>>,
    }
}

impl PlaybookVersionRow {
    /// The label that users see: `V1`, `V2` …
    pub fn label(&self) -> String {
        format!("V{}", self.number)
    }
}

/// Adds a version.
pub async fn insert(tx: &mut Tx, version: &PlaybookVersionRow) -> Result<(), Error> {
    bulk::insert(tx, "playbook_version", version).await
}

static INSERT: Bulk = Bulk::insert("playbook_version", PlaybookVersionRow::COLUMNS, "");

/// Adds versions, one statement for all.
pub async fn insert_all(tx: &mut Tx, rows: &[PlaybookVersionRow]) -> Result<(), Error> {
    INSERT.execute(tx, &rows.iter().map(PlaybookVersionRow::cells).collect::<Vec<_>>()).await?;
    Ok(())
}

/// A version by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: PlaybookVersionId) -> Result<Option<PlaybookVersionRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        PlaybookVersionRow,
        "SELECT * FROM playbook_version WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// Writes every changeable column. The transaction holds the playbook; see [`super::lock`].
pub async fn update(tx: &mut Tx, row: &PlaybookVersionRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE playbook_version SET description = $3, modifier_id = $4, modifier_name = $5, update_time = $6, \
         author_id = $7, status = $8, enabled = $9, version_type = $10, trigger_type = $11, dataclass_id = $12, \
         dataclass_name = $13, dataobject_create = $14, dataobject_update = $15, dataobject_delete = $16, \
         action_strategy = $17, rule_enable = $18, rule_id = $19, rule = $20, approve_name = $21, hash = $22 \
         WHERE workspace_id = $1 AND id = $2",
        row.workspace_id,
        row.id,
        row.description,
        row.modifier_id,
        row.modifier_name,
        row.update_time,
        row.author_id,
        row.status,
        row.enabled,
        row.version_type,
        row.trigger_type,
        row.dataclass_id,
        row.dataclass_name,
        row.dataobject_create,
        row.dataobject_update,
        row.dataobject_delete,
        row.action_strategy,
        row.rule_enable,
        row.rule_id,
        row.rule,
        row.approve_name,
        row.hash
    )?;
    Ok(())
}

/// Removes a version with its actions.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: PlaybookVersionId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM playbook_action WHERE workspace_id = $1 AND project_id = $2 AND version_id = $3",
        "DELETE FROM playbook_version WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
    ] {
        execute!(tx, sql, tenant.workspace, tenant.project, id)?;
    }
    Ok(())
}

/// What a list of versions is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlaybookVersionQuery {
    /// In this status.
    pub status: Option<String>,
    /// Active or not.
    pub enabled: Option<bool>,
    /// 0 for drafts, 1 for official ones.
    pub version_type: Option<i64>,
}

/// The versions of a playbook, newest first.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    playbook: PlaybookId,
    query: &PlaybookVersionQuery,
    page: PageRequest,
) -> Result<Page<PlaybookVersionRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .compare("playbook_id", "=", Cell::Uuid(playbook.0))
        .equals("status", query.status.clone().map(Cell::Text))
        .equals("enabled", query.enabled.map(Cell::Bool))
        .equals("version_type", query.version_type.map(Cell::Int))
        .page(conn, "*", "playbook_version", "number DESC", page)
        .await
}

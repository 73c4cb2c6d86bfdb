//! What sets playbooks off, and the epoch that tells when that has changed.
//!
//! Whoever commits an event has decided with an index made at some epoch. The commit holds the epoch: when it is still
//! the same, no playbook has been enabled or disabled meanwhile, and none will be before the commit is done.

use std::collections::HashMap;

use model::{DataClassId, PlaybookId, PlaybookVersionId, Tenant, Timestamp, UserId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::playbook::action::PlaybookActionRow;
use crate::row::row;
use crate::{Conn, Error, Tx};

/// How often what sets playbooks of a workspace off has changed.
pub async fn epoch(conn: &mut Conn, tenant: Tenant) -> Result<i64, Error> {
    let found = fetch!(
        conn,
        fetch_optional,
        (i64,),
        "SELECT epoch FROM trigger_epoch WHERE workspace_id = $1",
        tenant.workspace
    )?;
    Ok(found.map_or(0, |(epoch,)| epoch))
}

/// The same, held until the transaction ends: whoever changes it waits for that, and is waited for.
pub async fn hold_epoch(tx: &mut Tx, tenant: Tenant) -> Result<i64, Error> {
    if let Some(epoch) = hold(tx, tenant).await? {
        return Ok(epoch);
    }
    // There is nothing to hold yet. Of two who insert it, the second waits for the first, whatever that one is about.
    execute!(
        tx,
        "INSERT INTO trigger_epoch (workspace_id, epoch) VALUES ($1, 0) ON CONFLICT (workspace_id) DO NOTHING",
        tenant.workspace
    )?;
    Ok(hold(tx, tenant).await?.unwrap_or(0))
}

async fn hold(tx: &mut Tx, tenant: Tenant) -> Result<Option<i64>, Error> {
    let sql = format!("SELECT epoch FROM trigger_epoch WHERE workspace_id = $1{}", tx.dialect().for_share());
    Ok(fetch!(tx, fetch_optional, (i64,), AssertSqlSafe(sql.as_str()), tenant.workspace)?.map(|(epoch,)| epoch))
}

/// Counts a change of what sets playbooks of a workspace off: of those that are enabled, their versions in use and the
/// actions of these. Events that are being committed are waited for.
pub async fn bump_epoch(tx: &mut Tx, tenant: Tenant) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO trigger_epoch (workspace_id, epoch) VALUES ($1, 1) \
         ON CONFLICT (workspace_id) DO UPDATE SET epoch = trigger_epoch.epoch + 1",
        tenant.workspace
    )?;
    Ok(())
}

row! {
    /// When an enabled playbook is set off.
    pub struct TriggerRow {
        /// The playbook.
        playbook_id: PlaybookId,
        /// Its name.
        name: String,
        /// Whose queue goes first: the larger.
        priority: i64,
        /// Who created it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// Since when it is paused: what sets it off is queued meanwhile.
        paused_at: Option<Timestamp>,
        /// The version in use.
        version_id: PlaybookVersionId,
        /// That version's label.
        version: String,
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
        /// Whether the rule counts.
        rule_enable: bool,
        /// The rule as it was given, JSON; empty when there is none.
        rule: String,
        /// `ASYNC` or `SYNC`: all workflows at once, or one after the other.
        action_strategy: String,
    }
}

/// An enabled playbook: when it is set off, and what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// When.
    pub row: TriggerRow,
    /// What, in order.
    pub actions: Vec<PlaybookActionRow>,
}

/// What sets playbooks of a workspace off.
#[derive(Debug, Clone, PartialEq)]
pub struct Triggers {
    /// The epoch at which this holds; it may be newer than that.
    pub epoch: i64,
    /// The enabled playbooks, by priority and then by age.
    pub playbooks: Vec<Trigger>,
}

/// The enabled playbooks of a workspace.
pub async fn load(conn: &mut Conn, tenant: Tenant) -> Result<Triggers, Error> {
    // First: a change in between is in the rows and not in the epoch, so that nothing is decided with what is old.
    let epoch = epoch(conn, tenant).await?;
    let rows = fetch!(
        conn,
        fetch_all,
        TriggerRow,
        "SELECT p.id AS playbook_id, p.name, p.priority, p.creator_id, p.creator_name, p.paused_at, \
         v.id AS version_id, p.version, v.trigger_type, v.dataclass_id, v.dataclass_name, v.dataobject_create, \
         v.dataobject_update, v.dataobject_delete, v.rule_enable, v.rule, v.action_strategy FROM playbook p \
         JOIN playbook_version v ON v.workspace_id = p.workspace_id AND v.id = p.version_id \
         WHERE p.workspace_id = $1 AND p.project_id = $2 AND p.enabled ORDER BY p.priority DESC, p.id",
        tenant.workspace,
        tenant.project
    )?;
    let actions = fetch!(
        conn,
        fetch_all,
        PlaybookActionRow,
        "SELECT a.* FROM playbook p JOIN playbook_action a ON a.workspace_id = p.workspace_id \
         AND a.version_id = p.version_id WHERE p.workspace_id = $1 AND p.project_id = $2 AND p.enabled \
         ORDER BY a.sort_order, a.id",
        tenant.workspace,
        tenant.project
    )?;
    let mut of_version: HashMap<Uuid, Vec<PlaybookActionRow>> = HashMap::new();
    for action in actions {
        of_version.entry(action.version_id.0).or_default().push(action);
    }
    let playbooks = rows
        .into_iter()
        .map(|row| Trigger { actions: of_version.remove(&row.version_id.0).unwrap_or_default(), row })
        .collect();
    Ok(Triggers { epoch, playbooks })
}

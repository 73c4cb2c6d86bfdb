//! Roots that were put aside because their journal cannot be read or applied. Nothing advances them until somebody has
//! them tried again or ended.

use model::{InstanceId, Tenant, Timestamp};

use crate::db::Tx;
use crate::filter::{Filter, Page, PageRequest};
use crate::playbook::run;
use crate::row::row;
use crate::{Conn, Error, bulk::Cell};

row! {
    /// A root that was put aside.
    pub struct DamagedRow {
        /// The root instance.
        id: InstanceId,
        /// The last turn in its journal.
        seq: i64,
        /// Why it cannot go on.
        problem: String,
    }
}

/// Puts a root aside. It is not claimed again.
pub async fn put_aside(tx: &mut Tx, root: InstanceId, problem: &str) -> Result<(), Error> {
    execute!(tx, "UPDATE root SET owner_id = NULL, due_at = NULL, problem = $2 WHERE id = $1", root, problem)?;
    Ok(())
}

/// Why a root was put aside; none when it was not.
pub async fn problem(conn: &mut Conn, tenant: Tenant, root: InstanceId) -> Result<Option<String>, Error> {
    let found = fetch!(
        conn,
        fetch_optional,
        (String,),
        "SELECT problem FROM root WHERE id = $1 AND workspace_id = $2 AND project_id = $3 AND problem <> ''",
        root,
        tenant.workspace,
        tenant.project
    )?;
    Ok(found.map(|(problem,)| problem))
}

/// Lets nodes claim a root again, which reads its journal anew. `false` when it was not put aside.
pub async fn release(tx: &mut Tx, tenant: Tenant, root: InstanceId, at: Timestamp) -> Result<bool, Error> {
    let released = execute!(
        tx,
        "UPDATE root SET problem = '', due_at = 0 WHERE id = $1 AND workspace_id = $2 AND project_id = $3 \
         AND problem <> ''",
        root,
        tenant.workspace,
        tenant.project
    )?;
    if released == 0 {
        return Ok(false);
    }
    execute!(
        tx,
        "UPDATE instance SET status = 'RUNNING', update_time = $2 WHERE root_id = $1 AND end_time IS NULL \
         AND NOT EXISTS (SELECT 1 FROM node_run n WHERE n.root_id = $1 AND n.instance_id = instance.id \
                         AND n.status = 'FAILED' AND n.end_time IS NULL)",
        root,
        at
    )?;
    run::note(tx, tenant, root).await?;
    tx.wake(root);
    Ok(true)
}

/// Ends a root without a turn, since none can be made: its runs and their nodes count as terminated, its to-dos are
/// canceled, its journal stays. `false` when it was not put aside.
pub async fn end(tx: &mut Tx, tenant: Tenant, root: InstanceId, note: &str, at: Timestamp) -> Result<bool, Error> {
    let ended = execute!(
        tx,
        "DELETE FROM root WHERE id = $1 AND workspace_id = $2 AND project_id = $3 AND problem <> ''",
        root,
        tenant.workspace,
        tenant.project
    )?;
    if ended == 0 {
        return Ok(false);
    }
    execute!(tx, "DELETE FROM inbox WHERE root_id = $1", root)?;
    execute!(tx, "DELETE FROM snapshot WHERE root_id = $1", root)?;
    for sql in [
        "UPDATE instance SET status = 'TERMINATED', end_time = $2, update_time = $2 \
         WHERE root_id = $1 AND end_time IS NULL",
        "UPDATE node_run SET status = 'TERMINATED', end_time = $2 WHERE root_id = $1 AND end_time IS NULL",
    ] {
        execute!(tx, sql, root, at)?;
    }
    execute!(
        tx,
        "UPDATE task SET status = 'canceled', note = $2, update_time = $3 \
         WHERE workspace_id = $4 AND root_id = $1 AND status = 'waiting'",
        root,
        note,
        at,
        tenant.workspace
    )?;
    run::note(tx, tenant, root).await?;
    Ok(true)
}

/// The roots of a workspace that were put aside, oldest first.
pub async fn list(conn: &mut Conn, tenant: Tenant, page: PageRequest) -> Result<Page<DamagedRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .fixed("problem <> ''")
        .page(conn, "id, seq, problem", "root", "id", page)
        .await
}

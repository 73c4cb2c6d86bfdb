//! Admission: which of the queued instances start next.
//!
//! Within a workspace the larger priority goes first, then the older instance, as far as each playbook's limits allow.
//! Workspaces share what is admitted at a time, so that none waits for the queue of another. A playbook that is paused
//! keeps its queue.

use std::cmp::Reverse;

use model::{PlaybookId, Timestamp, WorkspaceId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::bulk::{Bulk, Cell, Kind, Rows};
use crate::playbook::meter::Meter;
use crate::playbook::work::WorkRow;
use crate::{Error, Tx};

/// A playbook with queued instances.
struct Waiting {
    id: PlaybookId,
    workspace: WorkspaceId,
    priority: i64,
    /// Instances that run at once; 0 is no limit.
    concurrency: i64,
    /// Instances that start in a minute; 0 is no limit.
    starts_per_minute: i64,
}

impl Waiting {
    fn is_limited(&self) -> bool {
        self.concurrency > 0 || self.starts_per_minute > 0
    }
}

/// Admits up to `limit` instances of all workspaces and claims them: they are active, and due at `until` for another
/// node to start their runs. However many nodes do this at once, no playbook's limits are exceeded; what one of them is
/// counting, the others pass over.
pub async fn admit(tx: &mut Tx, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<WorkRow>, Error> {
    let workspaces = by_workspace(list_waiting(tx).await?);
    let mut admitted: Vec<WorkRow> = Vec::new();
    let (mut left, mut others) = (limit, i64::try_from(workspaces.len()).unwrap_or(i64::MAX));
    for playbooks in workspaces {
        let mut share = left.saturating_add(others - 1) / others;
        others -= 1;
        for playbook in playbooks {
            if share <= 0 {
                break;
            }
            let taken = if playbook.is_limited() {
                take_within_limits(tx, &playbook, now, until, share).await?
            } else {
                take(tx, playbook.id, until, share).await?
            };
            let count = i64::try_from(taken.len()).unwrap_or(i64::MAX);
            admitted.extend(taken);
            share -= count;
            left -= count;
        }
    }
    set_start(tx, now, &admitted).await?;
    Ok(admitted)
}

/// The playbooks that have queued instances and are neither paused nor obviously full, the one with the oldest first.
async fn list_waiting(tx: &mut Tx) -> Result<Vec<Waiting>, Error> {
    // The queue may be long and belong to few: one step for each playbook, not for each instance.
    let sql = format!(
        "WITH RECURSIVE waiting (playbook_id) AS ( \
             SELECT (SELECT w.playbook_id FROM playbook_work w WHERE w.state = 'queued' \
                     ORDER BY w.playbook_id LIMIT 1) \
             UNION ALL \
             SELECT (SELECT w.playbook_id FROM playbook_work w WHERE w.state = 'queued' \
                     AND w.playbook_id > waiting.playbook_id ORDER BY w.playbook_id LIMIT 1) \
             FROM waiting WHERE waiting.playbook_id IS NOT NULL) \
         SELECT p.id, p.workspace_id, p.priority, p.concurrency, p.starts_per_minute FROM waiting{} \
         WHERE p.paused_at IS NULL AND (p.concurrency = 0 OR p.concurrency > (SELECT count(*) FROM playbook_work w \
             WHERE w.state = 'active' AND w.playbook_id = p.id)) \
         ORDER BY (SELECT w.id FROM playbook_work w WHERE w.state = 'queued' AND w.playbook_id = p.id \
             ORDER BY w.id LIMIT 1)",
        tx.dialect().join_each("playbook", "p", "p.id = waiting.playbook_id")
    );
    let rows = fetch!(tx, fetch_all, (Uuid, Uuid, i64, i64, i64), AssertSqlSafe(sql.as_str()))?;
    Ok(rows
        .into_iter()
        .map(|(id, workspace, priority, concurrency, starts_per_minute)| Waiting {
            id: PlaybookId(id),
            workspace: WorkspaceId(workspace),
            priority,
            concurrency,
            starts_per_minute,
        })
        .collect())
}

/// The playbooks of each workspace by priority, the workspace with the oldest instance first.
fn by_workspace(waiting: Vec<Waiting>) -> Vec<Vec<Waiting>> {
    let mut workspaces: Vec<Vec<Waiting>> = Vec::new();
    for playbook in waiting {
        match workspaces.iter_mut().find(|workspace| workspace[0].workspace == playbook.workspace) {
            Some(workspace) => workspace.push(playbook),
            None => workspaces.push(vec![playbook]),
        }
    }
    for workspace in &mut workspaces {
        workspace.sort_by_key(|playbook| Reverse(playbook.priority));
    }
    workspaces
}

/// Makes up to `count` queued instances of a playbook active, as far as its limits allow.
async fn take_within_limits(
    tx: &mut Tx,
    playbook: &Waiting,
    now: Timestamp,
    until: Timestamp,
    count: i64,
) -> Result<Vec<WorkRow>, Error> {
    let Some(mut meter) = Meter::try_hold(tx, playbook.id).await? else { return Ok(Vec::new()) };
    let mut room = count;
    if playbook.concurrency > 0 {
        room = room.min(playbook.concurrency - count_active(tx, playbook.id).await?);
    }
    if playbook.starts_per_minute > 0 {
        room = room.min(playbook.starts_per_minute - meter.starts(now));
    }
    if room <= 0 {
        return Ok(Vec::new());
    }
    let taken = take(tx, playbook.id, until, room).await?;
    if playbook.starts_per_minute > 0 {
        meter.add_starts(tx, now, i64::try_from(taken.len()).unwrap_or(i64::MAX)).await?;
    }
    Ok(taken)
}

async fn count_active(tx: &mut Tx, playbook: PlaybookId) -> Result<i64, Error> {
    let (active,) = fetch!(
        tx,
        fetch_one,
        (i64,),
        "SELECT count(*) FROM playbook_work WHERE state = 'active' AND playbook_id = $1",
        playbook
    )?;
    Ok(active)
}

/// Makes up to `count` queued instances of a playbook active, the oldest first.
async fn take(tx: &mut Tx, playbook: PlaybookId, until: Timestamp, count: i64) -> Result<Vec<WorkRow>, Error> {
    let sql = format!(
        "WITH next AS (SELECT id FROM playbook_work WHERE state = 'queued' AND playbook_id = $1 ORDER BY id LIMIT $3{}) \
         UPDATE playbook_work SET state = 'active', due_at = $2 WHERE id IN (SELECT id FROM next) RETURNING *",
        tx.dialect().skip_locked()
    );
    let mut taken = fetch!(tx, fetch_all, WorkRow, AssertSqlSafe(sql.as_str()), playbook, until, count)?;
    taken.sort_by_key(|work| work.id);
    Ok(taken)
}

static START: Bulk = Bulk::with_rows(
    "UPDATE playbook_instance SET start_time = v.at FROM",
    &[("workspace_id", Kind::Uuid), ("id", Kind::Uuid), ("at", Kind::Int)],
    "WHERE playbook_instance.workspace_id = v.workspace_id AND playbook_instance.id = v.id",
);

async fn set_start(tx: &mut Tx, now: Timestamp, admitted: &[WorkRow]) -> Result<(), Error> {
    let mut rows = Rows::new(tx.dialect());
    for work in admitted {
        rows.push(vec![Cell::Uuid(work.workspace_id.0), Cell::Uuid(work.id.0), Cell::Int(now.0)])?;
    }
    START.execute_all(tx, [&rows]).await?;
    Ok(())
}

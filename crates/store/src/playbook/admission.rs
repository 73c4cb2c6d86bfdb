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
    playbook: PlaybookId,
    workspace: WorkspaceId,
    priority: i64,
    /// Instances that run at once; 0 is no limit.
    concurrency: i64,
    /// Instances that start in a minute; 0 is no limit.
    starts_per_minute: i64,
    /// How many instances its limits leave room for.
    room: i64,
    /// Held when there are limits.
    meter: Option<Meter>,
}

/// Admits up to `limit` instances of all workspaces and claims them: they are active, and due at `until` for another
/// node to start their runs. However many nodes do this at once, no playbook's limits are exceeded.
pub async fn admit(tx: &mut Tx, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<WorkRow>, Error> {
    let mut waiting = list_waiting(tx).await?;
    measure(tx, now, &mut waiting).await?;
    let workspaces = by_workspace(waiting);
    let mut admitted: Vec<WorkRow> = Vec::new();
    let (mut left, mut others) = (limit, i64::try_from(workspaces.len()).unwrap_or(i64::MAX));
    for playbooks in workspaces {
        let mut share = left.saturating_add(others - 1) / others;
        others -= 1;
        for mut playbook in playbooks {
            let count = share.min(playbook.room);
            if count <= 0 {
                continue;
            }
            let taken = take(tx, playbook.playbook, until, count).await?;
            let count = i64::try_from(taken.len()).unwrap_or(i64::MAX);
            if count > 0
                && let Some(meter) = &mut playbook.meter
            {
                meter.add_starts(tx, now, count).await?;
            }
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
    let rows = fetch!(
        tx,
        fetch_all,
        (Uuid, Uuid, i64, i64, i64),
        "WITH RECURSIVE waiting (playbook_id) AS ( \
             SELECT (SELECT w.playbook_id FROM playbook_work w WHERE w.state = 'queued' \
                     ORDER BY w.playbook_id LIMIT 1) \
             UNION ALL \
             SELECT (SELECT w.playbook_id FROM playbook_work w WHERE w.state = 'queued' \
                     AND w.playbook_id > waiting.playbook_id ORDER BY w.playbook_id LIMIT 1) \
             FROM waiting WHERE waiting.playbook_id IS NOT NULL) \
         SELECT p.id, p.workspace_id, p.priority, p.concurrency, p.starts_per_minute \
         FROM waiting JOIN playbook p ON p.id = waiting.playbook_id \
         WHERE p.paused_at IS NULL AND (p.concurrency = 0 OR p.concurrency > (SELECT count(*) FROM playbook_work w \
             WHERE w.state = 'active' AND w.playbook_id = p.id)) \
         ORDER BY (SELECT w.id FROM playbook_work w WHERE w.state = 'queued' AND w.playbook_id = p.id \
             ORDER BY w.id LIMIT 1)"
    )?;
    Ok(rows
        .into_iter()
        .map(|(playbook, workspace, priority, concurrency, starts_per_minute)| Waiting {
            playbook: PlaybookId(playbook),
            workspace: WorkspaceId(workspace),
            priority,
            concurrency,
            starts_per_minute,
            room: i64::MAX,
            meter: None,
        })
        .collect())
}

/// Holds the meters of the playbooks that have limits and finds out how much room these leave.
async fn measure(tx: &mut Tx, now: Timestamp, waiting: &mut [Waiting]) -> Result<(), Error> {
    let mut limited: Vec<&mut Waiting> =
        waiting.iter_mut().filter(|it| it.concurrency > 0 || it.starts_per_minute > 0).collect();
    // In one order, or two nodes could wait for each other.
    limited.sort_by_key(|it| it.playbook);
    for it in limited {
        let mut meter = Meter::hold(tx, it.workspace, it.playbook).await?;
        if it.concurrency > 0 {
            it.room = it.concurrency - count_active(tx, it.playbook).await?;
        }
        if it.starts_per_minute > 0 {
            it.room = it.room.min(it.starts_per_minute - meter.starts(now));
        }
        it.meter = Some(meter);
    }
    Ok(())
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

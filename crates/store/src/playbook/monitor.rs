//! How the instances of a playbook went in a span of time.

use model::{PlaybookId, PlaybookInstanceId, Tenant, Timestamp};

use crate::bulk::Cell;
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Order};

/// Instances of which versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// Of all.
    All,
    /// Of those that exist.
    Valid,
    /// Of those that were deleted.
    Deleted,
}

row! {
    /// Counts of instances.
    pub struct Counts {
        /// All of them.
        total: i64,
        /// That are under way.
        running: i64,
        /// That have finished.
        finished: i64,
        /// That have failed.
        failed: i64,
        /// That were terminated.
        terminated: i64,
        /// How often they were started, retries included.
        runs: i64,
        /// Of these, of instances that a timer has set off.
        timer_runs: i64,
        /// Of these, of instances that an event has set off.
        event_runs: i64,
        /// Instances that ran and have ended.
        timed: i64,
        /// How long these took together, in microseconds.
        duration: i64,
    }
}

row! {
    /// How long an instance took.
    pub struct RunTime {
        /// The instance.
        id: PlaybookInstanceId,
        /// Its name.
        name: String,
        /// In microseconds, from its admission.
        duration: i64,
    }
}

/// How the instances of a playbook went.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// How many.
    pub counts: Counts,
    /// The one that took the shortest time; none when none has run and ended.
    pub shortest: Option<RunTime>,
    /// The one that took the longest time.
    pub longest: Option<RunTime>,
}

const COUNTS: &str = "count(*) AS total, \
     count(CASE WHEN status IN ('RUNNING', 'RETRYING', 'TERMINATING') THEN 1 END) AS running, \
     count(CASE WHEN status = 'FINISHED' THEN 1 END) AS finished, \
     count(CASE WHEN status = 'FAILED' THEN 1 END) AS failed, \
     count(CASE WHEN status = 'TERMINATED' THEN 1 END) AS terminated, \
     CAST(coalesce(sum(1 + retry_count), 0) AS bigint) AS runs, \
     CAST(coalesce(sum(CASE WHEN trigger_type = 'TIMER' THEN 1 + retry_count END), 0) AS bigint) AS timer_runs, \
     CAST(coalesce(sum(CASE WHEN trigger_type = 'EVENT' THEN 1 + retry_count END), 0) AS bigint) AS event_runs, \
     count(end_time - start_time) AS timed, \
     CAST(coalesce(sum(end_time - start_time), 0) AS bigint) AS duration";

const VERSION_EXISTS: &str = "version_id IN (SELECT v.id FROM playbook_version v \
     WHERE v.workspace_id = playbook_instance.workspace_id AND v.playbook_id = playbook_instance.playbook_id)";
const VERSION_IS_GONE: &str = "version_id NOT IN (SELECT v.id FROM playbook_version v \
     WHERE v.workspace_id = playbook_instance.workspace_id AND v.playbook_id = playbook_instance.playbook_id)";

/// Looks at the instances of a playbook that were set off between two instants.
pub async fn look(
    conn: &mut Conn,
    tenant: Tenant,
    playbook: PlaybookId,
    versions: Versions,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Monitor, Error> {
    let filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .compare("playbook_id", "=", Cell::Uuid(playbook.0))
        .between("create_time", from, to);
    let filter = match versions {
        Versions::All => filter,
        Versions::Valid => filter.fixed(VERSION_EXISTS),
        Versions::Deleted => filter.fixed(VERSION_IS_GONE),
    };
    let counts = filter.all(conn, COUNTS, "playbook_instance", "").await?;
    let counts = counts.into_iter().next().ok_or_else(|| Error::Corrupt("a count without a row".to_owned()))?;
    let filter = filter.fixed("end_time IS NOT NULL AND start_time IS NOT NULL");
    let mut first = async |order: Order| {
        let tail = format!("ORDER BY end_time - start_time {}, id LIMIT 1", order.sql());
        let columns = "id, name, end_time - start_time AS duration";
        let rows: Vec<RunTime> = filter.all(conn, columns, "playbook_instance", &tail).await?;
        Ok::<_, Error>(rows.into_iter().next())
    };
    Ok(Monitor { counts, shortest: first(Order::Ascending).await?, longest: first(Order::Descending).await? })
}

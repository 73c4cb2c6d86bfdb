//! How many objects a class has, kept as they come and go.

use std::collections::BTreeMap;

use model::{DataClassId, Tenant, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::{Conn, Error, Tx};

/// Counts what a group of writes has added and, with negative numbers, removed: once for the group, at its end.
pub(crate) async fn add(tx: &mut Tx, changes: Vec<((WorkspaceId, DataClassId), i64)>) -> Result<(), Error> {
    // In one order, so that two writers of several classes never wait for each other.
    let mut sums: BTreeMap<(WorkspaceId, DataClassId), i64> = BTreeMap::new();
    for (class, change) in changes {
        *sums.entry(class).or_default() += change;
    }
    let text = format!(
        "INSERT INTO object_count (workspace_id, dataclass_id, slot, count) VALUES ($1, $2, {}, $3) \
         ON CONFLICT (workspace_id, dataclass_id, slot) DO UPDATE SET count = object_count.count + excluded.count",
        tx.dialect().slot()
    );
    for ((workspace, class), change) in sums {
        execute!(tx, AssertSqlSafe(text.as_str()), workspace, class, change)?;
    }
    Ok(())
}

/// How many objects a class of the tenant has.
pub(super) async fn of_class(conn: &mut Conn, tenant: Tenant, class: DataClassId) -> Result<i64, Error> {
    let (count,) = fetch!(
        conn,
        fetch_one,
        (i64,),
        "SELECT CAST(coalesce(sum(o.count), 0) AS bigint) FROM object_count o \
         JOIN data_class c ON c.workspace_id = o.workspace_id AND c.id = o.dataclass_id \
         WHERE o.workspace_id = $1 AND c.project_id = $2 AND o.dataclass_id = $3",
        tenant.workspace,
        tenant.project,
        class
    )?;
    Ok(count)
}

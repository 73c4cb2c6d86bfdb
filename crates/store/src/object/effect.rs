//! What runs have changed of data objects, so that each change is made once however often its effect is carried out.

use model::{ProjectId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::row::row;
use crate::{Error, Tx};

row! {
    /// A change that a run has made.
    pub struct RecordEffectRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// The idempotency key.
        key: String,
        /// Its project.
        project_id: ProjectId,
        /// The object that was changed or made; of a note, its id.
        object_id: Uuid,
        /// Whether it was made.
        is_new: bool,
        /// When.
        at: Timestamp,
    }
}

/// Says that the transaction makes a change. Gives what the same change has come to, if it was made before: then nothing
/// is to be done. Two that make it at once take turns.
pub async fn claim(tx: &mut Tx, row: &RecordEffectRow) -> Result<Option<RecordEffectRow>, Error> {
    let added = execute!(
        tx,
        "INSERT INTO record_effect (workspace_id, key, project_id, object_id, is_new, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id, key) DO NOTHING",
        row.workspace_id,
        row.key,
        row.project_id,
        row.object_id,
        row.is_new,
        row.at
    )?;
    if added == 1 {
        return Ok(None);
    }
    fetch!(
        tx,
        fetch_optional,
        RecordEffectRow,
        "SELECT * FROM record_effect WHERE workspace_id = $1 AND project_id = $2 AND key = $3",
        row.workspace_id,
        row.project_id,
        row.key
    )
}

/// Forgets up to `limit` changes of all workspaces that were made before an instant. Gives how many.
pub async fn purge(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    execute!(
        tx,
        "DELETE FROM record_effect WHERE (workspace_id, key) IN \
         (SELECT workspace_id, key FROM record_effect WHERE at < $1 ORDER BY at LIMIT $2)",
        before,
        limit
    )
}

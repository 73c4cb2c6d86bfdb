//! Events from outside: where they come from, and those that could not be taken in.

pub mod dead_letter;
pub mod source;

use model::WorkspaceId;

use crate::{Error, Tx};

/// Removes the sources of a workspace that is being deleted.
pub(crate) async fn delete_workspace(tx: &mut Tx, workspace: WorkspaceId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM ingest_source WHERE workspace_id = $1", workspace)?;
    Ok(())
}

/// Removes up to `limit` dead letters of a deleted workspace; `true` when nothing is left.
pub(crate) async fn purge_workspace(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> Result<bool, Error> {
    // What was added on another node while the workspace was being deleted.
    delete_workspace(tx, workspace).await?;
    dead_letter::purge_workspace(tx, workspace, limit).await
}

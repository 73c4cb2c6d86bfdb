//! Deleting a workspace, and removing what its runs have left.

use std::time::Duration;

use model::{ProjectId, Timestamp, WorkspaceId};
use serde_json::json;
use store::instance;
use store::workspace as rows;

use super::{not_found, reach};
use crate::ctx::Caller;
use crate::error::{Error, Text};
use crate::{Service, code};

/// After this long no node lets anybody enter a deleted workspace any more; see [`super::entrance`].
const LAST_ENTRY: Duration = Duration::from_secs(10);
/// Runs whose records one transaction removes.
const PURGE: i64 = 200;

impl Service {
    /// Deletes a workspace for good. Refused while runs in it have not ended, unless forced: then they are stopped
    /// where they are, in the same transaction. The records of runs, which may be many, are removed afterwards in
    /// small transactions.
    pub async fn delete_workspace(
        &self,
        caller: &Caller,
        project: ProjectId,
        workspace: WorkspaceId,
        force: bool,
    ) -> Result<(), Error> {
        let tenant = reach(caller, project, workspace, "secmaster:workspace:delete")?;
        let now = self.now();
        let mut audit = caller.audit(now, "workspace.delete", workspace);
        audit.workspace = Some(workspace);
        let deleted = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = rows::lock(tx, tenant).await?.ok_or_else(|| not_found(workspace))?;
                    let unfinished = instance::count_unfinished(tx, tenant).await?;
                    if unfinished > 0 && !force {
                        return Err(in_use(unfinished));
                    }
                    rows::delete(tx, tenant, now).await?;
                    audit.detail = json!({ "name": row.name, "stopped": unfinished }).to_string();
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await;
        self.inner.entrance.forget(workspace);
        deleted?;
        let this = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(LAST_ENTRY).await;
            if let Err(error) = this.purge_deleted_workspaces().await {
                tracing::warn!(%error, "cannot remove what a deleted workspace has left; trying again later");
            }
        });
        Ok(())
    }

    /// Removes what the runs of deleted workspaces have left, in small transactions; workspaces that somebody may still
    /// be in are left for later. Called at the start and now and then too, since a node may have stopped before it was
    /// done.
    pub async fn purge_deleted_workspaces(&self) -> Result<(), Error> {
        let until = Timestamp(self.now().0 - i64::try_from(LAST_ENTRY.as_micros()).unwrap_or(i64::MAX));
        let mut conn = self.inner.db.read().await?;
        let deleted = rows::list_deleted(&mut conn, until).await?;
        drop(conn);
        for workspace in deleted {
            loop {
                let done: Result<bool, Error> = self
                    .inner
                    .writer
                    .write(move |tx| Box::pin(async move { Ok(rows::purge_runs(tx, workspace, PURGE).await?) }))
                    .await;
                if done? {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn in_use(unfinished: i64) -> Error {
    Error::new(
        &code::WORKSPACE_IN_USE,
        Text::new(
            format!(
                "{unfinished} workflow instances in this workspace have not ended; terminate them or force the deletion"
            ),
            format!("本工作空间有{unfinished}个流程实例尚未结束，请先终止它们或强制删除"),
        ),
    )
}

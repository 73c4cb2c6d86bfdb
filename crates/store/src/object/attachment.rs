//! Attachments: what is known of files whose bytes are kept outside. The row comes before the bytes and goes after
//! them, so that no bytes are ever forgotten, whenever a server stops.

use model::{AttachmentId, ObjectId, ProjectId, TaskId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::bulk;
use crate::row::row;
use crate::{Conn, Error, Tx};

row! {
    /// An attachment.
    pub struct AttachmentRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: AttachmentId,
        /// Its project.
        project_id: ProjectId,
        /// The object that it belongs to, if any.
        object_id: Option<ObjectId>,
        /// The to-do that it belongs to, if any.
        task_id: Option<TaskId>,
        /// What it is for: `user_task` …
        file_type: String,
        /// The name that it was uploaded with.
        file_name: String,
        /// What the bytes are, as a media type.
        content_type: String,
        /// How many bytes.
        size: i64,
        /// SHA-256 of the bytes.
        checksum: Vec<u8>,
        /// The kind of storage that the bytes are in.
        storage: String,
        /// Their key there.
        storage_key: String,
        /// Who uploaded it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// When.
        create_time: Timestamp,
        /// When it last changed.
        update_time: Timestamp,
        /// From when on the bytes may be removed; none while it is in use.
        remove_at: Option<Timestamp>,
    }
}

/// What is known of the bytes once all of them have arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// What they are.
    pub content_type: String,
    /// How many.
    pub size: i64,
    /// Their SHA-256.
    pub checksum: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

/// Notes that an upload begins, before its first byte is stored. With [`AttachmentRow::remove_at`] the bytes of an
/// upload that never ends are removed some day. The transaction keeps the object; see [`super::keep_all`].
pub async fn insert(tx: &mut Tx, attachment: &AttachmentRow) -> Result<(), Error> {
    bulk::insert(tx, "attachment", attachment).await
}

/// Notes that all bytes are stored: the attachment is in use. `false` when it has been given up or deleted since.
pub async fn finish(tx: &mut Tx, tenant: Tenant, id: AttachmentId, arrived: &Arrived) -> Result<bool, Error> {
    let finished = execute!(
        tx,
        "UPDATE attachment SET content_type = $4, size = $5, checksum = $6, update_time = $7, remove_at = NULL \
         WHERE workspace_id = $1 AND project_id = $2 AND id = $3 AND remove_at > $7",
        tenant.workspace,
        tenant.project,
        id,
        arrived.content_type,
        arrived.size,
        arrived.checksum,
        arrived.at
    )?;
    Ok(finished == 1)
}

/// An attachment that is in use.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: AttachmentId) -> Result<Option<AttachmentRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        AttachmentRow,
        "SELECT * FROM attachment WHERE workspace_id = $1 AND project_id = $2 AND id = $3 AND remove_at IS NULL",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// The attachments of an object, oldest first.
pub async fn list(conn: &mut Conn, tenant: Tenant, object: ObjectId) -> Result<Vec<AttachmentRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        AttachmentRow,
        "SELECT * FROM attachment WHERE workspace_id = $1 AND project_id = $2 AND object_id = $3 \
         AND remove_at IS NULL ORDER BY id",
        tenant.workspace,
        tenant.project,
        object
    )
}

/// The attachments of a to-do, oldest first.
pub async fn list_of_task(conn: &mut Conn, tenant: Tenant, task: TaskId) -> Result<Vec<AttachmentId>, Error> {
    let ids = fetch!(
        conn,
        fetch_all,
        (Uuid,),
        "SELECT id FROM attachment WHERE workspace_id = $1 AND project_id = $2 AND task_id = $3 \
         AND remove_at IS NULL ORDER BY id",
        tenant.workspace,
        tenant.project,
        task
    )?;
    Ok(ids.into_iter().map(|(id,)| AttachmentId(id)).collect())
}

/// Gives an attachment that is in use and belongs to nothing to a to-do. `false` when there is none.
pub async fn give_to_task(
    tx: &mut Tx,
    tenant: Tenant,
    id: AttachmentId,
    task: TaskId,
    at: Timestamp,
) -> Result<bool, Error> {
    let given = execute!(
        tx,
        "UPDATE attachment SET task_id = $4, update_time = $5 WHERE workspace_id = $1 AND project_id = $2 AND id = $3 \
         AND object_id IS NULL AND task_id IS NULL AND remove_at IS NULL",
        tenant.workspace,
        tenant.project,
        id,
        task,
        at
    )?;
    Ok(given == 1)
}

/// Takes an attachment out of use; its bytes may be removed from now on. `false` when it was not in use.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: AttachmentId, at: Timestamp) -> Result<bool, Error> {
    let deleted = execute!(
        tx,
        "UPDATE attachment SET remove_at = $4 \
         WHERE workspace_id = $1 AND project_id = $2 AND id = $3 AND remove_at IS NULL",
        tenant.workspace,
        tenant.project,
        id,
        at
    )?;
    Ok(deleted == 1)
}

/// Attachments of all workspaces whose bytes may be removed.
pub async fn list_removable(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<AttachmentRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        AttachmentRow,
        "SELECT * FROM attachment WHERE remove_at <= $1 ORDER BY remove_at, id LIMIT $2",
        now,
        limit
    )
}

/// Forgets an attachment whose bytes are removed.
pub async fn forget(tx: &mut Tx, workspace: WorkspaceId, id: AttachmentId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM attachment WHERE workspace_id = $1 AND id = $2 AND remove_at IS NOT NULL",
        workspace,
        id
    )?;
    Ok(())
}

//! Notes: what people and playbooks say about data objects.

use model::{NoteId, ObjectId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{self, Bulk, Cell, Kind, Rows};
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Order, Page, PageRequest, Tx};

row! {
    /// A note.
    pub struct NoteRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: NoteId,
        /// Its project.
        project_id: ProjectId,
        /// The object that it is about, if any.
        object_id: Option<ObjectId>,
        /// What it is; `type` on the wire.
        kind: String,
        /// What kind of act it tells of.
        note_type: String,
        /// The text.
        content: String,
        /// Who wrote it.
        user_id: UserId,
        /// Their name.
        user_name: String,
        /// When it was written.
        create_time: Timestamp,
        /// When it last changed.
        update_time: Timestamp,
    }
}

/// Adds a note. The transaction keeps the object that it is about; see [`super::keep_all`].
pub async fn insert(tx: &mut Tx, note: &NoteRow) -> Result<(), Error> {
    bulk::insert(tx, "object_note", note).await
}

static DELETE: Bulk = Bulk::with_rows(
    "DELETE FROM object_note WHERE (workspace_id, id) IN (SELECT n.workspace_id, n.id FROM",
    &[("workspace_id", Kind::Uuid), ("project_id", Kind::Uuid), ("id", Kind::Uuid)],
    "JOIN object_note n ON n.workspace_id = v.workspace_id AND n.id = v.id AND n.project_id = v.project_id) \
     RETURNING id",
);

/// Removes notes. Gives the ids of those that existed.
pub async fn delete_all(tx: &mut Tx, tenant: Tenant, ids: &[NoteId]) -> Result<Vec<NoteId>, Error> {
    let mut rows = Rows::new(tx.dialect());
    for id in ids {
        rows.push(vec![Cell::Uuid(tenant.workspace.0), Cell::Uuid(tenant.project.0), Cell::Uuid(id.0)])?;
    }
    let deleted: Vec<Uuid> = DELETE.returning_ids(tx, [&rows]).await?;
    Ok(deleted.into_iter().map(NoteId).collect())
}

/// What a list of notes is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NoteQuery {
    /// About this object.
    pub object_id: Option<ObjectId>,
    /// Written at or after this instant.
    pub from: Option<Timestamp>,
    /// Written at or before this instant.
    pub to: Option<Timestamp>,
    /// Sort by the last change instead of the writing.
    pub by_update: bool,
}

/// Notes of a workspace.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &NoteQuery,
    order: Order,
    page: PageRequest,
) -> Result<Page<NoteRow>, Error> {
    let direction = order.sql();
    // Ids are in the order of writing.
    let order =
        if query.by_update { format!("update_time {direction}, id {direction}") } else { format!("id {direction}") };
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("object_id", query.object_id.map(|id| Cell::Uuid(id.0)))
        .between("create_time", query.from, query.to)
        .page(conn, "*", "object_note", &order, page)
        .await
}

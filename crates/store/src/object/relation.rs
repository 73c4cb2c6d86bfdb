//! Relations between data objects. They have no direction: what is related to one is related from the other.

use model::{DataClassId, ObjectId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};

use crate::bulk::{Bulk, Cell, Kind, Rows};
use crate::filter::Filter;
use crate::object::ObjectRef;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Tx};

row! {
    /// A relation, seen from one of its objects.
    pub struct RelationRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// The object that it is seen from.
        object_id: ObjectId,
        /// The class of the other object.
        related_dataclass_id: DataClassId,
        /// The other object.
        related_id: ObjectId,
        /// The class of the object that it is seen from.
        dataclass_id: DataClassId,
        /// Its project.
        project_id: ProjectId,
        /// Who made it.
        creator_id: UserId,
        /// When.
        create_time: Timestamp,
    }
}

static INSERT: Bulk = Bulk::insert(
    "object_relation",
    RelationRow::COLUMNS,
    "ON CONFLICT (workspace_id, object_id, related_dataclass_id, related_id) DO NOTHING",
);

/// Relates pairs of objects that the transaction keeps; see [`super::keep_all`]. Pairs that are related stay as they
/// are; no object is related to itself.
pub async fn insert_all(
    tx: &mut Tx,
    tenant: Tenant,
    pairs: &[(ObjectRef, ObjectRef)],
    creator: UserId,
    at: Timestamp,
) -> Result<(), Error> {
    let mut relations: Vec<RelationRow> = pairs
        .iter()
        .filter(|(one, other)| one.id != other.id)
        .flat_map(|(one, other)| [(one, other), (other, one)])
        .map(|(from, to)| RelationRow {
            workspace_id: tenant.workspace,
            object_id: from.id,
            related_dataclass_id: to.dataclass_id,
            related_id: to.id,
            dataclass_id: from.dataclass_id,
            project_id: tenant.project,
            creator_id: creator,
            create_time: at,
        })
        .collect();
    // In one order, or two writers of the same pair could wait for each other.
    relations.sort_by_key(|relation| (relation.object_id, relation.related_id));
    let mut rows = Rows::new(tx.dialect());
    for relation in relations {
        rows.push(relation.into_cells())?;
    }
    INSERT.execute_all(tx, [&rows]).await?;
    Ok(())
}

static DELETE: Bulk = Bulk::with_rows(
    "DELETE FROM object_relation WHERE (workspace_id, object_id, related_dataclass_id, related_id) IN \
     (SELECT r.workspace_id, r.object_id, r.related_dataclass_id, r.related_id FROM",
    &[
        ("workspace_id", Kind::Uuid),
        ("project_id", Kind::Uuid),
        ("object_id", Kind::Uuid),
        ("related_dataclass_id", Kind::Uuid),
        ("related_id", Kind::Uuid),
    ],
    "JOIN object_relation r ON r.workspace_id = v.workspace_id AND r.object_id = v.object_id \
     AND r.related_dataclass_id = v.related_dataclass_id AND r.related_id = v.related_id \
     AND r.project_id = v.project_id) RETURNING object_id",
);

/// Ends the relations of an object to others of a class. Gives the others that were related.
pub async fn delete_all(
    tx: &mut Tx,
    tenant: Tenant,
    object: ObjectRef,
    related_class: DataClassId,
    related: &[ObjectId],
) -> Result<Vec<ObjectId>, Error> {
    let mut keys: Vec<_> = related
        .iter()
        .flat_map(|other| [(object.id, related_class, *other), (*other, object.dataclass_id, object.id)])
        .collect();
    keys.sort_by_key(|(from, _, to)| (*from, *to));
    let mut rows = Rows::new(tx.dialect());
    for (from, class, to) in keys {
        rows.push(vec![
            Cell::Uuid(tenant.workspace.0),
            Cell::Uuid(tenant.project.0),
            Cell::Uuid(from.0),
            Cell::Uuid(class.0),
            Cell::Uuid(to.0),
        ])?;
    }
    let ended = DELETE.returning_ids(tx, [&rows]).await?;
    Ok(ended.into_iter().map(ObjectId).filter(|id| *id != object.id).collect())
}

/// Up to `limit` relations of some objects, by object, then by the other's class and id.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    objects: &[ObjectId],
    limit: i64,
) -> Result<Vec<RelationRow>, Error> {
    let tail = format!("ORDER BY object_id, related_dataclass_id, related_id LIMIT {limit}");
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .one_of("object_id", Some(objects.iter().map(|id| Cell::Uuid(id.0)).collect()))
        .all(conn, "*", "object_relation", &tail)
        .await
}

//! Data objects: alerts, incidents, indicators and whatever else has a data class. A body is kept as it was given;
//! nothing here reads it. What an object is found by comes with it, as [`term::Term`]s.

pub mod attachment;
pub(crate) mod count;
pub mod dedup;
pub mod effect;
pub mod note;
pub mod relation;
pub mod search;
pub mod term;

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{DataClassId, ObjectId, ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{Bulk, Cell, Kind, Rows};
use crate::db::Dialect;
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Tx};

use term::{Term, field_number};

row! {
    /// A data object.
    pub struct ObjectRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id, unique in the workspace.
        id: ObjectId,
        /// Its project.
        project_id: ProjectId,
        /// Its class.
        dataclass_id: DataClassId,
        /// Counts its states, from 1.
        version: i64,
        /// The version of the form that the body has.
        format_version: i64,
        /// `MANUAL`, `PLAYBOOK`, `DATA_SOURCE` or `SIMULATION`.
        kind: String,
        /// Who created it.
        creator_id: UserId,
        /// When.
        create_time: Timestamp,
        /// When it last changed.
        update_time: Timestamp,
        /// When what it tells of happened, or else when it arrived.
        occur_time: Timestamp,
        /// The object, JSON.
        body: String,
    }
}

row! {
    /// An object by its id and class.
    pub struct ObjectRef {
        /// Its id.
        id: ObjectId,
        /// Its class.
        dataclass_id: DataClassId,
    }
}

/// An object with what it is found by.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The object.
    pub row: ObjectRow,
    /// The values of its searchable fields.
    pub terms: Vec<Term>,
}

impl Object {
    fn tenant(&self) -> Tenant {
        Tenant { project: self.row.project_id, workspace: self.row.workspace_id }
    }

    fn term_keys(&self) -> BTreeSet<(i64, Vec<u8>)> {
        let (tenant, class) = (self.tenant(), self.row.dataclass_id);
        self.terms.iter().map(|term| (field_number(tenant, class, &term.field), term.value.spelling())).collect()
    }
}

const TERM_COLUMNS: &[(&str, Kind)] = &[
    ("workspace_id", Kind::Uuid),
    ("object_id", Kind::Uuid),
    ("field", Kind::Int),
    ("term", Kind::Bytes),
    ("create_time", Kind::Int),
];

fn term_cells(row: &ObjectRow, field: i64, term: Vec<u8>) -> Vec<Cell> {
    vec![
        Cell::Uuid(row.workspace_id.0),
        Cell::Uuid(row.id.0),
        Cell::Int(field),
        Cell::Bytes(term),
        Cell::Int(row.create_time.0),
    ]
}

static INSERT_OBJECTS: Bulk =
    Bulk::insert("data_object", ObjectRow::COLUMNS, "ON CONFLICT (workspace_id, id) DO NOTHING RETURNING id");
static INSERT_TERMS: Bulk =
    Bulk::insert("object_term", TERM_COLUMNS, "ON CONFLICT (workspace_id, object_id, field, term) DO NOTHING");

/// A new object in the form that its database takes. Whoever makes it pays for that, not the writer's lane.
#[derive(Debug)]
pub struct Encoded {
    id: ObjectId,
    kept_in: (WorkspaceId, DataClassId),
    row: Rows,
    terms: Rows,
}

impl Encoded {
    /// Encodes a new object. Fails on a text that a database cannot hold.
    pub fn new(dialect: Dialect, object: Object) -> Result<Self, Error> {
        let (mut row, mut terms) = (Rows::new(dialect), Rows::new(dialect));
        for (field, term) in object.term_keys() {
            terms.push(term_cells(&object.row, field, term))?;
        }
        let (id, kept_in) = (object.row.id, (object.row.workspace_id, object.row.dataclass_id));
        row.push(object.row.into_cells())?;
        Ok(Self { id, kept_in, row, terms })
    }

    /// The object's id.
    pub fn id(&self) -> ObjectId {
        self.id
    }
}

/// Adds objects with their terms, one statement for each table, and gives the ids of those that were added: an id that
/// is taken, also by an earlier object of the same call, leaves its object out.
pub async fn insert_all(tx: &mut Tx, objects: &[Encoded]) -> Result<HashSet<ObjectId>, Error> {
    let added = INSERT_OBJECTS.returning_ids(tx, objects.iter().map(|object| &object.row)).await?;
    let mut left: HashSet<ObjectId> = added.into_iter().map(ObjectId).collect();
    let added = left.clone();
    let standing: Vec<&Encoded> = objects.iter().filter(|object| left.remove(&object.id)).collect();
    INSERT_TERMS.execute_all(tx, standing.iter().map(|object| &object.terms)).await?;
    tx.counts.extend(standing.iter().map(|object| (object.kept_in, 1)));
    Ok(added)
}

/// An object by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: ObjectId) -> Result<Option<ObjectRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        ObjectRow,
        "SELECT * FROM data_object WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// Objects by their ids, at most some thousands, in the order of the ids. Those that do not exist are left out.
pub async fn get_all(conn: &mut Conn, tenant: Tenant, ids: &[ObjectId]) -> Result<Vec<ObjectRow>, Error> {
    of_ids(conn.dialect(), tenant, ids).all(conn, "*", "data_object", "ORDER BY id").await
}

/// The same, held until the transaction ends: changes of an object take turns, and none is lost.
pub async fn lock_all(tx: &mut Tx, tenant: Tenant, ids: &[ObjectId]) -> Result<Vec<ObjectRow>, Error> {
    let tail = format!("ORDER BY id{}", tx.dialect().for_update());
    of_ids(tx.dialect(), tenant, ids).all(tx, "*", "data_object", &tail).await
}

/// Keeps objects from being deleted until the transaction ends, while something is added to them. Gives those that
/// exist.
pub async fn keep_all(tx: &mut Tx, tenant: Tenant, ids: &[ObjectId]) -> Result<Vec<ObjectRef>, Error> {
    let tail = format!("ORDER BY id{}", tx.dialect().keep_row());
    of_ids(tx.dialect(), tenant, ids).all(tx, "id, dataclass_id", "data_object", &tail).await
}

fn of_ids(dialect: Dialect, tenant: Tenant, ids: &[ObjectId]) -> Filter {
    Filter::new(dialect)
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .one_of("id", Some(ids.iter().map(|id| Cell::Uuid(id.0)).collect()))
}

static UPDATE_OBJECTS: Bulk = Bulk::with_rows(
    "UPDATE data_object SET version = v.version, format_version = v.format_version, update_time = v.update_time, \
     occur_time = v.occur_time, body = v.body FROM",
    &[
        ("workspace_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("project_id", Kind::Uuid),
        ("version", Kind::Int),
        ("format_version", Kind::Int),
        ("update_time", Kind::Int),
        ("occur_time", Kind::Int),
        ("body", Kind::Text),
    ],
    "WHERE data_object.workspace_id = v.workspace_id AND data_object.id = v.id \
     AND data_object.project_id = v.project_id AND data_object.version = v.version - 1 RETURNING data_object.id",
);

static DELETE_TERMS: Bulk = Bulk::with_rows(
    "DELETE FROM object_term WHERE (workspace_id, object_id, field, term) IN \
     (SELECT v.workspace_id, v.object_id, v.field, v.term FROM",
    TERM_COLUMNS,
    ")",
);

/// Writes new states of objects of one workspace. Each must follow the stored one: an object whose version has moved on
/// is left as it is. Gives the ids of those that were written.
pub async fn update_all(tx: &mut Tx, tenant: Tenant, objects: &[Object]) -> Result<HashSet<ObjectId>, Error> {
    if objects.is_empty() {
        return Ok(HashSet::new());
    }
    if objects.len() > 1 {
        // In one order, or two writers of many objects could wait for each other.
        let ids: Vec<ObjectId> = objects.iter().map(|object| object.row.id).collect();
        hold(tx, tenant, &ids).await?;
    }
    let mut rows = Rows::new(tx.dialect());
    for Object { row, .. } in objects {
        rows.push(vec![
            Cell::Uuid(tenant.workspace.0),
            Cell::Uuid(row.id.0),
            Cell::Uuid(tenant.project.0),
            Cell::Int(row.version),
            Cell::Int(row.format_version),
            Cell::Int(row.update_time.0),
            Cell::Int(row.occur_time.0),
            Cell::Text(row.body.clone()),
        ])?;
    }
    let written = UPDATE_OBJECTS.returning_ids(tx, [&rows]).await?;
    let written: HashSet<ObjectId> = written.into_iter().map(ObjectId).collect();
    let standing: Vec<&Object> = objects.iter().filter(|object| written.contains(&object.row.id)).collect();
    replace_terms(tx, tenant, &standing).await?;
    Ok(written)
}

/// Makes the terms of objects what they now are. Most stay the same, so only the others are touched.
async fn replace_terms(tx: &mut Tx, tenant: Tenant, objects: &[&Object]) -> Result<(), Error> {
    let stored: Vec<(Uuid, i64, Vec<u8>)> = Filter::new(tx.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .one_of("object_id", Some(objects.iter().map(|object| Cell::Uuid(object.row.id.0)).collect()))
        .all(tx, "object_id, field, term", "object_term", "")
        .await?;
    let mut stored: HashSet<(Uuid, i64, Vec<u8>)> = stored.into_iter().collect();
    let (mut gone, mut new) = (Rows::new(tx.dialect()), Rows::new(tx.dialect()));
    for object in objects {
        for (field, term) in object.term_keys() {
            let key = (object.row.id.0, field, term);
            if !stored.remove(&key) {
                new.push(term_cells(&object.row, field, key.2))?;
            }
        }
    }
    for (id, field, term) in stored {
        gone.push(vec![
            Cell::Uuid(tenant.workspace.0),
            Cell::Uuid(id),
            Cell::Int(field),
            Cell::Bytes(term),
            Cell::Null,
        ])?;
    }
    DELETE_TERMS.execute_all(tx, [&gone]).await?;
    INSERT_TERMS.execute_all(tx, [&new]).await?;
    Ok(())
}

/// An object that is held.
struct Held {
    id: ObjectId,
    class: DataClassId,
    version: i64,
}

/// Holds objects until the transaction ends and gives those that exist, in the order of their ids.
async fn hold(tx: &mut Tx, tenant: Tenant, ids: &[ObjectId]) -> Result<Vec<Held>, Error> {
    let tail = format!("ORDER BY id{}", tx.dialect().for_update());
    let held: Vec<(Uuid, Uuid, i64)> =
        of_ids(tx.dialect(), tenant, ids).all(tx, "id, dataclass_id, version", "data_object", &tail).await?;
    let held = held.into_iter();
    Ok(held.map(|(id, class, version)| Held { id: ObjectId(id), class: DataClassId(class), version }).collect())
}

const IDS: &[(&str, Kind)] = &[("workspace_id", Kind::Uuid), ("id", Kind::Uuid), ("at", Kind::Int)];
static DELETE: [Bulk; 7] = [
    // What is found from the other side first.
    Bulk::with_rows(
        "DELETE FROM object_relation WHERE (workspace_id, object_id, related_dataclass_id, related_id) IN \
         (SELECT r.workspace_id, r.related_id, r.dataclass_id, r.object_id FROM",
        IDS,
        "JOIN object_relation r ON r.workspace_id = v.workspace_id AND r.object_id = v.id)",
    ),
    Bulk::with_rows(
        "DELETE FROM object_relation WHERE (workspace_id, object_id) IN (SELECT v.workspace_id, v.id FROM",
        IDS,
        ")",
    ),
    Bulk::with_rows(
        "DELETE FROM object_term WHERE (workspace_id, object_id) IN (SELECT v.workspace_id, v.id FROM",
        IDS,
        ")",
    ),
    Bulk::with_rows(
        "DELETE FROM object_note WHERE (workspace_id, object_id) IN (SELECT v.workspace_id, v.id FROM",
        IDS,
        ")",
    ),
    Bulk::with_rows(
        "DELETE FROM object_dedup WHERE (workspace_id, object_id) IN (SELECT v.workspace_id, v.id FROM",
        IDS,
        ")",
    ),
    Bulk::with_rows(
        "UPDATE attachment SET remove_at = v.at FROM",
        IDS,
        "WHERE attachment.workspace_id = v.workspace_id AND attachment.object_id = v.id",
    ),
    Bulk::with_rows("DELETE FROM data_object WHERE (workspace_id, id) IN (SELECT v.workspace_id, v.id FROM", IDS, ")"),
];

/// Removes objects, at most some thousands, with their terms, relations and notes; the bytes of their attachments may
/// be removed from now on. Gives the ids of those that existed.
pub async fn delete_all(tx: &mut Tx, tenant: Tenant, ids: &[ObjectId], at: Timestamp) -> Result<Vec<ObjectId>, Error> {
    delete_if(tx, tenant, ids, at, |_, _| true).await
}

/// The same for objects that are of these versions; one that has moved on is left as it is.
pub async fn delete_versions(
    tx: &mut Tx,
    tenant: Tenant,
    versions: &HashMap<ObjectId, i64>,
    at: Timestamp,
) -> Result<Vec<ObjectId>, Error> {
    let ids: Vec<ObjectId> = versions.keys().copied().collect();
    delete_if(tx, tenant, &ids, at, |id, version| versions.get(&id) == Some(&version)).await
}

async fn delete_if(
    tx: &mut Tx,
    tenant: Tenant,
    ids: &[ObjectId],
    at: Timestamp,
    is_meant: impl Fn(ObjectId, i64) -> bool,
) -> Result<Vec<ObjectId>, Error> {
    // Their relations are rows of other objects too: with those held as well, two deletions never wait for each other.
    let related: Vec<(Uuid,)> = Filter::new(tx.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .one_of("object_id", Some(ids.iter().map(|id| Cell::Uuid(id.0)).collect()))
        .all(tx, "DISTINCT related_id", "object_relation", "")
        .await?;
    let all: Vec<ObjectId> = related.into_iter().map(|(id,)| ObjectId(id)).chain(ids.iter().copied()).collect();
    let wanted: HashSet<&ObjectId> = ids.iter().collect();
    let mut held = hold(tx, tenant, &all).await?;
    held.retain(|object| wanted.contains(&object.id) && is_meant(object.id, object.version));
    let meant: Vec<ObjectId> = held.iter().map(|object| object.id).collect();
    remove(tx, tenant.workspace, &meant, at).await?;
    tx.counts.extend(held.iter().map(|object| ((tenant.workspace, object.class), -1)));
    Ok(meant)
}

async fn remove(tx: &mut Tx, workspace: WorkspaceId, ids: &[ObjectId], at: Timestamp) -> Result<(), Error> {
    let mut rows = Rows::new(tx.dialect());
    for id in ids {
        rows.push(vec![Cell::Uuid(workspace.0), Cell::Uuid(id.0), Cell::Int(at.0)])?;
    }
    for statement in &DELETE {
        statement.execute_all(tx, [&rows]).await?;
    }
    Ok(())
}

/// Removes up to `limit` objects of a class that last changed before an instant. Gives how many it has removed.
pub async fn purge(
    tx: &mut Tx,
    tenant: Tenant,
    class: DataClassId,
    before: Timestamp,
    limit: i64,
    at: Timestamp,
) -> Result<usize, Error> {
    let old: Vec<(Uuid,)> = fetch!(
        tx,
        fetch_all,
        (Uuid,),
        "SELECT id FROM data_object WHERE workspace_id = $1 AND project_id = $2 AND dataclass_id = $3 \
         AND update_time < $4 ORDER BY update_time, id LIMIT $5",
        tenant.workspace,
        tenant.project,
        class,
        before,
        limit
    )?;
    let old: Vec<ObjectId> = old.into_iter().map(|(id,)| ObjectId(id)).collect();
    Ok(delete_all(tx, tenant, &old, at).await?.len())
}

/// Removes up to `limit` objects of a deleted workspace; `true` when nothing is left but attachments, whose rows go
/// after their bytes.
pub(crate) async fn purge_workspace(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> Result<bool, Error> {
    let ids: Vec<(Uuid,)> = fetch!(
        tx,
        fetch_all,
        (Uuid,),
        "SELECT id FROM data_object WHERE workspace_id = $1 ORDER BY id LIMIT $2",
        workspace,
        limit
    )?;
    let ids: Vec<ObjectId> = ids.into_iter().map(|(id,)| ObjectId(id)).collect();
    remove(tx, workspace, &ids, Timestamp(0)).await?;
    let is_done = i64::try_from(ids.len()).unwrap_or(i64::MAX) < limit;
    if is_done {
        for sql in [
            "DELETE FROM object_count WHERE workspace_id = $1",
            "DELETE FROM object_note WHERE workspace_id = $1",
            "DELETE FROM object_dedup WHERE workspace_id = $1",
            "DELETE FROM record_effect WHERE workspace_id = $1",
            "UPDATE attachment SET remove_at = 0 WHERE workspace_id = $1",
        ] {
            execute!(tx, sql, workspace)?;
        }
    }
    Ok(is_done)
}

//! Data objects.

mod attachment;
mod change;
mod dedup;
mod effect;
mod note;
mod relation;
mod search;

use std::collections::HashSet;

use model::{DataClassId, ObjectId, Tenant, Timestamp, UserId};
use store::Error;
use store::dataclass::{self, DataClassRow};
use store::object::term::{Term, TermValue};
use store::object::{self, Encoded, Object, ObjectRow};

use crate::fixture::{Node, uuid};
use crate::rows::NOON;

/// A class of a tenant, with nothing else in it.
pub(crate) async fn class(node: &Node, tenant: Tenant) -> DataClassId {
    let id = DataClassId(uuid());
    let row = DataClassRow {
        workspace_id: tenant.workspace,
        id,
        project_id: tenant.project,
        name: id.to_string(),
        business_code: String::new(),
        description: String::new(),
        is_built_in: false,
        parent_id: None,
        creator_id: UserId(uuid()),
        creator_name: "operator".to_owned(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
        settings: String::new(),
    };
    node.write(move |tx| Box::pin(async move { dataclass::insert_all(tx, &[row], &[], &[]).await })).await;
    id
}

pub(crate) fn text(field: &str, value: &str) -> Term {
    Term { field: field.to_owned(), value: TermValue::Text(value.to_owned()) }
}

pub(crate) fn number(field: &str, value: f64) -> Term {
    Term { field: field.to_owned(), value: TermValue::Number(value) }
}

pub(crate) fn alert(tenant: Tenant, class: DataClassId, at: Timestamp, terms: Vec<Term>) -> Object {
    let row = ObjectRow {
        workspace_id: tenant.workspace,
        id: ObjectId(uuid()),
        project_id: tenant.project,
        dataclass_id: class,
        version: 1,
        format_version: 1,
        kind: "MANUAL".to_owned(),
        creator_id: UserId(uuid()),
        create_time: at,
        update_time: at,
        occur_time: at,
        body: r#"{"title":"SYN flood"}"#.to_owned(),
    };
    Object { row, terms }
}

pub(crate) async fn insert(node: &Node, objects: &[Object]) -> HashSet<ObjectId> {
    let dialect = node.db.dialect();
    let encoded: Result<Vec<Encoded>, Error> =
        objects.iter().map(|object| Encoded::new(dialect, object.clone())).collect();
    let encoded = encoded.expect("encodes");
    node.write(move |tx| Box::pin(async move { object::insert_all(tx, &encoded).await })).await
}

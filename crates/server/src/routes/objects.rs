//! Data objects on the wire: what the routes of all classes share.

use std::sync::Arc;

use model::time::Zone;
use model::{Map, Value};
use service::batch::Batch;
use service::object::{CreateObject, DataObject, Origin, SearchObjects};
use wire::data_object::search::SearchIn;
use wire::data_object::{BatchOut, Document, ObjectIn, ObjectOut, ObjectsChangedOut};
use wire::instance::DataClassRefOut;

/// What people and programs do through the calls that are meant for a class triggers playbooks.
pub(super) const API: Origin = Origin::Api { trigger: true };

/// The fields of a document.
pub(super) fn fields<D>(document: Option<Document<D>>) -> Option<Map> {
    let document = document?;
    Some(document.fields.into_iter().map(|(key, value)| (Arc::from(key), Value::from(value))).collect())
}

pub(super) fn create<D>(body: ObjectIn<D>) -> CreateObject {
    CreateObject { data: fields(body.data_object), ..CreateObject::default() }
}

pub(super) fn search(body: SearchIn) -> SearchObjects {
    let condition = body.condition.unwrap_or_default();
    let conditions = condition.conditions.unwrap_or_default();
    SearchObjects {
        offset: body.offset,
        limit: body.limit,
        sort_by: body.sort_by,
        order: body.order,
        from_date: body.from_date,
        to_date: body.to_date,
        conditions: conditions
            .into_iter()
            .map(|item| {
                let data = item.data.unwrap_or_default().into_iter().map(Value::from);
                (item.name.unwrap_or_default(), data.collect())
            })
            .collect(),
        logics: condition.logics.unwrap_or_default(),
        ids: body.ids,
        dataclass_id: body.dataclass_id,
    }
}

/// The rows of a page.
pub(super) fn rows<D>(objects: Vec<DataObject>, zone: Zone) -> Vec<ObjectOut<D>> {
    objects.into_iter().map(|object| out(object, zone)).collect()
}

pub(super) fn out<D>(object: DataObject, zone: Zone) -> ObjectOut<D> {
    let (class, row) = (object.class, object.row);
    let data = match serde_json::Value::from(&object.data) {
        serde_json::Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    ObjectOut {
        create_time: row.create_time.to_wire(zone),
        dataclass_ref: DataClassRefOut { id: class.id.to_string(), name: class.name.clone() },
        format_version: row.format_version,
        id: row.id.to_string(),
        kind: row.kind,
        name: object.data.get(class.name_field()).to_text().into_owned(),
        project_id: row.project_id.to_string(),
        update_time: row.update_time.to_wire(zone),
        version: row.version,
        workspace_id: row.workspace_id.to_string(),
        data_object: Document::new(data),
    }
}

pub(super) fn changed<D: Default>((first, done): (Option<DataObject>, Batch), zone: Zone) -> ObjectsChangedOut<D> {
    let object = first.map(|object| out(object, zone)).unwrap_or_default();
    ObjectsChangedOut { object, batch: batch(done) }
}

pub(super) fn batch(batch: Batch) -> BatchOut {
    BatchOut { error_ids: batch.failed, success_ids: batch.done }
}

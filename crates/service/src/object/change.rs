//! Creating, reading, changing and deleting objects.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Map, ObjectId, Timestamp, Value};
use store::object::{self as rows, ObjectRow};

use super::check::{self, Extent};
use super::class::Class;
use super::classes::ClassName;
use super::fill;
use super::input::CreateObject;
use super::write::{Change, DataObject, Origin, Outcome};
use crate::batch::{Batch, Named};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

/// How objects come.
pub const KINDS: &[&str] = &["SIMULATION", "PLAYBOOK", "MANUAL", "DATA_SOURCE"];
/// Bytes that an object may have, as JSON.
pub(crate) const MOST_BYTES: usize = 1 << 20;
/// How often a change is tried again that another node was faster than.
pub(super) const ATTEMPTS: usize = 20;

impl Service {
    /// Creates an object. Where an earlier one stands for it, as the settings of the class say, gives that one.
    pub async fn create_object(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        origin: Origin,
        input: CreateObject,
    ) -> Result<DataObject, Error> {
        let class = self.class_named(ctx, class, |rights| rights.create).await?;
        let change = self.new_object(ctx, &class, origin, input)?;
        let id = change.object().row.id;
        match self.write_objects(ctx, origin, vec![change]).await?.pop() {
            Some(Outcome::Done(object) | Outcome::Repeated(object)) => Ok(*object),
            Some(Outcome::Taken | Outcome::Stale) | None => Err(Error::new(
                &code::OBJECT_TAKEN,
                Text::new(
                    format!("id: a data object {id} exists in this workspace"),
                    format!("id：本工作空间已存在数据对象{id}"),
                ),
            )),
        }
    }

    /// The change that creates an object, once the object is known to be one of its class.
    pub(crate) fn new_object(
        &self,
        ctx: &Ctx,
        class: &Arc<Class>,
        origin: Origin,
        input: CreateObject,
    ) -> Result<Change, Error> {
        let mut fields = Fields::new();
        let id: Option<ObjectId> = fields.optional_id("id", input.id.as_deref());
        let format_version = fields.range("format_version", input.format_version, 1, i64::from(i32::MAX), 1);
        let kind = fields.optional_one_of("type", input.kind, KINDS).filter(|kind| !kind.is_empty());
        let mut data = fields.required("data_object", input.data);
        let name_field = class.name_field();
        if let Some(name) = input.name.filter(|name| !name.is_empty() && !data.contains_key(name_field)) {
            data.insert(name_field.into(), name.into());
        }
        check::check(&mut fields, &class.members, &data, Extent::Whole, class.zone);
        fields.finish()?;

        let (now, principal) = (self.now(), &ctx.caller.principal);
        let mut row = ObjectRow {
            workspace_id: ctx.tenant.workspace,
            id: id.unwrap_or_else(|| ObjectId::new(&*self.inner.ids)),
            project_id: ctx.tenant.project,
            dataclass_id: class.id,
            version: 1,
            format_version,
            kind: kind.unwrap_or_else(|| kind_of(origin, &data).to_owned()),
            creator_id: principal.user,
            create_time: now,
            update_time: now,
            occur_time: class.occurred(&data, now),
            body: String::new(),
        };
        fill::complete(class, &row, &principal.name, origin, &mut data);
        let data = Value::map(data);
        row.body = body(&data)?;
        Ok(Change::Create { after: DataObject { class: Arc::clone(class), row, data }, related: Vec::new() })
    }

    /// An object.
    pub async fn get_object(&self, ctx: &Ctx, class: ClassName<'_>, id: ObjectId) -> Result<DataObject, Error> {
        let class = self.class_named(ctx, class, |rights| rights.get).await?;
        let mut conn = self.inner.db.read().await?;
        let row = rows::get(&mut conn, ctx.tenant, id).await?.filter(|row| row.dataclass_id == class.id);
        drop(conn);
        DataObject::read(class, row.ok_or_else(|| not_found(id))?)
    }

    /// Changes an object: what the change does not tell stays.
    pub async fn update_object(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        origin: Origin,
        id: ObjectId,
        change: Option<Map>,
    ) -> Result<DataObject, Error> {
        let class = self.class_named(ctx, class, |rights| rights.update).await?;
        let change = checked(&class, change, Fields::new())?;
        self.change_all(ctx, &class, origin, &[id], &change).await?.remove(&id).ok_or_else(|| not_found(id))
    }

    /// Changes several objects alike. Gives the first of them, if there is one, and which exist.
    pub async fn update_objects(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        origin: Origin,
        ids: Option<Vec<String>>,
        change: Option<Map>,
    ) -> Result<(Option<DataObject>, Batch), Error> {
        let class = self.class_named(ctx, class, |rights| rights.update).await?;
        let mut fields = Fields::new();
        let named = Named::read(&mut fields, "batch_ids", ids);
        let change = checked(&class, change, fields)?;
        let mut changed = self.change_all(ctx, &class, origin, &named.ids, &change).await?;
        let (first, ids) = (named.ids.iter().find(|id| changed.contains_key(id)).copied(), &changed);
        let batch = named.batch(|id| ids.contains_key(&id));
        Ok((first.and_then(|id| changed.remove(&id)), batch))
    }

    /// Deletes objects with what hangs on them. Tells which existed.
    pub async fn delete_objects(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        origin: Origin,
        ids: Option<Vec<String>>,
    ) -> Result<Batch, Error> {
        let class = self.class_named(ctx, class, |rights| rights.delete).await?;
        let mut fields = Fields::new();
        let named = Named::read(&mut fields, "batch_ids", ids);
        fields.finish()?;
        let deleted = self
            .write_each(ctx, &class, origin, &named.ids, |before| Ok(Change::Delete { before, at: self.now() }))
            .await?;
        Ok(named.batch(|id| deleted.contains_key(&id)))
    }

    /// Changes objects of a class alike. Gives those that exist, as they are now.
    pub(crate) async fn change_all(
        &self,
        ctx: &Ctx,
        class: &Arc<Class>,
        origin: Origin,
        ids: &[ObjectId],
        change: &Map,
    ) -> Result<HashMap<ObjectId, DataObject>, Error> {
        self.write_each(ctx, class, origin, ids, |before| {
            let after = changed(&before, change, self.now(), origin)?;
            Ok(Change::Update { before, after })
        })
        .await
    }

    /// Makes a change of each of some objects of a class from what it is. Gives those that it was made of.
    pub(crate) async fn write_each(
        &self,
        ctx: &Ctx,
        class: &Arc<Class>,
        origin: Origin,
        ids: &[ObjectId],
        change: impl Fn(DataObject) -> Result<Change, Error>,
    ) -> Result<HashMap<ObjectId, DataObject>, Error> {
        let _turn = self.inner.locks.take(ids).await;
        let mut done = HashMap::new();
        let mut left = ids.to_vec();
        for _ in 0..ATTEMPTS {
            let mut conn = self.inner.db.read().await?;
            let stored = rows::get_all(&mut conn, ctx.tenant, &left).await?;
            drop(conn);
            let mut changes = Vec::with_capacity(stored.len());
            for row in stored.into_iter().filter(|row| row.dataclass_id == class.id) {
                changes.push(change(DataObject::read(Arc::clone(class), row)?)?);
            }
            if changes.is_empty() {
                return Ok(done);
            }
            left = changes.iter().map(|change| change.object().row.id).collect();
            for outcome in self.write_objects(ctx, origin, changes).await? {
                if let Outcome::Done(object) = outcome {
                    done.insert(object.row.id, *object);
                }
            }
            left.retain(|id| !done.contains_key(id));
            if left.is_empty() {
                return Ok(done);
            }
        }
        Err(busy())
    }
}

/// An object with what a change says of it, as its next version.
pub(super) fn changed(before: &DataObject, change: &Map, now: Timestamp, origin: Origin) -> Result<DataObject, Error> {
    let class = Arc::clone(&before.class);
    let fields = fill::merge(&class, before.data.as_map().unwrap_or(&Map::new()), change, now, origin);
    let row = ObjectRow {
        version: before.row.version + 1,
        update_time: now,
        occur_time: class.occurred(&fields, before.row.create_time),
        body: String::new(),
        ..before.row.clone()
    };
    let data = Value::map(fields);
    let row = ObjectRow { body: body(&data)?, ..row };
    Ok(DataObject { class, row, data })
}

/// Checks what is to change of an object.
pub(super) fn checked(class: &Class, change: Option<Map>, mut fields: Fields) -> Result<Map, Error> {
    let change = fields.required("data_object", change);
    check::check(&mut fields, &class.members, &change, Extent::Part, class.zone);
    fields.finish()?;
    Ok(change)
}

/// How an object comes that does not say.
fn kind_of(origin: Origin, data: &Map) -> &'static str {
    let simulated = data.get("simulation").is_some_and(|value| value.to_text().eq_ignore_ascii_case("true"));
    match origin {
        _ if simulated => "SIMULATION",
        Origin::Api { .. } | Origin::Import => "MANUAL",
        Origin::Ingest => "DATA_SOURCE",
        Origin::Component { .. } => "PLAYBOOK",
    }
}

fn body(data: &Value) -> Result<String, Error> {
    let body = data.to_json();
    if body.len() > MOST_BYTES {
        return Err(Error::new(
            &code::INVALID,
            Text::new(
                format!("data_object must have at most {MOST_BYTES} bytes, not {}", body.len()),
                format!("data_object最多{MOST_BYTES}字节，实际为{}字节", body.len()),
            ),
        ));
    }
    Ok(body)
}

pub(super) fn busy() -> Error {
    Error::new(
        &code::OBJECT_BUSY,
        Text::new("the data object is being changed by many at once; try again", "数据对象正被多方同时修改，请重试"),
    )
}

pub(crate) fn not_found(id: ObjectId) -> Error {
    Error::new(
        &code::OBJECT_NOT_FOUND,
        Text::new(format!("the data object {id} does not exist"), format!("数据对象{id}不存在")),
    )
}

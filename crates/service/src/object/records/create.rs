//! Objects that runs make.

use std::sync::Arc;

use model::id::name_based;
use model::{Map, ObjectId, Value};
use plugin::records::{Created, New};
use store::object as rows;

use super::Act;
use super::once::{Made, Missed};
use crate::Service;
use crate::error::Error;
use crate::object::change::{ATTEMPTS, busy, not_found};
use crate::object::class::Class;
use crate::object::classes::ClassName;
use crate::object::input::CreateObject;
use crate::object::write::{Change, DataObject};

impl Service {
    /// Creates an object, unless there is one that is the same.
    pub(super) async fn create_once(&self, act: &Act<'_>, class: &str, new: &New) -> Result<Created, Error> {
        let class = self.class_named(&act.ctx, ClassName::Other(class), |rights| rights.create).await?;
        let mut data = new.object.as_map().cloned().unwrap_or_default();
        fill_origin(act, &class, &mut data);
        let same = self.sameness(&class, new)?;
        for _ in 0..ATTEMPTS {
            let there = match &same {
                None => None,
                Some(same) => self.find_latest(&class, &same.conditions).await?,
            };
            let made = match there {
                Some(there) => self.settle(act, there).await?,
                None => {
                    let id = same.as_ref().map(|same| same.id);
                    let input = CreateObject {
                        id: id.map(|id| id.to_string()),
                        data: Some(data.clone()),
                        ..CreateObject::default()
                    };
                    let change = self.new_object(&act.ctx, &class, act.origin, input)?;
                    self.make(act, change).await?
                }
            };
            if let Some(created) = made {
                return Ok(created);
            }
        }
        Err(busy())
    }

    /// Says that the effect has found an object.
    async fn settle(&self, act: &Act<'_>, there: DataObject) -> Result<Option<Created>, Error> {
        match self.once(act, there.row.id.0, false, |_| Box::pin(async { Ok(()) })).await {
            Ok(Made::Now(())) => Ok(Some(Created { object: there.data, is_new: false })),
            Ok(Made::Before { object, is_new }) => self.made_before(act, ObjectId(object), is_new).await.map(Some),
            Err(Missed::Moved) => Ok(None),
            Err(Missed::Failed(error)) => Err(error),
        }
    }

    /// Makes a new object; none when its id is taken.
    async fn make(&self, act: &Act<'_>, change: Change) -> Result<Option<Created>, Error> {
        let class = Arc::clone(&change.object().class);
        let id = change.object().row.id;
        let prepared = self.prepare_objects(&act.ctx, act.origin, vec![change]).await?;
        match self.write_once(act, (id, true), prepared).await {
            Ok(Made::Now(object)) => Ok(Some(Created { object: object.data, is_new: true })),
            Ok(Made::Before { object, is_new }) => self.made_before(act, ObjectId(object), is_new).await.map(Some),
            // What has the id is the same object, whatever it holds by now.
            Err(Missed::Moved) => match self.read_any(act, id).await? {
                Some(there) => self.settle(act, DataObject::read(class, there)?).await,
                None => Ok(None),
            },
            Err(Missed::Failed(error)) => Err(error),
        }
    }

    async fn made_before(&self, act: &Act<'_>, id: ObjectId, is_new: bool) -> Result<Created, Error> {
        let row = self.read_any(act, id).await?.ok_or_else(|| not_found(id))?;
        Ok(Created { object: Value::from_json(&row.body).map_err(Error::internal)?, is_new })
    }

    async fn read_any(&self, act: &Act<'_>, id: ObjectId) -> Result<Option<rows::ObjectRow>, Error> {
        let mut conn = self.inner.db.read().await?;
        Ok(rows::get(&mut conn, act.ctx.tenant, id).await?)
    }

    /// Makes an incident of alerts and relates it to them.
    pub(super) async fn incident_once(
        &self,
        act: &Act<'_>,
        alerts: &[ObjectId],
        incident: Map,
    ) -> Result<Value, Error> {
        let found = self.alerts(&act.ctx, alerts).await?;
        if let Some(missing) = alerts.iter().find(|id| found.iter().all(|alert| alert.row.id != **id)) {
            return Err(not_found(*missing));
        }
        let class = self.class_named(&act.ctx, ClassName::Incident, |rights| rights.create).await?;
        let change = self.incident_of(&act.ctx, &class, act.origin, &found, incident)?;
        let made = self.make(act, change).await?;
        Ok(made.ok_or_else(busy)?.object)
    }
}

/// What makes a new object the same as another one.
struct Sameness {
    conditions: plugin::records::Conditions,
    /// The id that only the same objects get: of two that are made at once, one is.
    id: ObjectId,
}

impl Service {
    fn sameness(&self, class: &Class, new: &New) -> Result<Option<Sameness>, Error> {
        if new.unique.is_empty() {
            return Ok(None);
        }
        let conditions = super::find::equal(&new.object, &new.unique)?;
        let values = Value::list(conditions.iter().map(|(_, data)| Value::list(data.clone())).collect());
        let id = ObjectId(name_based(class.id.0, &["object", &values.to_json()]));
        Ok(Some(Sameness { conditions, id }))
    }
}

/// What the server knows of the origin of an object that a run makes.
fn fill_origin(act: &Act<'_>, class: &Class, data: &mut Map) {
    let (domain, region) = (Value::from(class.domain.to_string()), Value::from(class.region.as_str()));
    let place =
        [("domain_id", domain), ("region_id", region), ("project_id", act.ctx.tenant.project.to_string().into())];
    let own = |pairs: &[(&'static str, Value)]| Value::object(place.iter().cloned().chain(pairs.iter().cloned()));
    for (key, value) in [
        ("environment", own(&[("vendor_type", "Muster".into())])),
        (
            "data_source",
            own(&[
                ("source_type", Value::int(1)),
                ("product_name", "Muster".into()),
                ("product_feature", "Playbook".into()),
            ]),
        ),
    ] {
        if class.has_field(key) && data.get(key).is_none_or(Value::is_null) {
            data.insert(key.into(), value);
        }
    }
}

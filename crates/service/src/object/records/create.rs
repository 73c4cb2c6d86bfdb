//! Objects that runs make.

use std::sync::Arc;

use model::id::name_based;
use model::{Map, ObjectId, Value};
use plugin::records::{Created, New};
use store::object::{self as rows, ObjectRef};

use super::Act;
use super::once::{Made, Missed};
use crate::Service;
use crate::error::Error;
use crate::object::change::{ATTEMPTS, busy, not_found};
use crate::object::class::Class;
use crate::object::classes::ClassName;
use crate::object::input::CreateObject;
use crate::object::write::{Change, DataObject};

/// Fields of an alert that its incident does not take over: what the server sets, and how the alert was handled.
const ITS_OWN: &[&str] = &[
    "id",
    "create_time",
    "update_time",
    "dataclass_id",
    "alert_type",
    "handle_status",
    "close_reason",
    "close_comment",
    "close_time",
    "is_auto_closed",
    "ttd",
    "ttr",
    "creator",
];

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
                    self.make(act, &class, id, data.clone(), Vec::new()).await?
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

    /// Makes an object; none when the id is taken.
    async fn make(
        &self,
        act: &Act<'_>,
        class: &Arc<Class>,
        id: Option<ObjectId>,
        data: Map,
        related: Vec<ObjectRef>,
    ) -> Result<Option<Created>, Error> {
        let input = CreateObject { id: id.map(|id| id.to_string()), data: Some(data), ..CreateObject::default() };
        let mut change = self.new_object(&act.ctx, class, act.origin, input)?;
        if let Change::Create { related: own, .. } = &mut change {
            *own = related;
        }
        let id = change.object().row.id;
        let prepared = self.prepare_objects(&act.ctx, act.origin, vec![change]).await?;
        match self.write_once(act, (id, true), prepared).await {
            Ok(Made::Now(object)) => Ok(Some(Created { object: object.data, is_new: true })),
            Ok(Made::Before { object, is_new }) => self.made_before(act, ObjectId(object), is_new).await.map(Some),
            // What has the id is the same object, whatever it holds by now.
            Err(Missed::Moved) => match self.read_any(act, id).await? {
                Some(there) => self.settle(act, DataObject::read(Arc::clone(class), there)?).await,
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
        let mut found = Vec::with_capacity(alerts.len());
        for id in alerts {
            found.push(self.get_object(&act.ctx, ClassName::Alert, *id).await?);
        }
        let class = self.class_named(&act.ctx, ClassName::Incident, |rights| rights.create).await?;
        let mut data: Map = found.first().map(DataObject::fields).unwrap_or_default();
        data.retain(|key, _| !ITS_OWN.contains(&&**key));
        data.extend(incident);
        let related = found.iter().map(|alert| ObjectRef { id: alert.row.id, dataclass_id: alert.class.id }).collect();
        let made = self.make(act, &class, None, data, related).await?;
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

//! Alerts become an incident, by hand or in a run: the incident takes over what the first of them tells, and is related
//! to all of them.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Map, ObjectId};
use store::object::{self as rows, ObjectRef};

use super::class::Class;
use super::classes::ClassName;
use super::input::CreateObject;
use super::write::{Change, DataObject, Origin};
use crate::Service;
use crate::batch::{Batch, Named};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::Fields;

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
    /// Makes one incident of alerts; what `content` tells is different from the first of them. Tells which alerts
    /// exist; of none, no incident is made.
    pub async fn make_incident(
        &self,
        ctx: &Ctx,
        origin: Origin,
        ids: Option<Vec<String>>,
        mut content: Map,
    ) -> Result<Batch, Error> {
        let incidents = self.class_named(ctx, ClassName::Incident, |rights| rights.create).await?;
        let mut fields = Fields::new();
        let named = Named::read(&mut fields, "ids", ids);
        fields.finish()?;
        let found = self.alerts(ctx, &named.ids).await?;
        // Nothing told is nothing different.
        content.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
        if !found.is_empty() {
            let change = self.incident_of(ctx, &incidents, origin, &found, content)?;
            self.write_objects(ctx, origin, vec![change]).await?;
        }
        Ok(named.batch(|id| found.iter().any(|alert| alert.row.id == id)))
    }

    /// The alerts with these ids that exist, in this order.
    pub(super) async fn alerts(&self, ctx: &Ctx, ids: &[ObjectId]) -> Result<Vec<DataObject>, Error> {
        let class = self.class_named(ctx, ClassName::Alert, |rights| rights.get).await?;
        let mut conn = self.inner.db.read().await?;
        let stored = rows::get_all(&mut conn, ctx.tenant, ids).await?;
        drop(conn);
        let stored = stored.into_iter().filter(|row| row.dataclass_id == class.id).map(|row| (row.id, row));
        let mut stored: HashMap<_, _> = stored.collect();
        let found = ids.iter().filter_map(|id| stored.remove(id));
        found.map(|row| DataObject::read(Arc::clone(&class), row)).collect()
    }

    /// The change that makes an incident of alerts.
    pub(super) fn incident_of(
        &self,
        ctx: &Ctx,
        incidents: &Arc<Class>,
        origin: Origin,
        alerts: &[DataObject],
        content: Map,
    ) -> Result<Change, Error> {
        let mut data: Map = alerts.first().map(DataObject::fields).unwrap_or_default();
        data.retain(|key, _| !ITS_OWN.contains(&&**key));
        data.extend(content);
        let input = CreateObject { data: Some(data), ..CreateObject::default() };
        let mut change = self.new_object(ctx, incidents, origin, input)?;
        if let Change::Create { related, .. } = &mut change {
            let alerts = alerts.iter();
            related.extend(alerts.map(|alert| ObjectRef { id: alert.row.id, dataclass_id: alert.class.id }));
        }
        Ok(change)
    }
}

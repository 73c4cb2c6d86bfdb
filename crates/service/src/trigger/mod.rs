//! Triggers: which playbooks the events of data objects set off.
//!
//! The enabled playbooks of a workspace are compiled once, into an index by class and event, and kept with the epoch of
//! the workspace at which they were read. An event is decided against the index before the writer. The transaction of
//! the event then compares the epochs: when a playbook has been enabled, disabled or changed meanwhile, it reads the
//! playbooks itself and decides anew. So what commits with an object is exactly what was enabled when it committed.
//!
//! What an event sets off is a queued playbook instance, unique by object, version of the object and version of the
//! playbook; [`crate::playbook::run`] goes on from there.

mod armed;
mod event;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::{ObjectId, Tenant, WorkspaceId};
use store::Tx;
use store::playbook::instance::{self, Encoded};
use store::playbook::{run, trigger as rows};

use crate::Service;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::object::{Change, Origin};

use armed::Armed;
use event::{Cause, Event};

pub(crate) use armed::{IN_ORDER, instance_name, runs};

/// Workspaces whose playbooks are kept compiled; beyond that, all are read anew when they are asked for.
const KNOWN: usize = 1_000;

/// The compiled playbooks of workspaces.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<WorkspaceId, Arc<Armed>>>);

impl Known {
    fn get(&self, workspace: WorkspaceId) -> Option<Arc<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&workspace).cloned()
    }

    fn put(&self, workspace: WorkspaceId, armed: &Arc<Armed>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN && !known.contains_key(&workspace) {
            known.clear();
        }
        known.insert(workspace, Arc::clone(armed));
    }
}

/// What changes of objects set off, decided at an epoch.
pub(crate) struct Triggers {
    service: Service,
    tenant: Tenant,
    epoch: i64,
    events: Vec<Event>,
    cause: Cause,
    queued: Vec<(ObjectId, Encoded)>,
}

impl Service {
    /// Decides what changes of objects set off; none when whoever makes them does not want that. The transaction of the
    /// changes calls [`Triggers::commit`].
    pub(crate) async fn triggers_of(
        &self,
        ctx: &Ctx,
        origin: Origin,
        changes: &[Change],
    ) -> Result<Option<Triggers>, Error> {
        let tenant = ctx.tenant;
        let by = match origin {
            Origin::Api { trigger: false } | Origin::Component { trigger: false, .. } => return Ok(None),
            Origin::Api { trigger: true } | Origin::Ingest | Origin::Import => None,
            Origin::Component { run, trigger: true } => {
                let mut conn = self.inner.db.read().await?;
                run::get_origin(&mut conn, tenant, run).await?
            }
        };
        let principal = &ctx.caller.principal;
        let cause = Cause {
            user: principal.user,
            user_name: principal.name.clone(),
            instance: by.map(|by| (by.playbook_instance_id, by.depth)),
        };
        let armed = match self.inner.triggers.get(tenant.workspace) {
            Some(armed) => armed,
            None => {
                let mut conn = self.inner.db.read().await?;
                self.arm(&mut conn, tenant).await?
            }
        };
        let events: Vec<Event> = changes.iter().map(Event::of).collect();
        let queued = self.queue(&armed, &events, &cause)?;
        Ok(Some(Triggers { service: self.clone(), tenant, epoch: armed.epoch, events, cause, queued }))
    }

    fn queue(&self, armed: &Armed, events: &[Event], cause: &Cause) -> Result<Vec<(ObjectId, Encoded)>, Error> {
        let (now, dialect) = (self.now(), self.inner.db.dialect());
        let mut queued = Vec::new();
        for event in events {
            for set in armed.decide(event, cause, &*self.inner.ids, now) {
                queued.push((event.id, set.encode(dialect)?));
            }
        }
        Ok(queued)
    }
}

impl Triggers {
    /// Queues what the changes have set off, in their transaction: of those objects that were written.
    pub(crate) async fn commit(mut self, tx: &mut Tx, written: impl Fn(ObjectId) -> bool) -> Result<(), Error> {
        if rows::hold_epoch(tx, self.tenant).await? != self.epoch {
            let armed = self.service.arm(tx, self.tenant).await?;
            self.queued = self.service.queue(&armed, &self.events, &self.cause)?;
        }
        self.queued.retain(|(object, _)| written(*object));
        if !self.queued.is_empty() {
            let queued: Vec<Encoded> = self.queued.into_iter().map(|(_, queued)| queued).collect();
            instance::insert_all(tx, &queued).await?;
        }
        Ok(())
    }
}

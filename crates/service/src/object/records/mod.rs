//! The port through which components reach data objects.
//!
//! What a workflow does to objects was approved with it, so a component may do everything to the objects of the run's
//! workspace; what it does is on record for whoever started the run. Changes are made once for each effect ([`once`]).

mod create;
mod find;
mod once;
mod said;

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use model::principal::{Grant, Scope};
use model::{Map, ObjectId, Principal, Value};
use plugin::ActionError;
use plugin::error::{RECORDS_INVALID, RECORDS_NOT_FOUND, RECORDS_REFUSED, RECORDS_UNAVAILABLE};
use plugin::records::{Caller, Class, ClassType, Created, Found, Labels, New, Records, Search, Similar, Similarity};
use store::instance;

use super::classes::ClassName;
use super::write::Origin;
use crate::ctx::{self, Ctx, RequestInfo};
use crate::error::{Error, Kind};
use crate::{Inner, Service};

/// What a component may do in the workspace of its run.
const RIGHTS: [&str; 4] = ["secmaster:*:create", "secmaster:*:get", "secmaster:*:list", "secmaster:*:update"];

/// The use-cases as components see them. The service has the runtime, which has this: so it does not keep the service.
pub(crate) struct Port(Weak<Inner>);

impl Port {
    pub(crate) fn new(inner: &Arc<Inner>) -> Self {
        Self(Arc::downgrade(inner))
    }

    /// The use-cases, and an effect of a run that uses them.
    async fn open<'c>(&self, caller: &'c Caller, trigger: bool) -> Result<(Service, Act<'c>), ActionError> {
        let gone = || ActionError::transient(RECORDS_UNAVAILABLE, "the server is shutting down");
        let service = Service { inner: self.0.upgrade().ok_or_else(gone)? };
        let act = service.act(caller, trigger).await.map_err(action_error)?;
        Ok((service, act))
    }
}

/// An effect of a run that reads or changes objects.
struct Act<'c> {
    ctx: Ctx,
    origin: Origin,
    caller: &'c Caller,
}

impl Service {
    async fn act<'c>(&self, caller: &'c Caller, trigger: bool) -> Result<Act<'c>, Error> {
        let mut conn = self.inner.db.read().await?;
        let creator = instance::get_creator(&mut conn, caller.tenant, caller.root).await?;
        drop(conn);
        let creator = creator.ok_or_else(|| crate::instance::not_found(caller.root))?;
        let grant = Grant {
            role: String::new(),
            scope: Scope::Workspace(caller.tenant.workspace),
            permissions: RIGHTS.map(str::to_owned).into(),
        };
        let principal = Principal {
            user: creator.id,
            name: creator.name,
            domain: creator.domain_id,
            project: Some(caller.tenant.project),
            grants: vec![grant],
        };
        let request = RequestInfo { id: caller.key.clone(), client_ip: String::new() };
        let ctx = Ctx {
            caller: ctx::Caller { principal: Arc::new(principal), request },
            tenant: caller.tenant,
            four_eyes: false,
        };
        Ok(Act { ctx, origin: Origin::Component { run: caller.root, trigger }, caller })
    }
}

#[async_trait]
impl Records for Port {
    async fn class(&self, caller: &Caller, class: &str) -> Result<Class, ActionError> {
        let (service, act) = self.open(caller, false).await?;
        service.described_class(&act, class).await.map_err(action_error)
    }

    async fn get(&self, caller: &Caller, class: &str, id: &str) -> Result<Value, ActionError> {
        let (service, act) = self.open(caller, false).await?;
        let found = service.get_object(&act.ctx, ClassName::Other(class), object_id(id)?).await;
        found.map(|object| object.data).map_err(action_error)
    }

    async fn search(&self, caller: &Caller, class: &str, search: &Search) -> Result<Found, ActionError> {
        let (service, act) = self.open(caller, false).await?;
        service.find_page(&act, class, search).await.map_err(action_error)
    }

    async fn similar(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        similarity: &Similarity,
    ) -> Result<Similar, ActionError> {
        let (service, act) = self.open(caller, false).await?;
        service.find_similar(&act, class, object_id(id)?, similarity).await.map_err(action_error)
    }

    async fn create(&self, caller: &Caller, class: &str, new: &New, trigger: bool) -> Result<Created, ActionError> {
        let (service, act) = self.open(caller, trigger).await?;
        service.create_once(&act, class, new).await.map_err(action_error)
    }

    async fn change(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        patch: &Value,
        trigger: bool,
    ) -> Result<Value, ActionError> {
        let (service, act) = self.open(caller, trigger).await?;
        service.merge_once(&act, class, object_id(id)?, members(patch)?).await.map_err(action_error)
    }

    async fn label(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        labels: &Labels,
        trigger: bool,
    ) -> Result<Value, ActionError> {
        let (service, act) = self.open(caller, trigger).await?;
        service.label_once(&act, class, object_id(id)?, labels).await.map_err(action_error)
    }

    async fn comment(&self, caller: &Caller, class: &str, id: &str, text: &str) -> Result<String, ActionError> {
        let (service, act) = self.open(caller, false).await?;
        let note = service.comment_once(&act, class, object_id(id)?, text).await.map_err(action_error)?;
        Ok(note.to_string())
    }

    async fn relate(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        related_class: &str,
        related: &[String],
    ) -> Result<(), ActionError> {
        let (service, act) = self.open(caller, false).await?;
        let related: Vec<ObjectId> = related.iter().map(|id| object_id(id)).collect::<Result<_, _>>()?;
        service.relate_once(&act, class, object_id(id)?, related_class, related).await.map_err(action_error)
    }

    async fn to_incident(
        &self,
        caller: &Caller,
        alerts: &[String],
        incident: &Value,
        trigger: bool,
    ) -> Result<Value, ActionError> {
        let (service, act) = self.open(caller, trigger).await?;
        let alerts: Vec<ObjectId> = alerts.iter().map(|id| object_id(id)).collect::<Result<_, _>>()?;
        service.incident_once(&act, &alerts, members(incident)?).await.map_err(action_error)
    }
}

impl Service {
    async fn described_class(&self, act: &Act<'_>, name: &str) -> Result<Class, Error> {
        // The id that a built-in class has in every workspace names it too.
        let built_in = crate::builtin::class_id(name, act.ctx.tenant).map(|id| id.to_string());
        let name = ClassName::Other(built_in.as_deref().unwrap_or(name));
        let class = self.class_named(&act.ctx, name, |rights| rights.get).await?;
        let types = self.class_types(&act.ctx, class.id).await?;
        let types = types.into_iter().map(|row| ClassType {
            id: row.id.to_string(),
            category: row.category_code,
            sub_category: row.sub_category_code,
        });
        Ok(Class { id: class.id.to_string(), name: class.name.clone(), types: types.collect() })
    }
}

fn object_id(text: &str) -> Result<ObjectId, ActionError> {
    let missing = || ActionError::permanent(RECORDS_NOT_FOUND, format!("the data object '{text}' does not exist"));
    text.parse().map_err(|_| missing())
}

fn members(object: &Value) -> Result<Map, ActionError> {
    let no_object = || ActionError::permanent(RECORDS_INVALID, format!("expected an object, got a {}", object.kind()));
    object.as_map().cloned().ok_or_else(no_object)
}

#[expect(clippy::needless_pass_by_value, reason = "map_err gives the error away")]
fn action_error(error: Error) -> ActionError {
    let message = error.message().en.clone();
    match error.kind() {
        Kind::NotFound => ActionError::permanent(RECORDS_NOT_FOUND, message),
        Kind::Invalid | Kind::TooLarge => ActionError::permanent(RECORDS_INVALID, message),
        Kind::Unauthenticated | Kind::Forbidden | Kind::Conflict | Kind::Precondition => {
            ActionError::permanent(RECORDS_REFUSED, message)
        }
        Kind::RateLimited | Kind::Unavailable => ActionError::transient(RECORDS_UNAVAILABLE, message),
        Kind::Internal => {
            tracing::error!(error = &error as &dyn std::error::Error, "an action cannot work on data objects");
            ActionError::permanent(RECORDS_REFUSED, "internal error; the log of the server has the cause")
        }
    }
}

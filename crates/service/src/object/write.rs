//! The one place where data objects are written. Every change of objects, whoever makes it, passes [`Service::prepare_objects`]
//! before the writer and [`Prepared::apply`] in its transaction.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use model::{InstanceId, Map, ObjectId, Tenant, Timestamp, Value};
use serde::Serialize;
use store::object::{self as rows, Encoded, Object, ObjectRef, ObjectRow};
use store::{Tx, audit::AuditEntry};

use super::class::Class;
use super::dedup::{self, Arrivals};
use super::rights::Acts;
use crate::Service;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::trigger::Triggers;

/// Who changes objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody, through the API.
    Api {
        /// Whether playbooks may be triggered.
        trigger: bool,
    },
    /// A source of events.
    Ingest,
    /// A file that somebody imports. Its objects trigger playbooks.
    Import,
    /// A run of a workflow.
    Component {
        /// The run.
        run: InstanceId,
        /// Whether playbooks may be triggered.
        trigger: bool,
    },
}

/// An object with its class, its body read.
#[derive(Debug, Clone)]
pub struct DataObject {
    /// Its class.
    pub class: Arc<Class>,
    /// It as it is stored.
    pub row: ObjectRow,
    /// Its body.
    pub data: Value,
}

impl DataObject {
    /// Reads a stored object.
    pub(crate) fn read(class: Arc<Class>, row: ObjectRow) -> Result<Self, Error> {
        let data = Value::from_json(&row.body).map_err(Error::internal)?;
        Ok(Self { class, row, data })
    }

    /// What people call it: an alert's title. At most 256 characters, without U+0000, which PostgreSQL cannot hold.
    pub(crate) fn name(&self) -> String {
        let name = self.data.get(self.class.name_field()).to_text();
        name.chars().filter(|c| *c != '\0').take(256).collect()
    }

    /// It with what it is found by, as it is stored.
    pub(super) fn stored(&self) -> Object {
        Object { row: self.row.clone(), terms: self.class.terms(&self.data) }
    }

    /// Its fields.
    pub(super) fn fields(&self) -> Map {
        self.data.as_map().cloned().unwrap_or_default()
    }
}

/// A change of one object.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// A new object.
    Create {
        /// It.
        after: DataObject,
        /// Objects that it is related to from the start.
        related: Vec<ObjectRef>,
    },
    /// The next version of an object.
    Update {
        /// The object as it is.
        before: DataObject,
        /// The object as it is to be.
        after: DataObject,
    },
    /// An object goes.
    Delete {
        /// It.
        before: DataObject,
        /// When.
        at: Timestamp,
    },
}

impl Change {
    /// The object before; none when it is new.
    pub(crate) fn before(&self) -> Option<&DataObject> {
        match self {
            Self::Create { .. } => None,
            Self::Update { before, .. } | Self::Delete { before, .. } => Some(before),
        }
    }

    /// The object after; none when it goes.
    pub(crate) fn after(&self) -> Option<&DataObject> {
        match self {
            Self::Create { after, .. } | Self::Update { after, .. } => Some(after),
            Self::Delete { .. } => None,
        }
    }

    /// The object after, or the one that goes.
    pub(crate) fn object(&self) -> &DataObject {
        match self {
            Self::Create { after, .. } | Self::Update { after, .. } => after,
            Self::Delete { before, .. } => before,
        }
    }

    /// When it is made.
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Self::Create { after, .. } | Self::Update { after, .. } => after.row.update_time,
            Self::Delete { at, .. } => *at,
        }
    }

    fn into_object(self) -> DataObject {
        match self {
            Self::Create { after, .. } | Self::Update { after, .. } => after,
            Self::Delete { before, .. } => before,
        }
    }

    /// What the record calls it.
    fn action(&self) -> &'static str {
        let Acts { create, update, delete, .. } = &self.object().class.rights.acts;
        match self {
            Self::Create { .. } => create,
            Self::Update { .. } => update,
            Self::Delete { .. } => delete,
        }
    }
}

/// What became of a change.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It was made: the object after it, or the one that went.
    Done(Box<DataObject>),
    /// An earlier object stands for the new one, and has counted it: the earlier one after that.
    Repeated(Box<DataObject>),
    /// There is an object with the id of the new one.
    Taken,
    /// The object is not what it was before: somebody else has changed or deleted it. Read it and try again.
    Stale,
}

/// Changes in the form that the writer takes.
pub(crate) struct Prepared {
    ctx: Ctx,
    origin: Origin,
    changes: Vec<Change>,
    new: Vec<Encoded>,
    next: Vec<Object>,
    /// The objects that go, with their versions.
    gone: HashMap<ObjectId, i64>,
    arrivals: Arrivals,
    /// What the changes set off.
    triggers: Option<Triggers>,
}

impl Service {
    /// Makes changes of objects of one workspace, each by itself: one that cannot be made leaves the others as they
    /// are. Gives what became of each.
    pub(crate) async fn write_objects(
        &self,
        ctx: &Ctx,
        origin: Origin,
        changes: Vec<Change>,
    ) -> Result<Vec<Outcome>, Error> {
        let prepared = self.prepare_objects(ctx, origin, changes).await?;
        self.inner.writer.write(move |tx| Box::pin(prepared.apply(tx))).await
    }

    /// Computes whatever can be computed before the writer.
    pub(crate) async fn prepare_objects(
        &self,
        ctx: &Ctx,
        origin: Origin,
        changes: Vec<Change>,
    ) -> Result<Prepared, Error> {
        let dialect = self.inner.db.dialect();
        let (mut new, mut next, mut gone) = (Vec::new(), Vec::new(), HashMap::new());
        for change in &changes {
            match change {
                Change::Create { after, .. } => new.push(Encoded::new(dialect, after.stored())?),
                Change::Update { after, .. } => next.push(after.stored()),
                Change::Delete { before, .. } => drop(gone.insert(before.row.id, before.row.version)),
            }
        }
        let arrivals = dedup::arrivals(origin, &changes);
        let triggers = self.triggers_of(ctx, origin, &changes).await?;
        Ok(Prepared { ctx: ctx.clone(), origin, changes, new, next, gone, arrivals, triggers })
    }
}

impl Prepared {
    /// Makes the changes. What else belongs to them can be written in the same transaction.
    pub(crate) async fn apply(mut self, tx: &mut Tx) -> Result<Vec<Outcome>, Error> {
        let tenant = self.ctx.tenant;
        let repeats = dedup::count(tx, &self.ctx, std::mem::take(&mut self.arrivals)).await?;
        self.new.retain(|object| !repeats.contains_key(&object.id()));
        let mut added = rows::insert_all(tx, &self.new).await?;
        let mut done = rows::update_all(tx, tenant, &self.next).await?;
        if let Some(at) = self.changes.iter().find(|change| change.after().is_none()).map(Change::at) {
            done.extend(rows::delete_versions(tx, tenant, &self.gone, at).await?);
        }
        self.relate(tx, tenant, &added).await?;
        let standing = self.add_up(tx, &repeats).await?;

        let mut outcomes = Vec::with_capacity(self.changes.len());
        let mut made = Made::default();
        for change in self.changes {
            let id = change.object().row.id;
            let is_new = change.before().is_none();
            // Of two new objects with one id, the first was added.
            let is_made = if is_new { added.remove(&id) } else { done.contains(&id) };
            outcomes.push(match (is_made, is_new) {
                (true, _) => {
                    made.add(&change);
                    Outcome::Done(Box::new(change.into_object()))
                }
                (false, true) => match repeats.get(&id).and_then(|object| standing.get(object)) {
                    Some(object) => Outcome::Repeated(Box::new(object.clone())),
                    None => Outcome::Taken,
                },
                (false, false) => Outcome::Stale,
            });
        }
        if let Some(triggers) = self.triggers {
            triggers.commit(tx, |id| made.objects.contains(&id)).await?;
        }
        made.record(tx, &self.ctx, self.origin);
        Ok(outcomes)
    }

    /// Counts repeats on the objects that stand for them.
    async fn add_up(
        &self,
        tx: &mut Tx,
        repeats: &HashMap<ObjectId, ObjectId>,
    ) -> Result<HashMap<ObjectId, DataObject>, Error> {
        if repeats.is_empty() {
            return Ok(HashMap::new());
        }
        let after = self.changes.iter().filter_map(Change::after);
        let repeats: Vec<_> = after.filter_map(|after| Some((after, *repeats.get(&after.row.id)?))).collect();
        dedup::add_up(tx, &self.ctx, self.origin, &repeats).await
    }

    /// Relates new objects to those that they belong to and that exist.
    async fn relate(&self, tx: &mut Tx, tenant: Tenant, added: &HashSet<ObjectId>) -> Result<(), Error> {
        let mut pairs = Vec::new();
        for change in &self.changes {
            if let Change::Create { after, related } = change
                && added.contains(&after.row.id)
            {
                let new = ObjectRef { id: after.row.id, dataclass_id: after.row.dataclass_id };
                pairs.extend(related.iter().map(|other| (new.clone(), other.clone())));
            }
        }
        let Some(at) = self.changes.first().filter(|_| !pairs.is_empty()).map(Change::at) else { return Ok(()) };
        let others: Vec<ObjectId> = pairs.iter().map(|(_, other)| other.id).collect();
        let kept = rows::keep_all(tx, tenant, &others).await?;
        let kept: HashSet<ObjectId> = kept.into_iter().map(|kept| kept.id).collect();
        pairs.retain(|(_, other)| kept.contains(&other.id));
        Ok(rows::relation::insert_all(tx, tenant, &pairs, self.ctx.caller.principal.user, at).await?)
    }
}

/// The changes for the record of what people did: each by itself, but what is created together by its number, since
/// every object tells by itself who has created it.
#[derive(Default)]
struct Made {
    created: BTreeMap<&'static str, Vec<(ObjectId, Timestamp)>>,
    others: Vec<(&'static str, ObjectId, Timestamp)>,
    objects: HashSet<ObjectId>,
}

impl Made {
    fn add(&mut self, change: &Change) {
        let (action, object, at) = (change.action(), change.object().row.id, change.at());
        self.objects.insert(object);
        match change {
            Change::Create { .. } => self.created.entry(action).or_default().push((object, at)),
            Change::Update { .. } | Change::Delete { .. } => self.others.push((action, object, at)),
        }
    }

    fn record(self, tx: &mut Tx, ctx: &Ctx, origin: Origin) {
        let run = match origin {
            Origin::Component { run, .. } => Some(run.to_string()),
            Origin::Api { .. } | Origin::Ingest | Origin::Import => None,
        };
        let mut put = |action, object: String, at, count: Option<usize>| {
            let detail = Detail { run: run.as_deref(), count };
            let detail = serde_json::to_string(&detail).expect("texts and numbers cannot fail to serialise");
            tx.audit(AuditEntry { detail, ..ctx.audit(at, action, object) });
        };
        for (action, created) in self.created {
            match created.as_slice() {
                [(object, at)] => put(action, object.to_string(), *at, None),
                many => put(action, String::new(), many[0].1, Some(many.len())),
            }
        }
        for (action, object, at) in self.others {
            put(action, object.to_string(), at, None);
        }
    }
}

/// What else the record tells of a change.
#[derive(Serialize)]
struct Detail<'a> {
    /// The run that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    /// How many objects were created together.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
}

//! The port to the server's data objects: what components may do with alerts, incidents, indicators and all the others.
//!
//! The server implements [`Records`] and hands it to the [`crate::Host`]; a component never sees how. An object is an open
//! document, with its `id` and the other members that the server sets inside. Classes are named by their name or id,
//! members of objects by paths as conditions have them (`network_list.src_ip`).
//!
//! Whatever changes something is done once for a [`Caller::key`]: repeated with the same key, it changes nothing and
//! answers with the same object again, as it is now. Reads answer what is there now.

use std::time::Duration;

use async_trait::async_trait;
use model::{InstanceId, Tenant, Value};

use crate::error::ActionError;

/// Who calls: one effect of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose objects.
    pub tenant: Tenant,
    /// The outermost run, whose creator the change is on record for.
    pub root: InstanceId,
    /// The idempotency key of the effect.
    pub key: String,
}

impl Caller {
    /// The same effect in one of several changes that it makes.
    #[must_use]
    pub fn step(&self, name: &str) -> Self {
        Self { key: format!("{}/{name}", self.key), ..self.clone() }
    }
}

/// A data class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The types that its objects may have.
    pub types: Vec<ClassType>,
}

/// A type of a data class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassType {
    /// Its id.
    pub id: String,
    /// The code of the type.
    pub category: String,
    /// The code of the subtype; empty for the type itself.
    pub sub_category: String,
}

/// Named conditions, `[field, operator, value …]` each, as a search of the API has them.
pub type Conditions = Vec<(String, Vec<Value>)>;

/// What objects to find.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Search {
    /// Conditions.
    pub conditions: Conditions,
    /// How they belong together; all must hold when this is empty.
    pub logics: Vec<String>,
    /// Created at or after this time.
    pub from: Option<String>,
    /// Created at or before this time.
    pub to: Option<String>,
    /// What to sort by; the creation by default.
    pub sort_by: Option<String>,
    /// `ASC` or `DESC` (default).
    pub order: Option<String>,
    /// How many to pass over.
    pub offset: i64,
    /// How many to give, 1 to 1000.
    pub limit: i64,
}

/// A page of objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// How many there are on all pages.
    pub total: i64,
    /// The objects.
    pub objects: Vec<Value>,
}

/// An object that there is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct New {
    /// The object.
    pub object: Value,
    /// Members that make it the same as another one: where there is an object that has the values of all of them, none is
    /// created. With none, one always is.
    pub unique: Vec<String>,
}

/// What became of a [`New`] object.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// The object, or the one that was there.
    pub object: Value,
    /// Whether it was created.
    pub is_new: bool,
}

/// A change of the labels of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// To be there afterwards.
    pub add: Vec<String>,
    /// Not to be there afterwards.
    pub remove: Vec<String>,
}

/// Which earlier objects of its class are similar to an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// The members that they have a value in common in. Where the object has none, all others that have none are like it
    /// when all fields count, and nobody is when one is enough.
    pub fields: Vec<String>,
    /// Whether one of the fields is enough.
    pub any: bool,
    /// How much earlier than the object they may have been created.
    pub window: Duration,
    /// What they must meet besides.
    pub conditions: Conditions,
}

/// Similar objects that were created earlier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Similar {
    /// How many there are.
    pub count: i64,
    /// The earliest.
    pub first: Option<Value>,
    /// The latest.
    pub last: Option<Value>,
    /// The latest of those that were closed with a comment, newest first, at most [`CLOSED`].
    pub closed: Vec<Value>,
    /// Whether all were looked at. When they are too many, the latest are.
    pub is_complete: bool,
}

/// Most objects that [`Similar::closed`] has.
pub const CLOSED: usize = 20;

/// What components may do with data objects. `trigger` says whether a change may set off playbooks.
///
/// Every method fails with [`crate::error::RECORDS_NOT_FOUND`] when the class or an object does not exist,
/// [`crate::error::RECORDS_INVALID`] when what is given cannot be, [`crate::error::RECORDS_REFUSED`] when it is not
/// allowed, and with the retryable [`crate::error::RECORDS_UNAVAILABLE`] when the storage does not answer.
#[async_trait]
pub trait Records: Send + Sync {
    /// A data class.
    async fn class(&self, caller: &Caller, class: &str) -> Result<Class, ActionError>;

    /// An object.
    async fn get(&self, caller: &Caller, class: &str, id: &str) -> Result<Value, ActionError>;

    /// A page of objects.
    async fn search(&self, caller: &Caller, class: &str, search: &Search) -> Result<Found, ActionError>;

    /// Earlier objects that are similar to one.
    async fn similar(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        similarity: &Similarity,
    ) -> Result<Similar, ActionError>;

    /// Creates an object, unless it is there. What the server knows of its origin is filled in.
    async fn create(&self, caller: &Caller, class: &str, new: &New, trigger: bool) -> Result<Created, ActionError>;

    /// Changes an object; members that `patch` does not name stay. Gives the object.
    async fn change(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        patch: &Value,
        trigger: bool,
    ) -> Result<Value, ActionError>;

    /// Adds and removes labels; those that others add or remove meanwhile are kept. Gives the object.
    async fn label(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        labels: &Labels,
        trigger: bool,
    ) -> Result<Value, ActionError>;

    /// Comments on an object. Gives the id of the note.
    async fn comment(&self, caller: &Caller, class: &str, id: &str, text: &str) -> Result<String, ActionError>;

    /// Relates an object to others of a class; those that are related stay so.
    async fn relate(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        related_class: &str,
        related: &[String],
    ) -> Result<(), ActionError>;

    /// Makes an incident of alerts and relates it to them. `incident` holds what is to be different from the alerts, such
    /// as the title. Gives the incident.
    async fn to_incident(
        &self,
        caller: &Caller,
        alerts: &[String],
        incident: &Value,
        trigger: bool,
    ) -> Result<Value, ActionError>;
}

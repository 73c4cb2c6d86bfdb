//! What happened to a data object, and why.

use model::{DataClassId, ObjectId, PlaybookInstanceId, Timestamp, UserId, Value};

use crate::object::Change;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The object is new.
    Create,
    /// It has changed.
    Update,
    /// It is gone.
    Delete,
}

impl Kind {
    /// As instances record it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// An event: what happened to a data object.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// What.
    pub(super) kind: Kind,
    /// The object's class.
    pub(super) class: DataClassId,
    /// That class's name.
    pub(super) class_name: String,
    /// The object.
    pub(super) id: ObjectId,
    /// What people call it: an alert's title.
    pub(super) name: String,
    /// When it was created.
    pub(super) created: Timestamp,
    /// The version of the object that the event has made; of a deleted object, the one after its last.
    pub(super) version: i64,
    /// The object after the event; of a deleted one, its last state.
    pub(super) object: Value,
    /// The object before an update.
    pub(super) old: Option<Value>,
}

impl Event {
    /// What a change is an event of.
    pub(super) fn of(change: &Change) -> Self {
        let object = change.object();
        let (kind, version, old) = match change {
            Change::Create { .. } => (Kind::Create, object.row.version, None),
            Change::Update { before, .. } => (Kind::Update, object.row.version, Some(before.data.clone())),
            Change::Delete { .. } => (Kind::Delete, object.row.version + 1, None),
        };
        Self {
            kind,
            class: object.class.id,
            class_name: object.class.name.clone(),
            id: object.row.id,
            name: object.name(),
            created: object.row.create_time,
            version,
            object: object.data.clone(),
            old,
        }
    }
}

/// Who or what is behind events.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    /// On whose behalf the playbooks run.
    pub(super) user: UserId,
    /// Their name.
    pub(super) user_name: String,
    /// The playbook instance whose run made the change, and how many have set each other off up to it.
    pub(super) instance: Option<(PlaybookInstanceId, i64)>,
}

//! Use-cases. Each is a method of [`Service`] that takes who asks first, checks the permission first, and writes an
//! audit row in the same transaction when it changes anything. No HTTP, no SQL.

pub mod attachment;
pub mod audit;
pub mod batch;
pub mod bootstrap;
pub mod builtin;
pub mod code;
pub mod component;
pub mod connection;
pub mod ctx;
pub mod damaged;
pub mod dataclass;
pub mod error;
pub mod field;
pub mod idempotency;
pub mod identity;
pub mod ingest;
pub mod instance;
pub mod note;
pub mod object;
pub mod page;
pub mod panel;
pub mod playbook;
pub mod relation;
pub mod review;
pub mod task;
pub mod transfer;
pub mod version;
pub mod workflow;
pub mod workspace;

mod content;
mod retention;
mod settings;
mod template;
mod together;
mod trigger;

use std::sync::Arc;

use model::{Clock, DataClassId, IdSource, Tenant, Timestamp, WorkflowId};
use plugin::{Records, Registry};
use runtime::Runtime;
use runtime::vault::Vault;
use store::{Db, Writer};

pub use ctx::{Caller, Ctx, RequestInfo, Target};
pub use error::{Error, Kind, Language, Text};
pub use settings::Settings;

use together::Together;
use workspace::Entrance;

/// The use-cases with what they need. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

/// What the use-cases are made of.
pub struct Parts {
    /// The storage.
    pub db: Db,
    /// The way to write to it.
    pub writer: Writer,
    /// What runs instances.
    pub runtime: Runtime,
    /// What seals secrets.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// The components.
    pub registry: Arc<Registry>,
    /// Where the bytes of attachments are.
    pub attachments: Arc<attachment::Storage>,
    /// Settings of the installation.
    pub settings: Settings,
}

struct Inner {
    db: Db,
    writer: Writer,
    runtime: Runtime,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    registry: Arc<Registry>,
    attachments: Arc<attachment::Storage>,
    settings: Settings,
    entrance: Entrance,
    /// Reads of a workflow by those who start it.
    started: Together<(Tenant, WorkflowId), Option<Arc<workflow::Workflow>>>,
    /// Reads of a data class's name by those who create workflows for it.
    class_names: Together<(Tenant, DataClassId), Option<String>>,
    classes: object::Classes,
    locks: object::Locks,
    /// Turns of searches that decide on objects.
    searches: tokio::sync::Semaphore,
    /// Turns of imports and exports of objects.
    transfers: Arc<tokio::sync::Semaphore>,
    identity: identity::State,
    mappings: ingest::Mappings,
    streams: ingest::Streams,
    triggers: trigger::Known,
    playbooks: playbook::run::Running,
}

impl Service {
    /// Puts the use-cases together, and gives the components the data objects.
    pub fn new(parts: Parts) -> Self {
        let service = Self {
            inner: Arc::new(Inner {
                db: parts.db,
                writer: parts.writer,
                runtime: parts.runtime,
                vault: parts.vault,
                clock: parts.clock,
                ids: parts.ids,
                registry: parts.registry,
                attachments: parts.attachments,
                settings: parts.settings,
                entrance: Entrance::default(),
                started: Together::default(),
                class_names: Together::default(),
                classes: object::Classes::default(),
                locks: object::Locks::default(),
                searches: tokio::sync::Semaphore::new(object::AT_ONCE),
                transfers: Arc::new(tokio::sync::Semaphore::new(object::transfer::AT_ONCE)),
                identity: identity::State::new(),
                mappings: ingest::Mappings::default(),
                streams: ingest::Streams::default(),
                triggers: trigger::Known::default(),
                playbooks: playbook::run::Running::default(),
            }),
        };
        service.inner.runtime.provide_records(service.records());
        service
    }

    /// The data objects as components see them. This does not keep the use-cases.
    pub fn records(&self) -> Arc<dyn Records> {
        Arc::new(object::Port::new(&self.inner))
    }

    /// Settings of the installation.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

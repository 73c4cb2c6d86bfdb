//! Starting an instance: its first turn is made and committed before the caller is answered.

use std::sync::Arc;

use engine::Command;
use model::{InstanceId, Tenant, Value};
use store::audit::AuditEntry;
use store::instance::InstanceRow;
use store::turn::Next;

use crate::definitions::Loaded;
use crate::drive::Begin;
use crate::root::Root;
use crate::{Error, Inner, Runtime};

/// What to start.
#[derive(Debug)]
pub struct Start {
    /// Whose.
    pub tenant: Tenant,
    /// The run as users will see it: its id, workflow, version, trigger …
    pub run: InstanceRow,
    /// Read-only names for expressions, an object: `data_object`, `playbook`, `workspace`, `instance`.
    pub context: Value,
    /// First variables, an object.
    pub variables: Value,
    /// Whether tasks wait for debug commands.
    pub debug: bool,
    /// The act of whoever starts it.
    pub audit: Vec<AuditEntry>,
}

/// A started instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// Its id.
    pub instance: InstanceId,
    /// Whether it has ended already.
    pub ended: bool,
}

impl Runtime {
    /// Starts an instance. When this returns, its first turn is committed: it will go on whatever happens to this
    /// process.
    pub async fn start(&self, start: Start) -> Result<Started, Error> {
        if self.inner.stop.is_cancelled() {
            return Err(Error::Stopping);
        }
        // In a task of its own: a caller that goes away must not leave a root behind that nobody drives.
        let begun = self.inner.tasks.spawn(begin(Arc::clone(&self.inner), start));
        begun.await.unwrap_or_else(|gone| match gone.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::Stopping),
        })
    }

    /// The definition of a version, compiled; shared with running instances.
    pub async fn definition(
        &self,
        tenant: Tenant,
        version: model::VersionId,
    ) -> Result<Arc<crate::definitions::Definition>, Error> {
        self.inner.definitions.get(&self.inner.db, tenant, version).await
    }
}

async fn begin(inner: Arc<Inner>, start: Start) -> Result<Started, Error> {
    let Start { tenant, run, context, variables, debug, audit } = start;
    let (instance, definition) = (run.id, run.version_id);
    let mut definitions = Loaded::default();
    definitions.insert(definition, inner.definitions.get(&inner.db, tenant, definition).await?);
    let mut root = Root::new(tenant, run, definitions);
    root.push(Command::Start(engine::command::Start {
        instance,
        definition,
        context,
        variables,
        debug,
        trigger: None,
    }));
    // From the commit on, whoever wakes the root finds its driver.
    let seat = inner.drivers.seat(instance);
    let turned = root.turn(&inner, audit).await?;
    let (effects, next) = turned.map_or((Vec::new(), Next::Ended), |turned| (turned.effects, turned.next));
    if let Next::Owned { .. } = next {
        inner.spawn_driver(seat, Begin::Started(Box::new(root), effects));
    }
    Ok(Started { instance, ended: next == Next::Ended })
}

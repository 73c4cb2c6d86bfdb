//! Compiled definitions. A definition never changes, so it is compiled once and shared; the cache is bounded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bpmn::Executable;
use engine::{Definitions, State};
use model::{Tenant, Value, VersionId};
use store::Db;
use store::definition::DefinitionRow;

use crate::Error;

/// Definitions that are kept compiled at most.
const CAPACITY: usize = 1024;

/// An approved definition, ready to run.
#[derive(Debug)]
pub struct Definition {
    /// The graph.
    pub executable: Arc<Executable>,
    /// Pinned calls: called workflow, as the caller writes it, to version.
    pub pins: HashMap<String, VersionId>,
}

/// The definitions that one root uses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded(HashMap<VersionId, Arc<Definition>>);

impl Definitions for Loaded {
    fn get(&self, version: VersionId) -> Option<&Arc<Executable>> {
        self.0.get(&version).map(|definition| &definition.executable)
    }
}

impl Loaded {
    pub(crate) fn insert(&mut self, version: VersionId, definition: Arc<Definition>) {
        self.0.insert(version, definition);
    }

    pub(crate) fn pin(&self, caller: VersionId, workflow: &str) -> Option<VersionId> {
        self.0.get(&caller)?.pins.get(workflow).copied()
    }
}

/// Compiled definitions of all tenants, by version.
#[derive(Debug, Default)]
pub struct Cache {
    compiled: Mutex<HashMap<VersionId, Arc<Definition>>>,
}

impl Cache {
    /// The definition of a version.
    pub async fn get(&self, db: &Db, tenant: Tenant, version: VersionId) -> Result<Arc<Definition>, Error> {
        if let Some(found) = self.lock().get(&version) {
            return Ok(Arc::clone(found));
        }
        let mut conn = db.read().await?;
        let row = store::definition::get(&mut conn, tenant, version).await?;
        drop(conn);
        let row = row.ok_or_else(|| Error::Definition { version, why: "it is not stored".into() })?;
        let compiled = tokio::task::spawn_blocking(move || compile(&row))
            .await
            .map_err(|panic| Error::Definition { version, why: panic.to_string() })??;
        let compiled = Arc::new(compiled);
        let mut cache = self.lock();
        if cache.len() >= CAPACITY {
            // Any entry will do: what is in use is held by its roots and compiled again when asked for.
            let victim = cache.keys().next().copied();
            victim.map(|victim| cache.remove(&victim));
        }
        cache.insert(version, Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Loads what a root's processes run.
    pub(crate) async fn load(&self, db: &Db, tenant: Tenant, versions: Vec<VersionId>) -> Result<Loaded, Error> {
        let mut loaded = Loaded::default();
        for version in versions {
            if loaded.get(version).is_none() {
                loaded.insert(version, self.get(db, tenant, version).await?);
            }
        }
        Ok(loaded)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<VersionId, Arc<Definition>>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The versions that the processes of a state run.
pub(crate) fn versions_of(state: &State) -> Vec<VersionId> {
    state.instances().map(|(_, process)| process.definition).collect()
}

fn compile(row: &DefinitionRow) -> Result<Definition, Error> {
    let broken = |why: String| Error::Definition { version: row.version_id, why };
    let form = bpmn::Form::parse(&row.taskflow_type).ok_or_else(|| broken("its form is unknown".into()))?;
    let document = bpmn::Document::from_taskflow(&row.taskflow, form).map_err(|error| broken(error.to_string()))?;
    let compiled = bpmn::compile(&document, &row.taskconfig);
    let executable = compiled.executable.ok_or_else(|| {
        let first = compiled.problems.first().map_or("it has no process", |problem| problem.message.as_str());
        broken(first.to_owned())
    })?;
    let pins = Value::from_json(&row.pins).map_err(|error| broken(error.to_string()))?;
    let pins = pins.as_map().into_iter().flatten();
    let pins = pins.filter_map(|(name, id)| Some((name.to_string(), id.as_str()?.parse().ok()?))).collect();
    Ok(Definition { executable: Arc::new(executable), pins })
}

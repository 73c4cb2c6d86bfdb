//! The mappings of sources, compiled once for each state of a source.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::{SourceId, Timestamp, Value};

use super::source::Source;
use super::{Mapping, builtin};
use crate::error::Error;

/// Mappings kept; beyond that, all are compiled anew when they are asked for.
const KEPT: usize = 1_000;

/// Compiled mappings, each with the time of the change that it belongs to.
#[derive(Debug, Default)]
pub(crate) struct Mappings(Mutex<HashMap<SourceId, (Timestamp, Arc<Mapping>)>>);

impl Mappings {
    /// How the events of a source become objects.
    pub(super) fn of(&self, source: &Source) -> Result<Arc<Mapping>, Error> {
        let (id, changed) = (source.row.id, source.row.update_time);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some((at, mapping)) = known
            && at == changed
        {
            return Ok(mapping);
        }
        let mapping = Arc::new(compile(source)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT && !kept.contains_key(&id) {
            kept.clear();
        }
        kept.insert(id, (changed, Arc::clone(&mapping)));
        Ok(mapping)
    }
}

fn compile(source: &Source) -> Result<Mapping, Error> {
    if let Some(name) = source.builtin() {
        return builtin::named(name).cloned().ok_or_else(|| Error::internal(format!("no mapping '{name}'")));
    }
    let document = source.settings.mapping.clone().unwrap_or_default();
    Mapping::parse(&Value::from(document)).map_err(|problems| Error::internal(problems.join("; ")))
}

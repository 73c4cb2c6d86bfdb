//! The classes that objects are written by, kept in memory: every write and every search needs one.
//!
//! A class is used for two seconds at most before its row is looked at again, so that a change on another node goes
//! unnoticed no longer; it is read anew only when it has changed. A change on this node forgets it at once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use model::{DataClassId, Tenant, Timestamp};
use store::dataclass::{self as rows, DataClassQuery, FieldQuery};
use store::filter::Page;
use store::{Conn, PageRequest};

use super::class::Class;
use super::rights::{self, Rights};
use crate::ctx::Ctx;
use crate::dataclass::not_found;
use crate::error::{Error, Text};
use crate::together::Together;
use crate::{Service, builtin, code, page};

/// How long a class is used before its row is looked at.
const KEEP: Duration = Duration::from_secs(2);
/// Classes kept at most.
const CAPACITY: usize = 2_000;

type Key = (Tenant, DataClassId);

/// The classes in memory.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    shelf: RwLock<Shelf>,
    reads: Together<Key, Option<Arc<Class>>>,
}

#[derive(Debug, Default)]
struct Shelf {
    kept: HashMap<Key, (Arc<Class>, Timestamp)>,
    /// Counts the changes, so that what was read before a change is not kept after it.
    changes: u64,
}

impl Classes {
    fn recall(&self, key: Key) -> (Option<(Arc<Class>, Timestamp)>, u64) {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        (shelf.kept.get(&key).cloned(), shelf.changes)
    }

    fn keep(&self, key: Key, class: Arc<Class>, at: Timestamp, changes: u64) {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        if shelf.changes != changes {
            return;
        }
        if shelf.kept.len() >= CAPACITY && !shelf.kept.contains_key(&key) {
            shelf.kept.retain(|_, (_, read)| *read <= at && at < read.plus(KEEP));
            if shelf.kept.len() >= CAPACITY {
                shelf.kept.clear();
            }
        }
        shelf.kept.insert(key, (class, at));
    }

    /// Forgets a class that was changed on this node.
    pub(crate) fn forget(&self, tenant: Tenant, id: DataClassId) {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        shelf.changes += 1;
        shelf.kept.remove(&(tenant, id));
    }
}

/// How a caller names a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassName<'n> {
    /// Alerts.
    Alert,
    /// Incidents.
    Incident,
    /// Indicators.
    Indicator,
    /// Vulnerabilities.
    Vulnerability,
    /// The class of this name, in any case, also in the plural (`resources`), or of this id.
    Other(&'n str),
}

impl<'n> ClassName<'n> {
    fn text(self) -> &'n str {
        match self {
            Self::Alert => "Alert",
            Self::Incident => "Incident",
            Self::Indicator => "Indicator",
            Self::Vulnerability => "Vulnerability",
            Self::Other(name) => name,
        }
    }

    fn built_in(self) -> Option<&'static builtin::Class> {
        builtin::CLASSES.iter().copied().find(|class| names(class.name, self.text()))
    }
}

/// Whether a text names a class: its name, or that in the plural.
fn names(class: &str, text: &str) -> bool {
    let (class, text) = (class.to_lowercase(), text.to_lowercase());
    let Some(rest) = text.strip_prefix(class.trim_end_matches('y')) else { return false };
    match class.ends_with('y') {
        true => ["y", "ies"].contains(&rest),
        false => ["", "s"].contains(&rest),
    }
}

impl Service {
    /// The class that a caller names, once the caller is known to have the right to it.
    pub(crate) async fn class_named(
        &self,
        ctx: &Ctx,
        name: ClassName<'_>,
        right: impl Fn(&'static Rights) -> &'static str,
    ) -> Result<Arc<Class>, Error> {
        if let Some(class) = name.built_in() {
            ctx.require(right(rights::of(class.name)))?;
            let id = class.id(ctx.tenant);
            return self.object_class(ctx.tenant, id).await?.ok_or_else(|| not_found(id));
        }
        let text = name.text();
        let class = match text.parse() {
            Ok(id) => self.object_class(ctx.tenant, id).await?,
            Err(_) => {
                ctx.require(right(rights::of("")))?;
                self.custom_class(ctx.tenant, text).await?
            }
        };
        // A class that does not exist needs a right too: whoever has none learns nothing.
        ctx.require(right(class.as_ref().map_or(rights::of(""), |class| class.rights)))?;
        class.ok_or_else(|| {
            Error::new(
                &code::DATACLASS_NOT_FOUND,
                Text::new(format!("there is no data class '{text}'"), format!("数据类'{text}'不存在")),
            )
        })
    }

    async fn custom_class(&self, tenant: Tenant, name: &str) -> Result<Option<Arc<Class>>, Error> {
        let query = DataClassQuery { is_built_in: Some(false), ..DataClassQuery::default() };
        let page = PageRequest { offset: 0, limit: page::WINDOW };
        let mut conn = self.inner.db.read().await?;
        let classes = rows::list(&mut conn, tenant, &query, page).await?.rows;
        drop(conn);
        match classes.into_iter().find(|class| names(&class.row.name, name)) {
            Some(class) => self.object_class(tenant, class.row.id).await,
            None => Ok(None),
        }
    }

    /// A class of a workspace by its id.
    pub(crate) async fn object_class(&self, tenant: Tenant, id: DataClassId) -> Result<Option<Arc<Class>>, Error> {
        let (key, now, classes) = ((tenant, id), self.now(), &self.inner.classes);
        let (kept, changes) = classes.recall(key);
        if let Some((class, read)) = &kept
            && *read <= now
            && now < read.plus(KEEP)
        {
            return Ok(Some(Arc::clone(class)));
        }
        let known = kept.map(|(class, _)| class);
        let class = classes.reads.read(key, async || self.read_class(key, known.as_ref()).await).await?;
        match &class {
            Some(class) => classes.keep(key, Arc::clone(class), now, changes),
            None => classes.forget(tenant, id),
        }
        Ok(class)
    }

    async fn read_class(&self, (tenant, id): Key, known: Option<&Arc<Class>>) -> Result<Option<Arc<Class>>, Error> {
        let mut conn = self.inner.db.read().await?;
        let query = DataClassQuery { id: Some(id), ..DataClassQuery::default() };
        let found = rows::list(&mut conn, tenant, &query, PageRequest { offset: 0, limit: 1 }).await?;
        let Some(shown) = found.rows.into_iter().next() else { return Ok(None) };
        if let Some(known) = known.filter(|known| known.changed == shown.row.update_time) {
            return Ok(Some(Arc::clone(known)));
        }
        let fields = read_fields(&mut conn, tenant, id).await?;
        Ok(Some(Arc::new(Class::new(shown, &fields, self.inner.settings.zone)?)))
    }
}

async fn read_fields(
    conn: &mut Conn,
    tenant: Tenant,
    id: DataClassId,
) -> Result<Vec<(rows::FieldRow, crate::dataclass::FieldAttributes)>, Error> {
    let page = PageRequest { offset: 0, limit: page::WINDOW };
    let Page { rows, .. } = rows::list_fields(conn, tenant, id, &FieldQuery::default(), page).await?;
    rows.into_iter()
        .map(|row| Ok((serde_json::from_str(&row.attributes)?, row)))
        .map(|read: Result<_, serde_json::Error>| read.map(|(attributes, row)| (row, attributes)))
        .collect::<Result<_, _>>()
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_in_the_plural_and_in_any_case() {
        for (text, expected) in [
            ("alerts", Some("Alert")),
            ("Alert", Some("Alert")),
            ("INCIDENTS", Some("Incident")),
            ("vulnerability", Some("Vulnerability")),
            ("vulnerabilities", Some("Vulnerability")),
            ("resources", Some("Resource")),
            ("commoncontext", Some("CommonContext")),
            ("alertss", None),
            ("aler", None),
            ("vulnerabilitys", None),
            ("", None),
        ] {
            assert_eq!(ClassName::Other(text).built_in().map(|class| class.name), expected, "{text}");
        }
    }
}

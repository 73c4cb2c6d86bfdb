//! Reading the candidates of a search one batch after the other, and deciding on them.

use std::sync::Arc;

use expr::Budget;
use expr::condition::{Rule, Subject};
use store::object::ObjectRow;
use store::object::search::{Batch, Cursor, Found};

use crate::error::{Error, Text};
use crate::object::class::Class;
use crate::object::write::DataObject;
use crate::{Service, code};

/// Objects of a batch, at first and at most.
const FIRST: i64 = 32;
const MOST: i64 = 512;
/// Bytes that a batch is meant to have.
const BYTES: usize = 4 << 20;

/// A walk through what a search has found, in its order.
pub(crate) struct Walk {
    class: Arc<Class>,
    found: Found,
    rule: Arc<Rule>,
    /// The batch that is decided on next; none at the end.
    read: Read,
    limit: i64,
}

enum Read {
    /// Nothing yet.
    Start,
    /// This, and what comes after it begins there.
    Batch(Vec<ObjectRow>, Option<Cursor>),
    /// Everything.
    End,
}

impl Walk {
    pub(crate) fn new(class: Arc<Class>, found: Found, rule: Arc<Rule>) -> Self {
        Self { class, found, rule, read: Read::Start, limit: FIRST }
    }

    /// The objects of the next batch that the rule matches, which may be none; nothing at the end. While it decides, the
    /// batch after it is read.
    pub(crate) async fn next(&mut self, service: &Service) -> Result<Option<Vec<DataObject>>, Error> {
        if matches!(self.read, Read::Start) {
            self.read = self.after(service, None).await?;
        }
        let Read::Batch(rows, next) = std::mem::replace(&mut self.read, Read::End) else { return Ok(None) };
        self.adapt(&rows);
        let decided = decide(Arc::clone(&self.class), Arc::clone(&self.rule), rows);
        let (matches, read) = match &next {
            Some(cursor) => tokio::try_join!(decided, self.after(service, Some(cursor)))?,
            None => (decided.await?, Read::End),
        };
        self.read = read;
        Ok(Some(matches))
    }

    async fn after(&self, service: &Service, cursor: Option<&Cursor>) -> Result<Read, Error> {
        let mut conn = service.inner.db.read().await?;
        let Batch { rows, next } = self.found.after(&mut conn, cursor, self.limit).await?;
        Ok(if rows.is_empty() { Read::End } else { Read::Batch(rows, next) })
    }

    /// The larger the objects, the fewer are read at once.
    fn adapt(&mut self, rows: &[ObjectRow]) {
        let bytes: usize = rows.iter().map(|row| row.body.len()).sum();
        let mean = (bytes / rows.len().max(1)).max(1);
        let meant = i64::try_from(BYTES / mean).unwrap_or(MOST);
        self.limit = meant.min(self.limit * 4).clamp(1, MOST);
    }
}

/// Decides on objects, on a thread that may take its time.
async fn decide(class: Arc<Class>, rule: Arc<Rule>, rows: Vec<ObjectRow>) -> Result<Vec<DataObject>, Error> {
    let decided = tokio::task::spawn_blocking(move || {
        let mut matches = Vec::new();
        for row in rows {
            let object = DataObject::read(Arc::clone(&class), row)?;
            match rule.matches(&Subject::new(&object.data), &mut Budget::default()) {
                Ok(true) => matches.push(object),
                Ok(false) => {}
                Err(fault) => return Err(too_hard(&object, &fault)),
            }
        }
        Ok(matches)
    });
    decided.await.map_err(Error::internal)?
}

fn too_hard(object: &DataObject, fault: &expr::Fault) -> Error {
    let id = object.row.id;
    Error::new(
        &code::OBJECT_SEARCH_TIME,
        Text::new(
            format!("the conditions cannot be decided for the data object {id}: {fault}"),
            format!("无法对数据对象{id}判断搜索条件：{fault}"),
        ),
    )
}

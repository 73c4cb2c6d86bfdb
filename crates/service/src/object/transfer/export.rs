//! Exporting objects to a file, which is written while it is sent.

use std::collections::HashSet;
use std::io::{self, Write};
use std::{iter, mem, vec};

use bytes::Bytes;
use model::Map;
use serde::Serialize;
use store::audit::AuditEntry;
use store::object::search as rows;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Sender};

use super::column::Columns;
use super::{Format, ObjectFile, csv, json, xlsx};
use crate::ctx::Ctx;
use crate::error::{Error, Language, Text};
use crate::field::{Fields, Length};
use crate::object::class::Class;
use crate::object::classes::ClassName;
use crate::object::search::{Query, SearchObjects, Walk};
use crate::object::write::DataObject;
use crate::{Service, code};

/// Columns that a caller may ask for.
const MOST_COLUMNS: usize = 500;
/// How long the name of one may be.
const NAME: Length = Length { min: 1, max: 256 };
/// Bytes that are sent together.
const PIECE: usize = 64 << 10;
/// Pieces that wait to be sent.
const WAITING: usize = 4;

/// What an export may be asked for.
const ACTIONS: &[&str] = &["exportDataObject", "exportTemplate"];

/// What to export.
#[derive(Debug, Clone, Default)]
pub struct ExportObjects {
    /// `exportDataObject` (default) for objects, `exportTemplate` for a template.
    pub action: Option<String>,
    /// Which objects; without a limit, all that are found.
    pub search: SearchObjects,
    /// The fields to export, by their paths; all when there is none.
    pub title: Option<Vec<String>>,
    /// `XLSX` (default), `CSV` or `JSON`.
    pub format: Option<String>,
    /// The language of a template.
    pub language: Language,
}

impl Service {
    /// Exports the objects of a class that a search finds, in its order. Objects that come, go or change while the file
    /// is written may be missed.
    pub async fn export_objects(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        input: ExportObjects,
    ) -> Result<ObjectFile, Error> {
        let mut fields = Fields::new();
        let action = fields.optional_one_of("action", input.action, ACTIONS);
        if action.as_deref() == Some("exportTemplate") {
            return self.object_template(ctx, class, input.format, input.language).await;
        }
        let class = self.class_named(ctx, class, |rights| rights.export).await?;
        let format = Format::read(&mut fields, input.format);
        let columns = columns(&mut fields, &class, input.title);
        fields.finish()?;
        let is_limited = input.search.limit.is_some();
        let Query { search, rule, page, .. } = self.object_query(&class, input.search).await?;
        let mut conn = self.inner.db.read().await?;
        let found = rows::open(&mut conn, ctx.tenant, search).await?;
        drop(conn);
        let left = if is_limited { page.limit } else { i64::MAX };
        if format == Format::Xlsx && found.total().min(left) >= xlsx::MOST_ROWS {
            return Err(too_many());
        }
        let turn = self.transfer_turn()?;
        self.record_export(ctx, &class, format).await?;

        let (sender, pieces) = mpsc::channel(WAITING);
        let walk = Walk::new(class.clone(), found, rule);
        let mut objects = Objects {
            service: self.clone(),
            runtime: Handle::current(),
            walk,
            batch: Vec::new().into_iter(),
            skip: page.offset,
            left,
            failure: None,
        };
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut out = Pieces { buffer: Vec::with_capacity(PIECE), sender };
            let written = write(format, &columns, &mut objects, &mut out).and_then(|()| out.flush());
            if let Some(error) = objects.failure.or_else(|| written.err().map(Error::internal)) {
                // Nobody waits for it when the file is not wanted any more.
                let _ = out.sender.blocking_send(Err(error));
            }
        });
        Ok(ObjectFile::new(&class.name, format, pieces))
    }

    async fn record_export(&self, ctx: &Ctx, class: &Class, format: Format) -> Result<(), Error> {
        let detail = Detail { format: format.extension() };
        let detail = serde_json::to_string(&detail).map_err(Error::internal)?;
        let entry = AuditEntry { detail, ..ctx.audit(self.now(), class.rights.acts.export, class.id) };
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    tx.audit(entry);
                    Ok(())
                })
            })
            .await
    }
}

/// What the record tells of an export.
#[derive(Serialize)]
struct Detail {
    format: &'static str,
}

/// The columns that a caller asks for.
fn columns(fields: &mut Fields, class: &Class, title: Option<Vec<String>>) -> Columns {
    let Some(names) = title.filter(|names| !names.is_empty()) else { return Columns::all(class) };
    if names.len() > MOST_COLUMNS {
        fields.violation(
            format!("title must have at most {MOST_COLUMNS} fields"),
            format!("title最多包含{MOST_COLUMNS}个字段"),
        );
    }
    let mut seen = HashSet::new();
    for (index, name) in names.iter().enumerate() {
        fields.name(&format!("title[{index}]"), Some(name.clone()), NAME);
        if !seen.insert(name) {
            fields.violation(format!("title names '{name}' twice"), format!("title中'{name}'重复"));
        }
    }
    Columns::named(class, &names)
}

fn write(format: Format, columns: &Columns, objects: &mut Objects, out: &mut Pieces) -> io::Result<()> {
    let head = iter::once(Ok(columns.head()));
    match format {
        Format::Xlsx => xlsx::write(out, head.chain(objects.map(|object| Ok(columns.cells(&object?))))),
        Format::Csv => csv::write(out, head.chain(objects.map(|object| Ok(columns.cells(&object?))))),
        Format::Json => json::write(out, objects.map(|object| Ok(columns.part(&object?)))),
    }
}

/// The objects that a walk finds, for a thread that waits for them.
struct Objects {
    service: Service,
    runtime: Handle,
    walk: Walk,
    batch: vec::IntoIter<DataObject>,
    /// Those to pass over and those to give, from here on.
    skip: i64,
    left: i64,
    /// Why there are no more.
    failure: Option<Error>,
}

impl Iterator for Objects {
    type Item = io::Result<Map>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            match self.batch.next() {
                Some(_) if self.skip > 0 => self.skip -= 1,
                Some(object) => {
                    self.left -= 1;
                    return Some(Ok(object.fields()));
                }
                None => match self.runtime.block_on(self.walk.next(&self.service)) {
                    Ok(batch) => self.batch = batch?.into_iter(),
                    Err(error) => {
                        self.failure = Some(error);
                        return Some(Err(io::Error::other("there are no more objects")));
                    }
                },
            }
        }
        None
    }
}

/// What is sent of a file while it is written.
struct Pieces {
    buffer: Vec<u8>,
    sender: Sender<Result<Bytes, Error>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = mem::replace(&mut self.buffer, Vec::with_capacity(PIECE));
        self.sender.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

fn too_many() -> Error {
    let most = xlsx::MOST_ROWS - 1;
    Error::new(
        &code::OBJECT_EXPORT,
        Text::new(
            format!("format: XLSX holds at most {most} data objects; export CSV or JSON, or narrow the search down"),
            format!("format：XLSX最多包含{most}个数据对象，请导出CSV或JSON，或缩小搜索范围"),
        ),
    )
}

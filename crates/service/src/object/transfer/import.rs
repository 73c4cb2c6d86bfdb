//! Importing objects from a file. Rows are written in lots, each of which is visible once it is committed; a row that is
//! refused leaves the others as they are.

use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use model::{Map, ObjectId};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::file::{self, Row};
use crate::ctx::Ctx;
use crate::error::{Error, Kind, Text};
use crate::object::class::Class;
use crate::object::classes::ClassName;
use crate::object::input::CreateObject;
use crate::object::write::{Change, Origin, Outcome};
use crate::{Service, code};

/// Rows that are written together.
const LOT_ROWS: usize = 500;
/// Bytes that they may have.
const LOT_BYTES: usize = 4 << 20;
/// Ids and refused rows that the report names; all are counted.
const MOST_IDS: usize = 10_000;
const MOST_REFUSED: usize = 1_000;

/// A file of objects that is being received: [`begin`](Self::begin), [`write`](Self::write), [`finish`](Self::finish).
/// Nothing is imported before it has ended.
pub struct Import {
    service: Service,
    ctx: Ctx,
    class: Arc<Class>,
    file: Option<File>,
    _turn: OwnedSemaphorePermit,
}

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// The objects that were created, in the order of their rows: the first 10 000.
    pub ids: Vec<ObjectId>,
    /// How many were created.
    pub imported: u64,
    /// The rows that were refused: the first 1 000.
    pub refused: Vec<RefusedRow>,
    /// How many were refused.
    pub refused_total: u64,
}

/// A row that was not imported.
#[derive(Debug, Clone)]
pub struct RefusedRow {
    /// Its number in the file, from 1; the head of a table counts.
    pub number: u64,
    /// What is wrong with it.
    pub why: Text,
}

/// Rows that are written together.
#[derive(Default)]
struct Lot {
    changes: Vec<Change>,
    /// The numbers of their rows.
    numbers: Vec<u64>,
    refused: Vec<RefusedRow>,
    bytes: usize,
}

impl Service {
    /// Is about to receive a file of objects of a class.
    pub async fn receive_objects(&self, ctx: &Ctx, class: ClassName<'_>) -> Result<Import, Error> {
        let class = self.class_named(ctx, class, |rights| rights.import).await?;
        let turn = self.transfer_turn()?;
        Ok(Import { service: self.clone(), ctx: ctx.clone(), class, file: None, _turn: turn })
    }

    /// The right to use a thread for an import or an export.
    pub(super) fn transfer_turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.inner.transfers).try_acquire_owned().map_err(|_| {
            Error::new(
                &code::RATE_LIMITED,
                Text::new(
                    "too many imports and exports are under way; try again later",
                    "正在进行的导入和导出过多，请稍后重试",
                ),
            )
        })
    }
}

impl Import {
    /// The file begins.
    pub async fn begin(&mut self) -> Result<(), Error> {
        if self.file.is_some() {
            return Err(Error::new(
                &code::INVALID,
                Text::new("uploadFile must be one file", "uploadFile只能是一个文件"),
            ));
        }
        let file = file::create(self.service.inner.ids.next()).map_err(no_space)?;
        self.file = Some(File::from_std(file));
        Ok(())
    }

    /// The next bytes of the file.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), Error> {
        let file = self.file.as_mut().ok_or_else(|| Error::internal("bytes of a file that has not begun"))?;
        file.write_all(&piece).await.map_err(no_space)
    }

    /// The file has ended and is the one that was sent: imports its rows. Fails when the file is none, or when not a
    /// single row of it can be read; what else is wrong is in the report.
    pub async fn finish(mut self) -> Result<ImportReport, Error> {
        let missing = || Error::new(&code::INVALID, Text::new("uploadFile is required", "uploadFile为必填项"));
        let mut file = self.file.take().ok_or_else(missing)?;
        file.flush().await.map_err(no_space)?;
        let file = file.into_std().await;
        let (sender, lots) = mpsc::channel(1);
        let (service, ctx, class) = (self.service.clone(), self.ctx.clone(), Arc::clone(&self.class));
        let reading = tokio::task::spawn_blocking(move || read(&service, &ctx, &class, file, &sender));
        let mut report = self.write_lots(lots).await?;
        match reading.await.map_err(Error::internal)? {
            Ok(()) => Ok(report),
            // What has been imported is told, and where it came to an end.
            Err((number, error)) if error.kind() == Kind::Invalid && !report.is_empty() => {
                let Text { en, zh } = error.message();
                let why = Text::new(
                    format!("the rest of the file cannot be read: {en}"),
                    format!("文件其余部分无法读取：{zh}"),
                );
                report.refuse(RefusedRow { number, why });
                Ok(report)
            }
            Err((_, error)) => Err(error),
        }
    }

    async fn write_lots(&self, mut lots: Receiver<Lot>) -> Result<ImportReport, Error> {
        let mut report = ImportReport::default();
        while let Some(Lot { changes, numbers, refused, .. }) = lots.recv().await {
            let mut refused: Vec<RefusedRow> = refused;
            if !changes.is_empty() {
                let ids: Vec<ObjectId> = changes.iter().map(|change| change.object().row.id).collect();
                let outcomes = self.service.write_objects(&self.ctx, Origin::Import, changes).await?;
                for ((outcome, number), id) in outcomes.into_iter().zip(numbers).zip(ids) {
                    match outcome {
                        Outcome::Done(_) => report.add(id),
                        Outcome::Repeated(_) | Outcome::Taken | Outcome::Stale => {
                            refused.push(RefusedRow { number, why: taken(id) });
                        }
                    }
                }
            }
            refused.sort_by_key(|row| row.number);
            refused.into_iter().for_each(|row| report.refuse(row));
        }
        Ok(report)
    }
}

impl ImportReport {
    fn is_empty(&self) -> bool {
        self.imported + self.refused_total == 0
    }

    fn add(&mut self, id: ObjectId) {
        self.imported += 1;
        if self.ids.len() < MOST_IDS {
            self.ids.push(id);
        }
    }

    fn refuse(&mut self, row: RefusedRow) {
        self.refused_total += 1;
        if self.refused.len() < MOST_REFUSED {
            self.refused.push(row);
        }
    }
}

/// Reads the rows of a file and hands them on in lots. Fails with the number of the row that cannot be read.
fn read(
    service: &Service,
    ctx: &Ctx,
    class: &Arc<Class>,
    file: std::fs::File,
    lots: &Sender<Lot>,
) -> Result<(), (u64, Error)> {
    let (mut lot, mut last, mut defect) = (Lot::default(), 0, None);
    let end = file::each_row(file, class, &mut |Row { number, object }| {
        last = number;
        match object.map(|object| new_object(service, ctx, class, object)) {
            Ok(Ok(change)) => lot.add(number, change),
            Ok(Err(error)) if error.kind() == Kind::Invalid => {
                lot.refused.push(RefusedRow { number, why: error.message().clone() });
            }
            Ok(Err(error)) => {
                defect = Some(error);
                return ControlFlow::Break(());
            }
            Err(why) => lot.refused.push(RefusedRow { number, why }),
        }
        // Nobody waits for them any more when they cannot be handed on.
        match lot.is_full() && lots.blocking_send(mem::take(&mut lot)).is_err() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    let end = defect.map_or(end, Err);
    let _ = lots.blocking_send(lot);
    end.map_err(|error| (last + 1, error))
}

fn new_object(service: &Service, ctx: &Ctx, class: &Arc<Class>, data: Map) -> Result<Change, Error> {
    let id = data.get("id").filter(|id| !id.is_null()).map(|id| id.to_text().into_owned());
    service.new_object(ctx, class, Origin::Import, CreateObject { id, data: Some(data), ..CreateObject::default() })
}

impl Lot {
    fn add(&mut self, number: u64, change: Change) {
        self.bytes += change.object().row.body.len();
        self.numbers.push(number);
        self.changes.push(change);
    }

    fn is_full(&self) -> bool {
        self.changes.len() + self.refused.len() >= LOT_ROWS || self.bytes >= LOT_BYTES
    }
}

fn taken(id: ObjectId) -> Text {
    Text::new(format!("id: a data object {id} exists in this workspace"), format!("id：本工作空间已存在数据对象{id}"))
}

fn no_space(error: std::io::Error) -> Error {
    let message = Text::new("the upload cannot be kept on disk; try again later", "上传文件无法写入磁盘，请稍后重试");
    Error::new(&code::UNAVAILABLE, message).caused_by(error)
}

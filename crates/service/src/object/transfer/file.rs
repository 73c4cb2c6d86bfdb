//! An uploaded file: on disk while it is read, never whole in memory, and its rows whatever its format.

use std::cell::Cell as Shared;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::mem;
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::rc::Rc;

use model::Map;

use super::cell::Cell;
use super::column::Columns;
use super::{csv, json, xlsx};
use crate::code;
use crate::error::{Error, Text};
use crate::object::class::Class;

/// Bytes that a row may have, whatever the format: more than the largest object needs.
pub(super) const MOST_ROW_BYTES: usize = 8 << 20;

/// A row of a file.
pub(super) struct Row {
    /// Its number, from 1; the head of a table counts.
    pub(super) number: u64,
    /// The object that it is, or why it is none.
    pub(super) object: Result<Map, Text>,
}

/// Takes a row; breaks when no more are wanted.
pub(super) type TakeRow<'t> = &'t mut dyn FnMut(Row) -> ControlFlow<()>;
/// Takes the cells of a row of a table, likewise.
pub(super) type TakeCells<'t> = &'t mut dyn FnMut(u64, Result<Vec<Cell>, Text>) -> Result<ControlFlow<()>, Error>;

/// What the first bytes of a file tell.
enum Kind {
    Csv,
    Json,
    Xlsx,
}

/// Creates a file in the system's folder for temporary files. It has no name any more when this returns, so that it is
/// gone when it is closed, whatever happens.
pub(super) fn create(name: impl Display) -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("muster-{name}"));
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// Reads the rows of a file of a class's objects, CSV, JSON or XLSX as its first bytes tell.
///
/// # Errors
/// It is no such file, or not from here on. The rows before were taken.
pub(super) fn each_row(mut file: File, class: &Class, take: TakeRow<'_>) -> Result<(), Error> {
    file.seek(SeekFrom::Start(0)).map_err(Error::internal)?;
    let mut reader = BufReader::new(file);
    match kind(reader.fill_buf().map_err(Error::internal)?)? {
        Kind::Json => json::each_row(reader, take),
        Kind::Csv => each_of_table(class, take, |take| csv::each_row(reader, take)),
        Kind::Xlsx => each_of_table(class, take, |take| xlsx::each_row(reader.into_inner(), take)),
    }
}

/// Reads a table whose first row is the head. A second one that begins with `#` tells people what the columns hold. Rows
/// without anything are passed over.
fn each_of_table(
    class: &Class,
    take: TakeRow<'_>,
    read: impl FnOnce(TakeCells<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut columns: Option<Columns> = None;
    let mut is_first = true;
    read(&mut |number, cells| {
        if cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.text().is_empty())) {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(columns) = &columns else {
            let head = cells.map_err(|text| broken(text.en, text.zh))?;
            columns = Some(Columns::of_head(class, &head)?);
            return Ok(ControlFlow::Continue(()));
        };
        let is_hint = |cells: &Vec<Cell>| cells.first().is_some_and(|cell| cell.text().starts_with('#'));
        if mem::take(&mut is_first) && cells.as_ref().is_ok_and(is_hint) {
            return Ok(ControlFlow::Continue(()));
        }
        Ok(take(Row { number, object: cells.and_then(|cells| columns.object(cells)) }))
    })?;
    match columns {
        Some(_) => Ok(()),
        None => Err(broken("the file is empty", "文件为空")),
    }
}

fn kind(head: &[u8]) -> Result<Kind, Error> {
    let other = |en: &str, zh: &str| Err(broken(format!("the file {en}"), format!("文件{zh}")));
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match head {
        [b'P', b'K', 3, 4, ..] => Ok(Kind::Xlsx),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => other(
            "is an old or an encrypted spreadsheet; save it as XLSX without a password",
            "是旧版或加密的电子表格，请另存为无密码的XLSX",
        ),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => other("is UTF-16; save it as UTF-8", "是UTF-16编码，请另存为UTF-8"),
        _ if text.is_empty() => other("is empty", "为空"),
        // Values may hold U+0000; names of columns do not.
        _ if head.split(|byte| *byte == b'\n').next().is_some_and(|line| line.contains(&0)) => {
            other("is none of CSV, JSON and XLSX", "不是CSV、JSON或XLSX")
        }
        _ if matches!(text[0], b'[' | b'{') => Ok(Kind::Json),
        _ => Ok(Kind::Csv),
    }
}

/// A file that is none, or not from here on.
pub(super) fn broken(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::new(&code::OBJECT_FILE, Text::new(en, zh))
}

/// The same for one that cannot be read on.
pub(super) fn unreadable(error: &dyn Display) -> Error {
    broken(format!("the file is damaged: {error}"), format!("文件已损坏：{error}"))
}

/// Lets so many bytes pass and no more, until it is told to let others pass: a row that never ends is not read for ever.
pub(super) struct Metered<R> {
    inner: R,
    meter: Meter,
}

/// How many bytes a reader still lets pass.
#[derive(Debug, Clone)]
pub(super) struct Meter(Rc<Shared<usize>>);

impl Meter {
    /// The row has ended; another one may begin.
    pub(super) fn reset(&self) {
        self.0.set(MOST_ROW_BYTES);
    }

    /// Whether the row is too long.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

impl<R> Metered<R> {
    pub(super) fn new(inner: R) -> (Self, Meter) {
        let meter = Meter(Rc::new(Shared::new(MOST_ROW_BYTES)));
        (Self { inner, meter: meter.clone() }, meter)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.is_spent() {
            return Err(io::Error::other("a row is too long"));
        }
        let most = buffer.len().min(self.meter.0.get());
        let read = self.inner.read(&mut buffer[..most])?;
        self.meter.0.set(self.meter.0.get() - read);
        Ok(read)
    }
}

/// The message for a row that is too long.
pub(super) fn too_long(number: u64) -> Text {
    Text::new(
        format!("row {number} has more than {MOST_ROW_BYTES} bytes"),
        format!("第{number}行超过{MOST_ROW_BYTES}字节"),
    )
}

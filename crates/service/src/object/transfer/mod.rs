//! Objects in files: import, export, templates for imports. CSV, XLSX and JSON; none of them is ever whole in memory.
//!
//! `docs/how-to/import-export.md` says what files look like.

mod cell;
mod column;
mod csv;
mod export;
mod file;
mod import;
mod json;
mod template;
mod xlsx;

use bytes::Bytes;
use tokio::sync::mpsc::Receiver;

use crate::error::Error;
use crate::field::Fields;

pub use export::ExportObjects;
pub use import::{Import, ImportReport, RefusedRow};

/// Imports and exports at once on a node: each has a thread of its own as long as it lasts.
pub(crate) const AT_ONCE: usize = 16;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// A spreadsheet.
    Xlsx,
    /// Comma-separated values.
    Csv,
    /// A JSON array of objects.
    Json,
}

impl Format {
    /// The format that a caller names, in either case; XLSX when there is none.
    fn read(fields: &mut Fields, format: Option<String>) -> Self {
        let format = format.map(|text| text.to_ascii_uppercase());
        match fields.optional_one_of("format", format, &["XLSX", "CSV", "JSON"]).as_deref() {
            Some("CSV") => Self::Csv,
            Some("JSON") => Self::Json,
            Some(_) | None => Self::Xlsx,
        }
    }

    /// What the names of its files end in.
    fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// A file that is handed out while it is written.
#[derive(Debug)]
pub struct ObjectFile {
    /// What to call it, in ASCII.
    pub name: String,
    /// What HTTP calls what it is.
    pub content_type: &'static str,
    pieces: Receiver<Result<Bytes, Error>>,
}

impl ObjectFile {
    /// `name` may be in any script.
    fn new(name: &str, format: Format, pieces: Receiver<Result<Bytes, Error>>) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = name.chars().map(plain).collect();
        Self { name: format!("{name}.{}", format.extension()), content_type: format.content_type(), pieces }
    }

    /// The next bytes; none at the end. After an error the file is no whole one.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        self.pieces.recv().await
    }
}

//! Writing a spreadsheet of one sheet.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::{CONTENT_TYPES, WORKBOOK, WORKBOOK_RELATIONS, letters, text};
use crate::object::transfer::cell::Cell;

/// Rows that a sheet has at most, the head included.
pub(in crate::object::transfer) const MOST_ROWS: i64 = 1_048_576;

const SHEET: &str = "xl/worksheets/sheet1.xml";
const PARTS: &[(&str, &str)] = &[
    (CONTENT_TYPES, include_str!("content_types.xml")),
    ("_rels/.rels", include_str!("package_relations.xml")),
    (WORKBOOK, include_str!("workbook.xml")),
    (WORKBOOK_RELATIONS, include_str!("workbook_relations.xml")),
];
/// The first row stays in sight.
const SHEET_HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">"#,
    r#"<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>"#,
);
const SHEET_TAIL: &str = "</sheetData></worksheet>";

/// Writes rows.
pub(in crate::object::transfer) fn write(
    out: impl Write,
    rows: impl Iterator<Item = io::Result<Vec<Cell>>>,
) -> io::Result<()> {
    let mut archive = ZipArchiveWriter::new(out);
    for (name, content) in PARTS {
        part(&mut archive, name, |out| out.write_all(content.as_bytes()))?;
    }
    part(&mut archive, SHEET, |out| sheet(out, rows))?;
    archive.finish().map_err(io::Error::other)?.flush()
}

fn part<W: Write>(
    archive: &mut ZipArchiveWriter<W>,
    name: &str,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let file = archive.new_file(name).compression_method(CompressionMethod::DEFLATE);
    let (mut entry, config) = file.start().map_err(io::Error::other)?;
    let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
    content(&mut writer)?;
    let (encoder, descriptor) = writer.finish().map_err(io::Error::other)?;
    encoder.finish()?;
    entry.finish(descriptor).map_err(io::Error::other)?;
    Ok(())
}

fn sheet(out: &mut dyn Write, rows: impl Iterator<Item = io::Result<Vec<Cell>>>) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    out.write_all(SHEET_HEAD.as_bytes())?;
    for (number, row) in (1_u64..).zip(rows) {
        write!(out, r#"<row r="{number}">"#)?;
        for (index, cell) in row?.iter().enumerate() {
            let place = letters(index);
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Number(digits) if text::is_kept(digits) => {
                    write!(out, r#"<c r="{place}{number}"><v>{digits}</v></c>"#)?;
                }
                Cell::Text(text) | Cell::Number(text) => {
                    let text = text::escape(text);
                    write!(
                        out,
                        r#"<c r="{place}{number}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#
                    )?;
                }
            }
        }
        out.write_all(b"</row>")?;
    }
    out.write_all(SHEET_TAIL.as_bytes())?;
    out.flush()
}

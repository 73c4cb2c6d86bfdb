//! CSV, as RFC 4180 has it: UTF-8, cells by comma, quotes around cells with commas, quotes or line ends.
//!
//! A cell that a spreadsheet would take for a formula gets a `'` before it, which is taken off again when it is read.

use std::cell::Cell as Shared;
use std::io::{self, Read, Write};
use std::rc::Rc;

use ::csv::{ByteRecord, ReaderBuilder, Terminator, WriterBuilder};

use super::cell::Cell;
use super::file::{Metered, TakeCells, broken, too_long, unreadable};
use crate::error::{Error, Text};

/// What spreadsheets read as UTF-8 begins with.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Reads the rows.
pub(super) fn each_row(file: impl Read, take: TakeCells<'_>) -> Result<(), Error> {
    let (counted, quotes) = Quotes::count(file);
    let (metered, meter) = Metered::new(counted);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(metered);
    let mut record = ByteRecord::new();
    let mut number = 0;
    loop {
        meter.reset();
        number += 1;
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(_) if meter.is_spent() => {
                let text = too_long(number);
                return Err(broken(text.en + ": is a quote not closed?", text.zh + "：引号是否未闭合？"));
            }
            Err(error) => return Err(unreadable(&error)),
        }
        if quotes.are_open_at_end() {
            return Err(broken(
                format!("row {number} has a quote that is not closed"),
                format!("第{number}行的引号未闭合"),
            ));
        }
        if take(number, cells(&record))?.is_break() {
            return Ok(());
        }
    }
}

fn cells(record: &ByteRecord) -> Result<Vec<Cell>, Text> {
    let cell = |(index, bytes): (usize, &[u8])| {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            let column = index + 1;
            Text::new(format!("column {column} is not UTF-8"), format!("第{column}列不是UTF-8编码"))
        })?;
        Ok(Cell::Text(unguard(text).to_owned()))
    };
    record.iter().enumerate().map(cell).collect()
}

/// Writes rows.
pub(super) fn write(mut out: impl Write, rows: impl Iterator<Item = io::Result<Vec<Cell>>>) -> io::Result<()> {
    out.write_all(BOM)?;
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(out);
    for row in rows {
        for cell in row? {
            match &cell {
                Cell::Text(text) if is_formula(text) => writer.write_field(format!("'{text}"))?,
                Cell::Text(text) | Cell::Number(text) => writer.write_field(text)?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// Whether a spreadsheet would take a text for a formula, or would if a `'` before it were taken off.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

/// The text without the `'` that guards it.
fn unguard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// Counts quotes on the way: when a file has ended within a row and their number is odd, one is not closed.
struct Quotes<R> {
    inner: R,
    seen: Rc<Seen>,
}

#[derive(Default)]
struct Seen {
    is_odd: Shared<bool>,
    is_end: Shared<bool>,
}

impl Seen {
    fn are_open_at_end(&self) -> bool {
        self.is_end.get() && self.is_odd.get()
    }
}

impl<R> Quotes<R> {
    fn count(inner: R) -> (Self, Rc<Seen>) {
        let seen = Rc::new(Seen::default());
        (Self { inner, seen: Rc::clone(&seen) }, seen)
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let quotes = buffer[..read].iter().filter(|byte| **byte == b'"').count();
        self.seen.is_odd.set(self.seen.is_odd.get() ^ (quotes % 2 == 1));
        self.seen.is_end.set(read == 0 && !buffer.is_empty());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    fn read(file: &[u8]) -> Result<Vec<Vec<String>>, String> {
        let mut rows = Vec::new();
        each_row(file, &mut |_, cells| {
            let cells = cells.map_err(|text| broken(text.en, text.zh))?;
            rows.push(cells.iter().map(|cell| cell.text().to_owned()).collect());
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|error| error.message().en.clone())?;
        Ok(rows)
    }

    #[test]
    fn what_is_no_csv_is_refused() {
        for (file, expected) in [
            (&b"a,b\n1,\"two\nthree"[..], "row 2 has a quote that is not closed"),
            (b"a\n\xb8\xe6\n", "column 1 is not UTF-8"),
        ] {
            assert_eq!(read(file), Err(expected.to_owned()));
        }
        let mut endless = b"a,b\n\"".to_vec();
        endless.resize(20 << 20, b'x');
        let message = read(&endless).expect_err("a row of 20 MB");
        assert!(message.starts_with("row 2 has more than") && message.ends_with("is a quote not closed?"), "{message}");
    }

    #[test]
    fn every_spelling_of_csv_is_read() {
        for (file, expected) in [
            ("\u{feff}a,b\r\n1,2\r\n", vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a,b\n\"1\n\r\n2\",\"say \"\"hi\"\"\"", vec![vec!["a", "b"], vec!["1\n\r\n2", "say \"hi\""]]),
            ("a;b\n\n1\n1,2,3\n", vec![vec!["a;b"], vec!["1"], vec!["1", "2", "3"]]),
            ("a\n5\" disk\n", vec![vec!["a"], vec!["5\" disk"]]),
            ("a\n'=1\n''=1\n'tis\n=1\n", vec![vec!["a"], vec!["=1"], vec!["'=1"], vec!["'tis"], vec!["=1"]]),
        ] {
            assert_eq!(read(file.as_bytes()).expect("reads"), expected, "{file:?}");
        }
    }

    #[test]
    fn formulas_are_guarded_and_read_back() {
        let texts =
            ["=1+1", "+1", "-1", "@x", "\t=1", "\r\n", "'=1", "''=1", "'tis", "a=1", "", "a,\"b\"\n", "\u{ff1d}1"];
        let mut file = Vec::new();
        let row = texts.iter().map(|text| Cell::Text((*text).to_owned())).chain([Cell::Number("-5".into())]);
        write(&mut file, [Ok(row.collect())].into_iter()).expect("writes");
        let text = String::from_utf8(file.clone()).expect("UTF-8");
        assert!(text.starts_with("\u{feff}'=1+1,'+1,'-1,'@x,") && text.ends_with(",-5\r\n"), "{text:?}");
        assert_eq!(read(&file).expect("reads"), [[&texts[..], &["-5"]].concat()]);
    }
}

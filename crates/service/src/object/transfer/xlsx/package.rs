//! The archive: which parts it has, and their bytes, of which only so many are unpacked.

use std::cell::Cell as Shared;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder};

use super::{CONTENT_TYPES, WORKBOOK};
use crate::error::Error;
use crate::object::transfer::file::{broken, unreadable};

/// Parts that an archive may have.
const MOST_PARTS: usize = 1_000;
/// Bytes that the parts that are read may have together, unpacked: so many, and so many more for each packed one. No
/// real spreadsheet is packed that well.
const MOST_BYTES: u64 = 16 << 20;
const MOST_A_BYTE: u64 = 200;

/// An archive.
pub(super) struct Package {
    archive: ZipArchive<FileReader>,
    parts: HashMap<String, (ZipArchiveEntryWayfinder, CompressionMethod)>,
    left: Shared<u64>,
}

impl Package {
    /// Looks at the parts of an archive, and refuses one that is none of a spreadsheet without macros.
    pub(super) fn open(file: File) -> Result<Self, Error> {
        let size = file.metadata().map_err(Error::internal)?.len();
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(|error| unreadable(&error))?;
        let mut parts = HashMap::new();
        let mut entries = archive.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(|error| unreadable(&error))? {
            if entry.flags().is_encrypted() {
                return Err(broken("the spreadsheet is encrypted", "电子表格已加密"));
            }
            let name = String::from_utf8_lossy(entry.file_path().as_ref()).trim_start_matches('/').to_owned();
            if parts.len() == MOST_PARTS {
                return Err(broken(
                    format!("the spreadsheet has more than {MOST_PARTS} parts"),
                    format!("电子表格包含超过{MOST_PARTS}个部件"),
                ));
            }
            if parts.insert(name.clone(), (entry.wayfinder(), entry.compression_method())).is_some() {
                return Err(broken(format!("the spreadsheet has two parts {name}"), format!("电子表格部件{name}重复")));
            }
        }
        let package = Self { archive, parts, left: Shared::new(MOST_BYTES + size * MOST_A_BYTE) };
        package.refuse_macros()?;
        if !package.parts.contains_key(WORKBOOK) {
            return Err(broken("the file is no XLSX spreadsheet", "文件不是XLSX电子表格"));
        }
        Ok(package)
    }

    fn refuse_macros(&self) -> Result<(), Error> {
        let is_macro = |name: &String| {
            let name = name.to_ascii_lowercase();
            name.ends_with("vbaproject.bin") || name.contains("/macrosheets/")
        };
        let mut types = String::new();
        if let Some(part) = self.part(CONTENT_TYPES)? {
            part.take(1 << 20).read_to_string(&mut types).map_err(|error| self.explain(&error))?;
        }
        if self.parts.keys().any(is_macro) || types.to_ascii_lowercase().contains("macroenabled") {
            return Err(broken(
                "the spreadsheet may hold macros (XLSM); save it as XLSX",
                "电子表格可能包含宏（XLSM），请另存为XLSX",
            ));
        }
        Ok(())
    }

    /// The bytes of a part; none when there is no such part.
    pub(super) fn part(&self, name: &str) -> Result<Option<impl BufRead + '_>, Error> {
        let Some((wayfinder, method)) = self.parts.get(name) else { return Ok(None) };
        let entry = self.archive.get_entry(*wayfinder).map_err(|error| unreadable(&error))?;
        let packed = entry.reader();
        let unpacked: Box<dyn Read> = match *method {
            CompressionMethod::STORE => Box::new(packed),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(packed)),
            other => return Err(unreadable(&format!("{name} is packed by an unknown method {other}"))),
        };
        Ok(Some(BufReader::new(Limited { inner: entry.verifying_reader(unpacked), left: &self.left })))
    }

    /// Why a part cannot be read on.
    pub(super) fn explain(&self, error: &dyn std::fmt::Display) -> Error {
        if self.left.get() == 0 {
            return broken(
                format!("the spreadsheet is more than {MOST_A_BYTE} times as large when it is unpacked"),
                format!("电子表格解压后超过原大小的{MOST_A_BYTE}倍"),
            );
        }
        unreadable(error)
    }
}

/// Lets only so many bytes pass, of all parts together.
struct Limited<'p, R> {
    inner: R,
    left: &'p Shared<u64>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.get().saturating_sub(read as u64);
        self.left.set(left);
        if left == 0 { Err(io::Error::other("too much to unpack")) } else { Ok(read) }
    }
}

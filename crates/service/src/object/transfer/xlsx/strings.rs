//! The texts that cells share. They are many: they are kept on disk, and only where each ends in memory.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

use quick_xml::events::Event;

use super::package::Package;
use super::read::{RichText, each_event};
use crate::error::Error;
use crate::object::transfer::file::broken;

/// Texts that cells may share.
const MOST: usize = 20_000_000;

/// The shared texts of a spreadsheet.
pub(super) struct Strings {
    file: File,
    /// Where each text ends in the file, after where the first one begins.
    ends: Vec<u64>,
}

impl Strings {
    /// Unpacks the shared texts behind the end of `file`.
    pub(super) fn unpack(package: &Package, part: Option<&str>, file: File) -> Result<Self, Error> {
        let mut out = BufWriter::new(file);
        let mut end = out.seek(SeekFrom::End(0)).map_err(Error::internal)?;
        let mut ends = vec![end];
        if let Some(part) = part {
            let mut text = RichText::default();
            each_event(package, part, |event, meter| {
                text.event(&event)?;
                if let Event::End(element) = &event
                    && element.local_name().as_ref() == "si"
                {
                    meter.reset();
                    let text = text.take();
                    out.write_all(text.as_bytes()).map_err(Error::internal)?;
                    end += text.len() as u64;
                    ends.push(end);
                    if ends.len() > MOST {
                        return Err(broken(
                            format!("the spreadsheet has more than {MOST} different texts"),
                            format!("电子表格包含超过{MOST}个不同文本"),
                        ));
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        let file = out.into_inner().map_err(|error| Error::internal(error.into_error()))?;
        Ok(Self { file, ends })
    }

    /// A text by its place.
    pub(super) fn get(&self, place: usize) -> Result<String, Error> {
        let missing =
            || broken(format!("the spreadsheet has no shared text {place}"), format!("电子表格缺少共享文本{place}"));
        let [start, end] = self.ends.get(place..).and_then(|ends| ends.first_chunk()).ok_or_else(missing)?;
        let mut bytes = vec![0; usize::try_from(end - start).map_err(Error::internal)?];
        self.file.read_exact_at(&mut bytes, *start).map_err(Error::internal)?;
        String::from_utf8(bytes).map_err(Error::internal)
    }
}

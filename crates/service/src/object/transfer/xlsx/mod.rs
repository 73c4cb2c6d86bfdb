//! XLSX: a ZIP archive of XML documents. It is read and written row by row; the texts that the cells of a sheet share
//! are kept on disk, behind the upload.

mod package;
mod read;
mod strings;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub(super) use read::each_row;
pub(super) use write::{MOST_ROWS, write};

/// Columns that a sheet has at most.
const MOST_COLUMNS: usize = 16_384;
const WORKBOOK: &str = "xl/workbook.xml";
const WORKBOOK_RELATIONS: &str = "xl/_rels/workbook.xml.rels";
const CONTENT_TYPES: &str = "[Content_Types].xml";

/// The letters of a column: `A`, `Z`, `AA`.
fn letters(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(index % 26).expect("below 26")));
        if index < 26 {
            return letters.iter().rev().collect();
        }
        index = index / 26 - 1;
    }
}

/// The column that a reference to a cell names: 1 for `B7`; none when it names none.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = letters.bytes().try_fold(0_usize, |number, letter| {
        let digit = usize::from(letter.is_ascii_uppercase().then(|| letter - b'A' + 1)?);
        Some(number * 26 + digit).filter(|number| *number <= MOST_COLUMNS)
    });
    number?.checked_sub(1)
}

//! Spreadsheets: hostile ones, ones of other programs, and our own.

use std::fs::File;
use std::io::{Seek, Write};
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::*;
use crate::object::transfer::cell::Cell;

const RELATIONS: &str = r#"<Relationships>
    <Relationship Id="rId9" Type="http://x/worksheet" Target="worksheets/other.xml"/>
    <Relationship Id="rId3" Type="http://x/worksheet" Target="/xl/worksheets/first.xml"/>
    <Relationship Id="rId5" Type="http://x/sharedStrings" Target="strings.xml"/></Relationships>"#;
const BOOK: &str = r#"<x:workbook><x:sheets><x:sheet name="A" sheetId="7" r:id="rId3"/><x:sheet name="B" r:id="rId9"/></x:sheets></x:workbook>"#;

/// A spreadsheet whose first sheet holds these rows, with further parts or other ones.
fn spreadsheet(rows: &str, parts: &[(&str, &str)]) -> File {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let usual = [(WORKBOOK, BOOK), (WORKBOOK_RELATIONS, RELATIONS), ("xl/worksheets/first.xml", sheet.as_str())];
    let kept = usual.iter().filter(|(name, _)| parts.iter().all(|(other, _)| other != name));
    archive(&kept.chain(parts).copied().collect::<Vec<_>>())
}

fn archive(parts: &[(&str, &str)]) -> File {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, content) in parts {
        let file = archive.new_file(*name).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = file.start().expect("starts");
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
        writer.write_all(content.as_bytes()).expect("writes");
        let (encoder, descriptor) = writer.finish().expect("finishes");
        encoder.finish().expect("finishes");
        entry.finish(descriptor).expect("finishes");
    }
    file(&archive.finish().expect("finishes"))
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("writes");
    file.rewind().expect("seeks");
    file
}

/// The rows, a cell as its text, a number with `#` before it.
fn read(file: File) -> Result<Vec<String>, String> {
    let mut rows = Vec::new();
    each_row(file, &mut |number, cells| {
        let cell = |cell: Cell| match cell {
            Cell::Text(text) => text,
            Cell::Number(digits) => format!("#{digits}"),
        };
        let row = cells.map(|cells| cells.into_iter().map(cell).collect::<Vec<_>>().join("|"));
        rows.push(format!("{number} {}", row.unwrap_or_else(|why| why.en)));
        Ok(ControlFlow::Continue(()))
    })
    .map_err(|error| error.message().en.clone())?;
    Ok(rows)
}

#[test]
fn what_is_no_spreadsheet_or_may_do_harm_is_refused() {
    let macros = "the spreadsheet may hold macros (XLSM); save it as XLSX";
    let bomb = format!("<row/><!--{}-->", " ".repeat(4 << 20)).repeat(6);
    let endless = format!("<row><c><v>{}", "1".repeat(9 << 20));
    let many: Vec<String> = (0..1_001).map(|number| format!("part{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
    for (file, expected) in [
        (file(b"PK\x03\x04 and nothing more"), "the file is damaged: "),
        (archive(&[("word/document.xml", "")]), "the file is no XLSX spreadsheet"),
        (archive(&[(WORKBOOK, BOOK), (WORKBOOK, BOOK)]), "the spreadsheet has two parts xl/workbook.xml"),
        (archive(&many), "the spreadsheet has more than 1000 parts"),
        (spreadsheet("", &[("xl/vbaProject.bin", "")]), macros),
        (spreadsheet("", &[("xl/macrosheets/sheet1.xml", "")]), macros),
        (spreadsheet("", &[(CONTENT_TYPES, r#"<Types ContentType="x.sheet.macroEnabled.main+xml"/>"#)]), macros),
        (spreadsheet("", &[(WORKBOOK, "<workbook/>")]), "the spreadsheet has no sheet"),
        (
            spreadsheet("", &[(WORKBOOK, "<workbook><workbookPr date1904=\"1\"/></workbook>")]),
            "the spreadsheet counts its",
        ),
        (spreadsheet(&bomb, &[]), "the spreadsheet is more than 200 times as large when it is unpacked"),
        (spreadsheet(&endless, &[]), "the file is damaged: xl/worksheets/first.xml has a row or a text of more"),
        (spreadsheet("<row></cell>", &[]), "the file is damaged: "),
        (spreadsheet("<row><c t=\"s\"><v>0</v></c></row>", &[]), "the spreadsheet has no shared text 0"),
        (
            spreadsheet("<row><c r=\"ZZZZ1\"/></row>", &[("xl/strings.xml", "")]),
            "the file is damaged: there is no cell",
        ),
        (
            spreadsheet("<row><c t=\"s\"><v>0</v></c></row>", &[("xl/strings.xml", "<sst/>")]),
            "the spreadsheet has no shared text 0",
        ),
        (
            spreadsheet("", &[("xl/strings.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><sst/>")]),
            "the file is damaged: xl/strings.xml has a document type",
        ),
        (
            spreadsheet("<row><c t=\"str\"><v>&boom;</v></c></row>", &[("xl/strings.xml", "<sst/>")]),
            "the file is damaged: unknown entity boom",
        ),
    ] {
        let message = read(file).expect_err(expected);
        assert!(message.starts_with(expected), "{message} should begin with {expected}");
    }
}

#[test]
fn spreadsheets_of_other_programs_are_read() {
    let strings = "<sst><si><t>title</t></si><si><r><t>a &amp;</t></r><r><t xml:space=\"preserve\"> b</t></r>\
        <rPh><t>x</t></rPh></si><si><t>_x0041__x000D_</t></si></sst>";
    let rows = r##"
        <row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>c</t></is></c></row>
        <row r="3" spans="1:3"><c r="A3" t="s"><v>1</v></c><c r="B3" s="4"/><c r="C3"><f>A1+1</f><v>0.10000000000000001</v></c></row>
        <row><c><v>1.10</v></c><c t="b"><v>1</v></c><c t="str"><v>&lt;x&#x41;</v></c><c r="AB4" t="s"><v>2</v></c></row>
        <row r="7"><c r="A7" t="e"><v>#N/A</v></c></row>
        <row r="8"/>"##;
    let read = read(spreadsheet(rows, &[("xl/strings.xml", strings)])).expect("reads");
    let sparse = format!("4 #1.10|true|<xA{}A\r", "|".repeat(25));
    assert_eq!(read, ["1 title||c", "3 a & b||#0.1", sparse.as_str(), "7 column A holds the error #N/A", "8 "]);
}

#[test]
fn what_is_written_is_read_back() {
    let text = |text: &str| Cell::Text(text.to_owned());
    let number = |digits: &str| Cell::Number(digits.to_owned());
    let rows = [
        vec![text("title"), text("<&>\"'"), text("a\r\n\tb\0\u{ffff}")],
        vec![Cell::EMPTY, text("=1+1"), text(" _x0041_ "), number("-5"), number("1.5"), number("1.10")],
        vec![Cell::EMPTY; 30].into_iter().chain([text("隔离")]).collect(),
        vec![],
    ];
    let mut bytes = Vec::new();
    write(&mut bytes, rows.into_iter().map(Ok)).expect("writes");
    let read = read(file(&bytes)).expect("reads");
    let last = format!("3 {}隔离", "|".repeat(30));
    // What a spreadsheet would round is a text.
    let expected = ["1 title|<&>\"'|a\r\n\tb\0\u{ffff}", "2 |=1+1| _x0041_ |#-5|#1.5|1.10", last.as_str(), "4 "];
    assert_eq!(read, expected);
}

#[test]
fn columns_are_named_by_letters() {
    for (index, name) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
        assert_eq!((letters(index).as_str(), column(&format!("{name}7"))), (name, Some(index)));
    }
    for reference in ["", "7", "XFE1", "a1", "é1", "ZZZZZZZZZZZZZZZZZZZZ1"] {
        assert_eq!(column(reference), None, "{reference}");
    }
}

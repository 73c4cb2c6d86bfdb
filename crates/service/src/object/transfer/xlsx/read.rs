//! Reading the first sheet.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::package::Package;
use super::strings::Strings;
use super::{WORKBOOK, WORKBOOK_RELATIONS, column, text};
use crate::error::{Error, Text};
use crate::object::transfer::cell::Cell;
use crate::object::transfer::file::{MOST_ROW_BYTES, Meter, Metered, TakeCells, broken, unreadable};

/// Reads the rows of the first sheet of a spreadsheet. Formulas count as what they gave when it was saved.
pub(in crate::object::transfer) fn each_row(file: File, take: TakeCells<'_>) -> Result<(), Error> {
    let beside = file.try_clone().map_err(Error::internal)?;
    let package = Package::open(file)?;
    let book = Book::read(&package)?;
    let strings = Strings::unpack(&package, book.strings.as_deref(), beside)?;
    let mut sheet = Sheet::new(&strings);
    each_event(&package, &book.sheet, |event, meter| {
        let Some(row) = sheet.event(&event)? else { return Ok(ControlFlow::Continue(())) };
        meter.reset();
        take(row.number, row.wrong.map_or(Ok(row.cells), Err))
    })
}

/// Hands the events of a part to `take`. An empty element is one that begins and ends.
pub(super) fn each_event(
    package: &Package,
    part: &str,
    mut take: impl FnMut(Event<'_>, &Meter) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let bytes = package.part(part)?.ok_or_else(|| unreadable(&format!("{part} is missing")))?;
    let (metered, meter) = Metered::new(bytes);
    let mut reader = Reader::from_reader(BufReader::new(metered));
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => return Ok(()),
            Ok(Event::DocType(_)) => return Err(unreadable(&format!("{part} has a document type"))),
            Ok(event) => {
                if take(event, &meter)?.is_break() {
                    return Ok(());
                }
            }
            Err(_) if meter.is_spent() => {
                return Err(unreadable(&format!("{part} has a row or a text of more than {MOST_ROW_BYTES} bytes")));
            }
            Err(error) => return Err(package.explain(&error)),
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Error> {
    let attribute = element.try_get_attribute(name).map_err(|error| unreadable(&error))?;
    let value = attribute.map(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned));
    value.transpose().map_err(|error| unreadable(&error))
}

/// Where things are.
struct Book {
    sheet: String,
    strings: Option<String>,
}

impl Book {
    fn read(package: &Package) -> Result<Self, Error> {
        let mut targets = HashMap::new();
        let mut strings = None;
        each_event(package, WORKBOOK_RELATIONS, |event, _| {
            if let Event::Start(element) = &event
                && element.local_name().as_ref() == "Relationship"
            {
                let [id, kind, target] = ["Id", "Type", "Target"].map(|name| attribute(element, name));
                let target = target?.unwrap_or_default();
                let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
                let is_strings = kind?.is_some_and(|kind| kind.ends_with("/sharedStrings"));
                if is_strings && package.part(&part)?.is_some() {
                    strings = Some(part.clone());
                }
                targets.insert(id?.unwrap_or_default(), part);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut sheet = None;
        each_event(package, WORKBOOK, |event, _| {
            let Event::Start(element) = &event else { return Ok(ControlFlow::Continue(())) };
            match element.local_name().as_ref() {
                "workbookPr" if matches!(attribute(element, "date1904")?.as_deref(), Some("1" | "true")) => {
                    Err(broken(
                        "the spreadsheet counts its dates from 1904; save it with dates from 1900",
                        "电子表格使用1904日期系统，请改用1900日期系统保存",
                    ))
                }
                "sheet" => {
                    sheet = attribute(element, "r:id")?.and_then(|id| targets.remove(&id));
                    Ok(ControlFlow::Break(()))
                }
                _ => Ok(ControlFlow::Continue(())),
            }
        })?;
        let sheet = sheet.ok_or_else(|| broken("the spreadsheet has no sheet", "电子表格没有工作表"))?;
        Ok(Self { sheet, strings })
    }
}

/// A text that may have parts of several looks. How it is pronounced is left out.
#[derive(Default)]
pub(super) struct RichText {
    text: String,
    is_in_part: bool,
    is_in_pronunciation: bool,
}

impl RichText {
    /// Adds what an event within it tells.
    pub(super) fn event(&mut self, event: &Event<'_>) -> Result<(), Error> {
        match event {
            Event::Start(element) => self.tag(element.local_name().as_ref(), true),
            Event::End(element) => self.tag(element.local_name().as_ref(), false),
            _ if self.is_in_part && !self.is_in_pronunciation => characters(event, &mut self.text)?,
            _ => {}
        }
        Ok(())
    }

    fn tag(&mut self, name: &str, is_start: bool) {
        match name {
            "t" => self.is_in_part = is_start,
            "rPh" => self.is_in_pronunciation = is_start,
            _ => {}
        }
    }

    /// The text, now that it is complete.
    pub(super) fn take(&mut self) -> String {
        text::unescape(&std::mem::take(&mut self.text)).into_owned()
    }
}

/// Adds the characters that an event tells.
fn characters(event: &Event<'_>, text: &mut String) -> Result<(), Error> {
    match event {
        Event::Text(content) => text.push_str(&content.xml10_content()),
        Event::CData(content) => text.push_str(&content.xml10_content()),
        Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|error| unreadable(&error))? {
            Some(character) => text.push(character),
            None => {
                let entity = quick_xml::escape::resolve_predefined_entity(reference);
                text.push_str(entity.ok_or_else(|| unreadable(&format!("unknown entity {}", &**reference)))?);
            }
        },
        _ => {}
    }
    Ok(())
}

/// A row of the sheet.
#[derive(Default)]
struct SheetRow {
    number: u64,
    cells: Vec<Cell>,
    wrong: Option<Text>,
}

/// A sheet while it is read.
struct Sheet<'s> {
    strings: &'s Strings,
    row: SheetRow,
    /// The type and the place of the cell that is read.
    kind: String,
    column: usize,
    /// Its value, and its text if that is not shared.
    value: String,
    is_in_value: bool,
    text: RichText,
}

impl<'s> Sheet<'s> {
    fn new(strings: &'s Strings) -> Self {
        Self {
            strings,
            row: SheetRow::default(),
            kind: String::new(),
            column: 0,
            value: String::new(),
            is_in_value: false,
            text: RichText::default(),
        }
    }

    /// Takes an event in; gives the row that ends with it.
    fn event(&mut self, event: &Event<'_>) -> Result<Option<SheetRow>, Error> {
        self.text.event(event)?;
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => self.start_row(element)?,
                "c" => self.start_cell(element)?,
                "v" => self.is_in_value = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "v" => self.is_in_value = false,
                "c" => self.end_cell()?,
                "row" => {
                    let next = SheetRow { number: self.row.number, ..SheetRow::default() };
                    return Ok(Some(std::mem::replace(&mut self.row, next)));
                }
                _ => {}
            },
            _ if self.is_in_value => characters(event, &mut self.value)?,
            _ => {}
        }
        Ok(None)
    }

    fn start_row(&mut self, element: &BytesStart<'_>) -> Result<(), Error> {
        let number = attribute(element, "r")?.and_then(|number| number.parse().ok());
        self.row.number = number.unwrap_or(self.row.number + 1);
        Ok(())
    }

    fn start_cell(&mut self, element: &BytesStart<'_>) -> Result<(), Error> {
        self.column = match attribute(element, "r")? {
            Some(reference) => {
                column(&reference).ok_or_else(|| unreadable(&format!("there is no cell '{reference}'")))?
            }
            None => self.row.cells.len(),
        };
        self.kind = attribute(element, "t")?.unwrap_or_default();
        self.value.clear();
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Error> {
        let (value, rich) = (std::mem::take(&mut self.value), self.text.take());
        let cell = match self.kind.as_str() {
            _ if value.is_empty() => Cell::Text(rich),
            "s" => Cell::Text(self.strings.get(value.trim().parse().map_err(|_| unreadable(&value))?)?),
            "b" => Cell::Text((value.trim() == "1").to_string()),
            "e" => {
                let name = super::letters(self.column);
                self.row.wrong = Some(Text::new(
                    format!("column {name} holds the error {value}"),
                    format!("{name}列的值为错误{value}"),
                ));
                Cell::EMPTY
            }
            "" | "n" => Cell::Number(text::number(value.trim()).into_owned()),
            _ => Cell::Text(text::unescape(&value).into_owned()),
        };
        if cell != Cell::EMPTY {
            if self.row.cells.len() <= self.column {
                self.row.cells.resize(self.column + 1, Cell::EMPTY);
            }
            self.row.cells[self.column] = cell;
        }
        Ok(())
    }
}

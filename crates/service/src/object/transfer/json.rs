//! JSON: an array of objects, or an object a line. Neither is ever whole in memory.

use std::io::{self, BufRead, Read, Write};
use std::mem;

use model::{Map, Value};

use super::file::{MOST_ROW_BYTES, Row, TakeRow, broken, too_long};
use crate::error::{Error, Text};

/// Reads the rows, which are numbered by the lines or by their places in the array.
pub(super) fn each_row(mut file: impl BufRead, take: TakeRow<'_>) -> Result<(), Error> {
    let mut line = 1;
    loop {
        match file.fill_buf().map_err(Error::internal)?.first() {
            Some(b'[') => {
                file.consume(1);
                return each_of_array(file, take);
            }
            Some(b'{') | None => return each_line(file, line, take),
            // White space, or the mark of UTF-8.
            Some(byte) => {
                line += u64::from(*byte == b'\n');
                file.consume(1);
            }
        }
    }
}

fn each_line(mut file: impl BufRead, first: u64, take: TakeRow<'_>) -> Result<(), Error> {
    let mut line = Vec::new();
    for number in first.. {
        line.clear();
        let limit = MOST_ROW_BYTES as u64 + 1;
        if file.by_ref().take(limit).read_until(b'\n', &mut line).map_err(Error::internal)? == 0 {
            break;
        }
        let mut object = if line.trim_ascii().is_empty() { continue } else { object(&line) };
        if line.len() > MOST_ROW_BYTES {
            file.skip_until(b'\n').map_err(Error::internal)?;
            object = Err(too_long(number));
        }
        if number == first
            && let Err(why) = &object
        {
            return Err(broken(
                format!("the file must be a JSON array of objects, or hold an object a line: {}", why.en),
                format!("文件必须是JSON对象数组，或每行一个对象：{}", why.zh),
            ));
        }
        if take(Row { number, object }).is_break() {
            break;
        }
    }
    Ok(())
}

/// After the bracket that opens it.
fn each_of_array(mut file: impl BufRead, take: TakeRow<'_>) -> Result<(), Error> {
    let (mut item, mut number) = (Item::default(), 1);
    loop {
        let buffer = file.fill_buf().map_err(Error::internal)?;
        if buffer.is_empty() {
            return Err(broken(
                format!("the JSON array is not closed: the file ends within or after item {number}"),
                format!("JSON数组未闭合：文件在第{number}项处结束"),
            ));
        }
        let length = buffer.len();
        let end = buffer.iter().position(|byte| item.ends_at(*byte));
        item.add(&buffer[..end.unwrap_or(length)]);
        let end = end.map(|place| (place, buffer[place]));
        file.consume(end.map_or(length, |(place, _)| place + 1));
        let Some((_, end)) = end else { continue };
        let done = mem::take(&mut item);
        let is_empty = end == b']' && number == 1 && done.bytes.trim_ascii().is_empty();
        if !is_empty && take(Row { number, object: done.object(number) }).is_break() {
            return Ok(());
        }
        if end == b']' {
            return nothing_more(file);
        }
        number += 1;
    }
}

fn nothing_more(file: impl BufRead) -> Result<(), Error> {
    for byte in file.bytes() {
        if !byte.map_err(Error::internal)?.is_ascii_whitespace() {
            return Err(broken("nothing may follow the JSON array", "JSON数组之后不能有其他内容"));
        }
    }
    Ok(())
}

/// An item of an array while it is read.
#[derive(Default)]
struct Item {
    bytes: Vec<u8>,
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
}

impl Item {
    /// Whether it ends before the next byte.
    fn ends_at(&mut self, byte: u8) -> bool {
        if self.is_in_text {
            let is_end = byte == b'"' && !self.is_escaped;
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            self.is_in_text = !is_end;
            return false;
        }
        match byte {
            b',' | b']' if self.depth == 0 => return true,
            b'"' => self.is_in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        false
    }

    /// Keeps its bytes, but no more than it takes to know that it is too long.
    fn add(&mut self, bytes: &[u8]) {
        let room = (MOST_ROW_BYTES + 1).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn object(&self, number: u64) -> Result<Map, Text> {
        if self.bytes.len() > MOST_ROW_BYTES { Err(too_long(number)) } else { object(&self.bytes) }
    }
}

fn object(json: &[u8]) -> Result<Map, Text> {
    let no_json = |error: &dyn std::fmt::Display| Text::new(format!("no JSON: {error}"), format!("不是JSON：{error}"));
    let text = std::str::from_utf8(json).map_err(|error| no_json(&error))?;
    match Value::from_json(text).map_err(|error| no_json(&error))? {
        Value::Map(object) => Ok(object.as_ref().clone()),
        other => {
            let kind = other.kind();
            Err(Text::new(format!("must be a JSON object, not {kind}"), format!("必须是JSON对象，而不是{kind}")))
        }
    }
}

/// Writes an array with an object a line.
pub(super) fn write(mut out: impl Write, objects: impl Iterator<Item = io::Result<Map>>) -> io::Result<()> {
    let mut before: &[u8] = b"[\n";
    for object in objects {
        out.write_all(before)?;
        out.write_all(Value::map(object?).to_json().as_bytes())?;
        before = b",\n";
    }
    out.write_all(if before == b"[\n" { b"[]\n" } else { b"\n]\n" })
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    /// The rows with their numbers, and why it went no further.
    fn read(file: &str) -> (Vec<String>, Option<String>) {
        let mut rows = Vec::new();
        let end = each_row(io::BufReader::with_capacity(3, file.as_bytes()), &mut |row| {
            let object = row.object.map_or_else(|text| text.en, |object| Value::map(object).to_json());
            rows.push(format!("{} {object}", row.number));
            ControlFlow::Continue(())
        });
        (rows, end.err().map(|error| error.message().en.clone()))
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for (file, expected) in [
            ("[", "the JSON array is not closed: the file ends within or after item 1"),
            ("[{\"a\":1},", "the JSON array is not closed: the file ends within or after item 2"),
            ("[{\"a\":\"]\"", "the JSON array is not closed: the file ends within or after item 1"),
            ("[{\"a\":1}] {}", "nothing may follow the JSON array"),
            ("{\n\"a\": 1\n}", "the file must be a JSON array of objects, or hold an object a line: no JSON: EOF"),
        ] {
            let (_, message) = read(file);
            assert!(message.as_ref().is_some_and(|message| message.starts_with(expected)), "{file}: {message:?}");
        }
        let long = format!("[{{\"a\":\"{}\"}},{{\"b\":1}}]", "x".repeat(MOST_ROW_BYTES));
        let mut numbers = Vec::new();
        each_row(long.as_bytes(), &mut |row| {
            numbers.push((row.number, row.object.is_ok()));
            ControlFlow::Continue(())
        })
        .expect("the array is whole");
        assert_eq!(numbers, [(1, false), (2, true)]);
    }

    #[test]
    fn arrays_and_lines_are_read_and_what_is_wrong_is_passed_over() {
        for (file, expected) in [
            ("[]", vec![]),
            ("\u{feff} \n[ ]\n", vec![]),
            (r#"[{"a":"],[\"\\"},{"b":[{"c":1.10}]}]"#, vec![r#"1 {"a":"],[\"\\"}"#, r#"2 {"b":[{"c":1.10}]}"#]),
            (r#"[{"a":1},5,{"b":2}]"#, vec![r#"1 {"a":1}"#, "2 must be a JSON object, not number", r#"3 {"b":2}"#]),
            ("\n{\"a\":1}\r\n\n{\"b\":2}", vec![r#"2 {"a":1}"#, r#"4 {"b":2}"#]),
        ] {
            assert_eq!(read(file), (expected.into_iter().map(str::to_owned).collect(), None), "{file}");
        }
        let (rows, end) = read("{\"a\":1}\n{\"b\":}\n{\"c\":3}\n");
        assert_eq!((rows.len(), end), (3, None), "{rows:?}");
        assert!(rows[1].starts_with("2 no JSON: expected value"), "{rows:?}");
    }

    #[test]
    fn what_is_written_is_read_back() {
        for objects in [vec![], vec![r#"{"a":1.10,"b":"\u0000"}"#, r#"{"c":[{}]}"#]] {
            let mut file = Vec::new();
            let maps = objects.iter().map(|json| Ok(object(json.as_bytes()).expect("an object")));
            write(&mut file, maps).expect("writes");
            let numbered = (1..).zip(&objects).map(|(number, json)| format!("{number} {json}")).collect();
            assert_eq!(read(&String::from_utf8(file).expect("UTF-8")), (numbered, None));
        }
    }
}

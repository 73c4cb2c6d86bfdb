//! Common Event Format: `CEF:0|vendor|product|version|signature|name|severity|key=value key=value …`.

use model::{Map, Value};

use super::event::{after_header, bars};

/// The names that the fields of the header get.
const HEADER: [&str; 7] =
    ["cef_version", "device_vendor", "device_product", "device_version", "signature_id", "name", "severity"];

/// Reads a line: the header's fields by their names, the extension as an object, what stands before as `syslog`.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let (syslog, rest) = after_header(text, "CEF:").ok_or("the line has no 'CEF:'")?;
    let (fields, rest) = bars(rest, HEADER.len())
        .ok_or_else(|| format!("the line has fewer than {} fields before its extension", HEADER.len()))?;
    let mut event = Map::new();
    event.insert("syslog".into(), Value::string(syslog));
    for (name, field) in HEADER.iter().zip(fields) {
        event.insert((*name).into(), Value::from(field.trim().to_owned()));
    }
    event.insert("extension".into(), Value::map(extension(rest)));
    Ok(Value::map(event))
}

/// A value goes on to the space before the next key, so it may hold spaces.
fn extension(text: &str) -> Map {
    let mut members = Map::new();
    let mut rest = text.trim();
    while let Some((key, from)) = next_key(rest) {
        let after = &rest[from..];
        let end = value_end(after);
        members.insert(key.into(), Value::from(unescape(after[..end].trim_end())));
        rest = &after[end..];
    }
    members
}

/// The key at the next equals sign that nothing escapes, and where its value begins.
fn next_key(text: &str) -> Option<(&str, usize)> {
    let equals = unescaped_equals(text)?;
    let key = text[..equals].rsplit(char::is_whitespace).next().unwrap_or_default();
    if key.is_empty() { None } else { Some((key, equals + 1)) }
}

/// Where the value at the beginning of the text ends: before the key that comes next. An equals sign with no space before
/// it is part of the value, although it should have been escaped: many products write addresses of pages as they are.
fn value_end(text: &str) -> usize {
    let mut space = None;
    for (at, c) in unescaped(text) {
        match (c, space) {
            ('=', Some(space)) => return space,
            (c, _) if c.is_whitespace() => space = Some(at),
            _ => {}
        }
    }
    text.len()
}

fn unescaped_equals(text: &str) -> Option<usize> {
    unescaped(text).find(|(_, c)| *c == '=').map(|(at, _)| at)
}

/// The characters that no backslash stands before.
fn unescaped(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut escaped = false;
    text.char_indices().filter(move |(_, c)| {
        let kept = !escaped;
        escaped = *c == '\\' && !escaped;
        kept
    })
}

fn unescape(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some(escaped @ ('\\' | '=' | '|')) => value.push(escaped),
                Some(other) => value.extend(['\\', other]),
                None => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        assert_eq!(read(line).expect("reads").to_json(), expected, "{line}");
    }

    #[test]
    fn header_and_extension_are_read() {
        check(
            "Sep 19 08:26:10 host CEF:0|Security|threatmanager|1.0|100|worm successfully stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232\n",
            r#"{"syslog":"Sep 19 08:26:10 host","cef_version":"0","device_vendor":"Security","device_product":"threatmanager","device_version":"1.0","signature_id":"100","name":"worm successfully stopped","severity":"10","extension":{"src":"10.0.0.1","dst":"2.1.2.2","spt":"1232"}}"#,
        );
    }

    #[test]
    fn values_hold_spaces_and_escaped_signs() {
        check(
            r"CEF:0|a\|b|c\\d|1|2|three\|four|Low|msg=a b  c\=d\\e\nf fname=x y.txt cs1=",
            r#"{"syslog":"","cef_version":"0","device_vendor":"a|b","device_product":"c\\d","device_version":"1","signature_id":"2","name":"three|four","severity":"Low","extension":{"msg":"a b  c=d\\e\nf","fname":"x y.txt","cs1":""}}"#,
        );
        check(
            "CEF:0|a|b|1|2|n|3|request=http://a.example/?x=1&y=2 src=10.0.0.1",
            r#"{"syslog":"","cef_version":"0","device_vendor":"a","device_product":"b","device_version":"1","signature_id":"2","name":"n","severity":"3","extension":{"request":"http://a.example/?x=1&y=2","src":"10.0.0.1"}}"#,
        );
        check(
            "CEF:1|a|b|1|2|n|3|",
            r#"{"syslog":"","cef_version":"1","device_vendor":"a","device_product":"b","device_version":"1","signature_id":"2","name":"n","severity":"3","extension":{}}"#,
        );
    }

    #[test]
    fn what_is_no_such_line_is_refused() {
        for line in ["", "LEEF:1.0|a|b|c|d|", "CEF:0|a|b|1|2|n|3"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}

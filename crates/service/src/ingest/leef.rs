//! Log Event Extended Format: `LEEF:1.0|vendor|product|version|event|` and pairs with tabs between them;
//! `LEEF:2.0|vendor|product|version|event|delimiter|` and pairs with that character between them.

use model::{Map, Value};

use super::event::{after_header, bars};

const HEADER: [&str; 5] = ["leef_version", "device_vendor", "device_product", "device_version", "event_id"];

/// Reads a line: the header's fields by their names, the pairs as an object, what stands before as `syslog`.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let (syslog, rest) = after_header(text, "LEEF:").ok_or("the line has no 'LEEF:'")?;
    let (fields, mut rest) = bars(rest, HEADER.len())
        .ok_or_else(|| format!("the line has fewer than {} fields before its pairs", HEADER.len()))?;
    let mut separator = '\t';
    if fields[0].trim() == "2.0"
        && let Some((written, pairs)) = rest.split_once('|')
        && let Some(read) = delimiter(written)
    {
        (separator, rest) = (read, pairs);
    }
    let mut event = Map::new();
    event.insert("syslog".into(), Value::string(syslog));
    for (name, field) in HEADER.iter().zip(fields) {
        event.insert((*name).into(), Value::from(field.trim().to_owned()));
    }
    let pairs = rest.split(separator).filter_map(|pair| pair.split_once('='));
    let extension: Map = pairs.map(|(key, value)| (key.trim().into(), Value::string(value.trim()))).collect();
    event.insert("extension".into(), Value::map(extension));
    Ok(Value::map(event))
}

/// A character, or its number in hexadecimal (`x09`, `0x5E`); a tab when there is none. None when the field is not there
/// at all and the pairs begin at once.
fn delimiter(written: &str) -> Option<char> {
    let mut chars = written.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Some('\t'),
        (Some(c), None) => Some(c),
        (Some(_), Some(_)) => {
            let digits = written.strip_prefix("0x").or_else(|| written.strip_prefix('x'))?;
            u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, version: &str, pairs: &str) {
        let event = read(line).expect("reads");
        assert_eq!(event.get("leef_version").as_str(), Some(version), "{line}");
        assert_eq!(event.get("device_product").as_str(), Some("QRadar"), "{line}");
        assert_eq!(event.get("extension").to_json(), pairs, "{line}");
    }

    #[test]
    fn pairs_are_read_with_any_delimiter() {
        let pairs = r#"{"src":"10.0.0.1","msg":"a b=c"}"#;
        check("<13>1 host LEEF:1.0|IBM|QRadar|7|4625|src=10.0.0.1\tmsg=a b=c\r\n", "1.0", pairs);
        check("LEEF:2.0|IBM|QRadar|7|4625|^|src=10.0.0.1^msg=a b=c", "2.0", pairs);
        check("LEEF:2.0|IBM|QRadar|7|4625|x7C|src=10.0.0.1|msg=a b=c", "2.0", pairs);
        check("LEEF:2.0|IBM|QRadar|7|4625|0x09|src=10.0.0.1\tmsg=a b=c", "2.0", pairs);
        check("LEEF:2.0|IBM|QRadar|7|4625||src=10.0.0.1\tmsg=a b=c", "2.0", pairs);
        check("LEEF:2.0|IBM|QRadar|7|4625|src=10.0.0.1\tmsg=a b=c", "2.0", pairs);
        check("LEEF:1.0|IBM|QRadar|7|4625|", "1.0", "{}");
    }

    #[test]
    fn what_is_no_such_line_is_refused() {
        for line in ["", "CEF:0|a|b|c|d|e|f|", "LEEF:1.0|a|b|c|d"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}

//! What the pool and a child say to each other: frames of a 32-bit little-endian length and that many bytes.
//!
//! A child first writes a [`Ready`]. Then, for each request, it reads two frames (a [`Header`] and the scope, both
//! JSON) and writes one [`Response`]. Neither side believes a length before it has compared it with its limit.

use std::io::{self, ErrorKind, Read, Write};

use model::{Number, Value};
use serde::{Deserialize, Serialize, Serializer};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes that source and scope of one run may take together, as JSON.
pub const REQUEST_LIMIT: usize = 16 << 20;

/// Bytes that value and changed variables of one run may take together, as JSON.
pub const RESULT_LIMIT: usize = 1 << 20;

/// Longest frame from a child: a result and what surrounds it.
pub(super) const MAX_RESPONSE: usize = RESULT_LIMIT + 1024;

/// Longest error message that a child sends, in characters.
pub(super) const MAX_MESSAGE: usize = 1000;

/// The first frame of a child.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ready {
    /// Whether the kernel filters the child's system calls.
    pub seccomp: bool,
}

/// The first frame of a request.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    /// Comes back in the response.
    pub id: u64,
    /// The script.
    pub source: String,
    /// When the parent will lose its patience; the child's own limit on processor time is derived from it.
    pub deadline_ms: u64,
    /// Bytes that the script's heap may take.
    pub memory_limit: u64,
}

/// The answer to a request.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Response {
    /// The request's id.
    pub id: u64,
    /// What became of it.
    pub answer: Answer,
}

/// What became of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The script ended.
    Ok {
        /// The value of its last expression.
        value: Value,
        /// The members of `vars` that changed.
        vars: Value,
    },
    /// The script failed; one sentence.
    Error(String),
    /// The script's heap is full.
    OutOfMemory,
}

/// Both frames of a request, or the number of bytes when it is too large.
pub(super) fn encode_request(header: &Header, scope: &Value) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(512);
    for part in [to_json(header), to_json(&ForScript(scope))] {
        let length = u32::try_from(part.len()).map_err(|_| part.len())?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&part);
    }
    if bytes.len() > REQUEST_LIMIT { Err(bytes.len()) } else { Ok(bytes) }
}

fn to_json(part: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(part).expect("only string keys, and numbers that were parsed before")
}

/// Writes one frame and flushes.
pub(super) fn write_frame(to: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(|_| ErrorKind::InvalidInput)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(body)?;
    to.flush()
}

/// Reads one frame; `None` at the end of the stream.
pub(super) fn read_frame(from: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut body = vec![0; checked(length, limit)?];
    from.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Reads one frame; the end of the stream is an error.
pub(super) async fn receive_frame(from: &mut (impl AsyncRead + Unpin), limit: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let mut body = vec![0; checked(length, limit)?];
    from.read_exact(&mut body).await?;
    Ok(body)
}

fn checked(length: [u8; 4], limit: usize) -> io::Result<usize> {
    let length = u32::from_le_bytes(length) as usize;
    if length > limit { Err(ErrorKind::InvalidData.into()) } else { Ok(length) }
}

/// Writes a value as JavaScript is to read it: numbers that it would change are strings.
struct ForScript<'a>(&'a Value);

impl Serialize for ForScript<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) if !survives_javascript(number) => serializer.serialize_str(&number.digits()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self.0.serialize(serializer),
            Value::List(items) => serializer.collect_seq(items.iter().map(ForScript)),
            Value::Map(members) => serializer.collect_map(members.iter().map(|(key, value)| (key, ForScript(value)))),
        }
    }
}

/// Whether a JavaScript number, written back, has the value of this number.
fn survives_javascript(number: &Number) -> bool {
    match number {
        Number::Int(int) if int.unsigned_abs() <= 1 << 53 => true,
        Number::Float(_) => true,
        Number::Int(_) | Number::Exact(_) => {
            let float = number.as_f64();
            // JavaScript writes the shortest digits that read back as the same float; `{:e}` gives the same digits.
            float.is_finite() && decimal(&number.digits()) == decimal(&format!("{float:e}"))
        }
    }
}

/// A decimal number as (sign, significant digits, exponent of the last digit); equal for equal values.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some((negative, String::new(), 0));
    }
    let trailing = all.len() - all.trim_end_matches('0').len();
    let exponent =
        exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(i64::try_from(trailing).ok()?)?;
    Some((negative, significant.to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_arrives(json: &str, expected: &str) {
        let value = Value::from_json(json).expect("JSON");
        assert_eq!(String::from_utf8(to_json(&ForScript(&value))).expect("text"), expected, "{json}");
    }

    #[test]
    fn numbers_that_javascript_would_change_arrive_as_strings() {
        for kept in ["0", "-1", "9007199254740992", "0.1", "1.10", "1e+21", "-0", "0.000001"] {
            check_arrives(kept, kept);
        }
        for changed in
            ["9007199254740993", "1152921504606846976", "12345678901234567890", "1e+400", "0.12345678901234567890"]
        {
            check_arrives(changed, &format!("\"{changed}\""));
        }
        check_arrives(r#"{"a":[1,9007199254740993]}"#, r#"{"a":[1,"9007199254740993"]}"#);
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_memory_is_taken() {
        let frame = [u32::MAX.to_le_bytes().as_slice(), b"x"].concat();
        assert_eq!(read_frame(&mut frame.as_slice(), 1 << 20).map_err(|e| e.kind()), Err(ErrorKind::InvalidData));
    }

    #[test]
    fn a_stream_that_ends_between_frames_is_no_error() {
        assert!(matches!(read_frame(&mut [].as_slice(), 10), Ok(None)));
        assert!(read_frame(&mut [5, 0, 0, 0, 1].as_slice(), 10).is_err());
    }
}

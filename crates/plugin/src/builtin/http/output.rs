//! Turns an answer into the action's output.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::{Map, Value};
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use crate::connection::MASK;
use crate::host::Incoming;
use crate::redact::is_secret_header;

/// The output of the action.
pub(super) fn output(incoming: Incoming) -> Value {
    let headers = headers(&incoming.headers);
    let (body, encoding) = body(incoming.body, is_json(&incoming.headers));
    Value::object([
        ("status", Value::int(incoming.status.as_u16().into())),
        ("headers", headers),
        ("body", body),
        ("body_encoding", Value::from(encoding)),
    ])
}

/// The beginning of the body, for a message.
pub(super) fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(1200)]).chars().take(300).collect()
}

/// Several fields of one name are joined as HTTP says.
fn headers(headers: &HeaderMap) -> Value {
    let mut fields = Map::new();
    for name in headers.keys() {
        let value = if is_secret_header(name.as_str()) {
            Value::from(MASK)
        } else {
            let values: Vec<_> = headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
            Value::from(values.join(", "))
        };
        fields.insert(name.as_str().into(), value);
    }
    Value::map(fields)
}

/// `application/json` and every `+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// A body that claims to be JSON and is not, is text.
fn body(bytes: Vec<u8>, json: bool) -> (Value, &'static str) {
    match String::from_utf8(bytes) {
        Ok(text) => match json.then(|| Value::from_json(&text)) {
            Some(Ok(value)) => (value, "json"),
            Some(Err(_)) | None => (Value::from(text), "text"),
        },
        Err(error) => (Value::from(BASE64_STANDARD.encode(error.as_bytes())), "base64"),
    }
}

//! Turns the action's input into a request.

use std::time::Duration;

use model::time::IsoDuration;
use model::{Timestamp, Value};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::expected::Expected;
use crate::error::ActionError;
use crate::host::{Method, Outgoing, Url};
use crate::redact::is_secret_header;

/// Headers that belong to the connection and not to the message, or that would lead the message elsewhere.
const FORBIDDEN: [&str; 11] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "expect",
    "proxy-authorization",
    "proxy-connection",
];

/// A read input.
pub(super) struct Input {
    /// The request, without what the connection adds.
    pub outgoing: Outgoing,
    pub expected: Expected,
    pub follow_redirects: bool,
    pub timeout: Duration,
}

impl Input {
    /// Reads an input that fits the manifest; `endpoint` is what a relative URL is appended to.
    pub(super) fn read(input: &Value, endpoint: Option<&Url>) -> Result<Self, ActionError> {
        let mut url = url(input.get("url").as_str().unwrap_or_default(), endpoint)?;
        add_query(&mut url, input.get("query"))?;
        let mut headers = headers(input.get("headers"))?;
        let body = body(input.get("body"), &mut headers)?;
        Ok(Self {
            outgoing: Outgoing { method: method(input.get("method").as_str().unwrap_or("GET"))?, url, headers, body },
            expected: Expected::read(input.get("expected_status"))?,
            follow_redirects: input.get("follow_redirects").as_bool().unwrap_or(false),
            timeout: timeout(input.get("timeout").as_str().unwrap_or("PT30S"))?,
        })
    }
}

fn method(text: &str) -> Result<Method, ActionError> {
    match text.to_ascii_uppercase().as_str() {
        "GET" => Ok(Method::GET),
        "HEAD" => Ok(Method::HEAD),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        "OPTIONS" => Ok(Method::OPTIONS),
        _ => Err(ActionError::input("method", "expected GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS")),
    }
}

/// An absolute URL as it is; a relative one appended to the endpoint, with exactly one slash between.
fn url(text: &str, endpoint: Option<&Url>) -> Result<Url, ActionError> {
    let text = text.trim();
    let absolute = match Url::parse(text) {
        Ok(url) => url,
        Err(_) => {
            let endpoint = endpoint.ok_or_else(|| {
                ActionError::input("url", "expected an http or https URL; a path needs a connection with an endpoint")
            })?;
            // A path that starts with two slashes would name another host.
            if text.starts_with("//") || text.starts_with('\\') {
                return Err(ActionError::input("url", "a path must not start with two slashes or a backslash"));
            }
            let mut base = endpoint.clone();
            base.set_query(None);
            base.set_fragment(None);
            let joined = format!("{}/{}", base.as_str().trim_end_matches('/'), text.trim_start_matches('/'));
            Url::parse(&joined).map_err(|error| ActionError::input("url", error.to_string()))?
        }
    };
    if let Some(endpoint) = endpoint
        && absolute.origin() != endpoint.origin()
    {
        return Err(ActionError::input("url", "it lies outside the connection's endpoint"));
    }
    Ok(absolute)
}

fn add_query(url: &mut Url, query: &Value) -> Result<(), ActionError> {
    let Some(members) = query.as_map().filter(|members| !members.is_empty()) else { return Ok(()) };
    let mut pairs = url.query_pairs_mut();
    for (name, value) in members {
        for item in value.as_list().unwrap_or(std::slice::from_ref(value)) {
            if !item.is_null() {
                pairs.append_pair(name, &scalar(&format!("query.{name}"), item)?);
            }
        }
    }
    Ok(())
}

fn headers(value: &Value) -> Result<HeaderMap, ActionError> {
    let mut headers = HeaderMap::new();
    for (name, value) in value.as_map().into_iter().flatten() {
        let parameter = format!("headers.{name}");
        if value.is_null() {
            continue;
        }
        if FORBIDDEN.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(ActionError::input(&parameter, "this header cannot be set"));
        }
        let header: HeaderName = name.parse().map_err(|_| ActionError::input(&parameter, "not a header name"))?;
        let mut content: HeaderValue = scalar(&parameter, value)?
            .parse()
            .map_err(|_| ActionError::input(&parameter, "the value holds characters that a header cannot hold"))?;
        content.set_sensitive(is_secret_header(name));
        headers.insert(header, content);
    }
    Ok(headers)
}

fn scalar(parameter: &str, value: &Value) -> Result<String, ActionError> {
    match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.to_text().into_owned()),
        Value::Null | Value::List(_) | Value::Map(_) => {
            Err(ActionError::input(parameter, format!("expected a string, number or boolean, got {}", value.kind())))
        }
    }
}

fn body(value: &Value, headers: &mut HeaderMap) -> Result<Option<Vec<u8>>, ActionError> {
    let (bytes, media_type) = match value {
        Value::Null => return Ok(None),
        Value::String(text) => (text.as_bytes().to_vec(), "text/plain; charset=utf-8"),
        Value::List(_) | Value::Map(_) => (value.to_json().into_bytes(), "application/json"),
        Value::Bool(_) | Value::Number(_) => {
            return Err(ActionError::input("body", format!("expected string, object or list, got {}", value.kind())));
        }
    };
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(media_type));
    Ok(Some(bytes))
}

fn timeout(text: &str) -> Result<Duration, ActionError> {
    let invalid = |why: &str| ActionError::input("timeout", why);
    let end = IsoDuration::parse(text)
        .and_then(|duration| duration.after(Timestamp(0)))
        .map_err(|_| invalid("expected an ISO 8601 duration like PT30S"))?;
    match u64::try_from(end.0) {
        Ok(micros) if micros > 0 => Ok(Duration::from_micros(micros)),
        Ok(_) | Err(_) => Err(invalid("it must be longer than nothing")),
    }
}

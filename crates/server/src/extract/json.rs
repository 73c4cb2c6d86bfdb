//! JSON bodies.

use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use service::{Caller, Text};

use crate::app::AppState;
use crate::error::{ApiError, ApiResult};
use crate::extract::body::{self, Plain};

/// How deep a document may nest; the parser's own limit.
const MAX_DEPTH: usize = 127;

/// A JSON body: as an extractor, read within the limits; as an answer, written.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T>
where
    AppState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let (parts, body) = request.into_parts();
        let http = AppState::from_ref(state).http;
        let known = parts.extensions.get::<Caller>().is_some();
        let limit = if known { http.json_limit } else { http.open_limit };
        let (bytes, ()) = body::read::<Plain>(&parts, body, limit, &http).await?;
        if !is_json(&parts.headers) {
            return Err(ApiError::invalid(Text::new(
                "Content-Type must be application/json",
                "Content-Type必须是application/json",
            )));
        }
        parse(&bytes).map(Self).map_err(ApiError::invalid)
    }
}

/// A whole body, whatever it holds, read within the limit of JSON bodies. For routes whose callers have no account but
/// show a secret of their own.
#[derive(Debug, Clone)]
pub struct Whole(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Whole
where
    AppState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let (parts, body) = request.into_parts();
        let http = AppState::from_ref(state).http;
        let (bytes, ()) = body::read::<Plain>(&parts, body, http.json_limit, &http).await?;
        Ok(Self(bytes))
    }
}

/// With any charset: JSON is UTF-8 whatever a client says. Without a content type, the route decides.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let essence = value.to_str().ok().and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Text> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Text::new("the body is empty: a JSON document is expected", "请求体为空，应为JSON"));
    }
    // The parser limits what it builds, but skips ignored fields of any depth.
    if depth_exceeds(bytes, MAX_DEPTH) {
        return Err(Text::new(
            format!("the body is nested too deeply: at most {MAX_DEPTH} levels are accepted"),
            format!("请求体嵌套过深：最多{MAX_DEPTH}层"),
        ));
    }
    serde_json::from_slice(bytes).or_else(|error| {
        let message = error.to_string();
        let message = strip_position(&message);
        // A number that no type can hold is JSON all the same.
        if error.classify() == Category::Data || message == "number out of range" {
            // Once more, slower, to learn where.
            let mut deserializer = serde_json::Deserializer::from_slice(bytes);
            return serde_path_to_error::deserialize(&mut deserializer)
                .map_err(|error| explain(&error.path().to_string(), &error.inner().to_string()));
        }
        let (line, column) = (error.line(), error.column());
        Err(Text::new(
            format!("the body is not valid JSON: {message} (line {line}, column {column})"),
            format!("请求体不是有效的JSON（第{line}行第{column}列）"),
        ))
    })
}

fn strip_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |at| &message[..at])
}

/// Counts brackets outside strings; on text that is no JSON the count does not matter, since the parser refuses it.
fn depth_exceeds(bytes: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Turns serde's words about types into those of people who write JSON.
fn explain(path: &str, message: &str) -> Text {
    let message = strip_position(message);
    let within = |field: &str| if path == "." { field.to_owned() } else { format!("{path}.{field}") };
    if let Some(field) = quoted(message, "missing field `") {
        let field = within(field);
        return Text::new(format!("{field} is required"), format!("{field}为必填项"));
    }
    if let Some(field) = quoted(message, "duplicate field `") {
        let field = within(field);
        return Text::new(format!("{field} is given more than once"), format!("{field}重复出现"));
    }
    let (en, zh) = if path == "." { ("the body", "请求体") } else { (path, path) };
    match message.rsplit_once(", expected ").and_then(|(_, expected)| words(expected)) {
        Some((en_type, zh_type)) => Text::new(format!("{en} must be {en_type}"), format!("{zh}必须是{zh_type}")),
        None => Text::new(format!("{en} is not valid: {message}"), format!("{zh}无效：{message}")),
    }
}

fn quoted<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.strip_prefix(before)?.strip_suffix('`')
}

fn words(expected: &str) -> Option<(&'static str, &'static str)> {
    Some(match expected {
        "a string" => ("text", "文本"),
        "a boolean" => ("true or false", "true或false"),
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => ("a whole number", "整数"),
        "f32" | "f64" => ("a number", "数字"),
        "a sequence" => ("a list", "列表"),
        "a map" => ("an object", "对象"),
        _ if expected.starts_with("struct ") => ("an object", "对象"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading is tested")]
    struct Body {
        name: Option<String>,
        level: Option<i64>,
        enabled: Option<bool>,
        tags: Option<Vec<Tag>>,
        content: Option<serde_json::Map<String, serde_json::Value>>,
        #[serde(default)]
        ratio: f64,
        #[serde(default)]
        map: BTreeMap<String, String>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading is tested")]
    struct Tag {
        key: String,
    }

    fn check(body: &str, message: &str) {
        let error = parse::<Body>(body.as_bytes()).expect_err(body);
        assert_eq!(error.en, message, "{body:.80}");
        assert!(!error.zh.is_empty());
    }

    #[test]
    fn a_wrong_type_is_named_with_its_path() {
        check(r#"{"name": 5}"#, "name must be text");
        check(r#"{"name": {"a": 1}}"#, "name must be text");
        check(r#"{"level": "5"}"#, "level must be a whole number");
        check(r#"{"level": 1.5}"#, "level must be a whole number");
        check(r#"{"level": 99999999999999999999}"#, "level must be a whole number");
        check(r#"{"level": 1e999}"#, "level is not valid: number out of range");
        check(r#"{"ratio": "x"}"#, "ratio must be a number");
        check(r#"{"enabled": "true"}"#, "enabled must be true or false");
        check(r#"{"tags": {}}"#, "tags must be a list");
        check(r#"{"tags": [{"key": "a"}, {"key": null}]}"#, "tags[1].key must be text");
        check(r#"{"tags": [{}]}"#, "tags[0].key is required");
        check(r#"{"tags": [1]}"#, "tags[0] must be an object");
        check(r#"{"content": []}"#, "content must be an object");
        check(r#"{"map": {"a b": 1}}"#, "map.a b must be text");
        check(r#"{"name": "a", "name": "b"}"#, "name is given more than once");
        check("5", "the body must be an object");
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        check("", "the body is empty: a JSON document is expected");
        check(" \n", "the body is empty: a JSON document is expected");
        check("{", "the body is not valid JSON: EOF while parsing an object (line 1, column 1)");
        check("{\"name\": \"a\"\n\"b\"}", "the body is not valid JSON: expected `,` or `}` (line 2, column 1)");
        check("{} x", "the body is not valid JSON: trailing characters (line 1, column 4)");
    }

    #[test]
    fn deep_nesting_is_refused_wherever_it_is() {
        let message = "the body is nested too deeply: at most 127 levels are accepted";
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        check(&deep, message);
        check(&format!(r#"{{"content": {{"a": {deep}}}}}"#), message);
        check(&format!(r#"{{"unknown": {deep}}}"#), message);
        check(&"{\"a\":".repeat(10_000), message);
        let fits = format!(r#"{{"content": {{"a": {}1{}}}}}"#, "[".repeat(125), "]".repeat(125));
        parse::<Body>(fits.as_bytes()).expect("127 levels are accepted");
        let brackets_in_text = format!(r#"{{"name": "\\\"{}"}}"#, "[".repeat(500));
        parse::<Body>(brackets_in_text.as_bytes()).expect("brackets in text do not nest");
    }

    #[test]
    fn unknown_fields_are_ignored_and_numbers_keep_their_digits() {
        let body = r#"{"unknown": [1, {"a": null}], "content": {"n": 123456789012345678901234567890}}"#;
        let body: Body = parse(body.as_bytes()).expect("parses");
        assert_eq!(body.content.expect("content")["n"].to_string(), "123456789012345678901234567890");
    }

    #[test]
    fn any_charset_of_json_is_json() {
        for (value, expected) in [
            (None, true),
            (Some("application/json"), true),
            (Some("application/json;charset=UTF-8"), true),
            (Some("Application/JSON; charset=gbk"), true),
            (Some("application/jsonx"), false),
            (Some("text/plain"), false),
            (Some(""), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::CONTENT_TYPE, value.parse().expect("a header"));
            }
            assert_eq!(is_json(&headers), expected, "{value:?}");
        }
    }
}

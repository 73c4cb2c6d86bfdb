//! Bodies, queries and paths that are wrong.

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use serde_json::json;

use crate::toy::Call;

const TOYS: &str = "/v1/toys/00000000000000000000000000000001/00000000-0000-0000-0000-000000000002";

async fn refused(call: Call, status: u16, message: &str) {
    let failure = call.send().await.failure();
    assert_eq!((failure.0, failure.2.as_str()), (status, message));
}

#[tokio::test]
async fn json_is_read_with_any_charset_and_without_a_content_type() {
    for content_type in ["", "application/json", "application/json;charset=UTF-8", "application/json; charset=utf-8"] {
        let mut call = Call::known("POST", TOYS).body(r#"{"name": "a", "size": 1, "unknown": {}}"#);
        if !content_type.is_empty() {
            call = call.header("content-type", content_type);
        }
        let answer = call.send().await;
        assert_eq!(answer.json(), json!({"name": "a", "size": 1}), "{content_type}");
    }
    let call = Call::known("POST", TOYS).header("content-type", "text/xml").body("{}");
    refused(call, 400, "Content-Type must be application/json").await;
}

#[tokio::test]
async fn delete_takes_a_body() {
    let answer = Call::known("DELETE", TOYS).body(r#"{"name": "a"}"#).send().await;
    assert_eq!(answer.json()["name"], "a");
}

#[tokio::test]
async fn wrong_bodies_are_explained() {
    for (body, message) in [
        ("", "the body is empty: a JSON document is expected"),
        ("{\"name\": ", "the body is not valid JSON: EOF while parsing a value (line 1, column 9)"),
        ("[]", "the body must be an object"),
        ("{\"name\": [1]}", "name must be text"),
        ("{\"size\": \"1\"}", "size must be a whole number"),
    ] {
        refused(Call::known("POST", TOYS).body(body), 400, message).await;
    }
    let bomb = "[".repeat(10_000);
    refused(
        Call::known("POST", TOYS).body(bomb),
        400,
        "the body is nested too deeply: at most 127 levels are accepted",
    )
    .await;
}

#[tokio::test]
async fn a_body_of_many_pieces_is_put_together() {
    let pieces = ["{\"na", "me\": ", "\"a\"", "}"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
    let answer = Call::known("POST", TOYS).body(Body::from_stream(stream::iter(pieces))).send().await;
    assert_eq!(answer.json()["name"], "a");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let body = |length: usize| format!("{{\"name\": \"{}\"}}", "x".repeat(length - 12));
    let limit = 1024 * 1024;
    assert_eq!(Call::known("POST", TOYS).body(body(limit)).send().await.status, 200);
    let message = "the body is too large: at most 1048576 bytes are accepted";
    refused(Call::known("POST", TOYS).body(body(limit + 1)), 413, message).await;
    // In pieces, without an announced length.
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 65_536])));
    refused(Call::known("POST", TOYS).body(Body::from_stream(endless)), 413, message).await;
}

#[tokio::test]
async fn strangers_may_send_little() {
    let body = |length: usize| format!("{{\"name\": \"{}\"}}", "x".repeat(length - 12));
    assert_eq!(Call::new("POST", "/open").body(body(1024)).send().await.status, 200);
    refused(Call::new("POST", "/open").body(body(1025)), 413, "the body is too large: at most 1024 bytes are accepted")
        .await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let pieces = [Ok(Bytes::from("{")), Err(std::io::Error::other("reset"))];
    let call = Call::known("POST", TOYS).body(Body::from_stream(stream::iter(pieces)));
    refused(call, 400, "the body ended before it was complete").await;
}

#[tokio::test]
async fn wrong_queries_and_paths_name_the_parameter() {
    let answer = Call::known("GET", &format!("{TOYS}?limit=5&enabled=TRUE&unknown=1")).send().await;
    assert_eq!((&answer.json()["limit"], &answer.json()["enabled"]), (&json!(5), &json!(true)));
    refused(Call::known("GET", &format!("{TOYS}?limit=x")), 400, "limit must be a whole number").await;
    refused(Call::known("GET", "/v1/toys/p/w"), 400, "project_id must be a UUID").await;
    let uri = "/v1/toys/00000000000000000000000000000001/%FF";
    refused(Call::known("GET", uri), 400, "the path is not UTF-8 when decoded").await;
    let uri = "/v1/toys/00000000000000000000000000000001/a%2Fb";
    refused(Call::known("GET", uri), 400, "workspace_id must be a UUID").await;
}

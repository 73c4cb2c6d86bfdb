//! Multipart bodies.

use serde_json::json;
use service::identity::signature::sha256_hex;

use crate::toy::{Answer, Call, VECTORS};

const UPLOADS: &str = "/v1/uploads";

fn form(content: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"uploadFile\"; filename=\"w.json\"\r\n\r\n{content}\r\n--b--\r\n"
    )
}

async fn send(body: String) -> Answer {
    Call::known("POST", UPLOADS).header("content-type", "multipart/form-data; boundary=b").body(body).send().await
}

#[tokio::test]
async fn parts_are_read_with_their_names() {
    let answer = send(form("hello")).await;
    assert_eq!(answer.json()["parts"], json!({"uploadFile": {"file": "w.json", "content": "hello"}}));
}

#[tokio::test]
async fn what_is_no_form_is_400() {
    let call = Call::known("POST", UPLOADS).header("content-type", "application/json").body("{}");
    let (status, _, message) = call.send().await.failure();
    assert_eq!((status, message.as_str()), (400, "Content-Type must be multipart/form-data with a boundary"));
    for body in ["", "hello", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nnever ends"] {
        let (status, _, message) = send(body.to_owned()).await.failure();
        assert!(status == 400 && message.starts_with("the body is not valid multipart/form-data"), "{body}: {message}");
    }
}

#[tokio::test]
async fn a_part_and_an_upload_over_their_limits_are_413() {
    let (status, _, message) = send(form(&"x".repeat(2049))).await.failure();
    assert_eq!((status, message.as_str()), (413, "uploadFile is too large: at most 2048 bytes are accepted"));
    // What follows the last boundary counts too.
    let (status, _, message) = send(form("x") + &"x".repeat(4096)).await.failure();
    assert_eq!((status, message.as_str()), (413, "the upload is too large: at most 4096 bytes are accepted"));
}

#[tokio::test]
async fn an_upload_that_the_sdk_signed_without_its_body_is_accepted() {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).expect("JSON");
    let vector = vectors.as_array().expect("a list").iter().find(|v| v["name"] == "upload with an unsigned payload");
    let vector = vector.expect("a vector of this name");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let mut call = Call::new("POST", &text(&vector["path"])).header("authorization", &text(&vector["authorization"]));
    for pair in vector["headers"].as_array().expect("a list") {
        call = call.header(text(&pair[0]).leak(), &text(&pair[1]));
    }
    let body = "--0123\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nany\r\n--0123--";
    let answer = call.body(body).send().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["by"]), (200, &"alice".into()), "{answer:?}");
}

#[tokio::test]
async fn a_declared_hash_is_checked_when_the_body_has_ended() {
    let signed = form("hello");
    let hash = sha256_hex(signed.as_bytes());
    for (body, expected) in [
        (signed.clone(), 200),
        (form("hellp"), 401),
        // After the last boundary, where no parser looks.
        (signed.clone() + "x", 401),
    ] {
        let answer = signed_upload(&hash, body).await;
        assert_eq!(answer.status, expected, "{answer:?}");
    }
}

/// An upload with a signature that covers the declared hash.
async fn signed_upload(hash: &str, body: String) -> Answer {
    use service::identity::signature::{Payload, Presented, to_hex};

    let headers = [
        ("content-type", "multipart/form-data; boundary=b"),
        ("host", "h"),
        ("x-sdk-content-sha256", hash),
        ("x-sdk-date", "20250718T064446Z"),
    ];
    let pairs = headers.map(|(name, value)| (name, value.as_bytes()));
    let names = headers.map(|(name, _)| name).join(";");
    let authorization = |signature: &str| {
        format!("SDK-HMAC-SHA256 Access=AKEXAMPLE0000000TEST, SignedHeaders={names}, Signature={signature}")
    };
    let presented = Presented::parse(&authorization(&"0".repeat(64)), &pairs).expect("parses");
    let request = presented.complete("POST", UPLOADS, "", &pairs, Payload::Streamed).expect("complete");
    let signature = to_hex(&hmac(b"sk/Example+Key=0000000000000000000000000", request.string_to_sign.as_bytes()));
    let mut call = Call::new("POST", UPLOADS).header("authorization", &authorization(&signature)).body(body);
    for (name, value) in headers {
        call = call.header(name, value);
    }
    call.send().await
}

/// HMAC-SHA256 by its definition, for a key of at most one block.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};

    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], message].concat());
    Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner[..]].concat()).to_vec()
}

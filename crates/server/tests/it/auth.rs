//! Tokens and signatures.

use axum::http::HeaderName;
use serde::Deserialize;

use crate::toy::{Answer, Call, TOKEN, VECTORS, config, routes, state};

#[derive(Clone, Deserialize)]
struct Vector {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    authorization: String,
}

impl Vector {
    fn read(name: &str) -> Self {
        let vectors: Vec<Self> = serde_json::from_str(VECTORS).expect("JSON");
        vectors.into_iter().find(|vector| vector.name == name).expect("a vector of this name")
    }

    fn call(&self) -> Call {
        let uri = if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) };
        let mut call = Call::new(&self.method, &uri).body(self.body.clone());
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str()).expect("a header name");
            call = call.header(Box::leak(name.as_str().to_owned().into_boxed_str()), value);
        }
        call.header("authorization", &self.authorization)
    }

    async fn send(&self) -> Answer {
        self.call().send().await
    }
}

async fn refused(call: Call, message: &str) {
    let answer = call.send().await;
    assert_eq!(answer.failure(), (401, "APIGW.0301".into(), message.into()));
    assert_eq!(answer.header("www-authenticate"), "X-Auth-Token, SDK-HMAC-SHA256");
}

#[tokio::test]
async fn a_token_stands_for_its_user() {
    let answer = Call::known("GET", "/v3/projects").send().await;
    assert_eq!(answer.json()["by"], "alice");
    assert_eq!(answer.json()["id"], answer.header("x-request-id"));
}

#[tokio::test]
async fn each_lack_of_a_token_has_its_message() {
    let uri = "/v1/uploads";
    let missing = "credentials are missing: send a token in X-Auth-Token, or sign the request with an access key";
    refused(Call::new("POST", uri), missing).await;
    refused(Call::new("POST", uri).header("authorization", "Bearer x"), missing).await;
    let not_one = "the X-Auth-Token header does not hold one token";
    refused(Call::new("POST", uri).header("x-auth-token", " "), not_one).await;
    refused(Call::known("POST", uri).header("x-auth-token", "other"), not_one).await;
    refused(Call::new("POST", uri).header("x-auth-token", "other"), "the token is unknown or has expired").await;
}

#[tokio::test]
async fn the_caller_is_known_before_anything_else_is_looked_at() {
    let call = Call::new("POST", "/v1/toys/not-an-id/nor-this").body("not JSON");
    assert_eq!(call.send().await.status, 401);
}

#[tokio::test]
async fn requests_that_the_sdk_signed_are_accepted() {
    for name in [
        "GET without query",
        "GET with repeated, empty, boolean and non-ASCII parameters",
        "POST of JSON",
        "POST of non-ASCII JSON",
        "DELETE with a body",
        "path with a slash at the end",
        "header values that are trimmed and non-ASCII",
    ] {
        let answer = Vector::read(name).send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["by"]), (200, &"alice".into()), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_signature_is_for_the_project_in_its_header_or_in_the_path() {
    let project = "f69081793d9e4ea8a2f479dcef961989";
    let in_header = Vector::read("GET without query").send().await;
    assert_eq!(in_header.json()["project"], project);
    let in_path = Vector::read("GET with repeated, empty, boolean and non-ASCII parameters").send().await;
    assert_eq!(in_path.json()["project"], project);
    let nowhere = Vector::read("path with a slash at the end").send().await;
    assert_eq!(nowhere.json()["project"], serde_json::Value::Null);
    // A header that is not signed names nothing.
    let call = Vector::read("path with a slash at the end").call().header("x-project-id", project);
    assert_eq!(call.send().await.json()["project"], serde_json::Value::Null);
}

#[tokio::test]
async fn altered_requests_are_refused() {
    let vector = Vector::read("POST of JSON");
    let altered = |alter: &dyn Fn(&mut Vector)| {
        let mut vector = vector.clone();
        alter(&mut vector);
        vector.call()
    };
    let does_not_hold = "the signature does not hold";
    refused(altered(&|v| v.body = v.body.replace("aop", "pao")), does_not_hold).await;
    refused(altered(&|v| v.path = v.path.replace("f690", "0690")), does_not_hold).await;
    refused(altered(&|v| v.query = "a=1".into()), does_not_hold).await;
    refused(altered(&|v| v.method = "DELETE".into()), does_not_hold).await;
    refused(altered(&|v| v.authorization = v.authorization.replace("TEST", "PEST")), does_not_hold).await;
    refused(
        altered(&|v| v.headers.retain(|(name, _)| name != "user-agent")),
        "the signed header `user-agent` is missing",
    )
    .await;
    refused(
        altered(&|v| v.authorization = v.authorization.replace(";x-sdk-date", "")),
        "the header `x-sdk-date` must be signed",
    )
    .await;
    refused(
        altered(&|v| v.authorization = "SDK-HMAC-SHA256 x".into()),
        "the Authorization header does not have the form `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`",
    )
    .await;
    refused(
        vector.call().header("authorization", &vector.authorization),
        "the Authorization header does not have the form `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`",
    )
    .await;
}

#[tokio::test]
async fn the_large_body_of_an_unknown_key_is_not_kept() {
    let unknown = |body: String| {
        let mut vector = Vector::read("POST of JSON");
        vector.authorization = vector.authorization.replace("TEST", "PEST");
        // Longer than any signed body may be, so that reading it as one would be a 413.
        vector.call().body(body)
    };
    refused(unknown(" ".repeat(1024 * 1024 + 1)), "the signature does not hold").await;
    let known = Vector::read("POST of JSON").call().body(" ".repeat(1024 * 1024 + 1));
    assert_eq!(known.send().await.status, 413);
}

#[tokio::test]
async fn an_unsigned_payload_is_refused_outside_uploads() {
    let mut vector = Vector::read("upload with an unsigned payload");
    vector.path = vector.path.replace("/import", "");
    refused(vector.call(), "UNSIGNED-PAYLOAD is accepted only for file uploads: sign the body").await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_forwarded_host_is_the_signed_one() {
    let mut vector = Vector::read("POST of JSON");
    for (name, value) in &mut vector.headers {
        if name == "host" {
            *value = "backend:9000".into();
        }
    }
    vector.headers.push(("x-forwarded-host".into(), "127.0.0.1:8080".into()));
    assert_eq!(vector.send().await.status, 401, "nobody is trusted by default");
    let trusted = server::config::HttpConfig { trusted_proxies: "127.0.0.1".parse().expect("ranges"), ..config() };
    let answer = vector.call().send_to(server::app(state(trusted), routes())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn use_cases_learn_the_clients_address() {
    let trusted = server::config::HttpConfig { trusted_proxies: "10.0.0.0/8".parse().expect("ranges"), ..config() };
    let connection = server::proxy::Connection { peer: "10.1.2.3".parse().expect("an address"), tls: false };
    let call = Call::new("GET", "/v3/projects")
        .header("x-auth-token", TOKEN)
        .header("host", "inner")
        .header("x-forwarded-for", "192.0.2.9")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "soar.example")
        .from(connection);
    let answer = call.send_to(server::app(state(trusted), routes())).await;
    assert_eq!(answer.json()["ip"], "192.0.2.9");
    assert_eq!(answer.json()["base"], "https://soar.example");
}

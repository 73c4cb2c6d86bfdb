//! `…/muster/sources`, `…/muster/dead-letters`, and the door at which senders post.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use service::identity::signature::to_hex;

use crate::product::{Product, keys, no_null, sorted};
use crate::toy::{Answer, Call};
use crate::upload::hmac;

const SOURCE: &str = "id name description kind mapping builtin dataclass_id enabled authentication path nats state \
    problem state_time creator_name create_time update_time";
const LETTER: &str = "id source_id received_time reason replayed_time size encoding body";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";
const EVENT: &str = r#"{"rule": "Scan", "level": 9}"#;
/// What the mapping makes no alert of.
const BAD: &str = r#"{"rule": {"id": 1}}"#;

fn muster(product: &Product, rest: &str) -> String {
    product.workspaces(&format!("/{}/muster/{rest}", product.workspace))
}

fn input(name: &str) -> Value {
    json!({"name": name, "mapping": {"format": "JSON", "fields": {"title": "${event.rule}"}}})
}

fn done() -> Value {
    json!({"code": "00000000", "message": "", "success": true, "request_id": ""})
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no text {member} in {value}"))
}

async fn create(product: &Product, input: Value) -> Value {
    product.ok("POST", &muster(product, "sources"), Some(input)).await["data"].clone()
}

/// A delivery to a source, without an account.
fn delivery(source: &Value, body: impl Into<axum::body::Body>) -> Call {
    Call::new("POST", text(source, "path")).body(body)
}

fn bearer(source: &Value) -> String {
    format!("Bearer {}", text(source, "secret"))
}

async fn sent(product: &Product, call: Call) -> Answer {
    product.upload(call).await
}

#[tokio::test]
async fn a_source_lives_and_tells_its_secret_once() {
    let product = Product::new().await;
    let uri = muster(&product, "sources");
    let made = create(&product, input("siem")).await;
    no_null(&made);
    assert_eq!(keys(&made), sorted(&format!("{SOURCE} secret")));
    assert_eq!(
        (&made["kind"], &made["authentication"], &made["enabled"]),
        (&json!("webhook"), &json!("token"), &json!(true))
    );
    assert_eq!((&made["mapping"], &made["builtin"]), (&input("")["mapping"], &json!("")));
    let one = format!("{uri}/{}", text(&made, "id"));
    assert_eq!(made["path"], format!("{one}/events"));

    let shown = product.get(&one).await["data"].clone();
    assert_eq!(keys(&shown), sorted(SOURCE));
    let change = json!({"description": "border", "builtin": "cef", "enabled": false});
    let changed = product.ok("PUT", &one, Some(change)).await["data"].clone();
    assert_eq!(keys(&changed), sorted(SOURCE));
    assert_eq!((&changed["name"], &changed["description"]), (&json!("siem"), &json!("border")));
    assert_eq!(
        (&changed["builtin"], &changed["mapping"], &changed["enabled"]),
        (&json!("cef"), &json!({}), &json!(false))
    );
    let listed = product.get(&format!("{uri}?limit=1")).await;
    no_null(&listed);
    assert_eq!((&listed["total"], &listed["data"][0]), (&json!(1), &changed));

    let renewed = product.ok("POST", &format!("{one}/secret"), None).await["data"].clone();
    assert_ne!(renewed["secret"], made["secret"]);
    assert_eq!(product.ok("DELETE", &one, None).await, done());
    product.refused("GET", &one, None, (400, "SecMaster.20090101")).await;
}

#[tokio::test]
async fn a_secret_is_not_kept_for_those_who_ask_again() {
    let product = Product::new().await;
    let uri = muster(&product, "sources");
    let first = product.keyed("admin", "POST", &uri, "k1", &input("siem")).await;
    assert_eq!(first.status, 200, "{first:?}");
    let again = product.keyed("admin", "POST", &uri, "k1", &input("siem")).await;
    let (status, code, message) = again.failure();
    assert_eq!((status, code.as_str()), (400, "SecMaster.20090004"), "{message}");
    assert_eq!(product.get(&uri).await["total"], 1);
    let renew = format!("{uri}/{}/secret", text(&first.json()["data"], "id"));
    let renewed = product.keyed("admin", "POST", &renew, "k2", &json!({})).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    assert_eq!(product.keyed("admin", "POST", &renew, "k2", &json!({})).await.status, 400);
    let sent = sent(
        &product,
        delivery(&first.json()["data"], EVENT).header("authorization", &bearer(&renewed.json()["data"])),
    )
    .await;
    assert_eq!(sent.status, 200, "it was renewed once: {sent:?}");
}

#[tokio::test]
async fn a_stream_is_told_without_its_credentials() {
    let product = Product::new().await;
    let mut body = input("queue");
    body["kind"] = json!("nats");
    // The public internet has no such name, and this product fetches nothing.
    body["nats"] =
        json!({"url": "tls://queue.invalid:4222", "stream": "EVENTS", "user": "muster", "password": "hunter2"});
    let answer = product.call("admin", "POST", &muster(&product, "sources"), Some(body.clone())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.text.contains("hunter2"));
    let made = answer.json()["data"].clone();
    no_null(&made);
    assert_eq!(keys(&made), sorted(&format!("{SOURCE} secret")));
    assert_eq!(made["nats"], json!({"url": "tls://queue.invalid:4222", "stream": "EVENTS", "subject": ""}));
    assert_eq!((&made["authentication"], &made["path"], &made["secret"]), (&json!("password"), &json!(""), &json!("")));
    assert_eq!((&made["state"], &made["problem"], &made["state_time"]), (&json!(""), &json!(""), &json!("")));
    let one = muster(&product, &format!("sources/{}", text(&made, "id")));
    product.refused("POST", &format!("{one}/secret"), None, (400, "SecMaster.20090103")).await;
    let change = json!({"nats": {"subject": "events.>"}});
    let changed = product.ok("PUT", &one, Some(change)).await["data"].clone();
    assert_eq!((&changed["nats"]["subject"], &changed["nats"]["stream"]), (&json!("events.>"), &json!("EVENTS")));

    let uri = muster(&product, "sources/try");
    body["nats"]["url"] = json!("nats://127.0.0.1:4222");
    let message = product.refused("POST", &uri, Some(body.clone()), (400, "SecMaster.20090106")).await;
    assert!(message.contains("127.0.0.1 port 4222 is denied") && !message.contains("hunter2"), "{message}");
    body["nats"]["password"] = json!(7);
    let message = product.refused("POST", &uri, Some(body.clone()), (400, "SecMaster.20030001")).await;
    assert!(message.contains("nats.password must be text"), "{message}");
    product.refused("POST", &uri, Some(input("hook")), (400, "SecMaster.20030001")).await;
}

#[tokio::test]
async fn wrong_sources_are_refused_with_the_field() {
    let product = Product::new().await;
    let uri = muster(&product, "sources");
    let with = |field: &str, value: Value| {
        let mut body = input("siem");
        body[field] = value;
        body
    };
    for (body, expected) in [
        (json!({}), "name is required"),
        (with("name", json!(1)), "name must be text"),
        (with("kind", json!("kafka")), "kind must be one of"),
        (with("mapping", json!("text")), "mapping must be"),
        (with("mapping", json!({"format": "JSON", "fields": {"title": "${"}})), "mapping: fields: "),
        (with("builtin", json!("cef")), "one of mapping and builtin is required"),
        (with("dataclass_id", json!(UNKNOWN)), "dataclass_id must be a data class of this workspace"),
        (with("enabled", json!("yes")), "enabled must be"),
        (with("authentication", json!("basic")), "authentication must be one of"),
    ] {
        let message = product.refused("POST", &uri, Some(body), (400, "SecMaster.20030001")).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    create(&product, input("siem")).await;
    product.refused("POST", &uri, Some(input("siem")), (400, "SecMaster.20090102")).await;
    let letters = muster(&product, "dead-letters");
    for (method, uri, code) in [
        ("GET", format!("{uri}/{UNKNOWN}"), "SecMaster.20090101"),
        ("PUT", format!("{uri}/{UNKNOWN}"), "SecMaster.20090101"),
        ("DELETE", format!("{uri}/{UNKNOWN}"), "SecMaster.20090101"),
        ("POST", format!("{uri}/{UNKNOWN}/secret"), "SecMaster.20090101"),
        ("GET", format!("{uri}/x"), "SecMaster.20030001"),
        ("GET", format!("{uri}?limit=1001"), "SecMaster.20030001"),
        ("GET", format!("{letters}/{UNKNOWN}"), "SecMaster.20090104"),
        ("DELETE", format!("{letters}/{UNKNOWN}"), "SecMaster.20090104"),
        ("POST", format!("{letters}/{UNKNOWN}/replay"), "SecMaster.20090104"),
        ("GET", format!("{letters}?source_id=x"), "SecMaster.20030001"),
        ("GET", format!("{letters}?replayed=perhaps"), "SecMaster.20030001"),
    ] {
        let body = (method == "PUT").then(|| json!({}));
        product.refused(method, &uri, body, (400, code)).await;
    }
}

#[tokio::test]
async fn senders_need_no_account_but_the_secret() {
    let product = Product::new().await;
    let made = create(&product, input("siem")).await;
    let receipt = json!({"accepted": 1, "repeated": 0, "passed": 0, "refused": 0});
    for (name, value) in [
        ("authorization", bearer(&made)),
        ("authorization", format!("bearer  {}", text(&made, "secret"))),
        ("x-muster-token", text(&made, "secret").to_owned()),
    ] {
        let answer = sent(&product, delivery(&made, EVENT).header(name, &value)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(!answer.header("x-request-id").is_empty());
        assert_eq!((&answer.json()["code"], &answer.json()["data"]), (&json!("00000000"), &receipt));
    }
    let elsewhere = text(&made, "path").replace(text(&made, "id"), UNKNOWN);
    for call in [
        delivery(&made, EVENT),
        delivery(&made, EVENT).header("authorization", "Bearer x"),
        delivery(&made, EVENT).header("authorization", &format!("Basic {}", text(&made, "secret"))),
        // Who may do everything through the API is no sender.
        delivery(&made, EVENT).header("x-auth-token", "admin"),
        Call::new("POST", &elsewhere).body(EVENT).header("authorization", &bearer(&made)),
    ] {
        let (status, code, message) = sent(&product, call).await.failure();
        assert_eq!((status, code.as_str()), (401, "APIGW.0301"), "{message}");
    }
    product
        .ok("PUT", &muster(&product, &format!("sources/{}", text(&made, "id"))), Some(json!({"enabled": false})))
        .await;
    let refused = sent(&product, delivery(&made, EVENT).header("authorization", &bearer(&made))).await.failure();
    assert_eq!(
        (refused.0, refused.1.as_str(), refused.2.as_str()),
        (400, "SecMaster.20090103", "the source 'siem' is disabled")
    );
    let alerts = product.ok("POST", &product.soc("alerts/search"), Some(json!({"limit": 10, "offset": 0}))).await;
    assert_eq!(alerts["total"], 3);
}

#[tokio::test]
async fn a_signature_is_taken_from_either_header() {
    let product = Product::new().await;
    let mut input = input("siem");
    input["authentication"] = json!("signature");
    let made = create(&product, input).await;
    let sign = |body: &str| format!("sha256={}", to_hex(&hmac(text(&made, "secret").as_bytes(), body.as_bytes())));
    for name in ["x-signature-256", "x-hub-signature-256"] {
        assert_eq!(sent(&product, delivery(&made, EVENT).header(name, &sign(EVENT))).await.status, 200);
        assert_eq!(sent(&product, delivery(&made, EVENT).header(name, &sign(BAD))).await.failure().0, 401);
    }
    let call = delivery(&made, EVENT).header("authorization", &bearer(&made));
    assert_eq!(sent(&product, call).await.failure().0, 401, "the secret itself is not to be sent");
}

#[tokio::test]
async fn the_content_type_says_whether_events_stand_in_lines() {
    let product = Product::new().await;
    let made = create(&product, input("siem")).await;
    let lines = format!("{EVENT}\n{EVENT}\n");
    for (content_type, accepted, refused) in [
        ("application/x-ndjson", 2, 0),
        ("Application/X-NDJSON; charset=utf-8", 2, 0),
        ("application/jsonl", 2, 0),
        ("text/plain", 2, 0),
        ("application/json", 0, 1),
        ("application/x-www-form-urlencoded", 0, 1),
    ] {
        let call = delivery(&made, lines.clone()).header("authorization", &bearer(&made));
        let answer = sent(&product, call.header("content-type", content_type)).await.json();
        let data = &answer["data"];
        assert_eq!(
            (&data["accepted"], &data["refused"]),
            (&json!(accepted), &json!(refused)),
            "{content_type}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_delivery_with_a_key_is_taken_in_once() {
    let product = Product::new().await;
    let made = create(&product, input("siem")).await;
    let call = |key: &str| {
        delivery(&made, format!("[{EVENT}, {BAD}]"))
            .header("authorization", &bearer(&made))
            .header("idempotency-key", key)
    };
    let first = sent(&product, call("k1")).await.json();
    assert_eq!(first["data"], json!({"accepted": 1, "repeated": 0, "passed": 0, "refused": 1}));
    let again = sent(&product, call("k1")).await.json();
    assert_eq!(again["data"], json!({"accepted": 0, "repeated": 2, "passed": 0, "refused": 0}));
    for wrong in ["", "ü", &"x".repeat(256)] {
        let (status, code, message) = sent(&product, call(wrong)).await.failure();
        assert_eq!((status, code.as_str()), (400, "SecMaster.20030001"));
        assert!(message.contains("Idempotency-Key must be"), "{message}");
    }
    assert_eq!(product.get(&muster(&product, "dead-letters")).await["total"], 1);
}

#[tokio::test]
async fn too_much_at_once_is_refused() {
    let product = Product::new().await;
    let made = create(&product, input("siem")).await;
    let lines = "{}\n".repeat(2_001);
    let call =
        delivery(&made, lines).header("authorization", &bearer(&made)).header("content-type", "application/x-ndjson");
    let (status, code, message) = sent(&product, call).await.failure();
    assert_eq!(
        (status, code.as_str(), message.as_str()),
        (400, "SecMaster.20030001", "the body must hold 1 to 2000 events")
    );
    // The product under test takes JSON of 1 MB.
    let call = delivery(&made, "x".repeat((1 << 20) + 1)).header("authorization", &bearer(&made));
    assert_eq!(sent(&product, call).await.failure().0, 413);
}

#[tokio::test]
async fn a_dead_letter_is_shown_replayed_and_deleted() {
    let product = Product::new().await;
    let made = create(&product, input("siem")).await;
    let post = async |body: &[u8]| {
        let answer =
            sent(&product, delivery(&made, body.to_vec()).header("authorization", &bearer(&made))).await.json();
        assert_eq!(answer["data"]["refused"], 1, "{answer}");
    };
    let uri = muster(&product, "dead-letters");
    post(BAD.as_bytes()).await;
    let listed = product.get(&format!("{uri}?source_id={}&replayed=false", text(&made, "id"))).await;
    no_null(&listed);
    let row = &listed["data"][0];
    assert_eq!((&listed["total"], &row["size"], &row["replayed_time"]), (&json!(1), &json!(BAD.len()), &json!("")));
    assert!(text(row, "reason").contains("title must be text"), "{row}");
    let one = format!("{uri}/{}", text(row, "id"));
    let shown = product.get(&one).await["data"].clone();
    assert_eq!(keys(&shown), sorted(LETTER));
    assert_eq!((&shown["encoding"], &shown["body"]), (&json!("text"), &json!(BAD)));

    let message = product.refused("POST", &format!("{one}/replay"), None, (400, "SecMaster.20090105")).await;
    assert!(message.contains("title must be text"), "{message}");
    let mended = json!({"mapping": {"format": "JSON", "fields": {"title": "${string(event.rule.id)}"}}});
    product.made.pass(std::time::Duration::from_secs(1));
    product.ok("PUT", &muster(&product, &format!("sources/{}", text(&made, "id"))), Some(mended)).await;
    let replayed = product.ok("POST", &format!("{one}/replay"), None).await["data"].clone();
    assert_eq!(keys(&replayed), sorted(LETTER));
    assert_ne!(replayed["replayed_time"], "");
    assert_eq!(product.get(&format!("{uri}?replayed=true")).await["total"], 1);
    product.refused("POST", &format!("{one}/replay"), None, (400, "SecMaster.20090105")).await;
    assert_eq!(product.ok("DELETE", &one, None).await, done());
    product.refused("GET", &one, None, (400, "SecMaster.20090104")).await;

    post(b"\xff\x00\n").await;
    let id = text(&product.get(&uri).await["data"][0], "id").to_owned();
    let shown = product.get(&format!("{uri}/{id}")).await["data"].clone();
    assert_eq!((&shown["encoding"], &shown["body"]), (&json!("base64"), &json!(STANDARD.encode(b"\xff\x00\n"))));
}

#[tokio::test]
async fn sources_and_dead_letters_are_guarded() {
    let product = Product::new().await;
    let made = create(&product, input("siem")).await;
    sent(&product, delivery(&made, BAD).header("authorization", &bearer(&made))).await;
    let (sources, letters) = (muster(&product, "sources"), muster(&product, "dead-letters"));
    let source = format!("{sources}/{}", text(&made, "id"));
    let letter = format!("{letters}/{}", text(&product.get(&letters).await["data"][0], "id"));
    let calls = [
        ("GET", sources.clone()),
        ("POST", sources),
        ("GET", source.clone()),
        ("PUT", source.clone()),
        ("POST", format!("{source}/secret")),
        ("POST", muster(&product, "sources/try")),
        ("DELETE", source),
        ("GET", letters),
        ("GET", letter.clone()),
        ("POST", format!("{letter}/replay")),
        ("DELETE", letter),
    ];
    product.guarded(&calls).await;
}

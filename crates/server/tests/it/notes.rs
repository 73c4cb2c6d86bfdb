//! `…/soc/notes`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::product::{Product, keys, no_null, sorted};

const FIELDS: &str = "create_time update_time data id is_deleted marked_note note_type project_id type user \
    war_room_id workspace_id content";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";
const INVALID: (u16, &str) = (400, "SecMaster.20030001");
const NO_OBJECT: (u16, &str) = (400, "SecMaster.20030005");

async fn write(product: &Product, about: &str, content: &str) -> Value {
    let body = json!({"war_room_id": about, "type": "textMessage", "content": content, "note_type": "handle"});
    product.ok("POST", &product.soc("notes"), Some(body)).await["data"].clone()
}

async fn contents(product: &Product, search: Value) -> Vec<String> {
    let list = product.ok("POST", &product.soc("notes/search"), Some(search)).await;
    let rows = list["data"].as_array().expect("rows");
    rows.iter().map(|row| row["data"]["content"].as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn a_note_is_written_found_and_deleted() {
    let product = Product::new().await;
    let uri = product.soc("notes");
    let alert = product.object("Alert").await;
    let body = json!({"war_room_id": alert, "type": "textMessage", "content": "已隔离\nby <b>hand</b> 😀"});
    let created = product.ok("POST", &uri, Some(body)).await;
    assert_eq!(keys(&created), ["code", "data", "message", "success"]);
    no_null(&created);
    let note = &created["data"];
    assert_eq!(keys(note), sorted(FIELDS));
    assert_eq!((&note["data"], &note["content"]["content"]), (&note["content"], &json!("已隔离\nby <b>hand</b> 😀")));
    assert_eq!(
        (&note["war_room_id"], &note["type"], &note["note_type"]),
        (&json!(alert), &json!("textMessage"), &json!(""))
    );
    assert_eq!(
        (&note["user"]["name"], &note["is_deleted"], &note["marked_note"]),
        (&json!("admin"), &json!(false), &json!(true))
    );
    assert_eq!(note["create_time"], "2023-11-15T06:13:20.000Z+0800");

    let found = product.ok("POST", &format!("{uri}/search"), Some(json!({"war_room_id": alert}))).await;
    assert_eq!(
        found,
        json!({"code": "00000000", "message": "", "total": 1, "size": 10, "page": 1, "success": true, "data": [note]})
    );

    let id = &note["id"];
    let deleted = product.ok("DELETE", &uri, Some(json!({"batch_ids": [id, UNKNOWN, "x"]}))).await;
    let expected =
        json!({"code": "00000000", "message": "", "data": {"error_ids": [UNKNOWN, "x"], "success_ids": [id]}});
    assert_eq!(deleted, expected);
    assert_eq!(contents(&product, json!({})).await, [""; 0]);
    let acts = product.acts().await;
    let id = id.as_str().expect("text");
    for act in ["note.create", "note.delete"] {
        assert_eq!(acts.iter().filter(|(action, object)| (action.as_str(), object.as_str()) == (act, id)).count(), 1);
    }
}

#[tokio::test]
async fn notes_are_searched_by_object_and_time() {
    let product = Product::new().await;
    let (one, other) = (product.object("Alert").await, product.object("Incident").await);
    for (about, content) in [(one.as_str(), "first"), (&other, "second"), ("", "third"), (&one, "fourth")] {
        write(&product, about, content).await;
        product.made.pass(Duration::from_secs(60));
    }
    let cases: [(Value, &[&str]); 9] = [
        (json!({}), &["fourth", "third", "second", "first"]),
        (json!({"war_room_id": one}), &["fourth", "first"]),
        (json!({"war_room_id": other, "order": "asc"}), &["second"]),
        (json!({"war_room_id": ""}), &["fourth", "third", "second", "first"]),
        (json!({"war_room_id": UNKNOWN}), &[]),
        (json!({"sort_by": "update_time", "order": "ASC"}), &["first", "second", "third", "fourth"]),
        (
            json!({"from_date": "2023-11-14T22:14:00Z", "to_date": "2023-11-15T06:15:59.000Z+0800"}),
            &["third", "second"],
        ),
        (json!({"offset": 1, "limit": 2}), &["third", "second"]),
        (json!({"offset": 10_000, "limit": 1_000}), &[]),
    ];
    for (search, expected) in cases {
        assert_eq!(contents(&product, search.clone()).await, expected, "{search}");
    }
    let page = product.ok("POST", &product.soc("notes/search"), Some(json!({"offset": 2, "limit": 1}))).await;
    assert_eq!((&page["total"], &page["size"], &page["page"]), (&json!(4), &json!(1), &json!(3)));
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_field() {
    let product = Product::new().await;
    let valid = json!({"war_room_id": product.object("Alert").await, "type": "textMessage", "content": "seen"});
    let with = |field: &str, value: Value| {
        let mut body = valid.clone();
        body[field] = value;
        body
    };
    let long = |length: usize| json!("é".repeat(length));
    for (method, rest, body, refusal, expected) in [
        ("POST", "notes", json!({}), INVALID, "type is required"),
        ("POST", "notes", json!({"type": "x"}), INVALID, "content is required"),
        ("POST", "notes", with("type", json!("")), INVALID, "type must have 1 to 64 characters"),
        ("POST", "notes", with("type", long(65)), INVALID, "type must have 1 to 64 characters"),
        ("POST", "notes", with("note_type", long(65)), INVALID, "note_type must have 0 to 64 characters"),
        ("POST", "notes", with("content", json!("")), INVALID, "content must not be empty"),
        ("POST", "notes", with("content", json!("a\u{0}b")), INVALID, "content must not contain U+0000"),
        ("POST", "notes", with("content", long(65_537)), INVALID, "content must have at most 65536 characters"),
        ("POST", "notes", with("content", json!({"content": "x"})), INVALID, "content must be text"),
        ("POST", "notes", with("war_room_id", json!("x")), INVALID, "war_room_id must be a UUID"),
        ("POST", "notes", with("war_room_id", json!(UNKNOWN)), NO_OBJECT, "war_room_id: the data object"),
        ("DELETE", "notes", json!({}), INVALID, "batch_ids must list 1 to 1000 ids"),
        ("DELETE", "notes", json!({"batch_ids": []}), INVALID, "batch_ids must list 1 to 1000 ids"),
        ("DELETE", "notes", json!({"batch_ids": vec![UNKNOWN; 1001]}), INVALID, "batch_ids must list 1 to 1000 ids"),
        ("DELETE", "notes", json!({"batch_ids": 5}), INVALID, "batch_ids must be"),
        ("POST", "notes/search", json!({"limit": 0}), INVALID, "limit must be between 1 and 1000"),
        ("POST", "notes/search", json!({"offset": 10_001}), INVALID, "offset must be between 0 and 10000"),
        ("POST", "notes/search", json!({"sort_by": "content"}), INVALID, "sort_by must be one of"),
        ("POST", "notes/search", json!({"order": "up"}), INVALID, "order must be ASC or DESC"),
        ("POST", "notes/search", json!({"from_date": "x"}), INVALID, "from_date must be a time"),
        ("POST", "notes/search", json!({"to_date": "x"}), INVALID, "to_date must be a time"),
        ("POST", "notes/search", json!({"war_room_id": "x"}), INVALID, "war_room_id must be a UUID"),
    ] {
        let message = product.refused(method, &product.soc(rest), Some(body), refusal).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    assert_eq!(contents(&product, json!({})).await, [""; 0], "nothing was written");
    write(&product, "", &"é".repeat(65_536)).await;
}

#[tokio::test]
async fn notes_of_other_workspaces_and_projects_do_not_exist() {
    let product = Product::new().await;
    let alert = product.object("Alert").await;
    let note = write(&product, &alert, "ours").await["id"].clone();
    let second = product.made.workspace(&crate::installation::admin(), "second").await.id;
    let there = product.workspaces(&format!("/{second}/soc/notes"));
    let about = json!({"war_room_id": alert, "type": "textMessage", "content": "theirs"});
    product.refused("POST", &there, Some(about), NO_OBJECT).await;
    let deleted = product.ok("DELETE", &there, Some(json!({"batch_ids": [note]}))).await;
    assert_eq!(deleted["data"], json!({"error_ids": [note], "success_ids": []}));
    let found = product.ok("POST", &format!("{there}/search"), Some(json!({"war_room_id": alert}))).await;
    assert_eq!(found["total"], 0);
    assert_eq!(contents(&product, json!({})).await, ["ours"]);
}

#[tokio::test]
async fn notes_are_guarded() {
    let product = Product::new().await;
    product.guarded(&[("POST", product.soc("notes")), ("DELETE", product.soc("notes"))]).await;
    let (uri, body) = (product.soc("notes/search"), json!({}));
    for (client, status) in [("nobody", 403), ("stranger", 403), ("reader", 200), ("who", 401)] {
        assert_eq!(product.call(client, "POST", &uri, Some(body.clone())).await.status, status, "{client}");
    }
}

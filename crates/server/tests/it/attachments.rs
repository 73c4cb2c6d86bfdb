//! `…/soc/attachment` and `…/muster/attachments`.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use service::identity::signature::sha256_hex;

use crate::bucket::Fake;
use crate::installation::{Installation, project};
use crate::playbooks::Playbooks;
use crate::product::{Product, keys, no_null, sorted};
use crate::toy::{Answer, Call};

const FIELDS: &str = "id file_name file_folder workspace_id creator_id creator_name create_time update_time modifier_id \
    modifier_name is_deleted storage_type storage_url content_type size sha256 data_object_id task_id";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";
const INVALID: (u16, &str) = (400, "SecMaster.20030001");
const NOT_FOUND: (u16, &str) = (400, "SecMaster.20090340");

fn part(name: &str, file_name: Option<&str>, content: &[u8]) -> Vec<u8> {
    let file_name = file_name.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
    let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--b--\r\n".to_vec()].concat()
}

/// An upload by the administrator.
async fn post(product: &Product, query: &str, body: impl Into<Body>) -> Answer {
    let uri = product.soc(&format!("attachment/upload{query}"));
    let call = Call::new("POST", &uri).header("content-type", "multipart/form-data; boundary=b");
    answer(product.send(call.header("x-auth-token", "admin").body(body)).await).await.0
}

/// An answer whose body is text, and whether the body came to its end.
async fn answer(response: axum::response::Response) -> (Answer, Option<Bytes>) {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.ok();
    let text = bytes.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    (Answer { status: parts.status, headers: parts.headers, text }, bytes)
}

async fn upload(product: &Product, name: &str, content: &[u8]) -> String {
    let body = form(&[part("fileType", None, b"user_task"), part("uploadFile", Some(name), content)]);
    let answer = post(product, "", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"]["id"].as_str().expect("an id").to_owned()
}

/// The address of a file's bytes, without the host.
async fn address(product: &Product, id: &str) -> String {
    let reply = product.get(&product.soc(&format!("attachment/{id}/download"))).await;
    assert_eq!(keys(&reply), sorted("code message success request_id data"));
    let address = reply["data"].as_str().expect("an address");
    assert!(address.starts_with(&format!("http:///v1/{}/workspaces/", project())), "{address}");
    address.trim_start_matches("http://").to_owned()
}

/// What anybody gets at an address.
async fn fetch(product: &Product, address: &str) -> (Answer, Option<Bytes>) {
    answer(product.send(Call::new("GET", address)).await).await
}

#[tokio::test]
async fn a_file_is_uploaded_shown_and_downloaded_without_credentials() {
    let product = Product::new().await;
    // The file first, and another part that means nothing.
    let file = part("uploadFile", Some("../../etc/报告 \u{00bd}.txt"), "隔离 <b>x</b>".as_bytes());
    let body = form(&[file, part("other", None, b"?"), part("fileType", None, b"user_task")]);
    let created = post(&product, "", body).await;
    assert_eq!(created.status, 200, "{created:?}");
    let created = created.json();
    assert_eq!(keys(&created), sorted("code message success request_id data"));
    assert_eq!(keys(&created["data"]), sorted("id file_name workspace_id"));
    assert_eq!(created["data"]["file_name"], "报告 ½.txt");
    let id = created["data"]["id"].as_str().expect("an id");

    let shown = product.get(&product.soc(&format!("attachment/{id}"))).await;
    no_null(&shown);
    let info = &shown["data"];
    assert_eq!(keys(info), sorted(FIELDS));
    assert_eq!(
        (&info["file_name"], &info["is_deleted"], &info["creator_name"]),
        (&json!("报告 ½.txt"), &json!("false"), &json!("admin"))
    );
    assert_eq!(
        (&info["storage_type"], &info["content_type"], &info["size"]),
        (&json!("folder"), &json!("text/plain"), &json!(15))
    );
    assert_eq!(info["sha256"], sha256_hex("隔离 <b>x</b>".as_bytes()));
    let own = format!("http://{}", product.soc(&format!("attachment/{id}/download")));
    assert_eq!(info["storage_url"], json!(own));

    let (got, bytes) = fetch(&product, &address(&product, id).await).await;
    assert_eq!((got.status, bytes.as_deref()), (StatusCode::OK, Some("隔离 <b>x</b>".as_bytes())));
    for (name, expected) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "15"),
        ("content-disposition", "attachment; filename=\"__ _.txt\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%20%C2%BD.txt"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(got.header(name), expected, "{name}");
    }
}

#[tokio::test]
async fn what_could_be_carried_out_is_handed_out_as_bytes() {
    let product = Product::new().await;
    for (name, content) in [
        ("page.html", &b"<!doctype html><script>alert(1)</script>"[..]),
        ("picture.svg", b"<svg onload='alert(1)'/>"),
        ("paper.pdf", b"%PDF-1.7"),
        ("tool.exe", b"MZ\x90\0"),
        ("empty.html", b""),
    ] {
        let id = upload(&product, name, content).await;
        let (got, bytes) = fetch(&product, &address(&product, &id).await).await;
        assert_eq!((got.status, bytes.as_deref()), (StatusCode::OK, Some(content)), "{name}");
        assert_eq!(got.header("content-type"), "application/octet-stream", "{name}");
        assert!(got.header("content-disposition").starts_with("attachment;"), "{name}");
    }
}

#[tokio::test]
async fn wrong_uploads_are_refused_and_leave_no_bytes() {
    let product = Product::new().await;
    let file = |name: &str| part("uploadFile", Some(name), b"x");
    let kind = |kind: &[u8]| part("fileType", None, kind);
    for (query, parts, refusal, expected) in [
        ("", vec![kind(b"user_task")], INVALID, "uploadFile is required"),
        ("", vec![], INVALID, "uploadFile is required"),
        ("", vec![kind(b"data_object"), file("a")], INVALID, "fileType must be one of: user_task"),
        ("", vec![file("a"), kind(b"\xff")], INVALID, "fileType must be text"),
        ("", vec![file("a"), kind(&[b'x'; 1025])], (413, "APIGW.0201"), "fileType is too large"),
        ("", vec![file("a"), file("b")], INVALID, "uploadFile must be one file"),
        ("", vec![part("uploadFile", None, b"x")], INVALID, "uploadFile must have a file name of 1 to 255 characters"),
        ("", vec![file("..")], INVALID, "uploadFile must have a file name of 1 to 255 characters"),
        ("", vec![file("\u{202e}fdp.exe")], INVALID, "must not contain control characters"),
        (
            "",
            vec![part("uploadFile", Some("a"), &vec![b'x'; 16 << 20])],
            (413, "APIGW.0201"),
            "the upload is too large",
        ),
        ("?data_object_id=x", vec![file("a")], INVALID, "data_object_id must be a UUID"),
        (
            &format!("?data_object_id={UNKNOWN}"),
            vec![file("a")],
            (400, "SecMaster.20030005"),
            "data_object_id: the data object",
        ),
    ] {
        let (status, code, message) = post(&product, query, form(&parts)).await.failure();
        assert_eq!((status, code.as_str()), refusal, "{message}");
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let broken = stream::iter([
        Ok(Bytes::from(part("uploadFile", Some("a"), &vec![b'x'; 6 << 20]))),
        Err(std::io::Error::other("the client has gone away")),
    ]);
    let (status, ..) = post(&product, "", Body::from_stream(broken)).await.failure();
    assert_eq!(status, 400);
    product.made.pass(Duration::from_secs(24 * 60 * 60));
    product.made.service.sweep_attachments().await.expect("sweeps");
    assert_eq!(product.made.files(), []);
    assert!(product.acts().await.iter().all(|(action, _)| action != "attachment.create"));
}

#[tokio::test]
async fn files_of_a_data_object_are_listed_and_deleted() {
    let product = Product::new().await;
    let alert = product.object("Alert").await;
    let body = form(&[part("uploadFile", Some("evidence.pcap"), b"\xd4\xc3\xb2\xa1")]);
    let created = post(&product, &format!("?data_object_id={alert}"), body).await.json();
    let id = created["data"]["id"].as_str().expect("an id");
    let uri = |rest: &str| product.workspaces(&format!("/{}/muster/attachments{rest}", product.workspace));
    let list = product.get(&uri(&format!("?data_object_id={alert}"))).await;
    assert_eq!(keys(&list["data"][0]), sorted(FIELDS));
    assert_eq!((&list["data"][0]["id"], &list["data"][0]["data_object_id"]), (&json!(id), &json!(alert)));
    assert_eq!(product.get(&uri(&format!("?data_object_id={UNKNOWN}"))).await["data"], json!([]));
    product.refused("GET", &uri(""), None, INVALID).await;
    let link = address(&product, id).await;
    let deleted = product.ok("DELETE", &uri(&format!("/{id}")), None).await;
    assert_eq!(deleted, json!({"code": "00000000", "message": "", "success": true, "request_id": ""}));
    for (method, uri) in [
        ("GET", product.soc(&format!("attachment/{id}"))),
        ("GET", product.soc(&format!("attachment/{id}/download"))),
        ("DELETE", uri(&format!("/{id}"))),
    ] {
        product.refused(method, &uri, None, NOT_FOUND).await;
    }
    assert_eq!(fetch(&product, &link).await.0.failure().1, NOT_FOUND.1);
    assert_eq!(product.get(&uri(&format!("?data_object_id={alert}"))).await["data"], json!([]));
}

#[tokio::test]
async fn a_to_do_takes_files_and_gives_them_back() {
    let playbooks = Playbooks::new().await;
    playbooks.workflow("reviewed").await;
    let product = &playbooks.product;
    let list = product.get(&product.soc("tasks?query_type=all_handled")).await;
    assert_eq!(list["data"][0]["attachment_id_list"], json!([]));
    let task = list["data"][0]["id"].as_str().expect("an id").to_owned();
    let uri = product.soc(&format!("tasks/{task}"));
    let change = async |body: Value| product.ok("PUT", &uri, Some(body)).await["data"]["attachment_id_list"].clone();

    let (one, two) = (upload(product, "one", b"one").await, upload(product, "two", b"two").await);
    assert_eq!(change(json!({"action": "ADD_ATTACHMENT", "attachment_id": one})).await, json!([one]));
    assert_eq!(change(json!({"attachment_id": two})).await, json!([one, two]), "it is there, so it is added");
    assert_eq!(change(json!({"attachment_id": two, "comment": "both"})).await, json!([one, two]), "a comment is added");
    assert_eq!(product.get(&product.soc(&format!("attachment/{one}"))).await["data"]["task_id"], json!(task));

    let alert = product.object("Alert").await;
    let body = form(&[part("uploadFile", Some("of an alert"), b"x")]);
    let of_alert = post(product, &format!("?data_object_id={alert}"), body).await.json()["data"]["id"].clone();
    for (body, refusal, expected) in [
        (json!({"action": "ADD_ATTACHMENT"}), INVALID, "attachment_id is required with ADD_ATTACHMENT"),
        (json!({"action": "DELETE_ATTACHMENT"}), INVALID, "attachment_id is required with DELETE_ATTACHMENT"),
        (json!({"action": "ADD_ATTACHMENT", "attachment_id": "x"}), INVALID, "attachment_id must be a UUID"),
        (json!({"action": "ADD_ATTACHMENT", "attachment_id": UNKNOWN}), NOT_FOUND, "belongs to nothing yet"),
        (json!({"action": "ADD_ATTACHMENT", "attachment_id": one}), NOT_FOUND, "belongs to nothing yet"),
        (json!({"action": "ADD_ATTACHMENT", "attachment_id": of_alert}), NOT_FOUND, "belongs to nothing yet"),
        (json!({"action": "DELETE_ATTACHMENT", "attachment_id": UNKNOWN}), NOT_FOUND, "of yours on this to-do"),
        (json!({"action": "DELETE_ATTACHMENT", "attachment_id": of_alert}), NOT_FOUND, "of yours on this to-do"),
    ] {
        let message = product.refused("PUT", &uri, Some(body), refusal).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    assert_eq!(change(json!({"action": "DELETE_ATTACHMENT", "attachment_id": one})).await, json!([two]));
    product.refused("GET", &product.soc(&format!("attachment/{one}")), None, NOT_FOUND).await;
    assert_eq!(product.get(&uri).await["data"]["attachment_id_list"], json!([two]));
    let acts: Vec<(String, String)> = product.acts().await;
    let ours = |act: &str| acts.iter().filter(|(action, object)| action == act && *object == task).count();
    assert_eq!((ours("task.attach"), ours("task.detach")), (2, 1));
}

#[tokio::test]
async fn damaged_bytes_break_the_download_off() {
    let product = Product::new().await;
    let (small, large) = (upload(&product, "a", b"small").await, upload(&product, "b", &vec![b'x'; 9 << 20]).await);
    for (path, mut bytes) in product.made.files() {
        bytes[0] ^= 1;
        std::fs::write(path, bytes).expect("is overwritten");
    }
    let (status, code, message) = fetch(&product, &address(&product, &small).await).await.0.failure();
    assert_eq!((status, code.as_str(), message.as_str()), (500, "SecMaster.20039999", "internal error"));
    let (got, bytes) = fetch(&product, &address(&product, &large).await).await;
    assert_eq!((got.status, bytes), (StatusCode::OK, None), "the body does not come to its end");
}

#[tokio::test]
async fn links_are_valid_for_their_file_only_and_not_for_long() {
    let product = Product::new().await;
    let (one, other) = (upload(&product, "one", b"one").await, upload(&product, "other", b"other").await);
    let link = address(&product, &one).await;
    for (address, refusal) in [
        (link.replace(&one, &other), (403, "SecMaster.20090341")),
        (link.replace("signature=", "signature=0"), (403, "SecMaster.20090341")),
        (link.split('?').next().expect("a path").to_owned(), INVALID),
        (link.replace("expires=", "expires=x"), INVALID),
    ] {
        let (status, code, message) = fetch(&product, &address).await.0.failure();
        assert_eq!((status, code.as_str()), refusal, "{address}: {message}");
    }
    assert_eq!(fetch(&product, &link).await.0.text, "one");
    product.made.pass(Duration::from_secs(301));
    assert_eq!(fetch(&product, &link).await.0.failure().1, "SecMaster.20090341");
}

#[tokio::test]
async fn attachments_are_guarded() {
    let product = Product::new().await;
    let id = upload(&product, "a", b"x").await;
    let muster = |rest: &str| product.workspaces(&format!("/{}/muster/attachments{rest}", product.workspace));
    let calls = [
        ("GET", product.soc(&format!("attachment/{id}"))),
        ("GET", product.soc(&format!("attachment/{id}/download"))),
        ("GET", muster(&format!("?data_object_id={UNKNOWN}"))),
        ("DELETE", muster(&format!("/{id}"))),
    ];
    product.guarded(&calls).await;
    for (client, status, code) in [
        ("nobody", 403, "SecMaster.20010002"),
        ("reader", 403, "SecMaster.20010002"),
        ("stranger", 403, "SecMaster.20010003"),
        ("who", 401, "APIGW.0301"),
    ] {
        let call = Call::new("POST", &product.soc("attachment/upload")).header("x-auth-token", client);
        let body = form(&[part("uploadFile", Some("a"), b"x")]);
        let call = call.header("content-type", "multipart/form-data; boundary=b").body(body);
        let refused = answer(product.send(call).await).await.0.failure();
        assert_eq!((refused.0, refused.1.as_str()), (status, code), "{client}");
    }
    assert_eq!(product.made.files().len(), 1);
}

#[tokio::test]
async fn a_bucket_keeps_files_as_a_folder_does() {
    let bucket = Fake::default();
    let folder = tempfile::tempdir().expect("a folder");
    let product = Product::of(Installation::keeping(bucket.storage().await, folder).await).await;
    let large: Vec<u8> = (0..13_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let mut ids = Vec::new();
    for content in [&b"small"[..], &large, b""] {
        let id = upload(&product, "../a b", content).await;
        let (got, bytes) = fetch(&product, &address(&product, &id).await).await;
        assert!(got.status == 200 && bytes.as_deref() == Some(content), "{} bytes", content.len());
        ids.push(id);
    }
    let shown: Value = product.get(&product.soc(&format!("attachment/{}", ids[0]))).await;
    assert_eq!(shown["data"]["storage_type"], "s3");
    let keys: Vec<String> = ids.iter().map(|id| format!("muster/files/{}/{id}", product.workspace)).collect();
    assert_eq!(bucket.keys(), (keys.clone(), 0));

    let broken = stream::iter([
        Ok(Bytes::from(part("uploadFile", Some("a"), &vec![b'x'; 6 << 20]))),
        Err(std::io::Error::other("the client has gone away")),
    ]);
    post(&product, "", Body::from_stream(broken)).await.failure();
    let one = product.workspaces(&format!("/{}/muster/attachments/{}", product.workspace, ids[0]));
    product.ok("DELETE", &one, None).await;
    product.made.service.sweep_attachments().await.expect("sweeps");
    // What was begun is given up by a task of its own.
    let is_tidy = async || {
        while bucket.keys() != (keys[1..].to_vec(), 0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), is_tidy()).await.expect("only what is in use is left");
}

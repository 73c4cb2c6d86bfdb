//! Attachments.

use std::time::Duration;

use bytes::Bytes;
use model::{AttachmentId, ObjectId, Tenant, Timestamp};
use service::attachment::{Attachment, Incoming, Link, LinkInput};
use service::{Ctx, Error};
use sha2::{Digest, Sha256};
use store::object::attachment::list_removable;
use store::object::delete_all;
use uuid::Uuid;

use crate::installation::{Installation, admin, caller, project, refusal, stranger};

const NOT_FOUND: &str = "SecMaster.20090340";
const NO_LINK: &str = "SecMaster.20090341";
const NO_OBJECT: &str = "SecMaster.20030005";
const INVALID: &str = "SecMaster.20030001";
const DEFECT: &str = "SecMaster.20039999";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// More than a bucket takes at once.
fn large() -> Vec<u8> {
    (0..12_000_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn receive(made: &Installation, ctx: &Ctx, object: Option<ObjectId>) -> Incoming {
    made.service.receive_attachment(ctx, object.map(|id| id.to_string()).as_deref()).expect("receives")
}

async fn write(file: &mut Incoming, bytes: &[u8]) {
    for piece in bytes.chunks(100_000) {
        file.write(Bytes::copy_from_slice(piece)).await.expect("is written");
    }
}

async fn upload(made: &Installation, ctx: &Ctx, name: &str, bytes: &[u8]) -> Attachment {
    let mut file = receive(made, ctx, None);
    file.begin(name).await.expect("begins");
    write(&mut file, bytes).await;
    file.finish(None).await.expect("is kept")
}

fn input(link: &Link) -> LinkInput {
    LinkInput { expires: Some(link.expires), signature: Some(link.signature.clone()) }
}

/// The bytes of a file, as far as they are handed out, and whether that was all of it.
async fn download(made: &Installation, ctx: &Ctx, id: AttachmentId) -> Result<(Vec<u8>, bool), Error> {
    let link = made.service.link_attachment(ctx, id).await?;
    let mut file = made.service.open_attachment(ctx.tenant, id, input(&link)).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = file.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(_) => return Ok((bytes, false)),
        }
    }
    Ok((bytes, true))
}

#[tokio::test]
async fn files_of_any_size_come_back_as_they_were_sent() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    for (bytes, kind) in [
        (Vec::new(), "application/octet-stream"),
        (b"seen at 03:00".to_vec(), "text/plain"),
        (vec![b'x'; 5 << 20], "text/plain"),
        (large(), "application/octet-stream"),
    ] {
        let kept = upload(&made, &ctx, "../../etc/passwd", &bytes).await;
        assert_eq!((kept.file_name.as_str(), kept.content_type.as_str()), ("passwd", kind));
        assert_eq!((kept.size, kept.checksum), (bytes.len() as i64, Sha256::digest(&bytes).to_vec()));
        assert_eq!(made.service.get_attachment(&ctx, kept.id).await.expect("is there").id, kept.id);
        assert!(download(&made, &ctx, kept.id).await.expect("is handed out") == (bytes, true));
    }
    let files = made.files();
    assert_eq!(files.len(), 4);
    assert!(files.iter().all(|(path, _)| !path.to_string_lossy().contains("passwd")), "{files:?}");
    let acts: Vec<String> = made.acts(ctx.tenant).await.into_iter().map(|(action, ..)| action).collect();
    assert_eq!(acts.iter().filter(|action| *action == "attachment.create").count(), 4);
}

#[tokio::test]
async fn wrong_uploads_are_refused_and_leave_nothing() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    for name in ["", "..", "a/", "a\0b"] {
        let (code, message) = refusal(receive(&made, &ctx, None).begin(name).await);
        assert_eq!((code, message.contains("uploadFile")), (INVALID, true), "{name:?}: {message}");
    }
    let (code, message) = refusal(receive(&made, &ctx, None).finish(Some("data_object".into())).await);
    assert_eq!((code, message.as_str()), (INVALID, "fileType must be one of: user_task; uploadFile is required"));
    let refused = made.service.receive_attachment(&ctx, Some("x")).map(drop);
    assert_eq!(refusal(refused), (INVALID, "data_object_id must be a UUID".into()));
    let mut stray = receive(&made, &ctx, Some(ObjectId(Uuid::from_u128(1))));
    assert_eq!(refusal(stray.begin("a.txt").await).0, NO_OBJECT);

    let mut twice = receive(&made, &ctx, None);
    twice.begin("a.txt").await.expect("begins");
    let (code, message) = refusal(twice.begin("b.txt").await);
    assert_eq!((code, message.as_str()), (INVALID, "uploadFile must be one file"));
    drop(twice);
    made.pass(DAY);
    made.service.sweep_attachments().await.expect("sweeps");
    assert_eq!(made.files(), []);
}

#[tokio::test]
async fn an_upload_that_breaks_off_or_takes_a_day_leaves_nothing() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let large = large();
    let mut dropped = receive(&made, &ctx, None);
    dropped.begin("dropped").await.expect("begins");
    write(&mut dropped, &large).await;
    drop(dropped);
    // As if the server had been killed: nobody tidies up.
    let mut killed = receive(&made, &ctx, None);
    killed.begin("killed").await.expect("begins");
    write(&mut killed, &large).await;
    std::mem::forget(killed);
    let mut late = receive(&made, &ctx, None);
    late.begin("late").await.expect("begins");
    write(&mut late, b"late").await;
    assert!(!made.files().is_empty());

    made.service.sweep_attachments().await.expect("sweeps");
    made.pass(DAY);
    assert_eq!(refusal(late.finish(None).await).0, NOT_FOUND);
    made.service.sweep_attachments().await.expect("sweeps");
    assert_eq!(made.files(), []);
    let rows = list_removable(&mut made.read().await, Timestamp(i64::MAX), 100).await.expect("lists");
    assert_eq!(rows, [], "no row is left either");
}

#[tokio::test]
async fn deleted_files_are_gone_at_once_and_their_bytes_after_the_sweep() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = made.object(&ctx, "Alert").await;
    let mut file = receive(&made, &ctx, Some(alert));
    file.begin("of the alert").await.expect("begins");
    write(&mut file, b"of the alert").await;
    let of_alert = file.finish(Some("user_task".into())).await.expect("is kept");
    let (one, other) = (upload(&made, &ctx, "one", b"one").await, upload(&made, &ctx, "other", b"other").await);
    let list = async |object: ObjectId| {
        let rows = made.service.list_attachments(&ctx, Some(object.to_string())).await.expect("lists");
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!((list(alert).await, list(ObjectId(Uuid::from_u128(1))).await), (vec![of_alert.id], vec![]));
    assert_eq!(refusal(made.service.list_attachments(&ctx, None).await).0, INVALID);

    let link = made.service.link_attachment(&ctx, one.id).await.expect("links");
    made.service.delete_attachment(&ctx, one.id).await.expect("is deleted");
    assert_eq!(refusal(made.service.delete_attachment(&ctx, one.id).await).0, NOT_FOUND);
    assert_eq!(refusal(made.service.get_attachment(&ctx, one.id).await).0, NOT_FOUND);
    let opened = made.service.open_attachment(ctx.tenant, one.id, input(&link)).await.map(drop);
    assert_eq!(refusal(opened).0, NOT_FOUND);
    let (tenant, at) = (ctx.tenant, of_alert.create_time);
    let gone = made.writer.write(move |tx| Box::pin(async move { delete_all(tx, tenant, &[alert], at).await }));
    gone.await.expect("the alert is deleted");
    assert_eq!(refusal(made.service.get_attachment(&ctx, of_alert.id).await).0, NOT_FOUND);
    assert_eq!(made.files().len(), 3);

    made.service.sweep_attachments().await.expect("sweeps");
    let left: Vec<Vec<u8>> = made.files().into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(left, [b"other".to_vec()]);
    assert!(download(&made, &ctx, other.id).await.expect("is handed out").1);
}

#[tokio::test]
async fn damaged_bytes_are_never_handed_out_whole() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let (small, large) = (b"evidence".to_vec(), large());
    for bytes in [&small, &large] {
        let kept = upload(&made, &ctx, "evidence", bytes).await;
        let (path, _) = made.files().into_iter().find(|(path, _)| path.ends_with(kept.id.to_string())).expect("a file");
        let mut changed = bytes.clone();
        changed[3] ^= 1;
        std::fs::write(&path, &changed).expect("is overwritten");
        match download(&made, &ctx, kept.id).await {
            Ok((handed, is_whole)) => assert!(!is_whole && handed.len() < bytes.len() && bytes.len() == large.len()),
            Err(error) => assert_eq!((error.code(), bytes), (DEFECT, &small)),
        }
        std::fs::remove_file(&path).expect("is removed");
        assert_eq!(refusal(download(&made, &ctx, kept.id).await).0, DEFECT);
    }
}

#[tokio::test]
async fn a_link_opens_one_file_for_five_minutes() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let (one, other) = (upload(&made, &ctx, "one", b"one").await, upload(&made, &ctx, "other", b"other").await);
    let second = made.workspace(&admin(), "second").await.id;
    let link = made.service.link_attachment(&ctx, one.id).await.expect("links");
    let open = async |tenant, id, link: LinkInput| made.service.open_attachment(tenant, id, link).await.map(drop);
    let elsewhere = Tenant { workspace: second, ..ctx.tenant };
    let signed = |signature: &str| LinkInput { signature: Some(signature.to_owned()), ..input(&link) };
    open(ctx.tenant, one.id, input(&link)).await.expect("opens");
    open(ctx.tenant, one.id, signed(&link.signature.to_uppercase())).await.expect("opens");
    for (tenant, id, presented) in [
        (ctx.tenant, other.id, input(&link)),
        (elsewhere, one.id, input(&link)),
        (ctx.tenant, one.id, LinkInput { expires: Some(link.expires + 1), ..input(&link) }),
        (ctx.tenant, one.id, LinkInput { expires: Some(i64::MAX), ..input(&link) }),
        (ctx.tenant, one.id, signed("")),
        (ctx.tenant, one.id, signed(&link.signature[2..])),
        (ctx.tenant, one.id, signed(&link.signature.replace(|c: char| c.is_ascii_digit(), "a"))),
        (ctx.tenant, one.id, signed("日本")),
    ] {
        assert_eq!(refusal(open(tenant, id, presented.clone()).await).0, NO_LINK, "{presented:?}");
    }
    let (code, message) = refusal(open(ctx.tenant, one.id, LinkInput::default()).await);
    assert_eq!((code, message.as_str()), (INVALID, "expires is required; signature is required"));
    made.pass(Duration::from_secs(5 * 60));
    open(ctx.tenant, one.id, input(&link)).await.expect("opens");
    made.pass(Duration::from_secs(1));
    assert_eq!(refusal(open(ctx.tenant, one.id, input(&link)).await).0, NO_LINK);
}

#[tokio::test]
async fn each_use_case_has_a_permission_of_its_own() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let id = upload(&made, &ctx, "one", b"one").await.id;
    let all = ["create", "list", "get", "delete"];
    for verb in all {
        let others: Vec<String> =
            all.iter().filter(|other| **other != verb).map(|verb| format!("secmaster:attachment:{verb}")).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let lacking = made.enter(caller(project(), "lacking", &others), ctx.tenant.workspace).await;
        assert_eq!(refusal(attempt(&made, &lacking, verb, id).await).0, "SecMaster.20010002", "{verb}");
        let allowed = caller(project(), "allowed", &[&format!("secmaster:attachment:{verb}")]);
        let allowed = made.enter(allowed, ctx.tenant.workspace).await;
        attempt(&made, &allowed, verb, id).await.expect(verb);
    }
}

async fn attempt(made: &Installation, ctx: &Ctx, verb: &str, id: AttachmentId) -> Result<(), Error> {
    match verb {
        "create" => made.service.receive_attachment(ctx, None).map(drop),
        "list" => made.service.list_attachments(ctx, Some(id.to_string())).await.map(drop),
        "get" => {
            made.service.get_attachment(ctx, id).await?;
            made.service.link_attachment(ctx, id).await.map(drop)
        }
        _ => made.service.delete_attachment(ctx, id).await,
    }
}

#[tokio::test]
async fn files_of_other_workspaces_do_not_exist() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let theirs = made.workspace(&stranger(), "theirs").await;
    let second = made.workspace(&admin(), "second").await;
    let id = upload(&made, &ctx, "ours", b"ours").await.id;
    for there in [made.enter(stranger(), theirs.id).await, made.enter(admin(), second.id).await] {
        assert_eq!(refusal(made.service.get_attachment(&there, id).await).0, NOT_FOUND);
        assert_eq!(refusal(made.service.link_attachment(&there, id).await).0, NOT_FOUND);
        assert_eq!(refusal(made.service.delete_attachment(&there, id).await).0, NOT_FOUND);
    }
    assert!(download(&made, &ctx, id).await.expect("is handed out").1);
}

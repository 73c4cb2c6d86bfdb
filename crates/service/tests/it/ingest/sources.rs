//! Sources: creating, changing, listing, deleting.

use std::time::Duration;

use model::{SourceId, Value};
use runtime::clock::V7Ids;
use service::ingest::source::{SIGNATURE, SourceInput, TOKEN, WEBHOOK};

use super::{MAPPING, receipt, some, webhook};
use crate::installation::{START, admin, caller, project, refusal};
use crate::room::{Room, json};

const INVALID: &str = "SecMaster.20030001";
const NOT_FOUND: &str = "SecMaster.20090101";
const NAME_TAKEN: &str = "SecMaster.20090102";
const FORBIDDEN: &str = "SecMaster.20010002";

fn none() -> SourceInput {
    SourceInput::default()
}

#[tokio::test]
async fn a_source_is_created_with_a_secret_that_is_told_once() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    let row = &made.source.row;
    assert_eq!((row.kind.as_str(), row.enabled, row.creator_name.as_str()), (WEBHOOK, true, "admin"));
    assert_eq!((made.source.settings.authentication.as_str(), made.source.builtin()), (TOKEN, None));
    let signs = room.source(SourceInput { authentication: some(SIGNATURE), ..webhook("signs") }).await;
    for (made, kept) in [(&made, &row.token_hash), (&signs, &signs.source.row.secret)] {
        assert!(made.secret.len() >= 32 && !kept.is_empty());
        let kept = String::from_utf8_lossy(kept);
        assert!(!kept.contains(&made.secret), "it is not in the open");
    }
    assert_ne!(made.secret, signs.secret);
    let acts = room.made.acts(room.ctx.tenant).await;
    assert!(acts.iter().any(|(action, object, _)| action == "source.create" && *object == row.id.to_string()));
    assert!(acts.iter().all(|(_, _, detail)| !detail.contains(&made.secret)));
}

#[tokio::test]
async fn what_is_wrong_with_a_source_names_the_field() {
    let room = Room::new().await;
    room.source(webhook("taken")).await;
    let mapping = |text: &str| Some(Value::map(json(text)));
    let class = SourceId::new(&V7Ids).to_string();
    for (input, code, expected) in [
        (SourceInput { name: None, ..webhook("") }, INVALID, "name is required"),
        (webhook(&"x".repeat(65)), INVALID, "name must have 1 to 64 characters"),
        (SourceInput { description: some(&"x".repeat(1025)), ..webhook("a") }, INVALID, "description"),
        (SourceInput { kind: some("kafka"), ..webhook("a") }, INVALID, "kind must be one of: webhook, nats"),
        (SourceInput { authentication: some("none"), ..webhook("a") }, INVALID, "authentication must be one of"),
        (SourceInput { mapping: None, ..webhook("a") }, INVALID, "one of mapping and builtin is required"),
        (SourceInput { builtin: some("cef"), ..webhook("a") }, INVALID, "one of mapping and builtin is required"),
        (SourceInput { mapping: None, builtin: some("zeek"), ..webhook("a") }, INVALID, "builtin must be one of"),
        (SourceInput { mapping: mapping(r#"{"format": "JSON"}"#), ..webhook("a") }, INVALID, "mapping: fields must be"),
        (
            SourceInput { mapping: mapping(r#"{"format": "X", "fields": {"title": "${("}}"#), ..webhook("a") },
            INVALID,
            "mapping: format must be one of JSON, CEF, LEEF",
        ),
        (SourceInput { dataclass_id: Some(class), ..webhook("a") }, INVALID, "dataclass_id must be a data class"),
        (SourceInput { dataclass_id: some("x"), ..webhook("a") }, INVALID, "dataclass_id"),
        (webhook("taken"), NAME_TAKEN, "name: a source named 'taken' exists"),
    ] {
        let (found, message) = refusal(room.made.service.create_source(&room.ctx, input).await);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
}

#[tokio::test]
async fn what_is_left_out_of_a_change_stays() {
    let room = Room::new().await;
    let made = room.source(SourceInput { description: some("border"), ..webhook("one") }).await;
    let (id, service) = (made.source.row.id, &room.made.service);
    room.made.pass(Duration::from_secs(5));
    let changed = service.update_source(&room.ctx, id, SourceInput { name: some("two"), ..none() }).await;
    let changed = changed.expect("is changed");
    assert_eq!((changed.row.name.as_str(), changed.row.description.as_str()), ("two", "border"));
    assert_eq!(changed.settings, made.source.settings);
    assert_eq!((changed.row.create_time, changed.row.update_time), (START, START.plus(Duration::from_secs(5))));
    // A mapping of one's own, then a built-in one, and back.
    room.made.pass(Duration::from_secs(5));
    let builtin = SourceInput { builtin: some("suricata-eve"), ..none() };
    let changed = service.update_source(&room.ctx, id, builtin).await.expect("is changed");
    assert_eq!((changed.builtin(), &changed.settings.mapping), (Some("suricata-eve"), &None));
    let event = r#"{"event_type": "alert", "rule": "Scan", "level": 3, "alert": {"signature": "Built in"}}"#;
    assert_eq!(room.deliver(&made, event).await, receipt(1, 0, 0, 0));
    room.made.pass(Duration::from_secs(5));
    let own = SourceInput { mapping: Some(Value::map(json(MAPPING))), ..none() };
    service.update_source(&room.ctx, id, own).await.expect("is changed");
    assert_eq!(room.deliver(&made, event).await, receipt(1, 0, 0, 0));
    assert_eq!(room.titles().await, ["Built in", "Scan"]);

    room.source(webhook("taken")).await;
    for (input, code, expected) in [
        (SourceInput { kind: some("nats"), ..none() }, INVALID, "kind stays 'webhook'"),
        (SourceInput { authentication: some(SIGNATURE), ..none() }, INVALID, "authentication stays 'token'"),
        (SourceInput { name: some(""), ..none() }, INVALID, "name must have 1 to 64"),
        (SourceInput { name: some("taken"), ..none() }, NAME_TAKEN, "name: "),
    ] {
        let (found, message) = refusal(service.update_source(&room.ctx, id, input).await);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(service.get_source(&room.ctx, id).await.expect("is there").row.name, "two");
}

#[tokio::test]
async fn sources_are_listed_newest_first_and_deleted() {
    let room = Room::new().await;
    let (service, mut ids) = (&room.made.service, Vec::new());
    for name in ["a", "b", "c"] {
        ids.push(room.source(webhook(name)).await.source.row.id);
    }
    let page = service.list_sources(&room.ctx, Some(1), Some(5)).await.expect("lists");
    let names: Vec<&str> = page.rows.iter().map(|source| source.row.name.as_str()).collect();
    assert_eq!((names, page.total), (vec!["b", "a"], 3));
    assert_eq!(refusal(service.list_sources(&room.ctx, None, Some(1001)).await).0, INVALID);
    service.delete_source(&room.ctx, ids[1]).await.expect("is deleted");
    assert_eq!(service.list_sources(&room.ctx, None, None).await.expect("lists").total, 2);
    let missing = format!("the source {} does not exist", ids[1]);
    for refused in [
        refusal(service.get_source(&room.ctx, ids[1]).await),
        refusal(service.update_source(&room.ctx, ids[1], none()).await),
        refusal(service.renew_source_secret(&room.ctx, ids[1]).await),
        refusal(service.delete_source(&room.ctx, ids[1]).await),
    ] {
        assert_eq!(refused, (NOT_FOUND, missing.clone()));
    }
}

#[tokio::test]
async fn nobody_sees_or_touches_the_sources_of_others() {
    let room = Room::new().await;
    let (service, id) = (&room.made.service, room.source(webhook("one")).await.source.row.id);
    let elsewhere = room.made.workspace(&admin(), "elsewhere").await.id;
    let elsewhere = room.made.enter(admin(), elsewhere).await;
    assert_eq!(service.list_sources(&elsewhere, None, None).await.expect("lists").total, 0);
    let nobody = caller(project(), "nobody", &["secmaster:deadLetter:*"]);
    let nobody = room.made.enter(nobody, room.ctx.tenant.workspace).await;
    assert_eq!(refusal(service.list_sources(&nobody, None, None).await).0, FORBIDDEN);
    assert_eq!(refusal(service.create_source(&nobody, webhook("two")).await).0, FORBIDDEN);
    for (ctx, code) in [(&elsewhere, NOT_FOUND), (&nobody, FORBIDDEN)] {
        assert_eq!(refusal(service.get_source(ctx, id).await).0, code);
        assert_eq!(refusal(service.update_source(ctx, id, none()).await).0, code);
        assert_eq!(refusal(service.renew_source_secret(ctx, id).await).0, code);
        assert_eq!(refusal(service.delete_source(ctx, id).await).0, code);
    }
    service.get_source(&room.ctx, id).await.expect("is there");
}

//! Events that could not be taken in.

use std::time::Duration;

use model::Value;
use service::ingest::dead_letter::ListDeadLetters;
use service::ingest::receive::Delivery;
use service::ingest::source::{NewSource, SourceInput};
use uuid::Uuid;

use super::{receipt, shown, some, webhook};
use crate::installation::{START, project, refusal};
use crate::room::{Room, json};

const STATE: &str = "SecMaster.20090105";
/// The mapping of [`webhook`], which also understands levels that are words.
const MENDED: &str = r#"{"format": "JSON", "fields": {"title": "${event.rule}", "severity": "${event.level}"}}"#;

impl Room {
    async fn mend(&self, made: &NewSource, mapping: &str) {
        let input = SourceInput { mapping: Some(Value::map(json(mapping))), ..SourceInput::default() };
        self.made.pass(Duration::from_secs(1));
        self.made.service.update_source(&self.ctx, made.source.row.id, input).await.expect("is changed");
    }
}

#[tokio::test]
async fn a_bad_event_becomes_a_dead_letter_with_its_reason() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    let lines: [(&[u8], &str); 5] = [
        (b"no JSON", "the event is not JSON: "),
        (b"[1]", "the event is not a JSON object"),
        (br#"{"rule": "Scan", "level": "High"}"#, "accept: "),
        (br#"{"rule": {"id": 5}, "level": 9}"#, "title must be text"),
        (b"\xff\x00", "the event is not UTF-8: "),
    ];
    for (line, expected) in &lines {
        room.made.pass(Duration::from_secs(1));
        let delivery =
            Delivery { token: some(&made.secret), body: line.to_vec(), by_line: true, ..Delivery::default() };
        assert_eq!(room.receive(made.source.row.id, delivery).await.expect("is taken in"), receipt(0, 0, 0, 1));
        let letter = room.letters().await.swap_remove(0);
        assert!(letter.reason.contains(expected), "{}", letter.reason);
        assert_eq!((letter.body.as_slice(), letter.source_id, letter.replayed_at), (*line, made.source.row.id, None));
    }
    assert_eq!(room.titles().await.len(), 0);
    let times: Vec<_> = room.letters().await.iter().map(|letter| letter.received_at).collect();
    let expected: Vec<_> = (1..=5).rev().map(|second| START.plus(Duration::from_secs(second))).collect();
    assert_eq!(times, expected, "newest first");
}

#[tokio::test]
async fn a_dead_letter_is_replayed_once_the_mapping_is_mended() {
    let room = Room::new().await;
    room.enable("Close low-risk alerts").await;
    let made = room.source(webhook("one")).await;
    assert_eq!(room.deliver(&made, r#"{"rule": "Scan", "level": "Low"}"#).await, receipt(0, 0, 0, 1));
    let id = room.letters().await[0].id;
    let service = &room.made.service;
    // Still bad: the letter stays, with what is wrong now.
    let worse = r#"{"format": "JSON", "fields": {"title": "${event.rule}", "severity": "${event.level}", "count": "${event.rule}"}}"#;
    room.mend(&made, worse).await;
    let (code, message) = refusal(service.replay_dead_letter(&room.ctx, id).await);
    assert_eq!(code, STATE);
    assert!(message.starts_with("it cannot be taken in: ") && message.contains("count"), "{message}");
    assert!(room.letters().await[0].reason.contains("count"));

    room.mend(&made, MENDED).await;
    let replayed = service.replay_dead_letter(&room.ctx, id).await.expect("is taken in");
    assert_eq!(replayed.replayed_at, Some(START.plus(Duration::from_secs(2))));
    room.until_played("Close low-risk alerts", 1).await;
    assert_eq!(room.titles().await, ["Scan"]);
    let again = refusal(service.replay_dead_letter(&room.ctx, id).await);
    assert_eq!(again, (STATE, "it was replayed already".to_owned()));
    let acts = room.made.acts(room.ctx.tenant).await;
    assert_eq!(
        acts.iter().filter(|(action, object, _)| action == "deadLetter.replay" && *object == id.to_string()).count(),
        1
    );

    let list = async |replayed| {
        let input = ListDeadLetters { replayed: Some(replayed), ..ListDeadLetters::default() };
        service.list_dead_letters(&room.ctx, input).await.expect("lists").total
    };
    assert_eq!((list(true).await, list(false).await), (1, 0));
}

#[tokio::test]
async fn a_dead_letter_and_the_same_event_sent_again_become_one_object() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    let body = r#"[{"rule": "a", "level": "Low"}, {"rule": "b", "level": "Low"}]"#;
    let delivery = || Delivery { key: some("k1"), ..shown(&made.secret, body) };
    let id = made.source.row.id;
    assert_eq!(room.receive(id, delivery()).await.expect("is taken in"), receipt(0, 0, 0, 2));
    room.mend(&made, MENDED).await;
    let letters = room.letters().await;
    let replay = async |id| room.made.service.replay_dead_letter(&room.ctx, id).await.expect("is taken in");
    replay(letters[0].id).await;
    assert_eq!(room.receive(id, delivery()).await.expect("is taken in"), receipt(1, 1, 0, 0));
    replay(letters[1].id).await;
    let mut titles = room.titles().await;
    titles.sort();
    assert_eq!(titles, ["a", "b"]);
}

#[tokio::test]
async fn a_letter_that_the_mapping_now_passes_over_is_done() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    room.deliver(&made, r#"{"rule": "Scan", "level": "Low"}"#).await;
    room.mend(&made, r#"{"format": "JSON", "accept": "event.level != 'Low'", "fields": {"title": "${event.rule}"}}"#)
        .await;
    let id = room.letters().await[0].id;
    assert!(room.made.service.replay_dead_letter(&room.ctx, id).await.expect("is done").replayed_at.is_some());
    assert_eq!(room.titles().await.len(), 0);
}

#[tokio::test]
async fn dead_letters_are_listed_by_source_and_outlive_it_and_are_deleted() {
    let room = Room::new().await;
    let (made, other) = (room.source(webhook("one")).await, room.source(webhook("other")).await);
    let service = &room.made.service;
    for source in [&made, &other, &made] {
        room.deliver(source, "no JSON").await;
    }
    let list = async |input: ListDeadLetters| service.list_dead_letters(&room.ctx, input).await;
    let of = |id: String| ListDeadLetters { source_id: Some(id), ..ListDeadLetters::default() };
    assert_eq!(list(of(made.source.row.id.to_string())).await.expect("lists").total, 2);
    let page = list(ListDeadLetters { offset: Some(2), limit: Some(2), ..ListDeadLetters::default() }).await;
    let page = page.expect("lists");
    assert_eq!((page.rows.len(), page.total, page.rows[0].size), (1, 3, 7));
    let (_, message) = refusal(list(of("x".to_owned())).await);
    assert!(message.contains("source_id"), "{message}");

    service.delete_source(&room.ctx, made.source.row.id).await.expect("is deleted");
    let letters = room.letters().await;
    assert_eq!(letters.len(), 3);
    let orphan = letters.iter().find(|letter| letter.source_id == made.source.row.id).expect("stays");
    let (code, message) = refusal(service.replay_dead_letter(&room.ctx, orphan.id).await);
    assert_eq!(code, "SecMaster.20090101", "{message}");

    service.delete_dead_letter(&room.ctx, orphan.id).await.expect("is deleted");
    assert_eq!(room.letters().await.len(), 2);
    let missing = format!("the dead letter {} does not exist", orphan.id);
    for refused in [
        refusal(service.delete_dead_letter(&room.ctx, orphan.id).await),
        refusal(service.get_dead_letter(&room.ctx, orphan.id).await),
        refusal(service.replay_dead_letter(&room.ctx, orphan.id).await),
    ] {
        assert_eq!(refused, ("SecMaster.20090104", missing.clone()));
    }
}

#[tokio::test]
async fn nobody_sees_or_touches_the_letters_of_others() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    room.deliver(&made, "no JSON").await;
    let id = room.letters().await[0].id;
    let service = &room.made.service;
    let elsewhere = room.made.workspace(&crate::installation::admin(), "elsewhere").await.id;
    let ctx = room.made.enter(crate::installation::admin(), elsewhere).await;
    assert_eq!(service.list_dead_letters(&ctx, ListDeadLetters::default()).await.expect("lists").total, 0);
    assert_eq!(refusal(service.get_dead_letter(&ctx, id).await).0, "SecMaster.20090104");
    assert_eq!(refusal(service.replay_dead_letter(&ctx, id).await).0, "SecMaster.20090104");
    assert_eq!(refusal(service.delete_dead_letter(&ctx, id).await).0, "SecMaster.20090104");
    let nobody = crate::installation::caller(project(), "nobody", &["secmaster:source:*"]);
    let nobody = room.made.enter(nobody, room.ctx.tenant.workspace).await;
    for refused in [
        refusal(service.list_dead_letters(&nobody, ListDeadLetters::default()).await).0,
        refusal(service.get_dead_letter(&nobody, Uuid::nil()).await).0,
        refusal(service.replay_dead_letter(&nobody, id).await).0,
        refusal(service.delete_dead_letter(&nobody, id).await).0,
    ] {
        assert_eq!(refused, "SecMaster.20010002");
    }
    assert_eq!(room.letters().await.len(), 1);
}

//! Webhooks: who may send, and what becomes of what they send.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use model::{SourceId, Tenant, Value};
use runtime::clock::V7Ids;
use service::identity::signature::to_hex;
use service::ingest::receive::Delivery;
use service::ingest::source::{NewSource, SIGNATURE, SourceInput};
use sha2::Sha256;

use super::{receipt, shown, some, webhook};
use crate::installation::{admin, refusal};
use crate::room::{Room, json};

const NOT_THE_SENDER: &str = "there is no such source, or the token or signature is not that of its sender";
const EVENT: &str = r#"{"rule": "Scan", "level": 8, "id": "e-1"}"#;

fn hmac(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(body.as_bytes());
    to_hex(&mac.finalize().into_bytes())
}

/// What a sender who signs sends.
fn signed(signature: &str, body: &str) -> Delivery {
    Delivery { signature: some(signature), body: body.into(), ..Delivery::default() }
}

async fn signing(room: &Room) -> NewSource {
    room.source(SourceInput { authentication: some(SIGNATURE), ..webhook("signs") }).await
}

#[tokio::test]
async fn whoever_shows_the_token_is_the_sender() {
    let room = Room::new().await;
    let (made, other) = (room.source(webhook("one")).await, room.source(webhook("other")).await);
    let id = made.source.row.id;
    assert_eq!(room.deliver(&made, EVENT).await, receipt(1, 0, 0, 0));
    let none = Delivery { body: EVENT.into(), ..Delivery::default() };
    let longer = format!("{} ", made.secret);
    for wrong in [none, shown("", EVENT), shown(&other.secret, EVENT), shown(&longer, EVENT), signed("x", EVENT)] {
        let (code, message) = refusal(room.receive(id, wrong).await);
        assert_eq!((code, message.as_str()), ("APIGW.0301", NOT_THE_SENDER));
    }
    // A source of nobody is refused in the same words; so is this one, asked for in another workspace.
    let elsewhere = room.made.workspace(&admin(), "elsewhere").await.id;
    let (unknown, tenant) = (SourceId::new(&V7Ids), Tenant { workspace: elsewhere, ..room.ctx.tenant });
    for result in [
        room.receive(unknown, shown(&made.secret, EVENT)).await,
        room.made.service.receive_events(tenant, id, shown(&made.secret, EVENT)).await,
    ] {
        assert_eq!(refusal(result).1, NOT_THE_SENDER);
    }
    assert_eq!(room.titles().await, ["Scan"]);
}

#[tokio::test]
async fn whoever_signs_with_the_secret_is_the_sender() {
    let room = Room::new().await;
    let made = signing(&room).await;
    let (id, hash) = (made.source.row.id, hmac(&made.secret, EVENT));
    for signature in [format!("sha256={hash}"), format!("sha256={}", hash.to_uppercase())] {
        assert_eq!(room.receive(id, signed(&signature, EVENT)).await.expect("is taken in"), receipt(1, 0, 0, 0));
    }
    let other_body = hmac(&made.secret, r#"{"rule": "Scan", "level": 9}"#);
    for wrong in [
        signed(&hash, EVENT),
        signed("sha256=", EVENT),
        signed(&format!("sha256={}", &hash[..62]), EVENT),
        signed(&format!("sha256={hash}00"), EVENT),
        signed(&format!("sha256={}+1", &hash[..62]), EVENT),
        signed(&format!("sha256={other_body}"), EVENT),
        signed(&format!("sha256={}", hmac("another", EVENT)), EVENT),
        // The secret is not a token.
        shown(&made.secret, EVENT),
    ] {
        assert_eq!(refusal(room.receive(id, wrong).await), ("APIGW.0301", NOT_THE_SENDER.to_owned()));
    }
    assert_eq!(room.titles().await.len(), 2);
}

#[tokio::test]
async fn a_renewed_secret_ends_the_one_before() {
    let room = Room::new().await;
    let (token, signs) = (room.source(webhook("token")).await, signing(&room).await);
    let renew = async |made: &NewSource| {
        room.made.service.renew_source_secret(&room.ctx, made.source.row.id).await.expect("is renewed")
    };
    let (new_token, new_signs) = (renew(&token).await, renew(&signs).await);
    assert_ne!(token.secret, new_token.secret);
    assert_eq!(room.deliver(&new_token, EVENT).await, receipt(1, 0, 0, 0));
    let with = |made: &NewSource| signed(&format!("sha256={}", hmac(&made.secret, EVENT)), EVENT);
    let id = signs.source.row.id;
    assert_eq!(room.receive(id, with(&new_signs)).await.expect("is taken in"), receipt(1, 0, 0, 0));
    refusal(room.receive(id, with(&signs)).await);
    refusal(room.receive(token.source.row.id, shown(&token.secret, EVENT)).await);
    // Other changes leave the secret alone.
    let rename = SourceInput { name: some("renamed"), ..SourceInput::default() };
    room.made.service.update_source(&room.ctx, id, rename).await.expect("is changed");
    assert_eq!(room.receive(id, with(&new_signs)).await.expect("is taken in"), receipt(1, 0, 0, 0));
}

#[tokio::test]
async fn a_source_that_is_disabled_or_gone_takes_nothing() {
    let room = Room::new().await;
    let made = room.source(SourceInput { enabled: Some(false), ..webhook("sleeps") }).await;
    let id = made.source.row.id;
    let (code, message) = refusal(room.receive(id, shown(&made.secret, EVENT)).await);
    assert_eq!((code, message.as_str()), ("SecMaster.20090103", "the source 'sleeps' is disabled"));
    // Only its sender learns that.
    assert_eq!(refusal(room.receive(id, shown("x", EVENT)).await).1, NOT_THE_SENDER);
    let enable = SourceInput { enabled: Some(true), ..SourceInput::default() };
    room.made.service.update_source(&room.ctx, id, enable).await.expect("is changed");
    assert_eq!(room.deliver(&made, EVENT).await, receipt(1, 0, 0, 0));
    room.made.service.delete_source(&room.ctx, id).await.expect("is deleted");
    assert_eq!(refusal(room.receive(id, shown(&made.secret, EVENT)).await).1, NOT_THE_SENDER);
    assert_eq!(room.titles().await, ["Scan"], "what it has brought stays");
}

#[tokio::test]
async fn a_delivery_holds_one_event_a_list_or_lines() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    let pretty = "{\n  \"rule\": \"pretty\",\n  \"level\": 3\n}\n";
    assert_eq!(room.deliver(&made, pretty).await, receipt(1, 0, 0, 0));
    let list = r#"[{"rule": "a", "level": 3}, {"rule": "b", "level": 2}, 7, {"rule": "c", "level": 3.50}]"#;
    assert_eq!(room.deliver(&made, list).await, receipt(2, 0, 1, 1));
    let lines = "{\"rule\": \"d\", \"level\": 3}\r\n\n  {\"rule\": \"e\", \"level\": 9}\nnot JSON\n";
    let by_line = Delivery { by_line: true, ..shown(&made.secret, lines) };
    assert_eq!(room.receive(made.source.row.id, by_line).await.expect("is taken in"), receipt(2, 0, 0, 1));
    assert_eq!(room.titles().await, ["pretty", "a", "c", "d", "e"]);
}

#[tokio::test]
async fn a_delivery_holds_at_most_two_thousand_events() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    let list = |count| format!("[{}]", vec![r#"{"rule": "x", "level": 3}"#; count].join(","));
    for body in [list(2_001), "[]".to_owned(), "\n".repeat(5)] {
        let by_line = body.starts_with('\n');
        let delivery = Delivery { by_line, ..shown(&made.secret, &body) };
        let (code, message) = refusal(room.receive(made.source.row.id, delivery).await);
        assert_eq!((code, message.as_str()), ("SecMaster.20030001", "the body must hold 1 to 2000 events"));
    }
    assert_eq!(room.titles().await.len(), 0, "none of them is taken in");
    assert_eq!(room.deliver(&made, &list(2_000)).await, receipt(2_000, 0, 0, 0));
}

#[tokio::test]
async fn what_is_sent_again_with_its_key_is_taken_in_once() {
    let room = Room::new().await;
    let (made, other) = (room.source(webhook("one")).await, room.source(webhook("other")).await);
    let body = r#"[{"rule": "a", "level": 3}, {"rule": "b", "level": 1}, {"rule": "bad", "level": "x"}, {"rule": "c", "level": 3}]"#;
    let keyed = |made: &NewSource, key: &str| Delivery { key: some(key), ..shown(&made.secret, body) };
    let id = made.source.row.id;
    assert_eq!(room.receive(id, keyed(&made, "k1")).await.expect("is taken in"), receipt(2, 0, 1, 1));
    room.made.pass(Duration::from_secs(60));
    assert_eq!(room.receive(id, keyed(&made, "k1")).await.expect("is taken in"), receipt(0, 3, 1, 0));
    assert_eq!((room.titles().await.len(), room.letters().await.len()), (2, 1));
    // Another key, and another source, stand for other events.
    assert_eq!(room.receive(id, keyed(&made, "k2")).await.expect("is taken in"), receipt(2, 0, 1, 1));
    let elsewhere = room.receive(other.source.row.id, keyed(&other, "k1")).await;
    assert_eq!(elsewhere.expect("is taken in"), receipt(2, 0, 1, 1));
    // Without one, nothing is known of what came before.
    assert_eq!(room.deliver(&made, body).await, receipt(2, 0, 1, 1));
}

/// A sender that gets no answer sends again while the first delivery is still under way.
#[tokio::test]
async fn of_deliveries_at_once_with_one_key_one_is_taken_in() {
    let room = Room::new().await;
    let made = room.source(webhook("one")).await;
    let body = format!("[{}]", vec![r#"{"rule": "x", "level": 3}"#; 50].join(","));
    let deliveries = (0..8).map(|_| {
        let delivery = Delivery { key: some("k1"), ..shown(&made.secret, &body) };
        let (service, tenant, id) = (room.made.service.clone(), room.ctx.tenant, made.source.row.id);
        tokio::spawn(async move { service.receive_events(tenant, id, delivery).await.expect("is taken in") })
    });
    let (mut accepted, mut repeated) = (0, 0);
    for delivery in deliveries.collect::<Vec<_>>() {
        let receipt = delivery.await.expect("ends");
        accepted += receipt.accepted;
        repeated += receipt.repeated;
    }
    assert_eq!((accepted, repeated, room.titles().await.len()), (50, 350, 50));
}

#[tokio::test]
async fn an_accepted_event_sets_off_the_playbooks_that_match() {
    let room = Room::new().await;
    room.enable("Close low-risk alerts").await;
    let made = room.source(webhook("one")).await;
    let body = r#"[{"rule": "low", "level": 4}, {"rule": "high", "level": 8}]"#;
    assert_eq!(room.deliver(&made, body).await, receipt(2, 0, 0, 0));
    room.until_played("Close low-risk alerts", 1).await;
    let alerts = room.objects("Alert").await;
    let handled: Vec<(&str, &str)> = alerts
        .iter()
        .map(|alert| (alert.get("title").as_str().expect("text"), alert.get("handle_status").as_str().expect("text")))
        .collect();
    assert_eq!(handled, [("low", "Closed"), ("high", "Open")]);
}

#[tokio::test]
async fn events_become_objects_of_the_class_that_the_source_names() {
    let room = Room::new().await;
    let class = store::dataclass::get_by_name(&mut room.made.read().await, room.ctx.tenant, "Resource").await;
    let mapping = json(r#"{"format": "JSON", "fields": {"name": "${event.host}", "type": "${event.kind}"}}"#);
    let made = room
        .source(SourceInput {
            mapping: Some(Value::map(mapping)),
            dataclass_id: Some(class.expect("reads").expect("a class").id.to_string()),
            ..webhook("assets")
        })
        .await;
    assert_eq!(room.deliver(&made, r#"{"host": "web-1", "kind": "servers"}"#).await, receipt(1, 0, 0, 0));
    assert_eq!(room.objects("Resource").await[0].get("name").as_str(), Some("web-1"));
    assert_eq!(room.titles().await.len(), 0);
}

//! Objects that arrive while an earlier one stands for them, and objects that have had their time.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use model::{DataClassId, Value};
use service::dataclass::{ClassSettings, DedupRule};

use crate::room::{Room, json, real_alerts};

const HOUR: u32 = 3_600;

async fn class(room: &Room, name: &str) -> DataClassId {
    let mut conn = room.made.read().await;
    store::dataclass::get_by_name(&mut conn, room.ctx.tenant, name).await.expect("reads").expect("is there").id
}

async fn set(room: &Room, fields: &[&str], window: u32, retention_days: Option<u32>) {
    let id = class(room, "Alert").await;
    let fields: Vec<String> = fields.iter().map(|&field| field.into()).collect();
    let rules = if fields.is_empty() { Vec::new() } else { vec![DedupRule { kind: String::new(), fields, window }] };
    let settings = ClassSettings { deduplication: rules, retention_days };
    room.made.service.set_class_settings(&room.ctx, id, settings).await.expect("is set");
}

fn counts(alerts: &[Value]) -> Vec<i64> {
    alerts.iter().map(|alert| alert.get("count").as_i64().expect("a count")).collect()
}

#[tokio::test]
async fn real_alerts_of_one_source_address_are_one() {
    let Some(alerts) = real_alerts() else { return };
    let room = Room::new().await;
    set(&room, &["network_list.src_ip"], HOUR, None).await;
    let source = |alert: &model::Map| {
        alert.get("network_list").expect("a list").as_list().expect("a list")[0].get("src_ip").to_json()
    };
    let distinct: BTreeSet<_> = alerts.iter().map(source).collect();
    let total = alerts.len();
    for alert in alerts {
        room.create("Alert", alert).await;
    }
    let kept = room.objects("Alert").await;
    assert_eq!(kept.len(), distinct.len());
    assert_eq!(counts(&kept).into_iter().sum::<i64>(), i64::try_from(total).expect("few"));
    assert!(distinct.len() < total, "some are the same");
}

#[tokio::test]
async fn of_many_that_arrive_at_once_one_stands_and_counts_each() {
    let room = Room::new().await;
    set(&room, &["title"], HOUR, None).await;
    let made = join_all((0..40).map(|_| room.create("Alert", json(r#"{"title": "flood"}"#)))).await;
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(counts(&room.objects("Alert").await), [40]);
}

#[tokio::test]
async fn after_a_window_of_silence_the_next_is_new() {
    let room = Room::new().await;
    set(&room, &["title"], HOUR, None).await;
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    for (pause, expected) in [(0, vec![1]), (50, vec![2]), (50, vec![3]), (61, vec![3, 1]), (1, vec![3, 2])] {
        room.made.pass(minutes(pause));
        room.create("Alert", json(r#"{"title": "scan"}"#)).await;
        assert_eq!(counts(&room.objects("Alert").await), expected);
    }
}

#[tokio::test]
async fn a_repeat_sets_nothing_off() {
    let room = Room::new().await;
    let name = "Extract indicators from alerts";
    room.enable(name).await;
    set(&room, &["title"], HOUR, None).await;
    for title in ["scan", "scan", "login", "scan"] {
        room.create("Alert", json(&format!(r#"{{"title": "{title}"}}"#))).await;
    }
    // The last of them is played after the others would be.
    room.create("Alert", json(r#"{"title": "last"}"#)).await;
    room.until_played(name, 3).await;
}

#[tokio::test]
async fn objects_go_when_they_have_not_changed_for_as_long_as_their_class_says() {
    let room = Room::new().await;
    let old = room.create("Alert", json(r#"{"title": "old"}"#)).await;
    room.create("Alert", json(r#"{"title": "older"}"#)).await;
    room.create("Incident", json(r#"{"title": "kept"}"#)).await;
    let days = |days: u64| Duration::from_secs(24 * 60 * 60 * days);
    room.made.pass(days(20));
    room.change("Alert", old, r#"{"severity": "Low"}"#).await;
    room.made.pass(days(11));
    assert_eq!(room.made.service.purge_objects().await.expect("purges"), 0, "nothing says how long they stay");
    set(&room, &[], HOUR, Some(30)).await;
    assert_eq!(room.made.service.purge_objects().await.expect("purges"), 1);
    let left = room.objects("Alert").await;
    assert_eq!(left.iter().map(|alert| alert.get("title").as_str()).collect::<Vec<_>>(), [Some("old")]);
    assert_eq!(room.objects("Incident").await.len(), 1);
    let acts = room.made.acts(room.ctx.tenant).await;
    let purged: Vec<_> = acts.iter().filter(|(action, ..)| action == "dataclass.purge").collect();
    assert!(purged.len() == 1 && purged[0].2.contains(r#""count":1"#), "{purged:?}");
}

//! Data objects as components see them: what is refused, each change once, what is similar.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use model::{InstanceId, Map, ObjectId, ProjectId, Tenant, Value, WorkspaceId};
use plugin::records::{Caller, Labels, New, Records, Search, Similarity};
use plugin::{ActionError, error};
use uuid::Uuid;

use crate::room::{Room, json};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A room with a run in it, and the port that its components have.
struct Desk {
    room: Room,
    records: Arc<dyn Records>,
    run: InstanceId,
}

impl Desk {
    async fn new() -> Self {
        let room = Room::new().await;
        room.enable_workflow("Statistics of asset protection").await;
        let run = room.start("Statistics of asset protection", Value::map(Map::new())).await;
        room.until_finished(run).await;
        let records = room.made.service.records();
        Self { room, records, run }
    }

    fn caller(&self, key: &str) -> Caller {
        Caller { tenant: self.room.ctx.tenant, root: self.run, key: key.to_owned() }
    }

    async fn alert(&self, text: &str) -> ObjectId {
        self.room.create("Alert", json(text)).await
    }

    async fn version(&self, id: ObjectId) -> i64 {
        let row = store::object::get(&mut self.room.made.read().await, self.room.ctx.tenant, id).await.expect("reads");
        row.expect("is there").version
    }
}

fn object(text: &str) -> Value {
    Value::map(json(text))
}

fn new(text: &str, unique: &[&str]) -> New {
    New { object: object(text), unique: unique.iter().map(|path| (*path).to_owned()).collect() }
}

fn labels(add: &[&str], remove: &[&str]) -> Labels {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Labels { add: texts(add), remove: texts(remove) }
}

fn refused<T>(result: Result<T, ActionError>, code: &str, says: &str) {
    let error = result.err().expect("a refusal");
    assert_eq!(error.code, code, "{error}");
    assert!(error.message.contains(says) && !error.retryable, "{error:?}");
}

#[tokio::test]
async fn what_does_not_exist_or_cannot_be_is_refused() {
    let desk = Desk::new().await;
    let (records, caller) = (&desk.records, desk.caller("k"));
    let id = desk.alert(r#"{"title": "a"}"#).await.to_string();
    let missing = Uuid::from_u128(7).to_string();
    let (gone, invalid) = (error::RECORDS_NOT_FOUND, error::RECORDS_INVALID);

    refused(records.class(&caller, "Rocket").await, gone, "Rocket");
    refused(records.get(&caller, "Alert", &missing).await, gone, &missing);
    refused(records.get(&caller, "Alert", "no id").await, gone, "no id");
    refused(records.get(&caller, "Incident", &id).await, gone, &id);
    refused(records.create(&caller, "Rocket", &new("{}", &[]), false).await, gone, "Rocket");
    refused(records.create(&caller, "Alert", &new(r#"{"severity": "Awful"}"#, &[]), false).await, invalid, "severity");
    refused(
        records.create(&caller, "Alert", &new(r#"{"title": "a"}"#, &["origin_id"]), false).await,
        invalid,
        "origin_id",
    );
    refused(records.change(&caller, "Alert", &id, &object(r#"{"count": "many"}"#), false).await, invalid, "count");
    refused(records.change(&caller, "Alert", &id, &Value::int(1), false).await, invalid, "expected an object");
    refused(records.change(&caller, "Alert", &missing, &object(r#"{"count": 1}"#), false).await, gone, &missing);
    refused(records.label(&caller, "Alert", &missing, &labels(&["x"], &[]), false).await, gone, &missing);
    refused(records.comment(&caller, "Incident", &id, "x").await, gone, &id);
    refused(records.comment(&caller, "Alert", &id, &"x".repeat(70_000)).await, invalid, "content");
    refused(records.relate(&caller, "Alert", &id, "Indicator", std::slice::from_ref(&id)).await, gone, &id);
    refused(records.relate(&caller, "Alert", &id, "Alert", std::slice::from_ref(&missing)).await, gone, &missing);
    refused(records.to_incident(&caller, &[id.clone(), missing.clone()], &object("{}"), false).await, gone, &missing);
    let search = |data: Vec<Value>| Search { conditions: vec![("c".into(), data)], limit: 10, ..Search::default() };
    let wrong = search(vec!["severity".into(), "resembles".into(), "x".into()]);
    refused(records.search(&caller, "Alert", &wrong).await, invalid, "resembles");
    let wrong = search(vec!["count".into(), ">".into(), "many".into()]);
    refused(records.search(&caller, "Alert", &wrong).await, invalid, "many");
    let wrong = Search { sort_by: Some("description".into()), limit: 10, ..Search::default() };
    refused(records.search(&caller, "Alert", &wrong).await, invalid, "sort_by");
    let wrong = Search { limit: 1001, ..Search::default() };
    refused(records.search(&caller, "Alert", &wrong).await, invalid, "limit");

    let stranger = Caller { root: InstanceId(Uuid::from_u128(9)), ..caller.clone() };
    refused(records.get(&stranger, "Alert", &id).await, gone, "instance");
    let tenant = Tenant { project: ProjectId(Uuid::from_u128(0xb1)), workspace: WorkspaceId(Uuid::from_u128(9)) };
    refused(records.get(&Caller { tenant, ..caller }, "Alert", &id).await, gone, "instance");
    assert_eq!(desk.version(id.parse().expect("an id")).await, 1, "nothing has changed");
}

#[tokio::test]
async fn a_change_is_made_once_for_its_key() {
    let desk = Desk::new().await;
    let (records, id) = (&desk.records, desk.alert(r#"{"title": "a", "labels": "x"}"#).await);
    let name = id.to_string();
    let caller = |key: &str| desk.caller(key);
    let patch = object(r#"{"severity": "High"}"#);
    for version in [2, 2] {
        let changed = records.change(&caller("change"), "Alert", &name, &patch, false).await.expect("changes");
        assert_eq!((changed.get("severity").as_str(), desk.version(id).await), (Some("High"), version));
    }
    for _ in 0..2 {
        let labelled = records.label(&caller("label"), "Alert", &name, &labels(&["y"], &["x"]), false).await;
        assert_eq!((labelled.expect("labels").get("labels").as_str(), desk.version(id).await), (Some("y"), 3));
    }
    let first = records.comment(&caller("comment"), "Alert", &name, "seen").await.expect("comments");
    assert_eq!(records.comment(&caller("comment"), "Alert", &name, "seen").await, Ok(first));
    assert_eq!(desk.room.notes(id).await, ["seen"]);

    let new_alert = new(r#"{"title": "b"}"#, &[]);
    let made = records.create(&caller("create"), "Alert", &new_alert, false).await.expect("creates");
    assert_eq!(records.create(&caller("create"), "Alert", &new_alert, false).await, Ok(made.clone()));
    assert_ne!(records.create(&caller("other"), "Alert", &new_alert, false).await, Ok(made.clone()));
    assert_eq!((made.is_new, desk.room.objects("Alert").await.len()), (true, 3));

    let other = made.object.get("id").to_text().into_owned();
    for _ in 0..2 {
        records
            .relate(&caller("relate"), "Alert", &name, "Alert", std::slice::from_ref(&other))
            .await
            .expect("relates");
        let alerts = [name.clone(), other.clone()];
        let given = object(r#"{"title": "both"}"#);
        let incident = records.to_incident(&caller("incident"), &alerts, &given, false).await.expect("an incident");
        assert_eq!((incident.get("title").as_str(), incident.get("severity").as_str()), (Some("both"), Some("High")));
    }
    assert_eq!(desk.room.objects("Incident").await.len(), 1);
    assert_eq!(desk.room.related(id).await.len(), 2, "the other alert and the incident");
    // What was made is on record for whoever started the run.
    let acts = desk.room.made.acts(desk.room.ctx.tenant).await;
    let of = |action: &str| acts.iter().filter(|(done, ..)| done == action).collect::<Vec<_>>();
    assert_eq!((of("alert.update").len(), of("note.create").len(), of("incident.create").len()), (2, 1, 1));
    assert!(of("alert.update").iter().all(|(_, _, detail)| detail.contains(&desk.run.to_string())), "{acts:?}");
}

#[tokio::test]
async fn of_equal_changes_at_once_one_is_made() {
    let desk = Desk::new().await;
    let id = desk.alert(r#"{"title": "a", "count": 1}"#).await;
    let name = id.to_string();
    let caller = desk.caller("same");
    let patch = object(r#"{"count": 2}"#);
    let changes = (0..8).map(|_| desk.records.change(&caller, "Alert", &name, &patch, false));
    assert!(join_all(changes).await.iter().all(Result::is_ok));
    assert_eq!(desk.version(id).await, 2);
}

#[tokio::test]
async fn no_label_is_lost_when_many_are_added_at_once() {
    let desk = Desk::new().await;
    let id = desk.alert(r#"{"title": "a", "labels": "own"}"#).await;
    let name = id.to_string();
    let names: Vec<String> = (0..24).map(|number| format!("l{number}")).collect();
    let added = names.iter().map(|label| {
        let (caller, wanted) = (desk.caller(label), labels(&[label], &[]));
        let name = &name;
        let records = &desk.records;
        async move { records.label(&caller, "Alert", name, &wanted, false).await }
    });
    assert!(join_all(added).await.iter().all(Result::is_ok));
    let held = desk.room.object("Alert", id).await.get("labels").to_text().into_owned();
    let held: BTreeSet<&str> = held.split(',').collect();
    assert_eq!(held.len(), 25, "{held:?}");
}

#[tokio::test]
async fn an_object_that_is_to_be_unique_is_created_once() {
    let desk = Desk::new().await;
    let indicator = new(
        r#"{"name": "n", "value": "10.1.2.3", "verdict": "Gray", "granular_marking": "1", "defanged": false,
            "indicator_type": {"id": "t", "indicator_type": "IPv4"}, "first_report_time": "2023-01-01T00:00:00Z"}"#,
        &["value", "indicator_type.indicator_type"],
    );
    let keys: Vec<Caller> = (0..10).map(|number| desk.caller(&number.to_string())).collect();
    let made = join_all(keys.iter().map(|caller| desk.records.create(caller, "Indicator", &indicator, false))).await;
    let made: Vec<_> = made.into_iter().map(|made| made.expect("is there")).collect();
    assert_eq!(made.iter().filter(|made| made.is_new).count(), 1);
    assert_eq!(desk.room.objects("Indicator").await.len(), 1);
    assert!(made.iter().all(|one| one.object.get("id") == made[0].object.get("id")));
    // Repeated, each answers as it did.
    for (caller, before) in keys.iter().zip(&made) {
        let again = desk.records.create(caller, "Indicator", &indicator, false).await.expect("is there");
        assert_eq!(again.is_new, before.is_new);
    }
    // What the server knows of its origin is there.
    let object = &made[0].object;
    assert_eq!(object.get("data_source").get("product_name").as_str(), Some("Muster"));
    assert_eq!(object.get("environment").get("region_id").as_str(), Some("local-1"));
    let other = new(r#"{"title": "x", "origin_id": "1"}"#, &["origin_id"]);
    let by_api = desk.alert(r#"{"title": "from elsewhere", "origin_id": "1"}"#).await;
    let found = desk.records.create(&desk.caller("found"), "Alert", &other, false).await.expect("is there");
    assert_eq!((found.is_new, found.object.get("id").as_str()), (false, Some(by_api.to_string().as_str())));
}

#[tokio::test]
async fn playbooks_are_set_off_only_when_the_change_asks_for_it() {
    let desk = Desk::new().await;
    desk.room.enable("Close low-risk alerts").await;
    let low = new(r#"{"title": "a", "severity": "Low"}"#, &[]);
    let quiet = desk.records.create(&desk.caller("quiet"), "Alert", &low, false).await.expect("creates");
    let loud = desk.records.create(&desk.caller("loud"), "Alert", &low, true).await.expect("creates");
    desk.room.until_played("Close low-risk alerts", 1).await;
    for (made, status) in [(quiet, "Open"), (loud, "Closed")] {
        let id = made.object.get("id").as_str().expect("an id").parse().expect("an id");
        assert_eq!(desk.room.object("Alert", id).await.get("handle_status").as_str(), Some(status));
    }
}

/// Alerts by name, each an hour after the one before: what is similar to the last one.
async fn check_similar(alerts: &[(&str, &str)], fields: &[&str], any: bool, days: u32, expected: &[&str]) {
    let desk = Desk::new().await;
    let mut last = None;
    for (name, text) in alerts {
        desk.room.made.pass(DAY);
        let mut fields = json(text);
        fields.insert("title".into(), (*name).into());
        last = Some(desk.room.create("Alert", fields).await);
    }
    let similarity = Similarity {
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        any,
        window: DAY * days,
        conditions: vec![("further".into(), vec!["severity".into(), "!=".into(), "Tips".into()])],
    };
    let id = last.expect("an alert").to_string();
    let similar = desk.records.similar(&desk.caller("k"), "Alert", &id, &similarity).await.expect("finds");
    let title = |object: Option<Value>| object.map(|object| object.get("title").to_text().into_owned());
    let names: Vec<Option<&str>> = vec![expected.first().copied(), expected.last().copied()];
    assert_eq!(similar.count, i64::try_from(expected.len()).expect("few"), "{fields:?} {any} {days}");
    let (first, last) = (title(similar.first), title(similar.last));
    assert_eq!([first.as_deref(), last.as_deref()], names[..], "{fields:?} {any} {days}");
    assert!(similar.is_complete);
}

#[tokio::test]
async fn earlier_objects_with_a_value_in_common_are_similar() {
    let flow = |ips: &str| format!(r#"{{"owner": "o", "network_list": [{ips}]}}"#);
    let (one, two, both) = (
        flow(r#"{"src_ip": "10.0.0.1"}"#),
        flow(r#"{"src_ip": "10.0.0.2"}"#),
        flow(r#"{"src_ip": "10.0.0.2"}, {"src_ip": "10.0.0.1"}"#),
    );
    let tips = flow(r#"{"src_ip": "10.0.0.1"}"#).replace("\"owner\"", "\"severity\": \"Tips\", \"owner\"");
    let none = r#"{"owner": "p"}"#;
    let alerts = [("a", one.as_str()), ("b", two.as_str()), ("c", tips.as_str()), ("d", none), ("e", both.as_str())];
    check_similar(&alerts, &["network_list.src_ip"], false, 30, &["a", "b"]).await;
    check_similar(&alerts, &["network_list.src_ip"], false, 3, &["b"]).await;
    check_similar(&alerts, &["network_list.src_ip", "title"], false, 30, &[]).await;
    check_similar(&alerts, &["network_list.src_ip", "title"], true, 30, &["a", "b"]).await;
    check_similar(&alerts, &["network_list.src_ip", "owner"], true, 30, &["a", "b"]).await;
    // Where the last one has nothing: all others that have nothing, if every field counts, and nobody if one is enough.
    let alerts = [("a", one.as_str()), ("b", none), ("c", none)];
    check_similar(&alerts, &["network_list.src_ip", "owner"], false, 30, &["b"]).await;
    check_similar(&alerts, &["network_list.src_ip"], true, 30, &[]).await;
}

#[tokio::test]
async fn pages_are_found_with_their_totals() {
    let desk = Desk::new().await;
    for number in 0..30 {
        desk.room.made.pass(DAY);
        let severity = if number % 3 == 0 { "High" } else { "Low" };
        desk.alert(&format!(r#"{{"title": "t{number:02}", "severity": "{severity}"}}"#)).await;
    }
    let high = vec![("c".to_owned(), vec!["severity".into(), "=".into(), "High".into()])];
    let all = Search { limit: 10, ..Search::default() };
    for (search, total, first) in [
        (all.clone(), 30, "t29"),
        (Search { order: Some("ASC".into()), offset: 5, ..all.clone() }, 30, "t05"),
        (Search { sort_by: Some("title".into()), order: Some("ASC".into()), limit: 1, ..all.clone() }, 30, "t00"),
        (Search { conditions: high.clone(), ..all.clone() }, 10, "t27"),
        (Search { conditions: high.clone(), order: Some("ASC".into()), offset: 2, limit: 1, ..all.clone() }, 10, "t06"),
        (Search { conditions: high, from: Some("2023-12-10T00:00:00Z".into()), ..all }, 1, "t27"),
    ] {
        let found = desk.records.search(&desk.caller("k"), "Alert", &search).await.expect("finds");
        let limit = usize::try_from(search.limit.min(total - search.offset)).expect("few");
        assert_eq!((found.total, found.objects.len()), (total, limit), "{search:?}");
        assert_eq!(found.objects[0].get("title").as_str(), Some(first), "{search:?}");
    }
}

#[tokio::test]
async fn classes_are_described_by_any_of_their_names() {
    let desk = Desk::new().await;
    let class = desk.records.class(&desk.caller("k"), "Indicator").await.expect("a class");
    assert!(class.types.iter().any(|kind| kind.category == "IPv4" && kind.sub_category.is_empty()));
    for name in [class.id.as_str(), "indicators", "369def57-75c3-4cc4-988c-22263ece4b19"] {
        assert_eq!(desk.records.class(&desk.caller("k"), name).await.as_ref(), Ok(&class), "{name}");
    }
}

#[tokio::test]
async fn the_port_does_not_keep_a_stopped_server() {
    let made = crate::installation::Installation::new().await;
    let ctx = made.inside().await;
    let (records, root) = (made.service.records(), InstanceId(Uuid::from_u128(1)));
    drop(made);
    let caller = Caller { tenant: ctx.tenant, root, key: "k".into() };
    let error = records.class(&caller, "Alert").await.expect_err("it is gone");
    assert_eq!((error.code, error.retryable), (error::RECORDS_UNAVAILABLE, true), "{error}");
}

//! `SecMasterBiz`: what each action asks of the data objects, what it answers, and that it does nothing twice.

use std::sync::Arc;

use model::Value;
use plugin::Host;
use plugin::error::{INPUT_INVALID, RECORDS_INVALID, RECORDS_NOT_FOUND, RECORDS_UNAVAILABLE};

use crate::records::Shelf;
use crate::server::{act, host};

const ALERT: &str = r#"{"id": "a-1", "title": "Scan", "labels": "seen", "severity": "Low",
    "network_list": [{"src_ip": "203.0.113.7", "dest_ip": "10.0.0.5"}]}"#;

/// A shelf with one alert, and a host that has it.
fn shelf() -> (Arc<Shelf>, Host) {
    let (shelf, host) = (Shelf::new(), host(&[], &[]));
    shelf.put("Alert", ALERT);
    host.provide_records(shelf.clone());
    (shelf, host)
}

async fn run(host: &Host, action: &str, input: &str) -> Result<Value, plugin::ActionError> {
    act(host, ("SecMasterBiz", action), "run/1/0", None, input).await
}

async fn done(host: &Host, action: &str, input: &str) -> Value {
    run(host, action, input).await.unwrap_or_else(|error| panic!("{action} {input}: {error:?}"))
}

fn json(text: &str) -> Value {
    Value::from_json(text).expect("JSON")
}

/// The call fails with this code, and a message that names what is wrong.
async fn check_refused(action: &str, input: &str, code: &str, says: &str) {
    let (shelf, host) = shelf();
    let error = run(&host, action, input).await.expect_err(input);
    assert_eq!(error.code, code, "{action} {input}: {error}");
    assert!(error.message.contains(says) && !error.retryable, "{action} {input}: {error:?}");
    assert_eq!((shelf.changes(), shelf.object("Alert", "a-1")), (vec![], json(ALERT)), "{action} {input}");
}

#[tokio::test]
async fn bad_input_is_refused_and_changes_nothing() {
    let many = format!(r#"{{"values": [{}]}}"#, vec![r#""10.0.0.1""#; 101].join(","));
    for (action, input, code, says) in [
        ("getObject", "{}", INPUT_INVALID, "id: this parameter is required"),
        ("getObject", r#"{"id": 1}"#, INPUT_INVALID, "id: expected string"),
        ("getObject", r#"{"id": "a-9"}"#, RECORDS_NOT_FOUND, "a-9"),
        ("getObject", r#"{"dataclass": "Incident", "id": "a-1"}"#, RECORDS_NOT_FOUND, "a-1"),
        ("searchObjects", r#"{"limit": 1001}"#, INPUT_INVALID, "limit"),
        ("searchObjects", r#"{"offset": -1}"#, INPUT_INVALID, "offset"),
        ("searchObjects", r#"{"window": "a week"}"#, INPUT_INVALID, "window"),
        ("searchObjects", r#"{"window": "P1D", "from": "2015-01-01"}"#, INPUT_INVALID, "window"),
        ("searchObjects", r#"{"conditions": ["severity"]}"#, INPUT_INVALID, "conditions: item 0"),
        ("searchObjects", r#"{"members": ["a[*].b]"]}"#, INPUT_INVALID, "members"),
        ("countObjects", r#"{"field": "severity"}"#, INPUT_INVALID, "field"),
        ("countObjects", r#"{"values": ["Low"]}"#, INPUT_INVALID, "field"),
        ("createObject", r#"{"dataObject": []}"#, INPUT_INVALID, "dataObject"),
        ("changeObject", r#"{"id": "a-1", "dataObject": {}}"#, INPUT_INVALID, "dataObject"),
        ("changeObject", r#"{"id": "a-9", "dataObject": {"x": 1}}"#, RECORDS_NOT_FOUND, "a-9"),
        ("closeObject", r#"{"dataclass": "Resource", "id": "a-1"}"#, INPUT_INVALID, "Resource"),
        ("closeObject", r#"{"dataclass": "Nothing", "id": "a-1"}"#, RECORDS_NOT_FOUND, "Nothing"),
        ("commentObject", r#"{"id": "a-1", "comment": " "}"#, INPUT_INVALID, "comment"),
        ("labelObject", r#"{"id": "a-1"}"#, INPUT_INVALID, "label"),
        ("labelObject", r#"{"id": "a-1", "add": ["a,b"]}"#, INPUT_INVALID, "add: 'a,b'"),
        ("labelObject", r#"{"id": "a-1", "remove": [" "]}"#, INPUT_INVALID, "remove"),
        ("alertToIncident", r#"{"ids": []}"#, INPUT_INVALID, "ids"),
        ("alertToIncident", r#"{"ids": ["a-9"]}"#, RECORDS_NOT_FOUND, "a-9"),
        ("createIndicator", r#"{"value": "no indicator"}"#, INPUT_INVALID, "type"),
        ("createIndicator", r#"{"value": "x", "type": "Smell"}"#, INPUT_INVALID, "there are IPv4, Domain, SHA256"),
        ("createIndicator", r#"{"value": "10.0.0.1", "confidence": 101}"#, INPUT_INVALID, "confidence"),
        ("createIndicators", many.as_str(), INPUT_INVALID, "values"),
        ("countSimilar", r#"{"id": "a-1", "fields": []}"#, INPUT_INVALID, "fields"),
        ("countSimilar", r#"{"id": "a-1", "fields": ["title"], "match": "some"}"#, INPUT_INVALID, "match"),
        ("deduplicate", r#"{"id": "a-1", "window": "a week"}"#, INPUT_INVALID, "window"),
        ("getDataClassID", r#"{"itemID": "Alert", "workspaceID": "w"}"#, INPUT_INVALID, "workspaceID"),
        ("modifyStatus", r#"{"title": "x", "eventCount": -1}"#, INPUT_INVALID, "eventCount"),
    ] {
        check_refused(action, input, code, says).await;
    }
}

#[tokio::test]
async fn without_data_objects_and_while_they_are_down_calls_may_be_repeated() {
    let error = run(&host(&[], &[]), "getObject", r#"{"id": "a-1"}"#).await.expect_err("nobody has provided them");
    assert_eq!((error.code, error.retryable), (RECORDS_UNAVAILABLE, true), "{error}");
    let (shelf, host) = shelf();
    shelf.go_down();
    let error = run(&host, "closeObject", r#"{"id": "a-1"}"#).await.expect_err("down");
    assert_eq!((error.code, error.retryable), (RECORDS_UNAVAILABLE, true), "{error}");
    assert_ne!(RECORDS_INVALID, RECORDS_UNAVAILABLE);
}

#[tokio::test]
async fn objects_are_read_and_found() {
    let (shelf, host) = shelf();
    shelf.put("Alert", r#"{"id": "a-2", "title": "Scan", "severity": "High"}"#);
    assert_eq!(done(&host, "getObject", r#"{"id": "a-1"}"#).await.get("object"), &json(ALERT));

    let input =
        r#"{"conditions": [["title", "=", "Scan"]], "members": ["id", "network_list[0].src_ip"], "window": "P1D"}"#;
    let found = done(&host, "searchObjects", input).await;
    let objects = r#"[{"id":"a-1","network_list":[{"src_ip":"203.0.113.7"}]},{"id":"a-2"}]"#;
    assert_eq!((found.get("total"), found.get("objects").to_json()), (&Value::int(2), objects.to_owned()));
    let asked = shelf.last_search();
    assert_eq!(asked.from.as_deref(), Some("2015-10-20T07:27:30.000Z"), "a day before now");
    assert_eq!(
        (asked.limit, asked.order.as_deref(), asked.sort_by.as_deref()),
        (100, Some("DESC"), Some("create_time"))
    );

    let named =
        r#"{"conditions": [{"name": "bad", "data": ["severity", "=", "High"]}], "logics": ["bad"], "limit": 1}"#;
    assert_eq!(done(&host, "searchObjects", named).await.get("total"), &Value::int(1));
    let asked = shelf.last_search();
    assert_eq!((asked.conditions[0].0.as_str(), asked.logics), ("bad", vec!["bad".to_owned()]));

    let input = r#"{"conditions": [["title", "=", "Scan"]], "field": "severity", "values": ["Low", "High", "Fatal"]}"#;
    let counted = done(&host, "countObjects", input).await;
    assert_eq!(counted.to_json(), r#"{"total":2,"counts":{"Low":1,"High":1,"Fatal":0}}"#);
    assert!(shelf.changes().is_empty());
}

/// A change is made once for its key, answers the same again, and sets off playbooks only when it is told to.
async fn check_once(action: &str, input: &str, trigger: bool) {
    let (shelf, host) = shelf();
    let first = done(&host, action, input).await;
    let (changes, alerts) = (shelf.changes(), shelf.count("Alert"));
    assert!(!changes.is_empty() && changes.iter().all(|(_, triggers)| *triggers == trigger), "{action}: {changes:?}");
    assert_eq!(done(&host, action, input).await, first, "{action} answers the same again");
    assert_eq!((shelf.changes(), shelf.count("Alert")), (changes, alerts), "{action} changes nothing again");
    let other = act(&host, ("SecMasterBiz", action), "run/2/0", None, input).await;
    other.unwrap_or_else(|error| panic!("{action} under another key: {error}"));
    assert!(shelf.changes().len() > 1, "{action} is made again under another key");
}

#[tokio::test]
async fn a_change_is_made_once_and_triggers_only_when_told_to() {
    for (action, input) in [
        ("createObject", r#""dataObject": {"title": "New"}"#),
        ("changeObject", r#""id": "a-1", "dataObject": {"severity": "High"}"#),
        ("closeObject", r#""id": "a-1""#),
        ("labelObject", r#""id": "a-1", "add": ["x"]"#),
        ("alertToIncident", r#""ids": ["a-1"]"#),
        ("createIndicator", r#""value": "203.0.113.7""#),
    ] {
        check_once(action, &format!("{{{input}}}"), false).await;
        check_once(action, &format!(r#"{{{input}, "triggerFlag": true}}"#), true).await;
    }
    check_once("commentObject", r#"{"id": "a-1", "comment": "seen"}"#, false).await;
    check_once("relateObjects", r#"{"id": "a-1", "relatedDataclass": "Alert", "relatedIds": ["a-1"]}"#, false).await;
}

#[tokio::test]
async fn objects_are_created_changed_and_closed() {
    let (shelf, host) = shelf();
    let created = done(&host, "createObject", r#"{"dataclass": "Resource", "dataObject": {"name": "web-1"}}"#).await;
    assert_eq!(
        shelf.object("Resource", created.get("id").as_str().expect("an id")).get("name").as_str(),
        Some("web-1")
    );
    let again = r#"{"dataclass": "Resource", "dataObject": {"name": "web-1"}, "unique": ["name"]}"#;
    let again = act(&host, ("SecMasterBiz", "createObject"), "run/2/0", None, again).await.expect("is there");
    assert_eq!((again.get("id"), again.get("isNew")), (created.get("id"), &Value::from(false)));

    let input = r#"{"id": "a-1", "reason": "False detection", "comment": "a test"}"#;
    let closed = act(&host, ("SecMasterBiz", "closeObject"), "run/3/0", None, input).await.expect("closes");
    let closed = closed.get("object");
    for (member, value) in [
        ("handle_status", "Closed"),
        ("close_reason", "False detection"),
        ("close_comment", "a test"),
        ("title", "Scan"),
    ] {
        assert_eq!(closed.get(member).as_str(), Some(value), "{member}");
    }
    let input = r#"{"id": "a-1", "add": ["new", "seen"], "remove": ["gone"]}"#;
    let labelled = act(&host, ("SecMasterBiz", "labelObject"), "run/4/0", None, input).await.expect("labels");
    assert_eq!(labelled.get("object").get("labels").as_str(), Some("seen,new"));
    act(&host, ("SecMasterBiz", "commentObject"), "run/5/0", None, r#"{"id": "a-1", "comment": "done"}"#)
        .await
        .expect("comments");
    assert_eq!(shelf.notes(), [("a-1".to_owned(), "done".to_owned())]);
    let input = r#"{"ids": ["a-1"], "title": "An attack", "dataObject": {"severity": "High"}}"#;
    let incident = act(&host, ("SecMasterBiz", "alertToIncident"), "run/6/0", None, input).await.expect("an incident");
    let incident = shelf.object("Incident", incident.get("id").as_str().expect("an id"));
    assert_eq!((incident.get("title").as_str(), incident.get("severity").as_str()), (Some("An attack"), Some("High")));
}

#[tokio::test]
async fn indicators_are_told_apart_and_made_once_for_a_value() {
    let (shelf, host) = shelf();
    let input = r#"{"values": ["203.0.113[.]7", "evil.example", "203.0.113.7", "no indicator", 5],
        "verdict": "Black", "alertId": "a-1"}"#;
    let made = done(&host, "createIndicators", input).await;
    assert_eq!((made.get("created"), shelf.count("Indicator")), (&Value::int(2), 2), "each value once");
    let values: Vec<_> =
        made.get("indicators").as_list().expect("a list").iter().map(|one| one.get("value").to_text()).collect();
    assert_eq!(values, ["evil.example", "203.0.113.7"]);
    let ids = made.get("ids").as_list().expect("a list");
    let related: Vec<(String, String)> = ids.iter().map(|id| ("a-1".to_owned(), id.to_text().into_owned())).collect();
    assert_eq!(shelf.relations(), related);

    let again = r#"{"value": "evil.example", "verdict": "White"}"#;
    let again = act(&host, ("SecMasterBiz", "createIndicator"), "run/2/0", None, again).await.expect("is there");
    assert_eq!((again.get("isNew"), again.get("id")), (&Value::from(false), &ids[0]));
    let kept = again.get("indicator");
    assert_eq!(kept.get("verdict").as_str(), Some("Black"), "what is known of it stays");
    assert_eq!(kept.get("indicator_type").to_json(), r#"{"id":"t-Domain","indicator_type":"Domain"}"#);
    assert_eq!(shelf.count("Indicator"), 2);
}

/// Three alerts of which the first two were closed, and a fourth from elsewhere.
fn history() -> (Arc<Shelf>, Host) {
    let (shelf, host) = (Shelf::new(), host(&[], &[]));
    for (id, title, ip, closing) in [
        ("h-1", "Scan", "10.0.0.1", r#""close_comment": "a test", "close_reason": "False detection""#),
        (
            "h-2",
            "Scan",
            "10.0.0.2",
            r#""handle_status": "Closed", "close_comment": "blocked", "close_reason": "Resolved""#,
        ),
        ("h-3", "Flood", "10.0.0.1", r#""labels": """#),
        ("a-1", "Scan", "10.0.0.1", r#""labels": """#),
    ] {
        shelf.put(
            "Alert",
            &format!(r#"{{"id": "{id}", "title": "{title}", "network_list": [{{"src_ip": "{ip}"}}], {closing}}}"#),
        );
    }
    host.provide_records(shelf.clone());
    (shelf, host)
}

#[tokio::test]
async fn similar_objects_are_counted_with_how_they_were_handled() {
    let (shelf, host) = history();
    for (input, count, first, last, comments) in [
        (r#""fields": ["title"]"#, 2, "h-1", "h-2", "blocked,a test"),
        (r#""fields": ["title", "network_list.src_ip"]"#, 1, "h-1", "h-1", "a test"),
        (r#""fields": ["title", "network_list.src_ip"], "match": "any""#, 3, "h-1", "h-3", "blocked,a test"),
        (r#""fields": ["title"], "conditions": [["close_reason", "=", "Resolved"]]"#, 1, "h-2", "h-2", "blocked"),
        (r#""fields": ["severity"]"#, 0, "", "", ""),
    ] {
        let found = done(&host, "countSimilar", &format!(r#"{{"id": "a-1", {input}}}"#)).await;
        let listed = found.get("comments").as_list().expect("a list");
        let said: Vec<_> = listed.iter().map(|comment| comment.get("close_comment").to_text()).collect();
        assert_eq!(found.get("count").as_i64(), Some(count), "{input}");
        assert_eq!((&*found.get("first").get("id").to_text(), &*found.get("last").get("id").to_text()), (first, last));
        assert_eq!(said.join(","), comments, "{input}");
    }
    assert_eq!(shelf.last_similarity().window.as_secs(), 15 * 24 * 3600);
    assert!(shelf.changes().is_empty());
}

#[tokio::test]
async fn an_object_that_repeats_an_earlier_one_is_closed() {
    let (shelf, host) = history();
    let fields = r#""fields": ["title", "network_list.src_ip"]"#;
    let first = done(&host, "deduplicate", &format!(r#"{{"id": "h-1", {fields}}}"#)).await;
    assert_eq!((first.get("isRepeated"), first.get("originalId")), (&Value::from(false), &Value::Null));
    assert!(shelf.changes().is_empty(), "it is the first of its kind");

    let second = done(&host, "deduplicate", &format!(r#"{{"id": "a-1", {fields}, "window": "P2D"}}"#)).await;
    assert_eq!((second.get("isRepeated"), second.get("originalId").as_str()), (&Value::from(true), Some("h-1")));
    assert_eq!(shelf.last_similarity().window.as_secs(), 2 * 24 * 3600);
    let closed = shelf.object("Alert", "a-1");
    assert_eq!(
        (closed.get("handle_status").as_str(), closed.get("close_reason").as_str()),
        (Some("Closed"), Some("Repeated"))
    );
    assert_eq!(closed.get("close_comment").as_str(), Some("Repeats 'Scan' (h-1) and is number 2 of its kind."));

    let handled = act(&host, ("SecMasterBiz", "deduplicate"), "run/9/0", None, r#"{"id": "h-2", "fields": ["title"]}"#);
    let handled = handled.await.expect("is left alone");
    assert_eq!((handled.get("isRepeated"), handled.get("originalId").as_str()), (&Value::from(true), Some("h-1")));
    assert_eq!(shelf.object("Alert", "h-2").get("close_reason").as_str(), Some("Resolved"), "a person has closed it");
}

#[tokio::test]
async fn alerts_are_prepared() {
    let (_, host) = shelf();
    for (title, alert, main, new) in [
        ("Webshell", ALERT, "Webshell", "Webshell on 10.0.0.5 from 203.0.113.7"),
        ("Webshell on 10.0.0.5 from 203.0.113.7", ALERT, "Webshell", "Webshell on 10.0.0.5 from 203.0.113.7"),
        ("Log-in from 198.51.100.2:4444 failed", "{}", "Log-in from failed", "Log-in from failed"),
        ("Seen 5d41402abc4b2a76b9719d911017c592 in job 12345678", "{}", "Seen in job", "Seen in job"),
        ("10.0.0.1", "{}", "10.0.0.1", "10.0.0.1"),
        ("Shell", r#"{"resource_list": [{"name": "web-1"}]}"#, "Shell", "Shell on web-1"),
    ] {
        let made = done(&host, "processTitle", &format!(r#"{{"title": "{title}", "dataObject": {alert}}}"#)).await;
        assert_eq!((made.get("mainTitle").as_str(), made.get("newTitle").as_str()), (Some(main), Some(new)), "{title}");
    }
    for (count, level, tag, status) in [
        (0, "Low", "New", "Open"),
        (1, "Low", "New", "Open"),
        (2, "Low", "Repeated", "Closed"),
        (9, "Low", "Repeated", "Closed"),
        (10, "Medium", "Frequent", "Open"),
        (50, "High", "Massive", "Open"),
    ] {
        let input = format!(r#"{{"title": "Scan of 10.0.0.1", "mainTitle": "Scan of", "eventCount": {count}}}"#);
        let made = done(&host, "modifyStatus", &input).await;
        let told = ["riskLevel", "riskTag", "handle_status", "riskSubject"].map(|name| made.get(name).to_text());
        assert_eq!(told, [level, tag, status, "Scan of"], "{count}");
    }
    let class = done(&host, "getDataClassID", r#"{"itemID": "Alert", "projectID": ""}"#).await;
    assert_eq!(class.to_json(), r#"{"dataclassId":"c-Alert","dataclassName":"Alert"}"#);
}

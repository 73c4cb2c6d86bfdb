//! What becomes of objects.

use std::time::Duration;

use serde_json::{Value, json};

use super::{GONE, UNKNOWN, object};
use crate::product::{Product, keys, sorted};

const OBJECT: &str = "create_time data_object dataclass_ref format_version id type name project_id update_time version \
    workspace_id";

#[tokio::test]
async fn what_is_sent_comes_back_with_what_the_server_adds() {
    let product = Product::new().await;
    let text = r#"{"data_object":{
        "title": "SYN flood", "severity": "High", "simulation": true, "confidence": "80",
        "big": 12345678901234567890123, "precise": 1.10, "tiny": 1e-400, "nothing": null, "zero": "a\u0000b",
        "network_list": [{"src_ip": "10.0.0.1", "src_port": 443, "dest_port": 80, "x": {"y": [1, {}]}}],
        "resource_list": [{"tags": {"a": "b"}}, {"tags": "a=b"}],
        "first_observed_time": "2023-04-18T13:00:00.000Z+0800", "last_observed_time": 1681794000250, "own.key": [[]],
        "id": "mine", "create_time": "2000-01-01", "update_time": 5, "workspace_id": 7, "environment": {}
    }}"#;
    let answer = product.raw("admin", "POST", &product.soc("alerts"), text).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let created = answer.json()["data"].clone();
    assert_eq!(keys(&created), sorted(OBJECT));
    assert_eq!(created["dataclass_ref"]["name"], "Alert");
    assert_eq!((&created["version"], &created["format_version"]), (&json!(1), &json!(1)));
    assert_eq!((&created["type"], &created["name"]), (&json!("SIMULATION"), &json!("SYN flood")));

    let data = &created["data_object"];
    let sent: Value = serde_json::from_str(text).expect("JSON");
    for (key, value) in sent["data_object"].as_object().expect("an object") {
        if !["id", "create_time", "update_time", "workspace_id"].contains(&key.as_str()) {
            assert_eq!(&data[key], value, "{key}");
        }
    }
    for digits in ["12345678901234567890123", "1.10", "1e-400", r"a\u0000b"] {
        assert!(answer.text.contains(digits), "{digits} in {}", answer.text);
    }
    assert_eq!((&data["id"], &data["dataclass_id"]), (&created["id"], &created["dataclass_ref"]["id"]));
    assert_eq!((&data["create_time"], &data["update_time"]), (&created["create_time"], &created["update_time"]));
    assert_eq!((&data["project_id"], &data["workspace_id"]), (&created["project_id"], &created["workspace_id"]));
    assert_eq!(data["arrive_time"], created["create_time"]);
    assert_eq!((&data["region_id"], &data["creator"]), (&json!("local-1"), &json!("admin")));
    assert_eq!(data["domain_id"].as_str().map(str::len), Some(32));
    assert_eq!((&data["handle_status"], &data["verification_state"]), (&json!("Open"), &json!("Unknown")));
    assert_eq!((&data["count"], &data["is_deleted"]), (&json!(1), &json!(false)));

    let id = created["id"].as_str().expect("an id");
    assert_eq!(product.get(&product.soc(&format!("alerts/{id}"))).await["data"], created);
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_tell() {
    let product = Product::new().await;
    let created = product
        .alert(json!({
            "title": "t", "owner": "ann", "big": 5, "environment": {"region_id": "r", "vendor_type": "v"},
            "network_list": [{"src_ip": "10.0.0.1"}],
        }))
        .await;
    product.made.pass(Duration::from_secs(90));
    let uri = product.soc(&format!("alerts/{}", created["id"].as_str().expect("an id")));
    let change = json!({
        "batch_ids": [UNKNOWN],
        "data_object": {
            "id": "other", "create_time": "2000-01-01", "severity": "Low", "big": null, "network_list": [],
            "environment": {"region_id": "s", "project_id": "p"},
        },
    });
    let changed = product.ok("PUT", &uri, Some(change)).await["data"].clone();
    let data = &changed["data_object"];
    assert_eq!(data["environment"], json!({"region_id": "s", "vendor_type": "v", "project_id": "p"}));
    assert_eq!((&data["owner"], &data["severity"]), (&json!("ann"), &json!("Low")));
    assert_eq!((&data["big"], &data["network_list"]), (&Value::Null, &json!([])));
    assert_eq!((&data["id"], &data["create_time"]), (&created["id"], &created["create_time"]));
    assert_eq!(changed["version"], 2);
    assert_ne!(changed["update_time"], created["update_time"]);
    assert_eq!(data["update_time"], changed["update_time"]);
    assert_eq!(product.get(&uri).await["data"], changed);
}

#[tokio::test]
async fn who_closes_an_alert_is_told_when_and_how_long_it_took() {
    let product = Product::new().await;
    let created = product.alert(json!({ "title": "t" })).await;
    product.made.pass(Duration::from_secs(600));
    let uri = product.soc(&format!("alerts/{}", created["id"].as_str().expect("an id")));
    let close = object(json!({ "handle_status": "Closed", "close_reason": "Resolved" }));
    let closed = product.ok("PUT", &uri, close).await["data"]["data_object"].clone();
    assert_eq!((&closed["is_auto_closed"], &closed["ttr"]), (&json!("Manual"), &json!(10)));
    assert_eq!(closed["close_time"], closed["update_time"]);
    product.made.pass(Duration::from_secs(600));
    let later = product.ok("PUT", &uri, object(json!({ "owner": "bob" }))).await["data"]["data_object"].clone();
    assert_eq!((&later["close_time"], &later["ttr"]), (&closed["close_time"], &json!(10)));

    let at = "2023-11-14T22:10:00.000Z+0000";
    let early =
        json!({ "title": "t", "handle_status": "Closed", "close_time": at, "arrive_time": "2023-11-14T22:00:00Z" });
    let data = product.alert(early).await["data_object"].clone();
    assert_eq!((&data["close_time"], &data["ttr"]), (&json!(at), &json!(10)));
}

#[tokio::test]
async fn changes_at_once_lose_no_field() {
    let product = Product::new().await;
    let created = product.alert(json!({ "title": "t" })).await;
    let id = created["id"].as_str().expect("an id");
    let uri = product.soc(&format!("alerts/{id}"));
    let changes = (0..40).map(|number| {
        let key = format!("own_{number}");
        product.ok("PUT", &uri, object(json!({ key: number })))
    });
    futures::future::join_all(changes).await;
    let stored = product.get(&uri).await["data"].clone();
    assert_eq!(stored["version"], 41);
    for number in 0..40 {
        assert_eq!(stored["data_object"][format!("own_{number}")], number);
    }
}

#[tokio::test]
async fn batches_tell_what_they_were_done_to() {
    let product = Product::new().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(product.alert(json!({ "title": format!("alert {number}") })).await["id"].clone());
    }
    let body = json!({ "batch_ids": [ids[1], UNKNOWN, ids[0], "x"], "data_object": { "owner": "ann" } });
    let changed = product.ok("POST", &product.soc("alerts/batch-update"), Some(body)).await["data"].clone();
    assert_eq!(changed["success_ids"], json!([ids[1], ids[0]]));
    assert_eq!(changed["error_ids"], json!([UNKNOWN, "x"]));
    assert_eq!((&changed["id"], &changed["data_object"]["owner"]), (&ids[1], &json!("ann")));
    assert_eq!(product.alert_data(&ids[0]).await["owner"], "ann");
    assert!(product.alert_data(&ids[2]).await["owner"].is_null());

    let none = json!({ "batch_ids": [UNKNOWN], "data_object": { "owner": "ann" } });
    let none = product.ok("POST", &product.soc("alerts/batch-update"), Some(none)).await["data"].clone();
    assert_eq!((&none["id"], &none["error_ids"]), (&json!(""), &json!([UNKNOWN])));

    let deleted = json!({ "batch_ids": [ids[0], UNKNOWN, ids[1]] });
    let deleted = product.ok("POST", &product.soc("alerts/batch-delete"), Some(deleted)).await["data"].clone();
    assert_eq!(deleted, json!({ "error_ids": [UNKNOWN], "success_ids": [ids[0], ids[1]] }));
    let again = product.ok("DELETE", &product.soc("alerts"), Some(json!({ "batch_ids": ids }))).await["data"].clone();
    assert_eq!(again, json!({ "error_ids": [ids[0], ids[1]], "success_ids": [ids[2]] }));
    // An object of another class is none of these.
    let incident = product.ok("POST", &product.soc("incidents"), object(json!({ "title": "t" }))).await["data"].clone();
    let body = Some(json!({ "batch_ids": [incident["id"]] }));
    let kept = product.ok("DELETE", &product.soc("alerts"), body).await["data"].clone();
    assert_eq!(kept["error_ids"], json!([incident["id"]]));
}

#[tokio::test]
async fn every_change_is_on_record() {
    let product = Product::new().await;
    let id = product.alert(json!({ "title": "t" })).await["id"].as_str().expect("an id").to_owned();
    product.ok("PUT", &product.soc(&format!("alerts/{id}")), object(json!({ "owner": "ann" }))).await;
    product.ok("DELETE", &product.soc("alerts"), Some(json!({ "batch_ids": id }))).await;
    let tenant = model::Tenant { project: crate::installation::project(), workspace: product.workspace };
    let acts = product.made.acts(tenant).await;
    let acts: Vec<(&str, &str)> = acts
        .iter()
        .filter(|(_, object, _)| *object == id)
        .map(|(action, object, _)| (action.as_str(), object.as_str()))
        .collect();
    assert_eq!(acts, ["alert.create", "alert.update", "alert.delete"].map(|action| (action, id.as_str())));
}

#[tokio::test]
async fn objects_of_any_class_live_under_its_name() {
    let product = Product::new().await;
    let resources = product.soc("resources");
    let id = "0192b3c4-0000-7000-8000-000000000001";
    let body = json!({
        "id": id, "format_version": 2, "name": "web-1", "type": "DATA_SOURCE", "trigger_flag": false,
        "data_object": { "type": "vm", "rack": 7 },
    });
    let created = product.ok("POST", &resources, Some(body.clone())).await;
    assert_eq!(created["data"], json!({ "id": id, "event_id": "" }));
    assert_eq!(created["success"], true);
    product.refused("POST", &resources, Some(body), (400, "SecMaster.20090310")).await;

    let shown = product.get(&format!("{resources}/{id}")).await["data"].clone();
    assert_eq!(
        (&shown["name"], &shown["type"], &shown["format_version"]),
        (&json!("web-1"), &json!("DATA_SOURCE"), &json!(2))
    );
    assert_eq!(shown["data_object"]["rack"], 7);
    assert_eq!(product.get(&product.soc(&format!("Resource/{id}"))).await["data"], shown);
    let class = shown["dataclass_ref"]["id"].as_str().expect("an id");
    assert_eq!(product.get(&product.soc(&format!("{class}/{id}"))).await["data"], shown);

    let changed = product.ok("PUT", &format!("{resources}/{id}"), object(json!({ "rack": 8 }))).await;
    assert_eq!(changed["data"]["data_object"]["rack"], 8);
    let deleted = product.ok("DELETE", &resources, Some(json!({ "batch_ids": [id] }))).await;
    assert_eq!(deleted, json!({ "error_ids": [], "success_ids": [id] }));
    product.refused("GET", &format!("{resources}/{id}"), None, GONE).await;
}

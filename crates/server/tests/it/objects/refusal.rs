//! What is refused, and how.

use serde_json::{Value, json};

use super::{GONE, INVALID, UNKNOWN, object};
use crate::product::Product;

#[tokio::test]
async fn an_object_that_is_none_of_its_class_is_refused_with_its_fields() {
    let product = Product::new().await;
    let alerts = product.soc("alerts");
    let refused = async |data: Value| product.refused("POST", &alerts, object(data), INVALID).await;
    for (field, value, expected) in [
        ("title", json!(["a"]), "data_object.title must be text"),
        ("title", json!(""), "data_object.title is required"),
        ("severity", json!("Awful"), "data_object.severity must be one of: Tips, Low, Medium, High, Fatal"),
        ("count", json!("many"), "data_object.count must be a whole number"),
        ("count", json!(1.5), "data_object.count must be a whole number"),
        ("first_observed_time", json!("yesterday"), "data_object.first_observed_time must be a time like"),
        ("environment", json!("cloud"), "data_object.environment must be an object"),
        ("environment", json!({"region_id": {}}), "data_object.environment.region_id must be text"),
        ("network_list", json!({}), "data_object.network_list must be a list of objects"),
        ("network_list", json!([{}, 5]), "data_object.network_list[1] must be an object"),
        ("network_list", json!([{"src_port": "http"}]), "data_object.network_list[0].src_port must be a whole number"),
        ("network_list", json!([{"src_geo": {"latitude": "N"}}]), "network_list[0].src_geo.latitude must be a number"),
        ("alert_list", json!("a"), "data_object.alert_list must be a list of texts"),
        ("alert_list", json!(["a", {}]), "data_object.alert_list[1] must be text"),
        ("resource_list", json!([{"tags": 5}]), "data_object.resource_list[0].tags must be an object or text"),
    ] {
        let mut data = json!({ "title": "t" });
        data[field] = value;
        let message = refused(data).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let all = refused(json!({ "count": [], "severity": 1 })).await;
    for expected in ["title is required", "count must be", "severity must be"] {
        assert!(all.contains(expected), "{all} should say: {expected}");
    }
    let many: Vec<Value> = (0..10_000).map(Value::from).collect();
    let message = refused(json!({ "title": "t", "network_list": many })).await;
    assert!(message.len() < 5_000 && message.ends_with("there may be more"), "{message}");
}

#[tokio::test]
async fn an_indicator_needs_what_the_contract_makes_mandatory() {
    let product = Product::new().await;
    let message = product.refused("POST", &product.soc("indicators"), object(json!({})), INVALID).await;
    for field in ["name", "value", "verdict", "granular_marking", "defanged", "environment", "data_source"] {
        assert!(message.contains(&format!("data_object.{field} is required")), "{message}: {field}");
    }
    let data = json!({ "environment": { "region_id": "r" } });
    let message = product.refused("POST", &product.soc("indicators"), object(data), INVALID).await;
    assert!(message.contains("data_object.environment.domain_id is required"), "{message}");
    assert!(!message.contains("vendor_type"), "the vendor's Terraform provider never sends it: {message}");
}

#[tokio::test]
async fn wrong_bodies_are_refused() {
    let product = Product::new().await;
    let alert = product.alert(json!({ "title": "t" })).await["id"].as_str().expect("an id").to_owned();
    for (method, path, body, expected) in [
        ("POST", "alerts".to_owned(), json!({}), "data_object is required"),
        ("POST", "alerts".into(), json!({"data_object": []}), "data_object must be an object"),
        ("POST", "alerts".into(), json!({"data_object": null}), "data_object is required"),
        ("GET", "alerts/x".into(), Value::Null, "alert_id must be a UUID"),
        ("PUT", format!("alerts/{alert}"), json!({}), "data_object is required"),
        ("PUT", format!("alerts/{alert}"), json!({"data_object": {"severity": "x"}}), "severity must be one of"),
        ("PUT", format!("alerts/{alert}"), json!({"data_object": {"title": null}}), "title is required"),
        ("DELETE", "alerts".into(), json!({}), "batch_ids must list 1 to 1000 ids"),
        ("DELETE", "alerts".into(), json!({"batch_ids": []}), "batch_ids must list"),
        ("DELETE", "alerts".into(), json!({"batch_ids": vec!["x"; 1001]}), "batch_ids must list"),
        ("DELETE", "alerts".into(), json!({"batch_ids": {}}), "batch_ids must be a list"),
        ("POST", "alerts/batch-update".into(), json!({"batch_ids": [alert]}), "data_object is required"),
        ("POST", "resources".into(), json!({"id": "x", "data_object": {}}), "id must be a UUID"),
        ("POST", "resources".into(), json!({"type": "X", "data_object": {}}), "type must be one of"),
        ("POST", "resources".into(), json!({"format_version": 0, "data_object": {}}), "format_version must be between"),
        ("POST", "resources".into(), json!({"data_object": {}}), "data_object.name is required"),
    ] {
        let body = Some(body).filter(|body| !body.is_null());
        let message = product.refused(method, &product.soc(&path), body, INVALID).await;
        assert!(message.contains(expected), "{method} {path}: {message} should say: {expected}");
    }
    let large = json!({ "title": "t", "description": "x".repeat(1 << 20) });
    // The limit on bodies of the tests' server is close to that of objects.
    let answer = product.call("admin", "POST", &product.soc("alerts"), object(large)).await;
    assert!(answer.status.is_client_error(), "{answer:?}");
}

#[tokio::test]
async fn what_does_not_exist_is_told_with_the_code_that_terraform_knows() {
    let product = Product::new().await;
    let incident = product.ok("POST", &product.soc("incidents"), object(json!({ "title": "t" }))).await;
    let incident = incident["data"]["id"].as_str().expect("an id");
    for id in [UNKNOWN, incident] {
        let alert = product.soc(&format!("alerts/{id}"));
        product.refused("GET", &alert, None, GONE).await;
        product.refused("PUT", &alert, object(json!({ "owner": "x" })), GONE).await;
    }
    for path in ["indicators", "vulnerability", "resources", "vulnerabilities"] {
        product.refused("GET", &product.soc(&format!("{path}/{UNKNOWN}")), None, GONE).await;
    }
    product.refused("GET", &product.soc(&format!("nothings/{UNKNOWN}")), None, (400, "SecMaster.20040402")).await;
    product.refused("GET", &product.soc(&format!("{UNKNOWN}/{UNKNOWN}")), None, (400, "SecMaster.20040402")).await;
}

#[tokio::test]
async fn objects_are_guarded() {
    let product = Product::new().await;
    let alert = product.alert(json!({ "title": "t" })).await["id"].as_str().expect("an id").to_owned();
    let resource = json!({ "data_object": { "name": "n", "type": "vm" } });
    let resource = product.ok("POST", &product.soc("resources"), Some(resource)).await;
    let resource = resource["data"]["id"].as_str().expect("an id");
    let calls = [
        ("POST", "alerts".to_owned()),
        ("DELETE", "alerts".into()),
        ("GET", format!("alerts/{alert}")),
        ("PUT", format!("alerts/{alert}")),
        ("POST", "alerts/batch-delete".into()),
        ("POST", "alerts/batch-update".into()),
        ("POST", "incidents".into()),
        ("DELETE", "incidents".into()),
        ("PUT", format!("incidents/{alert}")),
        ("POST", "incidents/batch-delete".into()),
        ("POST", "incidents/batch-update".into()),
        ("POST", "indicators".into()),
        ("DELETE", "indicators".into()),
        ("PUT", format!("indicators/{alert}")),
        ("POST", "resources".into()),
        ("DELETE", "resources".into()),
        ("GET", format!("resources/{resource}")),
        ("PUT", format!("resources/{resource}")),
        ("POST", "nothings".into()),
        ("PUT", format!("{UNKNOWN}/{UNKNOWN}")),
    ];
    let calls: Vec<(&str, String)> = calls.into_iter().map(|(method, path)| (method, product.soc(&path))).collect();
    product.guarded(&calls).await;
}

//! What the vendor's Terraform provider sends for its resources, and what it reads.

use serde_json::{Value, json};

use super::{GONE, object};
use crate::product::Product;

/// Creates, reads, changes and deletes an object as the provider does; `batch_ids` is what it deletes with.
async fn check(product: &Product, path: &str, created: Value, changed: Value, batch_ids: impl Fn(&str) -> Value) {
    let uri = product.soc(path);
    let answer = product.ok("POST", &uri, object(created.clone())).await;
    let id = answer["data"]["id"].as_str().expect("an id").to_owned();
    let read = async |expected: &Value| {
        let data = product.get(&format!("{uri}/{id}")).await["data"]["data_object"].clone();
        for (key, value) in expected.as_object().expect("an object") {
            assert_eq!(&data[key], value, "{path} {key}");
        }
        for key in ["create_time", "update_time"] {
            assert!(data[key].as_str().is_some_and(|time| time.ends_with("Z+0800")), "{path} {key}: {data}");
        }
    };
    read(&created).await;
    let body = json!({ "batch_ids": [id], "data_object": changed });
    product.ok("PUT", &format!("{uri}/{id}"), Some(body)).await;
    read(&changed).await;
    read(&json!({ "data_source": created["data_source"] })).await;
    product.ok("DELETE", &uri, Some(json!({ "batch_ids": batch_ids(&id) }))).await;
    product.refused("GET", &format!("{uri}/{id}"), None, GONE).await;
}

fn event(kind: &str) -> Value {
    json!({
        "title": "tf", "description": "by terraform",
        kind: { "category": "Abnormal network behavior", kind: "Abnormal access frequency of IP address" },
        "data_source": { "product_feature": "hss", "product_name": "hss", "source_type": 1 },
        "severity": "Tips", "handle_status": "Open", "ipdrr_phase": "Preparation", "verification_state": "Unknown",
        "simulation": true, "labels": "a,b", "domain_id": "0123456789abcdef0123456789abcdef", "region_id": "cn-north-4",
        "environment": { "domain_id": "0123456789abcdef0123456789abcdef", "project_id": "p", "region_id": "cn-north-4" },
        "first_observed_time": "2023-04-18T13:00:00.000Z+0800",
    })
}

#[tokio::test]
async fn an_alert() {
    let product = Product::new().await;
    let mut changed = event("alert_type");
    for key in ["data_source", "environment", "simulation"] {
        changed.as_object_mut().expect("an object").remove(key);
    }
    changed["handle_status"] = json!("Closed");
    changed["close_reason"] = json!("False detection");
    check(&product, "alerts", event("alert_type"), changed, |id| json!([id])).await;
}

#[tokio::test]
async fn an_incident_which_it_deletes_by_one_text() {
    let product = Product::new().await;
    let mut changed = event("incident_type");
    changed["ipdrr_phase"] = json!("Contain，Eradication& Recovery");
    changed["sla"] = json!("2023-05-18T13:00:00.000Z+0800");
    check(&product, "incidents", event("incident_type"), changed, |id| json!(id)).await;
}

#[tokio::test]
async fn an_indicator() {
    let product = Product::new().await;
    let created = json!({
        "name": "tf", "indicator_type": { "category": "Domain", "indicator_type": "Domain", "id": "x-1" },
        "verdict": "Black",
        "data_source": {
            "domain_id": "d", "project_id": "p", "region_id": "r", "product_feature": "f", "product_name": "n",
            "source_type": 1,
        },
        "status": "Open", "confidence": 80, "granular_marking": 1, "value": "test.example.com",
        "environment": { "domain_id": "d", "project_id": "p", "region_id": "r" }, "defanged": false,
        "first_report_time": "2023-10-24T17:23:55.000Z+0800", "last_report_time": "2023-10-25T17:23:55.000Z+0800",
    });
    let mut changed = created.clone();
    changed.as_object_mut().expect("an object").remove("data_source");
    changed["granular_marking"] = json!(3);
    changed["defanged"] = json!(true);
    check(&product, "indicators", created, changed, |id| json!([id])).await;
}

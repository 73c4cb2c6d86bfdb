//! `…/soc/alerts/batch-order`.

use serde_json::{Value, json};

use super::{INVALID, UNKNOWN};
use crate::product::{Product, keys, sorted};

async fn order(product: &Product, body: Value) -> Value {
    let reply = product.ok("POST", &product.soc("alerts/batch-order"), Some(body)).await;
    assert_eq!(keys(&reply), sorted("code message data"));
    reply["data"].clone()
}

async fn incidents(product: &Product) -> Vec<Value> {
    let page = product.ok("POST", &product.soc("incidents/search"), Some(json!({}))).await;
    page["data"].as_array().expect("rows").iter().map(|row| row["data_object"].clone()).collect()
}

#[tokio::test]
async fn alerts_become_one_incident_that_is_related_to_them() {
    let product = Product::new().await;
    let alert =
        |title: &str| json!({"title": title, "severity": "High", "handle_status": "Block", "own": {"x": [1.10]}});
    let (one, two) = (product.alert(alert("scan")).await, product.alert(alert("login")).await);
    let kind = json!({"id": UNKNOWN, "category": "DDoS", "incident_type": "ACK Flood"});
    let body = json!({
        "ids": [one["id"], UNKNOWN, two["id"], "x"],
        "incident_content": {"title": "Breach", "incident_type": kind},
    });
    let made = order(&product, body).await;
    assert_eq!(made, json!({"success_ids": [one["id"], two["id"]], "error_ids": [UNKNOWN, "x"]}));

    let [incident] = incidents(&product).await.try_into().expect("one incident");
    assert_eq!((&incident["title"], &incident["incident_type"]), (&json!("Breach"), &kind));
    assert_eq!((&incident["severity"], &incident["own"]), (&json!("High"), &json!({"x": [1.10]})), "the alert's");
    assert_eq!(incident["handle_status"], "Open", "how the alert was handled is the alert's own");
    assert_ne!(incident["id"], one["id"]);
    let related = product.soc(&format!("incidents/{}/alerts/search", incident["id"].as_str().expect("an id")));
    let related = product.ok("POST", &related, Some(json!({"order": "ASC"}))).await;
    let ids: Vec<&Value> = related["data"].as_array().expect("rows").iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&one["id"], &two["id"]]);
}

#[tokio::test]
async fn an_incident_has_the_title_of_the_alert_unless_it_is_told() {
    let product = Product::new().await;
    let alert = product.alert(json!({"title": "scan"})).await;
    for content in [json!({}), json!({"title": "", "incident_type": null}), Value::Null] {
        order(&product, json!({"ids": alert["id"], "incident_content": content})).await;
    }
    assert!(incidents(&product).await.iter().all(|incident| incident["title"] == "scan"));
    assert_eq!(incidents(&product).await.len(), 3);
}

#[tokio::test]
async fn of_no_alert_no_incident_is_made() {
    let product = Product::new().await;
    let path = product.soc("alerts/batch-order");
    let incident = product.ok("POST", &product.soc("incidents"), super::object(json!({"title": "i"}))).await;
    // An incident is no alert.
    let made = order(&product, json!({"ids": [UNKNOWN, incident["data"]["id"]]})).await;
    assert_eq!(made["success_ids"], json!([]));
    let alert = product.alert(json!({"title": "scan"})).await;
    for (body, expected) in [
        (json!({}), "ids must list 1 to 1000 ids"),
        (json!({"ids": []}), "ids must list 1 to 1000 ids"),
        (json!({"ids": [alert["id"]], "incident_content": "x"}), "incident_content must be an object"),
        (json!({"ids": [alert["id"]], "incident_content": {"severity": "x"}}), "severity must be one of"),
    ] {
        let message = product.refused("POST", &path, Some(body), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    assert_eq!(incidents(&product).await.len(), 1);
}

//! `…/muster/mappings`.

use serde_json::{Value, json};

use crate::product::{Product, no_null};

fn uri(product: &Product, rest: &str) -> String {
    product.workspaces(&format!("/{}/muster/mappings{rest}", product.workspace))
}

#[tokio::test]
async fn a_mapping_is_tried_without_saving_anything() {
    let product = Product::new().await;
    let listed = product.get(&uri(&product, "")).await;
    no_null(&listed);
    let suricata = listed["data"].as_array().expect("a list").iter().find(|row| row["name"] == "suricata-eve");
    let mapping = &suricata.expect("is there")["mapping"];
    let event = json!({"event_type": "alert", "src_ip": "203.0.113.7", "alert": {"signature": "Scan", "severity": 1}});
    let events = json!([event.to_string(), r#"{"event_type": "dns"}"#, "no JSON"]);
    for chosen in [json!({"mapping": mapping}), json!({"builtin": "suricata-eve"})] {
        let mut body = chosen;
        body["events"] = events.clone();
        let tried = product.ok("POST", &uri(&product, "/try"), Some(body)).await;
        no_null(&tried);
        let outcomes: Vec<&Value> =
            tried["data"].as_array().expect("a list").iter().map(|row| &row["outcome"]).collect();
        assert_eq!(outcomes, ["mapped", "passed", "refused"]);
        assert_eq!(tried["data"][0]["data_object"]["severity"], "High");
        assert!(tried["data"][2]["reason"].as_str().is_some_and(|reason| reason.contains("not JSON")));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_trial_is_named() {
    let product = Product::new().await;
    let fields = json!({"title": "${event.title}"});
    for (body, expected) in [
        (json!({"events": []}), "one of mapping and builtin is required"),
        (json!({"mapping": {}, "builtin": "cef", "events": []}), "one of mapping and builtin is required"),
        (json!({"builtin": "cef"}), "events is required"),
        (json!({"builtin": "syslog", "events": []}), "builtin must be one of aws-guardduty, cef"),
        (json!({"mapping": {"format": "JSON"}, "events": []}), "mapping: fields must be an object"),
        (json!({"mapping": {"format": "JSON", "accept": "(", "fields": fields}, "events": []}), "mapping: accept: "),
        (json!({"mapping": [], "events": []}), "mapping must be"),
        (json!({"builtin": "cef", "events": [1]}), "events[0] must be text"),
        (json!({"builtin": "cef", "events": vec!["x"; 101]}), "events must be at most 100, each of at most 1 MiB"),
    ] {
        let message = product.refused("POST", &uri(&product, "/try"), Some(body), (400, "SecMaster.20030001")).await;
        assert!(message.contains(expected), "{message}");
    }
}

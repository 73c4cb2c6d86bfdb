//! `…/soc/assetcredentials`.

use serde_json::{Value, json};

use crate::product::{Product, keys, no_null, sorted};

const FIELDS: &str = "id project_id workspace_id name component_id component_name component_version_id type status \
    config description enabled create_time creator_id creator_name update_time modifier_id modifier_name defense_type \
    target_project_id target_project_name target_enterprise_id target_enterprise_name region_id region_name \
    can_be_deleted";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";

async fn body(product: &Product, name: &str) -> Value {
    let list = product.get(&product.soc("components")).await;
    let http = list["data"].as_array().expect("a list").iter().find(|row| row["name"] == "HTTP").expect("HTTP").clone();
    json!({
        "name": name,
        "component_id": http["id"],
        "component_version_id": http["versions"][0]["id"],
        "config": r#"{"connection_type":"other","auth_type":"bearer","token":"hunter2"}"#,
    })
}

#[tokio::test]
async fn a_connection_lives_without_ever_showing_its_configuration() {
    let product = Product::new().await;
    let uri = product.soc("assetcredentials");
    let mut input = body(&product, "siem").await;
    let created = product.call("admin", "POST", &uri, Some(input.clone())).await;
    assert_eq!(created.status, 200, "{created:?}");
    assert!(!created.text.contains("hunter2"));
    let created = created.json();
    assert_eq!(keys(&created), ["asset", "code", "message"]);
    let asset = &created["asset"];
    assert_eq!(keys(asset), sorted(FIELDS));
    no_null(&created);
    assert_eq!(
        (&asset["config"], &asset["can_be_deleted"], &asset["enabled"]),
        (&json!("******"), &json!(true), &json!(true))
    );
    assert_eq!((&asset["type"], &asset["status"]), (&json!("action_target"), &json!("SUCCESS")));

    let one = format!("{uri}/{}", asset["id"].as_str().expect("text"));
    assert_eq!(product.get(&one).await, created);
    input["name"] = json!("siem 2");
    input["config"] = json!("******");
    input["description"] = json!("");
    let changed = product.ok("PUT", &one, Some(input)).await;
    assert_eq!((&changed["asset"]["name"], &changed["asset"]["config"]), (&json!("siem 2"), &json!("******")));
    assert_eq!(changed["asset"]["modifier_name"], "admin");

    let list = product.get(&format!("{uri}?limit=200&offset=0&name=siem&component_name=HTTP&creator_name=admin")).await;
    assert_eq!(keys(&list), ["asset", "assets", "code", "message", "total"]);
    assert_eq!((&list["total"], &list["asset"], &list["assets"][0]), (&json!(1), &list["assets"], &changed["asset"]));
    assert_eq!(product.get(&format!("{uri}?limit=200&offset=1")).await["assets"], json!([]));
    assert_eq!(product.get(&format!("{uri}?is_defense_type=true")).await["total"], 0);

    let deleted = product.ok("DELETE", &one, None).await;
    assert_eq!(deleted, json!({"code": "00000000", "message": ""}));
    product.refused("GET", &one, None, (400, "SecMaster.20041002")).await;
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_field() {
    let product = Product::new().await;
    let uri = product.soc("assetcredentials");
    let valid = body(&product, "siem").await;
    let with = |field: &str, value: Value| {
        let mut body = valid.clone();
        body[field] = value;
        body
    };
    for (body, expected) in [
        (json!({}), "name is required"),
        (with("name", json!("a\u{0}")), "name must not contain control characters"),
        (with("name", json!("é".repeat(65))), "name must have 1 to 64 characters"),
        (with("component_id", json!(UNKNOWN)), "component_id must be an existing component"),
        (with("component_version_id", json!("1")), "component_version_id must be"),
        (with("config", json!({"token": "hunter2"})), "config must be text"),
        (with("config", json!("{\"tokn\":\"hunter2\"}")), "config: 'tokn' is not a setting of 'HTTP'"),
    ] {
        let message = product.refused("POST", &uri, Some(body), (400, "SecMaster.20030001")).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    product.ok("POST", &uri, Some(valid.clone())).await;
    product.refused("POST", &uri, Some(valid.clone()), (400, "SecMaster.20091001")).await;
    for (method, rest, body, code) in [
        ("GET", format!("/{UNKNOWN}"), None, "SecMaster.20041002"),
        ("PUT", format!("/{UNKNOWN}"), Some(valid), "SecMaster.20041002"),
        ("DELETE", format!("/{UNKNOWN}"), None, "SecMaster.20041002"),
        ("GET", "/x".to_owned(), None, "SecMaster.20030001"),
        ("GET", "?limit=1001".to_owned(), None, "SecMaster.20030001"),
        ("GET", "?update_end_time=x".to_owned(), None, "SecMaster.20030001"),
    ] {
        product.refused(method, &format!("{uri}{rest}"), body, (400, code)).await;
    }
}

#[tokio::test]
async fn connections_are_guarded() {
    let product = Product::new().await;
    let uri = product.soc("assetcredentials");
    let input = body(&product, "siem").await;
    let created = product.ok("POST", &uri, Some(input)).await;
    let one = format!("{uri}/{}", created["asset"]["id"].as_str().expect("text"));
    let calls = [("GET", uri.clone()), ("POST", uri), ("GET", one.clone()), ("PUT", one.clone()), ("DELETE", one)];
    product.guarded(&calls).await;
}

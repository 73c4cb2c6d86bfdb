//! `…/soc/components`.

use serde_json::{Value, json};

use crate::product::{Product, keys, no_null, sorted};

const PAGE: &str = "code total size page message success request_id data";
const REPLY: &str = "code message success request_id data";
const COMPONENT: &str = "id name dev_language dev_language_version alliance_id alliance_name description logo label \
    create_time update_time creator_id creator_name modifier_id modifier_name operation_history versions component_type";
const ACTION: &str = "id action_name action_desc action_type create_time creator_name can_update action_version_id \
    action_version_name action_version_number action_enable action_input action_output action_versions";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";

/// A document that is text on the wire.
fn document(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("text")).expect("JSON")
}

#[tokio::test]
async fn components_show_their_versions_and_connection_schema() {
    let product = Product::new().await;
    let list = product.get(&product.soc("components?limit=200")).await;
    assert_eq!(keys(&list), sorted(PAGE));
    assert_eq!((&list["total"], &list["size"], &list["page"]), (&json!(4), &json!(200), &json!(1)));
    assert_eq!((&list["code"], &list["success"], &list["request_id"]), (&json!("00000000"), &json!(true), &json!("")));
    let http = list["data"].as_array().expect("a list").iter().find(|row| row["name"] == "HTTP").expect("HTTP");
    assert_eq!(keys(http), sorted(COMPONENT));
    no_null(http);
    assert_eq!(http["component_type"], "system");
    let schema = document(&http["versions"][0]["connection_config"]);
    let token = schema.as_array().expect("a list").iter().find(|key| key["key"] == "token").expect("a token");
    assert_eq!((&token["type"], &token["required"]), (&json!("password"), &json!(false)));

    let id = http["id"].as_str().expect("text");
    let shown = product.get(&product.soc(&format!("components/{id}"))).await;
    assert_eq!((keys(&shown), &shown["data"]), (sorted(REPLY), http));
    let empty = product.get(&product.soc("components?limit=200&offset=4")).await;
    assert_eq!(empty["data"], json!([]));
}

#[tokio::test]
async fn actions_show_their_parameters() {
    let product = Product::new().await;
    let list = product.get(&product.soc("components?limit=200")).await;
    let http = list["data"].as_array().expect("a list").iter().find(|row| row["name"] == "HTTP").expect("HTTP");
    let http = http["id"].clone();
    let uri = product.soc(&format!("components/{}/action", http.as_str().expect("text")));
    let list = product.get(&format!("{uri}?enabled=true")).await;
    assert_eq!((keys(&list), &list["total"]), (sorted(PAGE), &json!(1)));
    let action = &list["data"][0];
    assert_eq!((keys(action), &action["action_name"]), (sorted(ACTION), &json!("request")));
    no_null(action);
    let inputs = document(&action["action_input"]);
    let url = inputs.as_array().expect("a list").iter().find(|input| input["name"] == "url").expect("a url");
    assert_eq!((&url["type"], &url["required"]), (&json!("string"), &json!(true)));
    assert_eq!(action["action_versions"][0]["id"], action["action_version_id"]);

    let id = action["id"].as_str().expect("text");
    let shown = product.get(&format!("{uri}/{id}?enabled=true")).await;
    assert_eq!(&shown["data"], action);
    product.refused("GET", &format!("{uri}/{UNKNOWN}?enabled=true"), None, (400, "SecMaster.20090202")).await;
    assert_eq!(product.get(&format!("{uri}?enabled=false")).await["total"], 0);
}

#[tokio::test]
async fn sets_of_components_are_not_taken_for_a_component() {
    let product = Product::new().await;
    let list = product.get(&product.soc("components/alliance?offset=0&limit=1000&is_built_in=true")).await;
    assert_eq!((&list["total"], &list["data"][0]["alliance_type"]), (&json!(1), &json!("system")));
    no_null(&list);
    let none = product.get(&product.soc("components/alliance?offset=0&limit=1000&is_built_in=false")).await;
    assert_eq!(none["data"], json!([]));
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let product = Product::new().await;
    for (uri, expected) in [
        ("components?limit=1001", "limit must be between 1 and 1000"),
        ("components?offset=-1", "offset must be between 0 and 10000"),
        ("components/x", "component_id must be a UUID"),
        ("components/alliance?is_built_in=x", "is_built_in must be true or false"),
    ] {
        let message = product.refused("GET", &product.soc(uri), None, (400, "SecMaster.20030001")).await;
        assert_eq!(message, expected);
    }
    let uri = product.soc(&format!("components/{UNKNOWN}"));
    product.refused("GET", &uri, None, (400, "SecMaster.20090201")).await;
    product.refused("GET", &format!("{uri}/action?enabled=true"), None, (400, "SecMaster.20090201")).await;
}

#[tokio::test]
async fn components_are_guarded() {
    let product = Product::new().await;
    let list = product.get(&product.soc("components")).await;
    let id = list["data"][1]["id"].as_str().expect("text");
    let actions = product.get(&product.soc(&format!("components/{id}/action"))).await;
    let action = actions["data"][0]["id"].as_str().expect("text");
    let calls = [
        ("GET", product.soc("components")),
        ("GET", product.soc("components/alliance")),
        ("GET", product.soc(&format!("components/{id}"))),
        ("GET", product.soc(&format!("components/{id}/action"))),
        ("GET", product.soc(&format!("components/{id}/action/{action}"))),
    ];
    product.guarded(&calls).await;
}

//! `…/soc/components/template`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::installation::admin;
use crate::product::{Product, keys, no_null, sorted};

const FIELDS: &str = "id component_id template_name task_config create_time update_time project_id";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";
const INVALID: (u16, &str) = (400, "SecMaster.20030001");
const NOT_FOUND: (u16, &str) = (400, "SecMaster.20040220");

async fn body(product: &Product, name: &str) -> Value {
    let component = &product.get(&product.soc("components")).await["data"][0]["id"];
    json!({"component_id": component, "template_name": name, "task_config": "{ \"action_id\":\"test\" }"})
}

#[tokio::test]
async fn a_template_is_created_shown_changed_and_deleted() {
    let product = Product::new().await;
    let uri = product.soc("components/template");
    let input = body(&product, "block 😀").await;
    let created = product.ok("POST", &uri, Some(input.clone())).await;
    assert_eq!(keys(&created), sorted("code message success request_id data"));
    let template = &created["data"];
    assert_eq!(keys(template), sorted(FIELDS));
    no_null(&created);
    for field in ["component_id", "template_name", "task_config"] {
        assert_eq!(template[field], input[field], "{field}");
    }
    assert_eq!(
        (&template["create_time"], template["create_time"].as_str()),
        (&template["update_time"], Some("2023-11-15T06:13:20.000Z+0800"))
    );

    let one = format!("{uri}/{}", template["id"].as_str().expect("text"));
    assert_eq!(product.get(&one).await, created);
    product.made.pass(Duration::from_secs(60));
    let mut change = body(&product, "release").await;
    change["task_config"] = json!("not JSON");
    let changed = product.ok("PUT", &one, Some(change)).await;
    let mut expected = created.clone();
    expected["data"]["template_name"] = json!("release");
    expected["data"]["task_config"] = json!("not JSON");
    expected["data"]["update_time"] = json!("2023-11-15T06:14:20.000Z+0800");
    assert_eq!((&changed, &product.get(&one).await), (&expected, &expected));

    let deleted = product.ok("DELETE", &one, None).await;
    assert_eq!(deleted, json!({"code": "00000000", "message": "", "success": true, "request_id": ""}));
    for method in ["GET", "DELETE"] {
        product.refused(method, &one, None, NOT_FOUND).await;
    }
    product.refused("PUT", &one, Some(input), NOT_FOUND).await;
    let acts: Vec<String> = product.acts().await.into_iter().map(|(action, _)| action).collect();
    let ours: Vec<&str> = acts.iter().filter_map(|action| action.strip_prefix("component_template.")).collect();
    assert_eq!(ours, ["create", "update", "delete"]);
}

#[tokio::test]
async fn templates_are_listed_by_name_and_page() {
    let product = Product::new().await;
    let uri = product.soc("components/template");
    for name in ["Block address", "Release address", "Block account", "Block account"] {
        let body = body(&product, name).await;
        product.ok("POST", &uri, Some(body)).await;
    }
    let cases: [(&str, &[&str], u64); 5] = [
        ("", &["Block account", "Block account", "Release address", "Block address"], 4),
        ("?search_value=BLOCK&limit=200", &["Block account", "Block account", "Block address"], 3),
        ("?search_value=%25", &[], 0),
        ("?offset=2&limit=1", &["Release address"], 4),
        ("?offset=10000", &[], 4),
    ];
    for (query, expected, total) in cases {
        let list = product.get(&format!("{uri}{query}")).await;
        assert_eq!(keys(&list), sorted("code total size page message success request_id data"));
        let rows = list["data"].as_array().expect("rows");
        let names: Vec<&str> = rows.iter().map(|row| row["template_name"].as_str().expect("text")).collect();
        assert_eq!((names.as_slice(), &list["total"]), (expected, &json!(total)), "{query}");
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_field() {
    let product = Product::new().await;
    let uri = product.soc("components/template");
    let valid = body(&product, "block").await;
    let created = product.ok("POST", &uri, Some(valid.clone())).await;
    let one = format!("{uri}/{}", created["data"]["id"].as_str().expect("text"));
    let with = |field: &str, value: Value| {
        let mut body = valid.clone();
        body[field] = value;
        body
    };
    for (body, expected) in [
        (json!({}), "component_id is required"),
        (json!({}), "template_name is required"),
        (json!({}), "task_config is required"),
        (with("component_id", json!("x")), "component_id must be a UUID"),
        (with("component_id", json!(UNKNOWN)), "component_id must be an existing component"),
        (with("template_name", json!(" ")), "template_name must have 1 to 255 characters"),
        (with("template_name", json!("é".repeat(256))), "template_name must have 1 to 255 characters"),
        (with("template_name", json!("a\n")), "template_name must not contain control characters"),
        (with("task_config", json!("")), "task_config must not be empty"),
        (with("task_config", json!("\u{0}")), "task_config must not contain U+0000"),
        (with("task_config", json!("x".repeat(65_537))), "task_config must have at most 65536 characters"),
        (with("task_config", json!({})), "task_config must be text"),
    ] {
        for (method, uri) in [("POST", &uri), ("PUT", &one)] {
            let message = product.refused(method, uri, Some(body.clone()), INVALID).await;
            assert!(message.contains(expected), "{message} should say: {expected}");
        }
    }
    assert_eq!(product.get(&one).await, created);
    for rest in ["/x", "?limit=1001", "?offset=-1", "?search_value=%00"] {
        product.refused("GET", &format!("{uri}{rest}"), None, INVALID).await;
    }
}

#[tokio::test]
async fn templates_are_guarded_and_stay_in_their_workspace() {
    let product = Product::new().await;
    let uri = product.soc("components/template");
    let input = body(&product, "block").await;
    let created = product.ok("POST", &uri, Some(input.clone())).await;
    let id = created["data"]["id"].as_str().expect("text");
    let one = format!("{uri}/{id}");
    let second = product.made.workspace(&admin(), "second").await.id;
    let there = product.workspaces(&format!("/{second}/soc/components/template"));
    assert_eq!(product.get(&there).await["total"], 0);
    for (method, body) in [("GET", None), ("PUT", Some(input)), ("DELETE", None)] {
        product.refused(method, &format!("{there}/{id}"), body, NOT_FOUND).await;
    }
    assert_eq!(product.get(&one).await, created);
    let calls = [("GET", uri.clone()), ("POST", uri), ("GET", one.clone()), ("PUT", one.clone()), ("DELETE", one)];
    product.guarded(&calls).await;
}

//! `/v1/{project_id}/workspaces`.

use serde_json::json;

use crate::installation::{other_project, project, stranger};
use crate::product::{Product, keys, no_null, sorted};

const FIELDS: &str = "id create_time update_time name description creator_id creator_name modifier_id modifier_name \
    project_id project_name domain_id domain_name enterprise_project_id enterprise_project_name is_view region_id \
    view_bind_id view_bind_name workspace_agency_list four_eyes";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";

#[tokio::test]
async fn a_workspace_is_created_as_terraform_does() {
    let product = Product::new().await;
    let body = json!({
        "region_id": "local-1", "name": "tf", "project_name": "local-1", "is_view": false, "tags": [],
        "unknown": {"ignored": true},
    });
    let created = product.ok("POST", &product.workspaces(""), Some(body)).await;
    assert_eq!(keys(&created), sorted(FIELDS));
    no_null(&created);
    assert_eq!(created["name"], "tf");
    assert_eq!(created["create_time"], "2023-11-15T06:13:20.000Z+0800");
    assert_eq!(created["update_time"], created["create_time"]);
    assert_eq!(created["project_id"], project().to_string());
    for (field, length) in [("project_id", 32), ("creator_id", 32), ("domain_id", 32), ("id", 36), ("modifier_id", 0)] {
        assert_eq!(created[field].as_str().map(str::len), Some(length), "{field}");
    }
    let id = created["id"].as_str().expect("text");
    let guides = product.get(&product.workspaces(&format!("/{id}/sa/guides?version=1"))).await;
    assert_eq!(guides, json!({}));
    let shown = product.get(&product.workspaces(&format!("/{id}"))).await;
    assert_eq!(shown, json!({"workspace": created}));
}

#[tokio::test]
async fn a_list_counts_what_it_does_not_show() {
    let product = Product::new().await;
    let body = json!({"region_id": "local-1", "name": "second", "project_name": "local-1", "description": "x"});
    product.ok("POST", &product.workspaces(""), Some(body)).await;
    let list = product.get(&product.workspaces("?offset=0&limit=1")).await;
    assert_eq!(keys(&list), ["count", "workspaces"]);
    assert_eq!((&list["count"], &list["workspaces"][0]["name"]), (&json!(2), &json!("soc")));
    let list = product.get(&product.workspaces("?offset=10000&limit=1000")).await;
    assert_eq!((&list["count"], &list["workspaces"]), (&json!(2), &json!([])));
    let found = product.get(&product.workspaces("?name=second&description=x&is_view=False&region_id=local-1")).await;
    assert_eq!(found["count"], 1);
    for (query, field) in [
        ("offset=-1", "offset"),
        ("offset=10001", "offset"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("is_view=maybe", "is_view"),
        ("ids=x", "ids"),
        ("name=%00", "name"),
        ("create_time_start=x", "create_time_start"),
    ] {
        let uri = product.workspaces(&format!("?{query}"));
        let message = product.refused("GET", &uri, None, (400, "SecMaster.20030001")).await;
        assert!(message.starts_with(field), "{query}: {message}");
    }
}

#[tokio::test]
async fn a_workspace_is_changed_and_deleted() {
    let product = Product::new().await;
    let uri = product.workspaces(&format!("/{}", product.workspace));
    let changed = product.ok("PUT", &uri, Some(json!({"name": "renamed", "four_eyes": true}))).await;
    assert_eq!(keys(&changed), sorted(FIELDS));
    assert_eq!((&changed["name"], &changed["four_eyes"]), (&json!("renamed"), &json!(true)));
    assert_eq!(changed["modifier_name"], "admin");
    product.refused("PUT", &uri, Some(json!({"description": "x"})), (400, "SecMaster.20030001")).await;

    let answer = product.call("admin", "DELETE", &uri, None).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    product.refused("GET", &uri, None, (400, "SecMaster.20011003")).await;
    product.refused("DELETE", &format!("{uri}?permanent_delete=true"), None, (400, "SecMaster.20011003")).await;
    product.refused("GET", &format!("{uri}/sa/guides"), None, (400, "SecMaster.20011003")).await;
    product.refused("GET", &product.soc("dataclasses"), None, (403, "SecMaster.20010001")).await;
}

#[tokio::test]
async fn wrong_bodies_are_refused_with_the_field() {
    let product = Product::new().await;
    let uri = product.workspaces("");
    for (body, expected) in [
        (json!({}), "name is required"),
        (
            json!({"name": "x"}),
            "region_id is required; region_id must have 1 to 64 characters; project_name is required",
        ),
        (json!({"name": 1}), "name must be text"),
        (json!({"name": "a\u{0}b", "region_id": "r", "project_name": "p"}), "name must not contain control characters"),
        (json!({"name": "x".repeat(65), "region_id": "r", "project_name": "p"}), "name must have 1 to 64 characters"),
        (json!({"name": "x", "region_id": "r", "project_name": "p", "is_view": "no"}), "is_view must be"),
        (json!({"name": "x", "region_id": "r", "project_name": "p", "tags": {}}), "tags must be a list"),
        (json!([]), "the body must be an object"),
    ] {
        let message = product.refused("POST", &uri, Some(body), (400, "SecMaster.20030001")).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let taken = json!({"name": "soc", "region_id": "r", "project_name": "p"});
    product.refused("POST", &uri, Some(taken), (400, "SecMaster.20011004")).await;
}

#[tokio::test]
async fn foreign_and_malformed_ids_lead_nowhere() {
    let product = Product::new().await;
    let theirs = product.made.workspace(&stranger(), "theirs").await.id;
    for id in [theirs.to_string().as_str(), UNKNOWN] {
        let uri = product.workspaces(&format!("/{id}"));
        product.refused("GET", &uri, None, (400, "SecMaster.20011003")).await;
        product.refused("GET", &format!("{uri}/sa/guides"), None, (400, "SecMaster.20011003")).await;
        product.refused("GET", &format!("{uri}/soc/components"), None, (403, "SecMaster.20010001")).await;
    }
    let uri = format!("/v1/{}/workspaces/{theirs}", other_project());
    product.refused("GET", &uri, None, (403, "SecMaster.20010003")).await;
    let message = product.refused("GET", &product.workspaces("/x"), None, (400, "SecMaster.20030001")).await;
    assert_eq!(message, "workspace_id must be a UUID");
    product.refused("GET", "/v1/x/workspaces", None, (400, "SecMaster.20030001")).await;
}

#[tokio::test]
async fn workspaces_are_guarded() {
    let product = Product::new().await;
    let one = product.workspaces(&format!("/{}", product.workspace));
    let calls = [
        ("GET", product.workspaces("")),
        ("POST", product.workspaces("")),
        ("GET", one.clone()),
        ("GET", format!("{one}/sa/guides")),
        ("PUT", one.clone()),
        ("DELETE", one),
    ];
    product.guarded(&calls).await;
}

//! `…/soc/datapanel/{dataclass}/data-objects`.

use serde_json::{Value, json};

use crate::installation::admin;
use crate::objects::{GONE, INVALID, UNKNOWN};
use crate::product::{Product, keys, sorted};

impl Product {
    /// `…/soc/datapanel/{class of alerts}/data-objects` and what follows.
    async fn panel(&self, rest: &str) -> String {
        let list = self.get(&self.soc("dataclasses?business_code=Alert")).await;
        let class = list["dataclass_details"][0]["id"].as_str().expect("an id").to_owned();
        self.soc(&format!("datapanel/{class}/data-objects{rest}"))
    }
}

#[tokio::test]
async fn objects_are_created_together_searched_and_shown() {
    let product = Product::new().await;
    let precise: Value = serde_json::from_str(r#"{"title": "scan", "x": 1.000}"#).expect("JSON");
    let body = json!({
        "id": UNKNOWN, "format_version": 2, "name": "unnamed", "type": "DATA_SOURCE", "trigger_flag": false,
        "data_object_list": [precise, {"severity": "High"}],
    });
    let created = product.ok("POST", &product.panel("/batch-create").await, Some(body)).await;
    let rows = created.as_array().expect("an array at the root");
    assert_eq!((rows.len(), keys(&rows[0])), (2, vec!["event_id", "id"]));
    let id = rows[1]["id"].as_str().expect("an id");

    let shown = product.get(&product.panel(&format!("/{id}")).await).await;
    assert_eq!(keys(&shown), sorted("code message success data"));
    let object = &shown["data"];
    assert_eq!(
        (&object["id"], &object["format_version"], &object["type"]),
        (&json!(id), &json!(2), &json!("DATA_SOURCE"))
    );
    assert_eq!(
        (&object["data_object"]["title"], &object["data_object"]["severity"]),
        (&json!("unnamed"), &json!("High"))
    );
    assert_eq!(product.get(&product.soc(&format!("alerts/{id}"))).await["data"]["data_object"], object["data_object"]);

    let search = async |search: Value| product.ok("POST", &product.panel("/search").await, Some(search)).await;
    let page = search(json!({"limit": 200, "order": "ASC"})).await;
    assert_eq!(keys(&page), sorted("code message total size page success data"));
    assert_eq!((&page["total"], &page["data"][1]), (&json!(2), object));
    assert_eq!(page["data"][0]["data_object"]["x"].to_string(), "1.000", "numbers keep their digits");
    let condition = json!({"conditions": [{"name": "a", "data": ["title", "=", "scan"]}], "logics": ["a"]});
    let page = search(json!({ "condition": condition })).await;
    assert_eq!((&page["total"], &page["data"][0]["id"]), (&json!(1), &rows[0]["id"]));
}

#[tokio::test]
async fn one_wrong_object_refuses_all() {
    let product = Product::new().await;
    let uri = product.panel("/batch-create").await;
    let many: Vec<Value> = (0..1001).map(|_| json!({"title": "x"})).collect();
    for (body, expected) in [
        (json!({}), "data_object_list must have 1 to 1000 objects"),
        (json!({"data_object_list": []}), "data_object_list must have 1 to 1000 objects"),
        (json!({ "data_object_list": many }), "data_object_list must have 1 to 1000 objects"),
        (json!({"data_object_list": [{"title": "a"}, 5]}), "data_object_list[1] must be"),
        (json!({"data_object_list": [{"title": "a"}], "type": "MAIL"}), "data_object_list[0]: type must be one of"),
        (
            json!({"data_object_list": [{"title": "a"}, {"severity": 5}, {}]}),
            "data_object_list[1]: data_object.severity",
        ),
        (json!({"data_object_list": [{"title": "a"}, {"severity": 5}, {"severity": 6}]}), "data_object_list[2]:"),
    ] {
        let message = product.refused("POST", &uri, Some(body), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    assert_eq!(product.ok("POST", &product.panel("/search").await, Some(json!({}))).await["total"], 0);
}

#[tokio::test]
async fn the_panel_is_guarded_and_knows_its_own_classes_and_objects() {
    let product = Product::new().await;
    let alert = product.object("Alert").await;
    product
        .guarded(&[("GET", product.panel(&format!("/{alert}")).await), ("POST", product.panel("/batch-create").await)])
        .await;
    let search = product.panel("/search").await;
    for (client, status) in [("nobody", 403), ("stranger", 403), ("reader", 200), ("who", 401)] {
        assert_eq!(product.call(client, "POST", &search, Some(json!({}))).await.status, status, "{client}");
    }
    let objects = |class: &str, rest: &str| product.soc(&format!("datapanel/{class}/data-objects{rest}"));
    product.refused("GET", &objects(UNKNOWN, &format!("/{alert}")), None, (400, "SecMaster.20040402")).await;
    product.refused("POST", &objects(UNKNOWN, "/search"), Some(json!({})), (400, "SecMaster.20040402")).await;
    product.refused("GET", &objects("incidents", &format!("/{alert}")), None, GONE).await;
    product.refused("GET", &product.panel(&format!("/{UNKNOWN}")).await, None, GONE).await;
    product.refused("GET", &product.panel("/x").await, None, INVALID).await;
    let second = product.made.workspace(&admin(), "second").await.id;
    let there = product.workspaces(&format!("/{second}/soc/datapanel/alerts/data-objects/{alert}"));
    product.refused("GET", &there, None, GONE).await;
}

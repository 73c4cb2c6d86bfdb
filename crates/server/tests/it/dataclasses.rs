//! `…/soc/dataclasses`.

use serde_json::{Value, json};

use crate::product::{Product, keys, no_null, sorted};

const CLASS: &str = "id create_time update_time creator_id creator_name modifier_id modifier_name cloud_pack_version \
    region_id project_id workspace_id domain_id name business_code description is_built_in parent_id type_num";
const FIELD: &str = "id cloud_pack_version business_id business_type dataclass_name business_code field_key name \
    description default_value display_type field_type extra_json field_tooltip iu_type used_by json_schema is_built_in \
    case_sensitive read_only required searchable visible maintainable editable creatable mapping target_api creator_id \
    creator_name modifier_id modifier_name create_time update_time";
const TYPE: &str = "id dataclass_id domain_id project_id workspace_id region_id layout_id layout_name category \
    category_code sub_category sub_category_code description enabled level is_built_in sla creator_id creator_name \
    modifier_id modifier_name create_time update_time dataclass_business_code sub_count";
const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";

/// `dataclasses/{id of the class}` and what follows.
async fn class(product: &Product, name: &str, rest: &str) -> String {
    let list = product.get(&product.soc(&format!("dataclasses?business_code={name}"))).await;
    let id = list["dataclass_details"][0]["id"].as_str().expect("an id").to_owned();
    product.soc(&format!("dataclasses/{id}{rest}"))
}

#[tokio::test]
async fn classes_and_fields_have_all_their_fields() {
    let product = Product::new().await;
    let list = product.get(&product.soc("dataclasses?limit=1000&is_built_in=true")).await;
    assert_eq!(keys(&list), ["dataclass_details", "total"]);
    assert_eq!(list["total"], 6);
    let alert = &list["dataclass_details"][0];
    assert_eq!((keys(alert), &alert["name"]), (sorted(CLASS), &json!("Alert")));
    assert_eq!(alert["region_id"], "local-1");
    assert!(alert["type_num"].as_i64() > Some(10));
    let shown = product.get(&class(&product, "Alert", "").await).await;
    assert_eq!(&shown, alert);

    let fields = product.get(&class(&product, "Alert", "/fields?limit=1000").await).await;
    assert_eq!(keys(&fields), ["field_details", "total"]);
    let details = fields["field_details"].as_array().expect("a list");
    assert_eq!(json!(details.len()), fields["total"]);
    for field in details {
        assert_eq!(keys(field), sorted(FIELD));
        no_null(field);
        assert_eq!((&field["dataclass_name"], &field["business_id"]), (&json!("Alert"), &alert["id"]));
        for document in ["extra_json", "json_schema"] {
            let text = field[document].as_str().expect("text");
            assert!(text.is_empty() || serde_json::from_str::<Value>(text).is_ok(), "{document}: {text}");
        }
    }
    let few = class(&product, "Alert", "/fields?name=severity&mapping=true&field_category=assessment").await;
    assert_eq!(product.get(&few).await["total"], 1);
}

#[tokio::test]
async fn a_type_lives_from_creation_to_deletion() {
    let product = Product::new().await;
    let types = class(&product, "Incident", "/types").await;
    let body = json!({
        "category": "Physical", "category_code": "Physical", "sub_category": "Break-in", "sub_category_code": "BreakIn",
        "enabled": true, "sla": 60,
    });
    let created = product.ok("POST", &types, Some(body.clone())).await;
    assert_eq!(keys(&created), sorted(TYPE));
    no_null(&created);
    assert_eq!((&created["level"], &created["sla"], &created["is_built_in"]), (&json!(2), &json!(60), &json!(false)));
    product.refused("POST", &types, Some(body), (400, "SecMaster.20090402")).await;

    let list = product.get(&format!("{types}?limit=1000&offset=0&is_built_in=false&level=1")).await;
    assert_eq!(keys(&list), ["dataclass_type_details", "total"]);
    assert_eq!((&list["total"], &list["dataclass_type_details"][0]["sub_count"]), (&json!(1), &json!(1)));

    let off =
        product.ok("POST", &format!("{types}/enable"), Some(json!({"enable": false, "ids": [created["id"]]}))).await;
    assert_eq!(off, json!({"code": "00000000", "message": "", "success": true, "data": ""}));
    let list = product.get(&format!("{types}?enabled=false")).await;
    assert_eq!(list["dataclass_type_details"][0]["id"], created["id"]);

    let layout = json!({"id": created["id"], "layout_id": UNKNOWN, "layout_name": "Mine"});
    product.ok("POST", &format!("{types}/layout"), Some(layout)).await;
    let list = product.get(&format!("{types}?layout_name=mine")).await;
    assert_eq!(list["dataclass_type_details"][0]["layout_id"], UNKNOWN);

    let asked = product.ok("DELETE", &types, Some(json!({"is_delete": false, "ids": [created["id"]]}))).await;
    assert_eq!(asked, json!([]));
    let deleted = product.ok("DELETE", &types, Some(json!({"is_delete": true, "ids": [created["id"]]}))).await;
    assert_eq!(deleted, json!([]));
    let again = json!({"is_delete": true, "ids": [created["id"]]});
    product.refused("DELETE", &types, Some(again), (400, "SecMaster.20090401")).await;
}

#[tokio::test]
async fn built_in_types_are_protected() {
    let product = Product::new().await;
    let types = class(&product, "Indicator", "/types").await;
    let id = product.get(&types).await["dataclass_type_details"][0]["id"].clone();
    for (method, uri, body) in [
        ("DELETE", types.clone(), json!({"is_delete": true, "ids": [id]})),
        ("POST", format!("{types}/enable"), json!({"enable": false, "ids": [id]})),
        ("POST", format!("{types}/layout"), json!({"id": id})),
    ] {
        product.refused(method, &uri, Some(body), (400, "SecMaster.20090403")).await;
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_field() {
    let product = Product::new().await;
    let alert = class(&product, "Alert", "").await;
    for (method, uri, body, expected) in [
        ("GET", product.soc("dataclasses?limit=1001"), None, "limit must be between 1 and 1000"),
        ("GET", product.soc("dataclasses?is_built_in=2"), None, "is_built_in must be true or false"),
        ("GET", product.soc("dataclasses/x"), None, "dataclass_id must be a UUID"),
        ("GET", format!("{alert}/fields?mapping=x"), None, "mapping must be true or false"),
        ("GET", format!("{alert}/fields?field_category=%00"), None, "field_category must not contain U+0000"),
        ("GET", format!("{alert}/types?level=3"), None, "level must be between 1 and 2"),
        ("GET", format!("{alert}/types?order=up"), None, "order must be ASC or DESC"),
        ("POST", format!("{alert}/types"), Some(json!({"level": "1"})), "level must be a whole number"),
        ("POST", format!("{alert}/types"), Some(json!({})), "sub_category_code is required"),
        ("POST", format!("{alert}/types/enable"), Some(json!({"ids": "x"})), "ids must be a list"),
        ("DELETE", format!("{alert}/types"), Some(json!({"ids": []})), "is_delete is required"),
        ("DELETE", format!("{alert}/types"), None, "the body is empty"),
    ] {
        let message = product.refused(method, &uri, body, (400, "SecMaster.20030001")).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    for rest in ["", "/fields", "/types"] {
        let uri = product.soc(&format!("dataclasses/{UNKNOWN}{rest}"));
        product.refused("GET", &uri, None, (400, "SecMaster.20040402")).await;
    }
}

#[tokio::test]
async fn data_classes_are_guarded() {
    let product = Product::new().await;
    let alert = class(&product, "Alert", "").await;
    let calls = [
        ("GET", product.soc("dataclasses")),
        ("GET", alert.clone()),
        ("GET", format!("{alert}/fields")),
        ("GET", format!("{alert}/types")),
        ("POST", format!("{alert}/types")),
        ("DELETE", format!("{alert}/types")),
        ("POST", format!("{alert}/types/enable")),
        ("POST", format!("{alert}/types/layout")),
    ];
    product.guarded(&calls).await;
}

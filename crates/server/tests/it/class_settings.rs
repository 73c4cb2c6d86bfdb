//! `…/muster/dataclasses`.

use serde_json::{Value, json};

use crate::objects::{INVALID, UNKNOWN, object};
use crate::product::Product;

/// `…/muster/dataclasses/{id of the class}` and what follows.
async fn class(product: &Product, name: &str, rest: &str) -> String {
    let list = product.get(&product.soc(&format!("dataclasses?business_code={name}"))).await;
    let id = list["dataclass_details"][0]["id"].as_str().expect("an id");
    product.soc("alerts").replace("soc/alerts", &format!("muster/dataclasses/{id}/{rest}"))
}

#[tokio::test]
async fn repeats_are_counted_on_the_first_where_the_class_says_so() {
    let product = Product::new().await;
    let settings = class(&product, "Alert", "settings").await;
    let off = json!({"deduplication": [], "retention_days": null});
    assert_eq!(product.get(&settings).await["data"], off);
    let same = json!({"title": "scan", "network_list": [{"src_ip": "10.0.0.1"}]});
    let (one, two) = (product.alert(same.clone()).await, product.alert(same.clone()).await);
    assert_ne!(one["id"], two["id"], "off by default: whoever creates an alert gets one of their own");

    let rule = |kind: &str, fields: Value| json!({"type": kind, "fields": fields, "window_seconds": 3600});
    let on = json!({
        "deduplication": [rule("", json!(["title", "network_list.src_ip"])), rule("malware", json!(["file"]))],
        "retention_days": 30,
    });
    assert_eq!(product.ok("PUT", &settings, Some(on.clone())).await["data"], on);
    assert_eq!(product.get(&settings).await["data"], on);

    let first = product.alert(same.clone()).await;
    let mut again = same.clone();
    again["count"] = json!(5);
    again["severity"] = json!("High");
    again["last_observed_time"] = json!("2026-01-02T03:04:05.000Z+0000");
    let second = product.alert(again).await;
    assert_eq!((&second["id"], &second["version"]), (&first["id"], &json!(2)));
    let kept = product.alert_data(&first["id"]).await;
    assert_eq!((&kept["count"], &kept["severity"]), (&json!(6), &first["data_object"]["severity"]), "only counted");
    assert_eq!(kept["last_observed_time"], "2026-01-02T03:04:05.000Z+0000");

    // Another source address, another rule, nothing to compare.
    for other in [
        json!({"title": "scan", "network_list": [{"src_ip": "10.0.0.2"}]}),
        json!({"title": "scan", "alert_type": {"category": "Malware"}}),
        json!({"title": "scan", "alert_type": {"category": "Malware"}}),
    ] {
        assert_eq!(product.alert(other).await["version"], 1);
    }
    let of_type = json!({"title": "a", "alert_type": {"category": "x", "alert_type": "MALWARE"}, "file": "f"});
    let found = product.alert(of_type.clone()).await;
    assert_eq!(product.alert(of_type).await["id"], found["id"], "types are told in any case");
    // A deleted alert stands for nothing.
    product.ok("DELETE", &product.soc("alerts"), Some(json!({"batch_ids": [first["id"]]}))).await;
    let next = product.alert(same.clone()).await;
    assert_eq!(next["version"], 1);
    // A batch of the same.
    let batch = json!({"data_object_list": [same, same, {"title": "new"}, {"title": "new"}]});
    let made = product.ok("POST", &product.soc("datapanel/alert/data-objects/batch-create"), Some(batch)).await;
    let ids: Vec<&Value> = made.as_array().expect("a list").iter().map(|object| &object["id"]).collect();
    assert_eq!((ids[0], ids[1], ids[2] == ids[3]), (&next["id"], &next["id"], true));
    let counts = [product.alert_data(ids[0]).await["count"].clone(), product.alert_data(ids[2]).await["count"].clone()];
    assert_eq!(counts, [json!(3), json!(2)]);
    let body = json!({"deduplication": []});
    assert_eq!(product.ok("PUT", &settings, Some(body)).await["data"], off, "what is left out is off");
    assert_eq!(product.alert(json!({"title": "scan", "network_list": [{"src_ip": "10.0.0.1"}]})).await["version"], 1);
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_with_the_field() {
    let product = Product::new().await;
    let settings = class(&product, "Alert", "settings").await;
    let rule = |fields: Value, window: i64| json!({"deduplication": [{"fields": fields, "window_seconds": window}]});
    for (body, expected) in [
        (rule(json!([]), 5), "deduplication[0].fields must name 1 to 10 fields"),
        (rule(json!([" "]), 5), "deduplication[0].fields: ' ' is empty"),
        (rule(json!(["a"]), 0), "deduplication[0].window_seconds must be between 1 and 2592000"),
        (rule(json!(["a"]), -1), "deduplication[0].window_seconds"),
        (
            json!({"deduplication": [{"type": "A", "fields": ["a"], "window_seconds": 1},
            {"type": "a", "fields": ["a"], "window_seconds": 1}]}),
            "deduplication[1].type: there is a rule for 'a'",
        ),
        (json!({"retention_days": 0}), "retention_days must be between 1 and 36500"),
        (json!({"retention_days": "x"}), "retention_days"),
    ] {
        let message = product.refused("PUT", &settings, Some(body), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let unknown = product.soc("alerts").replace("soc/alerts", &format!("muster/dataclasses/{UNKNOWN}/settings"));
    for (method, body) in [("GET", None), ("PUT", Some(json!({})))] {
        product.refused(method, &unknown, body, (400, "SecMaster.20040402")).await;
    }
}

#[tokio::test]
async fn a_custom_field_is_checked_until_it_is_removed() {
    let product = Product::new().await;
    let fields = class(&product, "Alert", "fields").await;
    let old = product.alert(json!({"title": "old", "tier": "gold"})).await;
    let field = |key: &str, kind: &str| json!({"field_key": key, "field_type": kind});
    let mut tier = field("tier", "Enum");
    (tier["options"], tier["default_value"], tier["name"]) = (json!(["gold", "lead"]), json!("lead"), json!("Tier"));
    let made = product.ok("POST", &fields, Some(tier.clone())).await["data"].clone();
    assert_eq!(
        (&made["field_key"], &made["name"], &made["is_built_in"]),
        (&json!("tier"), &json!("Tier"), &json!(false))
    );
    let mut score = field("score", "Integer");
    score["required"] = json!(true);
    product.ok("POST", &fields, Some(score)).await;

    let listed = product.get(&fields.replace("/muster/", "/soc/").replace("fields", "fields?is_built_in=false")).await;
    assert_eq!((&listed["total"], &listed["field_details"][0]["id"]), (&json!(2), &made["id"]));

    let alerts = product.soc("alerts");
    for (data, expected) in [
        (json!({"title": "t"}), "data_object.score is required"),
        (json!({"title": "t", "score": "x"}), "data_object.score must be a whole number"),
        (json!({"title": "t", "score": 1, "tier": "tin"}), "data_object.tier must be one of: gold, lead"),
    ] {
        let message = product.refused("POST", &alerts, object(data), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let new = product.alert(json!({"title": "t", "score": 7})).await;
    assert_eq!(new["data_object"]["tier"], "lead");
    // Found like any other, also where it was there before the field.
    for (value, expected) in [("gold", &old["id"]), ("lead", &new["id"])] {
        let search =
            json!({"condition": {"conditions": [{"name": "c", "data": ["tier", "=", value]}], "logics": ["c"]}});
        let page = product.ok("POST", &product.soc("alerts/search"), Some(search)).await;
        assert_eq!((&page["total"], &page["data"][0]["id"]), (&json!(1), expected));
    }

    product.refused("POST", &fields, Some(tier), (400, "SecMaster.20090405")).await;
    let id = made["id"].as_str().expect("an id");
    product.ok("DELETE", &format!("{fields}/{id}"), None).await;
    product.refused("DELETE", &format!("{fields}/{id}"), None, (400, "SecMaster.20090404")).await;
    assert_eq!(product.alert(json!({"title": "t", "score": 7, "tier": "tin"})).await["data_object"]["tier"], "tin");
    // What the class was born with stays.
    let born = product.get(&fields.replace("/muster/", "/soc/")).await["field_details"][0]["id"].clone();
    let born = format!("{fields}/{}", born.as_str().expect("an id"));
    product.refused("DELETE", &born, None, (400, "SecMaster.20090404")).await;

    for (body, expected) in [
        (json!({}), "field_key is required"),
        (field("1a", "String"), "field_key must be a letter"),
        (field("a.b", "String"), "field_key must be a letter"),
        (field("a", "Money"), "field_type must be one of"),
        (field("a", "Enum"), "options must have 1 to 200 texts"),
        (json!({"field_key": "a", "field_type": "Enum", "options": ["x"], "default_value": "y"}), "one of the options"),
    ] {
        let message = product.refused("POST", &fields, Some(body), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
}

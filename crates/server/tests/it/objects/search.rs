//! Searching for objects.

use std::time::Duration;

use serde_json::{Value, json};

use super::{INVALID, UNKNOWN, object};
use crate::product::{Product, keys, sorted};

/// Alerts, one a minute.
async fn some(product: &Product, alerts: Value) -> Vec<Value> {
    let mut ids = Vec::new();
    for alert in alerts.as_array().expect("a list") {
        ids.push(product.alert(alert.clone()).await["id"].clone());
        product.made.pass(Duration::from_secs(60));
    }
    ids
}

async fn six() -> Product {
    let product = Product::new().await;
    let alerts = json!([
        {"title": "a", "severity": "Low", "confidence": 10, "network_list": [{"src_ip": "10.1.0.1", "dest_port": "9"}]},
        {"title": "b", "severity": "High", "confidence": 9, "environment": {"region_id": "cn"}},
        {"title": "c", "severity": "High", "network_list": [{"src_ip": "10.2.0.1"}, {"src_ip": "192.168.0.1"}]},
        {"title": "d%", "severity": "Fatal", "confidence": "80", "own": {"deep": [{"x": 7}]}},
        {"title": "e", "first_observed_time": "2023-04-18T13:00:00.000Z+0800", "labels": "vip,web"},
        {"title": "f", "severity": "Tips", "handle_status": "Closed", "own": {"deep": [{"x": "7"}, {"x": null}]}},
    ]);
    some(&product, alerts).await;
    product
}

/// The titles that a search finds, oldest first, and how many.
async fn titles(product: &Product, condition: Value) -> (String, i64) {
    let body = json!({ "limit": 100, "order": "ASC", "condition": condition });
    let found = product.ok("POST", &product.soc("alerts/search"), Some(body)).await;
    let titles = found["data"].as_array().expect("a list").iter();
    let titles = titles.map(|row| row["data_object"]["title"].as_str().expect("a title")).collect();
    (titles, found["total"].as_i64().expect("a number"))
}

#[tokio::test]
async fn conditions_find_what_they_say() {
    let product = six().await;
    for (data, expected) in [
        (json!(["severity", "=", "High"]), "bc"),
        (json!(["severity", "==", "High"]), "bc"),
        (json!(["severity", "!=", "High"]), "ad%ef"),
        (json!(["severity", "in", "Tips,Low"]), "af"),
        (json!(["severity", "not-in", "Tips,Low,High"]), "d%e"),
        (json!(["severity", "exists"]), "abcd%f"),
        (json!(["severity", "not-exists"]), "e"),
        (json!(["confidence", ">", "9"]), "ad%"),
        (json!(["confidence", "<=", "10"]), "ab"),
        (json!(["handle_status", "=", "Open"]), "abcd%e"),
        (json!(["environment.region_id", "==", "cn"]), "b"),
        (json!(["network_list.src_ip", "cidr", "10.0.0.0/8"]), "ac"),
        (json!(["network_list.src_ip", "=", "192.168.0.1"]), "c"),
        (json!(["network_list.dest_port", "<", "10"]), "a"),
        (json!(["own.deep.x", "=", "7"]), "d%f"),
        (json!(["labels", "contains", "vip"]), "e"),
        (json!(["labels", "not-contains", "vip"]), "abcd%f"),
        (json!(["title", "like", "_\\%"]), "d%"),
        (json!(["title", "regex", "^[ab]$"]), "ab"),
        (json!(["title", "startswith", "d"]), "d%"),
        (json!(["title", "endswith", "%"]), "d%"),
        (json!(["first_observed_time", "<", "2023-04-18T05:00:00.001Z"]), "e"),
        (json!(["create_time", ">=", "2023-11-15T06:17:20.000Z+0800"]), "ef"),
    ] {
        let found = titles(&product, json!({ "conditions": [{ "name": "c", "data": data }] })).await;
        assert_eq!(found, (expected.to_owned(), expected.replace('%', "").len() as i64), "{data}");
    }
}

#[tokio::test]
async fn logic_puts_conditions_together() {
    let product = six().await;
    let conditions = json!([
        { "name": "high", "data": ["severity", "=", "High"] },
        { "name": "low", "data": ["severity", "=", "Low"] },
        { "name": "sure", "data": ["confidence", ">=", "10"] },
    ]);
    for (logics, expected) in [
        (json!(["high", "OR", "low", "or", "sure"]), "abcd%"),
        (json!(["(high or low) and sure"]), "a"),
        (json!(["high", "or", "low", "and", "sure"]), "abc"),
        (json!(["not", "(", "high", "or", "low", ")", "and", "sure"]), "d%"),
        (json!(["not", "high", "and not low and not sure"]), "ef"),
    ] {
        let found = titles(&product, json!({ "conditions": conditions, "logics": logics })).await;
        assert_eq!(found.0, expected, "{logics}");
    }
    assert_eq!(titles(&product, json!({ "conditions": conditions })).await, (String::new(), 0));
    assert_eq!(titles(&product, json!({})).await.1, 6);
    assert_eq!(titles(&product, json!({ "conditions": [], "logics": [] })).await.1, 6);
    assert_eq!(titles(&product, Value::Null).await.1, 6);
}

#[tokio::test]
async fn pages_sorting_and_times() {
    let product = six().await;
    let uri = product.soc("alerts/search");
    let find = async |body: Value| {
        let found = product.ok("POST", &uri, Some(body)).await;
        let titles = found["data"].as_array().expect("a list").iter();
        let titles: String = titles.map(|row| row["name"].as_str().expect("a title")).collect();
        (titles, found)
    };
    let (all, found) = find(json!({})).await;
    assert_eq!((all.as_str(), keys(&found)), ("fed%cba", sorted("code message total size page success data")));
    assert_eq!((&found["total"], &found["size"], &found["page"]), (&json!(6), &json!(10), &json!(1)));
    let (page, found) = find(json!({ "offset": 2, "limit": 2 })).await;
    assert_eq!((page.as_str(), &found["total"], &found["page"]), ("d%c", &json!(6), &json!(2)));
    // The storage does not decide this one.
    let contains = json!({ "conditions": [{ "name": "c", "data": ["title", "regex", "[a-e]"] }] });
    let (page, found) = find(json!({ "offset": 1, "limit": 2, "condition": contains })).await;
    assert_eq!((page.as_str(), &found["total"]), ("d%c", &json!(5)));
    for (body, expected) in [
        (json!({ "offset": 6 }), ""),
        (json!({ "offset": 10_000 }), ""),
        (json!({ "limit": 1000, "order": "asc" }), "abcd%ef"),
        (json!({ "sort_by": "update_time", "order": "DESC" }), "fed%cba"),
        (json!({ "sort_by": "severity", "order": "ASC" }), "d%bcafe"),
        (json!({ "sort_by": "confidence", "order": "DESC" }), "d%abfec"),
        (json!({ "from_date": "2023-11-15T06:15:20.000Z+0800" }), "fed%c"),
        (json!({ "to_date": "2023-11-14T22:15:20.000Z" }), "cba"),
        (json!({ "from_date": "2023-11-14T22:14:20Z", "to_date": "2023-11-14T22:15:20Z" }), "cb"),
        (json!({ "from_date": "2024-01-01" }), ""),
    ] {
        assert_eq!(find(body.clone()).await.0, expected, "{body}");
    }
    // An object that changes comes first when that is asked for.
    let first = found["data"][0]["id"].as_str().expect("an id");
    product.ok("PUT", &product.soc(&format!("alerts/{first}")), object(json!({ "owner": "ann" }))).await;
    assert_eq!(find(json!({ "sort_by": "update_time", "limit": 1 })).await.0, "d%");
    let owned = json!({ "conditions": [{ "name": "c", "data": ["owner", "=", "ann"] }] });
    assert_eq!(find(json!({ "condition": owned })).await.0, "d%");
    product.ok("DELETE", &product.soc("alerts"), Some(json!({ "batch_ids": [first] }))).await;
    assert_eq!(find(json!({ "condition": owned })).await.1["total"], 0);
}

#[tokio::test]
async fn every_class_is_searched_by_itself() {
    let product = six().await;
    product.ok("POST", &product.soc("incidents"), object(json!({ "title": "t" }))).await;
    let resource = json!({ "data_object": { "name": "web-1", "type": "vm", "level": 2 } });
    product.ok("POST", &product.soc("resources"), Some(resource)).await;
    let vulnerability = json!({ "data_object": { "vul_name": "CVE-1", "vulnerability": { "level": "high" } } });
    product.ok("POST", &product.soc("vulnerabilities"), Some(vulnerability)).await;
    for (path, data, name) in [
        ("incidents/search", json!(["title", "=", "t"]), "t"),
        ("resources/search", json!(["level", "=", "2.0"]), "web-1"),
        ("vulnerability/search", json!(["vulnerability.level", "=", "high"]), "CVE-1"),
    ] {
        let body = json!({ "condition": { "conditions": [{ "data": data }] } });
        let found = product.ok("POST", &product.soc(path), Some(body)).await;
        assert_eq!((&found["total"], &found["data"][0]["name"]), (&json!(1), &json!(name)), "{path}");
    }
    let indicators = product.ok("POST", &product.soc("indicators/search"), Some(json!({}))).await;
    assert_eq!((keys(&indicators), &indicators["total"]), (sorted("code message total size page data"), &json!(0)));

    let incident = product.ok("POST", &product.soc("incidents/search"), Some(json!({}))).await["data"][0].clone();
    let class = incident["dataclass_ref"]["id"].clone();
    for (body, expected) in [
        (json!({ "ids": [incident["id"], UNKNOWN] }), 1),
        (json!({ "ids": [UNKNOWN] }), 0),
        (json!({ "ids": [], "dataclass_id": class }), 1),
    ] {
        let found = product.ok("POST", &product.soc("incidents/search"), Some(body.clone())).await;
        assert_eq!(found["total"], expected, "{body}");
    }
}

#[tokio::test]
async fn wrong_searches_are_refused_with_what_is_wrong() {
    let product = Product::new().await;
    let uri = product.soc("alerts/search");
    let long = "x".repeat(600);
    let of = |data: Value| json!({ "condition": { "conditions": [{ "name": "first", "data": data }] } });
    for (body, expected) in [
        (json!({ "limit": 1001 }), "limit must be between 1 and 1000"),
        (json!({ "limit": "x" }), "limit must be a whole number"),
        (json!({ "offset": -1 }), "offset must be between 0 and 10000"),
        (json!({ "from_date": "soon" }), "from_date must be a time"),
        (json!({ "ids": ["x"] }), "ids must have at most 1000 UUIDs"),
        (json!({ "dataclass_id": UNKNOWN }), "dataclass_id must be "),
        (json!({ "condition": [] }), "condition must be an object"),
        (of(json!(["severity", "=", 5])), "condition.conditions[0].data[2] must be text"),
        (of(json!([])), "condition.conditions[0].data (first): "),
        (of(json!(["severity"])), "condition.conditions[0].data (first): "),
        (of(json!(["severity", "resembles", "High"])), "operator"),
        (of(json!(["", "=", "High"])), "condition.conditions[0].data (first): "),
        (of(json!([long, "=", "High"])), "more than 512 bytes"),
        (of(json!(["confidence", ">", "many"])), "condition.conditions[0].data (first): "),
        (of(json!(["first_observed_time", ">", "soon"])), "condition.conditions[0].data (first): "),
        (of(json!(["title", "regex", "(("])), "condition.conditions[0].data (first): "),
        (of(json!(["network_list.src_ip", "cidr", "10.0.0.0/64"])), "condition.conditions[0].data (first): "),
        (of(json!(["old.severity", "=", "High"])), "rules of playbooks only"),
        (of(json!(["severity", "changed"])), "rules of playbooks only"),
        (json!({ "condition": { "conditions": [], "logics": ["a"] } }), "condition.logics: there is no condition 'a'"),
        (json!({ "condition": { "conditions": [{ "data": ["a", "=", "b"] }], "logics": ["a"] } }), "needs a name"),
        (json!({ "condition": { "conditions": vec![json!({ "data": ["a", "=", "b"] }); 10_000] } }), "1000 at most"),
    ] {
        let message = product.refused("POST", &uri, Some(body), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let both = json!({ "limit": 0, "condition": { "conditions": [{ "data": ["a", "?", "b"] }, { "data": [] }] } });
    let message = product.refused("POST", &uri, Some(both), INVALID).await;
    for expected in ["limit must be", "conditions[0].data: ", "conditions[1].data: "] {
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    for (body, code, expected) in [
        (json!({ "sort_by": "own" }), "SecMaster.20030009", "sort_by must be create_time, update_time or a searchable"),
        (json!({ "order": "up" }), "SecMaster.20030010", "order must be ASC or DESC"),
    ] {
        let message = product.refused("POST", &uri, Some(body), (400, code)).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    product.refused("POST", &product.soc("nothings/search"), Some(json!({})), (400, "SecMaster.20040402")).await;
    let searches = ["alerts", "incidents", "indicators", "vulnerability", "resources", "nothings"];
    let calls: Vec<_> = searches.map(|path| product.soc(&format!("{path}/search"))).into();
    for uri in calls {
        for client in ["nobody", "stranger", "who"] {
            let status = product.call(client, "POST", &uri, Some(json!({}))).await.status;
            assert!([401, 403].contains(&status.as_u16()), "{client} {uri}");
        }
        let reader = product.call("reader", "POST", &uri, Some(json!({}))).await;
        assert_eq!(reader.status.is_success(), !uri.contains("nothings"), "{uri}: {reader:?}");
    }
}

#[tokio::test]
async fn a_regular_expression_that_back_tracks_elsewhere_is_quick() {
    let product = Product::new().await;
    product.alert(json!({ "title": "a".repeat(50_000) })).await;
    for pattern in ["(a+)+$", "(a|aa)+$b", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
        let body = json!({ "condition": { "conditions": [{ "data": ["title", "regex", pattern] }] } });
        let started = std::time::Instant::now();
        product.ok("POST", &product.soc("alerts/search"), Some(body)).await;
        assert!(started.elapsed() < Duration::from_secs(2), "{pattern}");
    }
}

//! `…/soc/{dataclass_type}/{data_object_id}/{related_dataclass_type}`.

use serde_json::{Value, json};

use crate::installation::admin;
use crate::objects::{GONE, INVALID, UNKNOWN, object};
use crate::product::{Product, keys, sorted};

const NO_CLASS: (u16, &str) = (400, "SecMaster.20040402");

impl Product {
    /// Creates an object of a class; its id.
    async fn made(&self, class: &str, title: &str) -> String {
        let data = match class {
            "indicators" => return self.object("Indicator").await,
            _ => json!({"title": title}),
        };
        let created = self.ok("POST", &self.soc(class), object(data)).await;
        created["data"]["data_object"]["id"].as_str().expect("an id").to_owned()
    }

    /// What became of a call on relations.
    async fn relate(&self, method: &str, rest: &str, body: Value) -> Value {
        let reply = self.ok(method, &self.soc(rest), Some(body)).await;
        assert_eq!(keys(&reply), sorted("code message success request_id data"));
        reply["data"].clone()
    }

    /// The ids of the objects that an object is related to, oldest first.
    async fn related(&self, rest: &str, mut search: Value) -> Vec<String> {
        search["order"] = json!("ASC");
        let page = self.ok("POST", &self.soc(&format!("{rest}/search")), Some(search)).await;
        assert_eq!(keys(&page), sorted("code message total size page success data"));
        let rows = page["data"].as_array().expect("rows");
        assert_eq!(page["total"], json!(rows.len()));
        rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
    }
}

#[tokio::test]
async fn relations_are_made_found_from_both_sides_and_ended() {
    let product = Product::new().await;
    let incident = product.made("incidents", "breach").await;
    let (one, two) = (product.made("alerts", "scan").await, product.made("alerts", "login").await);
    let stray = product.made("incidents", "other").await;
    let indicator = product.made("indicators", "").await;
    let made = product
        .relate("POST", &format!("incidents/{incident}/alerts"), json!({"ids": [one, UNKNOWN, two, "x", stray]}))
        .await;
    assert_eq!(made, json!({"success_ids": [one, two], "error_ids": [UNKNOWN, "x", stray]}));
    // Once more, by one text, from the other side: nothing changes.
    let again = product.relate("POST", &format!("alert/{one}/Incident"), json!({"ids": incident})).await;
    assert_eq!(again, json!({"success_ids": [incident], "error_ids": []}));
    product.relate("POST", &format!("incidents/{incident}/indicators"), json!({"ids": [indicator]})).await;
    product.relate("POST", &format!("alerts/{one}/alerts"), json!({"ids": [two]})).await;
    let itself = product.relate("POST", &format!("alerts/{one}/alerts"), json!({"ids": [one]})).await;
    assert_eq!(itself, json!({"success_ids": [], "error_ids": [one]}));

    let none = || json!({});
    for (rest, search, expected) in [
        (format!("incidents/{incident}/alerts"), none(), vec![&one, &two]),
        (format!("alerts/{one}/incidents"), none(), vec![&incident]),
        (format!("alerts/{one}/alerts"), none(), vec![&two]),
        (format!("alerts/{two}/alerts"), none(), vec![&one]),
        (format!("alerts/{two}/indicators"), none(), vec![]),
        (format!("indicators/{indicator}/incidents"), none(), vec![&incident]),
        (format!("incidents/{stray}/alerts"), none(), vec![]),
        (format!("incidents/{incident}/alerts"), json!({"limit": 1000, "ids": [two]}), vec![&two]),
        (
            format!("incidents/{incident}/alerts"),
            json!({"condition": {"conditions": [{"name": "a", "data": ["title", "contains", "og"]}], "logics": ["a"]}}),
            vec![&two],
        ),
    ] {
        assert_eq!(
            product.related(&rest, search.clone()).await.iter().collect::<Vec<_>>(),
            expected,
            "{rest} {search}"
        );
    }
    let page = json!({"limit": 1, "offset": 1, "order": "ASC"});
    let page = product.ok("POST", &product.soc(&format!("incidents/{incident}/alerts/search")), Some(page)).await;
    assert_eq!((&page["total"], &page["page"], &page["data"][0]["id"]), (&json!(2), &json!(2), &json!(two)));
    assert_eq!(page["data"][0]["data_object"]["title"], "login");
    assert_eq!(page["data"][0]["dataclass_ref"]["name"], "Alert");

    let ended =
        product.relate("DELETE", &format!("alerts/{one}/incidents"), json!({"ids": [incident, stray, "x"]})).await;
    assert_eq!(ended, json!({"success_ids": [incident], "error_ids": [stray, "x"]}));
    assert_eq!(product.related(&format!("incidents/{incident}/alerts"), none()).await, std::slice::from_ref(&two));
    // A deleted object takes its relations along.
    product.ok("DELETE", &product.soc("alerts"), Some(json!({"batch_ids": [two]}))).await;
    assert_eq!(product.related(&format!("incidents/{incident}/alerts"), none()).await, [""; 0]);
    let acts = product.acts().await;
    let ours = |act: &str, id: &str| acts.iter().filter(|(action, object)| action == act && object == id).count();
    assert_eq!((ours("relation.create", &incident), ours("relation.delete", &one)), (2, 1));
}

#[tokio::test]
async fn objects_are_related_each_with_each() {
    let product = Product::new().await;
    let (one, two) = (product.made("incidents", "1").await, product.made("incidents", "2").await);
    let (a, b) = (product.made("alerts", "a").await, product.made("alerts", "b").await);
    let uri = "incidents/alerts/batch-create";
    let body = json!({"dataobject_ids": [one, UNKNOWN, two], "related_dataobject_ids": [a, one, b]});
    let made = product.relate("POST", uri, body).await;
    assert_eq!(made, json!({"success_ids": [one, two, a, b], "error_ids": [UNKNOWN, one]}));
    for incident in [&one, &two] {
        let related = product.related(&format!("incidents/{incident}/alerts"), json!({})).await;
        assert_eq!(related, [a.clone(), b.clone()]);
    }
    let body = json!({"dataobject_ids": [one], "related_dataobject_ids": [UNKNOWN]});
    assert_eq!(product.relate("POST", uri, body).await, json!({"success_ids": [], "error_ids": [one, UNKNOWN]}));
    let many: Vec<String> = (0..101).map(|number| format!("00000000-0000-0000-0000-{number:012}")).collect();
    for (body, expected) in [
        (json!({}), "dataobject_ids must list 1 to 1000 ids; related_dataobject_ids must list 1 to 1000 ids"),
        (json!({"dataobject_ids": many, "related_dataobject_ids": many}), "must make at most 10000 relations"),
    ] {
        let message = product.refused("POST", &product.soc(uri), Some(body), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let product = Product::new().await;
    let alert = product.made("alerts", "a").await;
    let ids = || json!({"ids": [alert]});
    for (method, rest, body, refusal) in [
        ("POST", format!("alerts/{alert}/alerts"), json!({}), INVALID),
        ("POST", format!("alerts/{alert}/alerts"), json!({"ids": []}), INVALID),
        ("POST", format!("alerts/{alert}/alerts"), json!({"ids": [1]}), INVALID),
        ("POST", format!("alerts/{alert}/alerts"), json!({"ids": vec![UNKNOWN; 1001]}), INVALID),
        ("POST", "alerts/x/alerts".to_owned(), ids(), INVALID),
        ("POST", format!("alerts/{UNKNOWN}/alerts"), ids(), GONE),
        ("POST", format!("incidents/{alert}/alerts"), ids(), GONE),
        ("POST", format!("alerts/{alert}/rockets"), ids(), NO_CLASS),
        ("POST", format!("rockets/{alert}/alerts"), ids(), NO_CLASS),
        ("DELETE", format!("alerts/{alert}/alerts"), json!({}), INVALID),
        ("DELETE", format!("alerts/{UNKNOWN}/alerts"), ids(), GONE),
        ("POST", format!("alerts/{UNKNOWN}/alerts/search"), json!({}), GONE),
        ("POST", format!("incidents/{alert}/alerts/search"), json!({}), GONE),
        ("POST", format!("alerts/{alert}/alerts/search"), json!({"limit": 0}), INVALID),
        ("POST", format!("alerts/{alert}/alerts/search"), json!({"sort_by": "no"}), (400, "SecMaster.20030009")),
        ("POST", "alerts/rockets/batch-create".to_owned(), json!({}), NO_CLASS),
    ] {
        product.refused(method, &product.soc(&rest), Some(body), refusal).await;
    }
}

#[tokio::test]
async fn relations_are_guarded_and_stay_in_their_workspace() {
    let product = Product::new().await;
    let (one, two) = (product.made("alerts", "a").await, product.made("alerts", "b").await);
    let uri = product.soc(&format!("alerts/{one}/alerts"));
    let batch = product.soc("alerts/alerts/batch-create");
    product.guarded(&[("POST", uri.clone()), ("DELETE", uri.clone()), ("POST", batch)]).await;
    for (client, status) in [("nobody", 403), ("stranger", 403), ("reader", 200), ("who", 401)] {
        let answer = product.call(client, "POST", &format!("{uri}/search"), Some(json!({}))).await;
        assert_eq!(answer.status, status, "{client}");
    }
    let second = product.made.workspace(&admin(), "second").await.id;
    let there = product.workspaces(&format!("/{second}/soc/alerts/{one}/alerts"));
    for (method, uri) in [("POST", there.clone()), ("DELETE", there.clone()), ("POST", format!("{there}/search"))] {
        product.refused(method, &uri, Some(json!({"ids": [two]})), GONE).await;
    }
}

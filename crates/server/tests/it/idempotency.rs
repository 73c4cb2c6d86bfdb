//! `Idempotency-Key` over an installation.

use model::NodeId;
use serde_json::{Value, json};
use service::idempotency::Claim;
use service::{Caller, RequestInfo};
use store::cluster::Lease;
use uuid::Uuid;

use crate::installation::admin;
use crate::product::Product;
use crate::toy::Answer;

/// A body that creates a workflow.
async fn workflow(product: &Product, name: &str) -> Value {
    let classes = product.get(&product.soc("dataclasses?business_code=Alert")).await;
    let class = &classes["dataclass_details"][0]["id"];
    json!({"name": name, "engine_type": "public_engine", "aop_type": "NORMAL", "dataclass_id": class})
}

async fn create(product: &Product, client: &str, key: &str, body: &Value) -> Answer {
    product.keyed(client, "POST", &product.soc("workflows"), key, body).await
}

/// How many workflows the tests have made; the workspace was born with others.
async fn count(product: &Product) -> Value {
    product.get(&product.soc("workflows?name=one")).await["total"].clone()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_changes_nothing() {
    let product = Product::new().await;
    let first = create(&product, "admin", "k1", &workflow(&product, "one").await).await;
    let again = create(&product, "admin", "k1", &workflow(&product, "one").await).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(first.json(), again.json());
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(count(&product).await, 1);
    // Without a key, the name is taken.
    let uri = product.soc("workflows");
    product.refused("POST", &uri, Some(workflow(&product, "one").await), (400, "SecMaster.20090601")).await;
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_user() {
    let product = Product::new().await;
    create(&product, "admin", "k1", &workflow(&product, "one").await).await.json();
    let (status, code, message) = create(&product, "admin", "k1", &workflow(&product, "two").await).await.failure();
    assert_eq!((status, code.as_str()), (400, "SecMaster.20090001"), "{message}");
    // Reading is no change: the key does not matter.
    let read = product.keyed("admin", "GET", &product.soc("workflows"), "k1", &json!(null)).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.header("idempotency-replayed"), "");
    // Another user's key is another key; this one is refused for what they may not do.
    assert_eq!(
        create(&product, "reader", "k1", &workflow(&product, "one").await).await.failure().1,
        "SecMaster.20010002"
    );
    for wrong in ["", "ü", &"x".repeat(256)] {
        let (status, _, message) = create(&product, "admin", wrong, &workflow(&product, "three").await).await.failure();
        assert_eq!(status, 400);
        assert!(message.contains("Idempotency-Key must be"), "{message}");
    }
    assert_eq!(count(&product).await, 1);
}

#[tokio::test]
async fn a_refused_request_can_be_corrected_under_its_key() {
    let product = Product::new().await;
    let refused = create(&product, "admin", "k1", &json!({"name": ""})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(create(&product, "admin", "k1", &workflow(&product, "one").await).await.status, 200);
}

#[tokio::test]
async fn of_many_requests_at_once_one_is_carried_out() {
    let product = Product::new().await;
    let body = workflow(&product, "one").await;
    let calls = (0..20).map(|_| create(&product, "admin", "k1", &body));
    let answers = futures::future::join_all(calls).await;
    for answer in &answers {
        let under_way = answer.status == 400 && answer.json()["code"] == "SecMaster.20090003";
        assert!(answer.status == 200 || under_way, "{answer:?}");
    }
    assert!(answers.iter().any(|answer| answer.status == 200 && answer.header("idempotency-replayed").is_empty()));
    assert_eq!(count(&product).await, 1);
}

#[tokio::test]
async fn after_a_crash_the_audit_record_tells_whether_a_request_was_carried_out() {
    let product = Product::new().await;
    let service = &product.made.service;
    let request = |id: &str| RequestInfo { id: id.into(), ..RequestInfo::default() };
    let (early, late) =
        (Caller { request: request("early"), ..admin() }, Caller { request: request("late"), ..admin() });
    let next_process = async |node| {
        Lease::register(&product.made.db, NodeId(Uuid::from_u128(node)), 1, "next").await.expect("registers");
    };

    // One request dies before it has changed anything.
    assert_eq!(service.claim_key(&early, "k1", [1; 32]).await.expect("is free"), Claim::Taken);
    let refused = service.claim_key(&early, "k1", [1; 32]).await.expect_err("its process lives");
    assert_eq!(refused.code(), "SecMaster.20090003");
    next_process(9).await;
    assert_eq!(service.claim_key(&early, "k1", [1; 32]).await.expect("nothing was done"), Claim::Taken);

    // Another one dies after its change, before its answer.
    assert_eq!(service.claim_key(&late, "k2", [2; 32]).await.expect("is free"), Claim::Taken);
    product.made.workspace(&late, "made by the request that died").await;
    next_process(10).await;
    let refused = service.claim_key(&late, "k2", [2; 32]).await.expect_err("it was done");
    assert_eq!(refused.code(), "SecMaster.20090004");
}

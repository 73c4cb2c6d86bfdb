use model::{NodeId, Timestamp, UserId};
use store::idempotency::{self, KeyRow};

use crate::fixture::{Node, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

fn row(node: NodeId, user: UserId, key: &str, at: Timestamp) -> KeyRow {
    KeyRow {
        user_id: user,
        key: key.into(),
        request_hash: vec![7; 32],
        request_id: format!("request-{key}"),
        node_id: node,
        created_at: at,
        status: None,
        body: String::new(),
    }
}

async fn claim(node: &Node, row: &KeyRow) -> Option<KeyRow> {
    let row = row.clone();
    node.write(move |tx| Box::pin(async move { idempotency::claim(tx, &row).await })).await
}

on_both! {
    async fn a_key_is_taken_once_by_each_user_and_keeps_its_answer(store: Store) {
        let node = store.node().await;
        let (user, other) = (UserId(uuid()), UserId(uuid()));
        let first = row(node.id, user, "k", NOON);
        assert_eq!(claim(&node, &first).await, None);
        let second = KeyRow { request_id: "another".into(), ..first.clone() };
        assert_eq!(claim(&node, &second).await, Some(first.clone()));
        assert_eq!(claim(&node, &row(node.id, other, "k", NOON)).await, None);

        // Only the request that has the key can answer or give it up.
        let answer = |request: &'static str| {
            node.write(move |tx| Box::pin(async move { idempotency::answer(tx, user, "k", request, 200, "{}").await }))
        };
        let release = |request: &'static str| {
            node.write(move |tx| Box::pin(async move { idempotency::release(tx, user, "k", request).await }))
        };
        answer("another").await;
        release("another").await;
        assert_eq!(claim(&node, &second).await, Some(first.clone()));
        answer("request-k").await;
        release("request-k").await;
        let answered = KeyRow { status: Some(200), body: "{}".into(), ..first };
        assert_eq!(claim(&node, &second).await, Some(answered));
    }

    async fn old_keys_are_removed_in_batches(store: Store) {
        let node = store.node().await;
        let user = UserId(uuid());
        for (key, at) in [("a", -3), ("b", -2), ("c", -1), ("d", 0)] {
            assert_eq!(claim(&node, &row(node.id, user, key, after_noon(at))).await, None);
        }
        let purge = |limit| {
            node.write(move |tx| Box::pin(async move { idempotency::delete_old(tx, NOON, limit).await }))
        };
        assert_eq!(purge(2).await, 2);
        assert_eq!(purge(2).await, 1);
        assert_eq!(purge(2).await, 0);
        assert!(claim(&node, &row(node.id, user, "d", NOON)).await.is_some());
    }
}

use std::collections::HashSet;

use futures::future::join_all;
use model::{PlaybookInstanceId, Tenant, Timestamp};
use store::Error;
use store::playbook::work::{self, WorkRow};

use super::{admit, create, end, enqueue_some, ids, nodes};
use crate::fixture::{Node, Open, Store, tenant};
use crate::on_both;
use crate::rows::{NOON, after_noon};

async fn claim(node: &Node, now: Timestamp, limit: i64) -> Vec<WorkRow> {
    let until = Timestamp(now.0 + 60_000_000);
    node.write(move |tx| Box::pin(async move { work::claim_due(tx, now, until, limit).await })).await
}

/// Instances that another node has admitted at noon and never started.
async fn abandoned(node: &Node, tenant: Tenant, count: usize) -> Vec<PlaybookInstanceId> {
    let playbook = create(node, tenant, "Isolate", |_| {}).await;
    enqueue_some(node, &playbook, count).await;
    ids(&admit(node, NOON, 100).await)
}

on_both! {
    async fn a_node_that_dies_is_replaced(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let all = abandoned(&node, tenant, 3).await;
        assert_eq!(claim(&node, after_noon(59), 10).await, []);
        let first = claim(&node, after_noon(60), 2).await;
        assert_eq!(first.len(), 2);
        assert!(first.iter().all(|work| work.due_at == Some(after_noon(120)) && work.tenant() == tenant));
        let second = claim(&node, after_noon(60), 2).await;
        let claimed: HashSet<PlaybookInstanceId> = first.iter().chain(&second).map(|work| work.id).collect();
        assert_eq!(claimed, all.into_iter().collect());
        assert_eq!(claim(&node, after_noon(119), 10).await, []);
        assert_eq!(claim(&node, after_noon(120), 10).await.len(), 3);
    }

    async fn a_claim_is_given_back_by_who_has_it(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let [id] = abandoned(&node, tenant, 1).await[..] else { unreachable!("one") };
        let stale = claim(&node, after_noon(60), 1).await.remove(0);
        let held = claim(&node, after_noon(120), 1).await.remove(0);
        let release = async |claim: &WorkRow, due_at| {
            let claim = claim.clone();
            node.write(move |tx| Box::pin(async move { work::release(tx, &claim, due_at).await })).await;
        };
        let due = async || {
            let found = node.write(move |tx| Box::pin(async move { work::lock(tx, tenant, id).await })).await;
            found.expect("has not ended").due_at
        };
        release(&stale, None).await;
        assert_eq!(due().await, Some(after_noon(180)), "somebody else has it");
        release(&held, Some(after_noon(200))).await;
        assert_eq!(due().await, Some(after_noon(200)));
        let again = claim(&node, after_noon(200), 1).await.remove(0);
        // Meanwhile the next of its runs is to be started.
        node.write(move |tx| Box::pin(async move { work::set_due(tx, tenant, id, after_noon(210)).await })).await;
        release(&again, None).await;
        assert_eq!(due().await, Some(after_noon(210)));
        let last = claim(&node, after_noon(210), 1).await.remove(0);
        release(&last, None).await;
        assert_eq!(due().await, None);
        assert_eq!(claim(&node, after_noon(9_999), 1).await, []);
    }

    async fn what_waits_or_has_ended_is_not_claimed(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let [held, ended] = abandoned(&node, tenant, 2).await[..] else { unreachable!("two") };
        node.write(move |tx| Box::pin(async move { work::hold(tx, tenant, held, "failed").await })).await;
        assert!(end(&node, tenant, ended, "FINISHED").await);
        let playbook = create(&node, tenant, "Block", |_| {}).await;
        enqueue_some(&node, &playbook, 1).await;
        assert_eq!(claim(&node, after_noon(9_999), 10).await, []);
        node.write(move |tx| Box::pin(async move { work::set_due(tx, tenant, held, NOON).await })).await;
        assert_eq!(claim(&node, after_noon(9_999), 10).await, []);
    }

    async fn claims_of_many_are_disjoint(store: Store) {
        let nodes = nodes(&store).await;
        abandoned(&nodes[0], tenant(), 60).await;
        let claims = (0..12).map(|number| {
            nodes[number % nodes.len()].writer.write::<_, Error, _>(move |tx| {
                Box::pin(async move { work::claim_due(tx, after_noon(60), after_noon(120), 7).await })
            })
        });
        let mut claimed = Vec::new();
        for batch in join_all(claims).await {
            let batch = batch.expect("claims");
            assert!(batch.len() <= 7, "{}", batch.len());
            claimed.extend(ids(&batch));
        }
        claimed.extend(ids(&claim(&nodes[0], after_noon(60), 100).await));
        let different: HashSet<&PlaybookInstanceId> = claimed.iter().collect();
        assert_eq!((claimed.len(), different.len()), (60, 60));
    }

    async fn what_there_is_to_do_is_told(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let pending = async |second| {
            let found = work::pending(&mut store.read().await, after_noon(second)).await.expect("looks");
            [found.queued, found.due, found.news, found.tick]
        };
        assert_eq!(pending(0).await, [false; 4]);
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        enqueue_some(&node, &playbook, 1).await;
        assert_eq!(pending(0).await, [true, false, false, false]);
        admit(&node, NOON, 1).await;
        assert_eq!(pending(59).await, [false; 4]);
        assert_eq!(pending(60).await, [false, true, false, false]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_node_is_claiming_is_passed_over() {
    let Some(store) = Store::postgres().await else { return };
    let nodes = nodes(&store).await;
    let all = abandoned(&nodes[0], tenant(), 5).await;
    let (first, open) = Open::begin(&nodes[0], |tx| {
        Box::pin(async move { work::claim_due(tx, after_noon(60), after_noon(120), 3).await })
    })
    .await;
    let second = claim(&nodes[1], after_noon(60), 10).await;
    open.commit().await;
    let mut claimed = [ids(&first), ids(&second)].concat();
    claimed.sort();
    assert_eq!((first.len(), claimed), (3, all));
}

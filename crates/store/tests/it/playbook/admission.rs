use futures::future::join_all;
use model::{PlaybookInstanceId, Timestamp};
use store::Error;
use store::playbook::{self, admission};

use super::{admit, create, end, enqueue_some, get, ids, nodes};
use crate::fixture::tenant;
use crate::on_both;
use crate::rows::{NOON, after_noon};

on_both! {
    async fn the_larger_priority_goes_first_and_then_the_older_instance(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let low = create(&node, tenant, "low", |_| {}).await;
        let high = create(&node, tenant, "high", |row| row.priority = 5).await;
        let middle = create(&node, tenant, "middle", |row| row.priority = 1).await;
        let low = enqueue_some(&node, &low, 3).await;
        let middle = enqueue_some(&node, &middle, 2).await;
        let high = enqueue_some(&node, &high, 2).await;
        let expected: Vec<PlaybookInstanceId> = [high, middle, low].concat();
        let mut admitted = Vec::new();
        for limit in [0, 3, 1, 2, 10, 10] {
            admitted.extend(ids(&admit(&node, after_noon(3), limit).await));
        }
        assert_eq!(admitted, expected);
        for id in admitted {
            assert_eq!(get(&store, tenant, id).await.start_time, Some(after_noon(3)));
        }
    }

    async fn what_is_admitted_is_claimed_until_an_instant(store: Store) {
        let node = store.node().await;
        let playbook = create(&node, tenant(), "Isolate", |_| {}).await;
        enqueue_some(&node, &playbook, 1).await;
        let admitted = admit(&node, NOON, 1).await;
        assert_eq!((admitted[0].state.as_str(), admitted[0].due_at), ("active", Some(after_noon(60))));
    }

    async fn no_workspace_waits_for_the_queue_of_another(store: Store) {
        let node = store.node().await;
        let (noisy, quiet) = (tenant(), tenant());
        let mut backlog = Vec::new();
        for name in ["first", "second"] {
            let playbook = create(&node, noisy, name, |row| row.priority = 1_000).await;
            backlog.extend(enqueue_some(&node, &playbook, 20).await);
        }
        let playbook = create(&node, quiet, "one", |_| {}).await;
        let few = enqueue_some(&node, &playbook, 3).await;
        let admitted = ids(&admit(&node, NOON, 4).await);
        assert_eq!(admitted, [&backlog[..2], &few[..2]].concat());
        // What one does not use is the other's.
        let admitted = ids(&admit(&node, NOON, 4).await);
        assert_eq!(admitted, [&backlog[2..4], &few[2..]].concat());
        assert_eq!(admit(&node, NOON, 4).await.len(), 4);
    }

    async fn a_paused_playbook_keeps_its_queue(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        let queued = enqueue_some(&node, &playbook, 2).await;
        let id = playbook.id;
        node.write(move |tx| Box::pin(async move { playbook::pause(tx, tenant, id, "5 failures", NOON).await })).await;
        let paused = playbook::get(&mut store.read().await, tenant, id).await.expect("reads").expect("is there");
        assert_eq!((paused.paused_at, paused.pause_reason.as_str()), (Some(NOON), "5 failures"));
        assert_eq!(admit(&node, NOON, 10).await, []);
        node.write(move |tx| Box::pin(async move { playbook::update(tx, &playbook).await })).await;
        assert_eq!(ids(&admit(&node, NOON, 10).await), queued);
    }

    async fn instances_that_run_at_once_are_limited(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |row| row.concurrency = 3).await;
        let queued = enqueue_some(&node, &playbook, 6).await;
        assert_eq!(ids(&admit(&node, NOON, 2).await), queued[..2]);
        assert_eq!(ids(&admit(&node, NOON, 10).await), queued[2..3]);
        assert_eq!(admit(&node, NOON, 10).await, []);
        // Neither one that has ended nor one that waits for a person takes room.
        let (first, second) = (queued[0], queued[1]);
        assert!(end(&node, tenant, first, "FINISHED").await);
        node.write(move |tx| Box::pin(async move { playbook::work::hold(tx, tenant, second, "failed").await })).await;
        assert_eq!(ids(&admit(&node, NOON, 10).await), queued[3..5]);
        // One that was retried does.
        node.write(move |tx| Box::pin(async move { playbook::work::resume(tx, tenant, second, "RETRYING", 1).await })).await;
        assert!(end(&node, tenant, queued[2], "FINISHED").await);
        assert_eq!(admit(&node, NOON, 10).await, []);
    }

    async fn instances_that_start_in_a_minute_are_limited(store: Store) {
        let node = store.node().await;
        let playbook = create(&node, tenant(), "Isolate", |row| row.starts_per_minute = 3).await;
        enqueue_some(&node, &playbook, 20).await;
        let admitted = async |second| admit(&node, after_noon(second), 10).await.len();
        assert_eq!(admit(&node, NOON, 1).await.len(), 1);
        assert_eq!(admitted(40).await, 2);
        assert_eq!(admitted(59).await, 0);
        assert_eq!(admitted(60).await, 1, "the first is a minute ago");
        assert_eq!(admitted(99).await, 0);
        assert_eq!(admitted(100).await, 2);
        assert_eq!(admitted(1000).await, 3);
        // Whatever minute one looks at: also one that begins within a second.
        let late = Timestamp(after_noon(1060).0 + 1);
        assert_eq!(admit(&node, late, 10).await.len(), 3);
        assert_eq!(admitted(1120).await, 0);
        assert_eq!(admitted(1121).await, 3);
    }

    async fn limits_hold_when_many_admit_at_once(store: Store) {
        let nodes = nodes(&store).await;
        let tenant = tenant();
        let few = create(&nodes[0], tenant, "few", |row| row.concurrency = 5).await;
        let slow = create(&nodes[0], tenant, "slow", |row| row.starts_per_minute = 7).await;
        let free = create(&nodes[0], tenant, "free", |_| {}).await;
        for playbook in [&few, &slow, &free] {
            enqueue_some(&nodes[0], playbook, 40).await;
        }
        let admissions = (0..16).map(|number| {
            nodes[number % nodes.len()].writer.write::<_, Error, _>(move |tx| {
                Box::pin(async move { admission::admit(tx, NOON, after_noon(60), 6).await })
            })
        });
        let mut admitted = Vec::new();
        for batch in join_all(admissions).await {
            let batch = batch.expect("admits");
            assert!(batch.len() <= 6, "{}", batch.len());
            admitted.extend(batch);
        }
        loop {
            let batch = admit(&nodes[0], NOON, 6).await;
            if batch.is_empty() {
                break;
            }
            admitted.extend(batch);
        }
        let of = |playbook: &playbook::PlaybookRow| admitted.iter().filter(|work| work.playbook_id == playbook.id).count();
        assert_eq!((of(&few), of(&slow), of(&free)), (5, 7, 40));
        let mut different = ids(&admitted);
        different.sort();
        different.dedup();
        assert_eq!(different.len(), admitted.len());
    }
}

use std::collections::HashSet;

use model::{InstanceId, NodeId, Timestamp};
use store::damaged;
use store::root::{self, RootRow};
use store::turn::Next;

use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, Run, after_noon};

async fn waiting(node: &Node, due_at: Option<Timestamp>, level: i64) -> Run {
    let mut run = Run::new(tenant());
    let mut turn = run.turn(Next::Waits { due_at });
    turn.level = level;
    node.turn(turn).await;
    run
}

async fn claim_due(node: &Node, now: Timestamp, level: i64, limit: i64) -> Vec<RootRow> {
    let id = node.id;
    node.write(move |tx| Box::pin(async move { root::claim_due(tx, id, now, level, limit).await })).await
}

async fn claim_one(node: &Node, root: InstanceId, level: i64) -> Option<RootRow> {
    let id = node.id;
    node.write(move |tx| Box::pin(async move { root::claim_one(tx, id, root, level).await })).await
}

async fn get(store: &Store, root: InstanceId) -> RootRow {
    root::get_root(&mut store.read().await, root).await.expect("reads").expect("is there")
}

on_both! {
    async fn due_roots_are_claimed_oldest_first(store: Store) {
        let node = store.node().await;
        let late = waiting(&node, Some(after_noon(-1)), 1).await;
        let early = waiting(&node, Some(after_noon(-9)), 1).await;
        let just = waiting(&node, Some(NOON), 1).await;
        waiting(&node, Some(after_noon(1)), 1).await;
        waiting(&node, None, 1).await;
        waiting(&node, Some(after_noon(-99)), 2).await;
        let mut conn = store.read().await;
        assert!(root::is_any_due(&mut conn, NOON, 1).await.expect("reads"));
        let first = claim_due(&node, NOON, 1, 1).await;
        assert_eq!(first.iter().map(|row| row.id).collect::<Vec<_>>(), [early.root]);
        assert_eq!(first[0].owner_id, Some(node.id));
        assert_eq!(first[0], get(&store, early.root).await);
        let rest: HashSet<InstanceId> = claim_due(&node, NOON, 1, 10).await.iter().map(|row| row.id).collect();
        assert_eq!(rest, HashSet::from([late.root, just.root]));
        assert_eq!(claim_due(&node, NOON, 1, 10).await, []);
        assert!(!root::is_any_due(&mut conn, NOON, 1).await.expect("reads"));
        let owned = root::list_owned_due(&mut conn, node.id, NOON).await.expect("reads");
        assert_eq!(owned.len(), 3);
    }

    async fn a_root_above_the_level_or_with_a_problem_or_an_owner_is_left_alone(store: Store) {
        let node = store.node().await;
        let plain = waiting(&node, None, 1).await;
        let newer = waiting(&node, Some(after_noon(-1)), 2).await;
        let broken = waiting(&node, Some(after_noon(-1)), 1).await;
        let broken_id = broken.root;
        node.write(move |tx| Box::pin(async move { damaged::put_aside(tx, broken_id, "turn 3 cannot be read").await }))
            .await;
        let found = get(&store, broken.root).await;
        assert_eq!((found.problem.as_str(), found.owner_id, found.due_at), ("turn 3 cannot be read", None, None));
        assert_eq!(claim_one(&node, newer.root, 1).await, None);
        assert_eq!(claim_one(&node, broken.root, 9).await, None);
        assert_eq!(claim_one(&node, InstanceId(uuid()), 9).await, None);
        assert_eq!(claim_due(&node, NOON, 1, 10).await, []);
        assert_eq!(claim_one(&node, plain.root, 1).await.expect("is free").owner_id, Some(node.id));
        assert_eq!(claim_one(&node, plain.root, 1).await, None);
        assert!(claim_one(&node, newer.root, 2).await.is_some());
        // A command does not bring the quarantined root back.
        node.write(move |tx| Box::pin(async move { root::push_inbox(tx, broken_id, "{}", None).await })).await;
        assert_eq!(claim_due(&node, NOON, 9, 10).await, []);
    }

    async fn a_released_root_is_due_when_it_says_or_when_a_command_waits(store: Store) {
        let node = store.node().await;
        let id = node.id;
        let release = |root: InstanceId, by: NodeId, done: i64, due: Option<Timestamp>| {
            node.write(move |tx| Box::pin(async move { root::release(tx, by, root, done, due).await }))
        };
        let mut run = Run::new(tenant());
        node.turn(run.turn(Next::Owned { due_at: Some(after_noon(1)) })).await;
        // Only its owner gives it back.
        release(run.root, NodeId(uuid()), 0, None).await;
        assert_eq!(get(&store, run.root).await.owner_id, Some(id));
        release(run.root, id, 0, Some(after_noon(7))).await;
        let found = get(&store, run.root).await;
        assert_eq!((found.owner_id, found.due_at), (None, Some(after_noon(7))));

        assert!(claim_one(&node, run.root, 1).await.is_some());
        let root = run.root;
        node.write(move |tx| Box::pin(async move { root::push_inbox(tx, root, "{}", None).await })).await;
        release(run.root, id, 0, Some(after_noon(7))).await;
        assert_eq!(get(&store, run.root).await.due_at, Some(Timestamp(0)));
        assert!(claim_one(&node, run.root, 1).await.is_some());
        release(run.root, id, 1, None).await;
        assert_eq!(get(&store, run.root).await.due_at, None);
    }

    async fn claimers_at_the_same_time_never_get_the_same_root(store: Store) {
        let node = store.node().await;
        let mut all = HashSet::new();
        for _ in 0..60 {
            all.insert(waiting(&node, Some(NOON), 1).await.root);
        }
        let mut claimers = Vec::new();
        for _ in 0..6 {
            let (writer, by) = (node.writer.clone(), NodeId(uuid()));
            claimers.push(tokio::spawn(async move {
                let mut claimed = Vec::new();
                loop {
                    let some: Result<Vec<RootRow>, store::Error> = writer
                        .write(move |tx| Box::pin(async move { root::claim_due(tx, by, NOON, 1, 3).await }))
                        .await;
                    let some = some.expect("claims");
                    assert!(some.iter().all(|row| row.owner_id == Some(by)));
                    if some.is_empty() {
                        return claimed;
                    }
                    claimed.extend(some.into_iter().map(|row| row.id));
                }
            }));
        }
        let mut claimed = Vec::new();
        for claimer in claimers {
            claimed.extend(claimer.await.expect("no panic"));
        }
        // Passing over what another one holds may leave rows to the next round, but gives none away twice.
        claimed.extend(claim_due(&node, NOON, 1, 100).await.into_iter().map(|row| row.id));
        assert_eq!(claimed.len(), 60);
        assert_eq!(claimed.into_iter().collect::<HashSet<_>>(), all);
    }

    async fn one_root_is_claimed_by_one_of_many(store: Store) {
        let node = store.node().await;
        for _ in 0..5 {
            let run = waiting(&node, None, 1).await;
            let root = run.root;
            let claims = (0..6).map(|_| {
                node.writer.write::<_, store::Error, _>(move |tx| {
                    Box::pin(async move { root::claim_one(tx, NodeId(uuid()), root, 1).await })
                })
            });
            let claims = futures::future::join_all(claims).await;
            let winners: Vec<RootRow> = claims.into_iter().filter_map(|claim| claim.expect("claims")).collect();
            assert_eq!(winners.len(), 1);
            assert_eq!(get(&store, root).await.owner_id, winners[0].owner_id);
        }
    }
}

use std::time::Duration;

use model::{InstanceId, NodeId};
use store::cluster::{self, Lease};
use store::root;
use store::turn::{Next, TurnOutcome};
use store::{Error, workflow};

use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{self, Run};

async fn take_over(node: &Node) -> u64 {
    node.write(|tx| Box::pin(async move { cluster::take_over(tx).await })).await
}

/// Lets the lease of every node that is there now run out.
async fn expire(store: &Store) {
    store.meddle("UPDATE node SET expires_at = 1").await;
}

async fn owner(store: &Store, root: InstanceId) -> Option<NodeId> {
    root::get_root(&mut store.read().await, root).await.expect("reads").expect("is there").owner_id
}

on_both! {
    async fn a_node_registers_and_renews(store: Store) {
        let id = NodeId(uuid());
        let lease = Lease::register(&store.db, id, 1, "10.0.0.1:8080").await.expect("registers");
        assert_eq!(lease.node(), id);
        let nodes = || async { cluster::list_nodes(&mut store.read().await).await.expect("lists") };
        let first = nodes().await.remove(0);
        assert_eq!((first.id, first.level, first.address.as_str()), (id, 1, "10.0.0.1:8080"));
        assert!(first.expires_at > first.started_at);
        lease.heartbeat(&store.db).await.expect("is alive");
        assert!(nodes().await[0].expires_at >= first.expires_at);
        lease.renew(&store.db, 2, "10.0.0.2:8080").await.expect("renews");
        let second = nodes().await.remove(0);
        assert_eq!((second.level, second.address.as_str()), (2, "10.0.0.2:8080"));
    }

    async fn a_node_that_leaves_gives_its_roots_back(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        node.turn(run.turn(Next::Owned { due_at: None })).await;
        let id = node.id;
        node.write(move |tx| Box::pin(async move { cluster::leave(tx, id).await })).await;
        assert_eq!(cluster::list_nodes(&mut store.read().await).await.expect("lists"), []);
        let found = root::get_root(&mut store.read().await, run.root).await.expect("reads").expect("is there");
        assert_eq!((found.owner_id, found.due_at), (None, Some(model::Timestamp(0))));
    }

    async fn a_living_node_is_not_taken_over(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        node.turn(run.turn(Next::Owned { due_at: None })).await;
        assert_eq!(take_over(&node).await, 0);
        assert_eq!(owner(&store, run.root).await, Some(node.id));
        assert_eq!(node.turn(run.turn(Next::Owned { due_at: None })).await, TurnOutcome::Committed);
    }
}

#[tokio::test]
async fn a_new_process_frees_what_the_last_one_owned_on_sqlite() {
    let store = Store::sqlite().await;
    let mut run = Run::new(tenant());
    store.node().await.turn(run.turn(Next::Owned { due_at: None })).await;
    let node = store.node().await;
    let found = root::get_root(&mut store.read().await, run.root).await.expect("reads").expect("is there");
    assert_eq!((found.owner_id, found.due_at), (None, Some(model::Timestamp(0))));
    let nodes = cluster::list_nodes(&mut store.read().await).await.expect("lists");
    assert_eq!(nodes.iter().map(|node| node.id).collect::<Vec<_>>(), [node.id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_node_writes_nothing_and_its_roots_come_free() {
    let Some(store) = Store::postgres().await else { return };
    let paused = store.node().await;
    let tenant = tenant();
    let mut run = Run::new(tenant);
    paused.turn(run.turn(Next::Owned { due_at: None })).await;
    let mut other = Run::new(tenant);
    let bystander = Node::start(&store.reopen().await).await;
    bystander.turn(other.turn(Next::Owned { due_at: None })).await;

    store.meddle("UPDATE node SET expires_at = 1 WHERE id = (SELECT owner_id FROM root ORDER BY id LIMIT 1)").await;
    let mut stale = run.clone();
    let refused = paused.writer.commit_turn(stale.turn(Next::Ended)).await;
    assert!(matches!(refused, Err(Error::Fenced)), "{refused:?}");
    let row = rows::workflow(tenant, "too late");
    let refused: Result<(), Error> =
        paused.writer.write(move |tx| Box::pin(async move { workflow::insert(tx, &row).await })).await;
    assert!(refused.is_err(), "{refused:?}");
    let refused = paused.lease.heartbeat(&store.db).await;
    assert!(matches!(refused, Err(Error::Fenced)), "{refused:?}");

    assert_eq!(take_over(&bystander).await, 1);
    assert_eq!(take_over(&bystander).await, 0);
    assert_eq!(owner(&store, run.root).await, None);
    assert_eq!(owner(&store, other.root).await, Some(bystander.id));
    let refused = paused.lease.heartbeat(&store.db).await;
    assert!(matches!(refused, Err(Error::Fenced)), "{refused:?}");
    let refused = paused.writer.commit_turn(run.clone().turn(Next::Ended)).await;
    assert!(matches!(refused, Err(Error::Fenced)), "{refused:?}");
    assert_eq!(store.count("workflow").await, 0);
    assert_eq!(store.count("journal").await, 2);

    // It comes back with a new lease; what it held in memory does not count any more.
    paused.lease.renew(&store.db, 1, "127.0.0.1:8080").await.expect("registers again");
    assert_eq!(paused.turn(run.clone().turn(Next::Ended)).await, TurnOutcome::Superseded);
    let (id, root) = (paused.id, run.root);
    let claimed = paused.write(move |tx| Box::pin(async move { root::claim_one(tx, id, root, 1).await })).await;
    assert_eq!(claimed.map(|row| row.seq), Some(1));
    assert_eq!(paused.turn(run.turn(Next::Ended)).await, TurnOutcome::Committed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_under_way_is_not_taken_over_and_not_waited_for() {
    let Some(store) = Store::postgres().await else { return };
    let slow = store.node().await;
    let other = Node::start(&store.reopen().await).await;
    let hold = slow.hold().await;
    expire(&store).await;
    other.lease.renew(&store.db, 1, "127.0.0.1:8080").await.expect("renews");
    let at_once = tokio::time::timeout(Duration::from_secs(5), take_over(&other)).await;
    assert_eq!(at_once, Ok(0));
    assert_eq!(cluster::list_nodes(&mut store.read().await).await.expect("lists").len(), 2);
    hold.open().await;
    take_over(&other).await;
    let left = cluster::list_nodes(&mut store.read().await).await.expect("lists");
    assert_eq!(left.iter().map(|node| node.id).collect::<Vec<_>>(), [other.id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_heartbeat_does_not_wait_for_commits_of_its_own_node() {
    let Some(store) = Store::postgres().await else { return };
    let node = store.node().await;
    let hold = node.hold().await;
    let beat = tokio::time::timeout(Duration::from_secs(5), node.lease.heartbeat(&store.db)).await;
    assert!(matches!(beat, Ok(Ok(()))), "{beat:?}");
    hold.open().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_take_over_at_once_free_each_root_once() {
    let Some(store) = Store::postgres().await else { return };
    let dead = store.node().await;
    for _ in 0..10 {
        dead.turn(Run::new(tenant()).turn(Next::Owned { due_at: None })).await;
    }
    expire(&store).await;
    let mut living = Vec::new();
    for _ in 0..3 {
        living.push(Node::start(&store.reopen().await).await);
    }
    let freed = futures::future::join_all(living.iter().map(take_over)).await;
    assert_eq!(freed.iter().sum::<u64>(), 10);
}

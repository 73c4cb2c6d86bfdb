//! Several nodes on one PostgreSQL: they share the work, and a node that has lost its lease commits nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::InstanceId;
use store::cluster::LEASE;
use testkit::process::{Process, Service, User};
use testkit::runtime::{Node, Storage, until};
use testkit::sink::Reaction;

use crate::json;

fn one_effect() -> Process {
    Process::new("p").start("s").service("call", Service::default()).end("e").path("s call e")
}

/// An effect, a person, a timer, another effect.
fn mixed() -> Process {
    Process::new("p")
        .start("s")
        .service("first", Service::default())
        .user("ask", User::default())
        .timer("wait", "PT1H")
        .service("second", Service::default())
        .end("e")
        .path("s first ask wait second e")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_goes_on_at_once_when_one_stops() {
    let Some(storage) = Storage::postgres().await else { return };
    storage.sink.plan(|_| Reaction::Hang);
    let (first, second) = (storage.open().await, storage.open().await);
    let workflow = first.deploy("hangs", &one_effect()).await;
    let mut roots = Vec::new();
    for _ in 0..20 {
        roots.push(first.start(&workflow).await.instance);
    }
    until("all calls are under way", || async { storage.sink.open() == 20 }).await;
    storage.sink.plan(|_| Reaction::Answer(json("{}")));
    let begun = Instant::now();
    first.stop(Duration::ZERO).await;
    for root in roots {
        second.until_status(root, "FINISHED").await;
        second.assert_settled(root).await;
    }
    assert!(begun.elapsed() < LEASE, "it did not have to wait for the lease: {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_taken_over_commits_nothing_and_registers_again() {
    let Some(storage) = Storage::postgres().await else { return };
    storage.sink.plan(|request| Reaction::Held(json(&format!(r#"{{"call":{}}}"#, request.before))));
    let first = storage.open().await;
    let workflow = first.deploy("held", &one_effect()).await;
    let root = first.start(&workflow).await.instance;
    until("the call of the first node", || async { storage.sink.open() == 1 }).await;

    let second = storage.open().await;
    storage.expire_lease(first.lease.node()).await;
    until("the second node has taken it over", || async {
        second.root(root).await.is_some_and(|row| row.owner_id == Some(second.lease.node()))
    })
    .await;
    until("the call of the second node", || async { storage.sink.requests().len() == 2 }).await;
    storage.sink.release(2);
    second.until_status(root, "FINISHED").await;
    let events = second.assert_settled(root).await;
    let ends = events.iter().filter(|event| matches!(event, engine::Event::InstanceEnded { .. })).count();
    assert_eq!(ends, 1);
    assert_eq!(storage.sink.done().len(), 1, "both calls had the same key");

    // The first node finds out, lets go of everything, and takes new work.
    let started = until_started(&first, &workflow).await;
    storage.sink.release(1);
    second.until_status(started, "FINISHED").await;
    second.assert_settled(started).await;
    first.until_idle().await;
    second.until_idle().await;
    assert_eq!(storage.count("SELECT count(*) FROM node").await, 2);
}

/// Starts a run as soon as the node may write again.
async fn until_started(node: &Node, workflow: &testkit::runtime::Workflow) -> InstanceId {
    let begun = Instant::now();
    loop {
        let start = node.start_of(workflow);
        match node.runtime.start(start).await {
            Ok(started) => return started.instance,
            Err(runtime::Error::Store(store::Error::Fenced)) => {
                assert!(begun.elapsed() < LEASE, "it does not register again");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_lease_ends_with_nobody_to_take_over_goes_on_with_its_own() {
    let Some(storage) = Storage::postgres().await else { return };
    storage.sink.plan(|_| Reaction::Held(json("{}")));
    let node = storage.open().await;
    let root = node.run(&one_effect()).await.instance;
    until("the call", || async { storage.sink.open() == 1 }).await;
    storage.expire_leases().await;
    // Its result cannot be committed under the lost lease.
    storage.sink.release(1);
    until("the call is made again under the new lease", || async { storage.sink.requests().len() == 2 }).await;
    storage.sink.release(1);
    node.until_status(root, "FINISHED").await;
    node.assert_settled(root).await;
    node.until_idle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_that_is_owned_and_not_driven_is_found() {
    let Some(storage) = Storage::postgres().await else { return };
    let node = storage.open().await;
    let root = node.run(&mixed()).await.instance;
    until("it waits", || async { !node.open_tasks().await.is_empty() && node.runtime.driven() == 0 }).await;
    // As a claim leaves it whose outcome was unknown.
    let (id, owner) = (root, node.lease.node());
    storage.execute(&format!("UPDATE root SET owner_id = '{owner}', due_at = NULL WHERE id = '{id}'")).await;
    until("it is given back", || async {
        node.root(root).await.is_some_and(|row| row.owner_id.is_none() && row.due_at.is_some())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_share_the_work_and_each_instance_ends_once() {
    let Some(storage) = Storage::postgres().await else { return };
    const RUNS: usize = 200;
    storage.sink.plan(|_| Reaction::Late(Duration::from_millis(5), json("{}")));
    let nodes = [Arc::new(storage.open().await), Arc::new(storage.open().await)];
    let workflow = nodes[0].deploy("mixed", &mixed()).await;
    let mut roots = Vec::new();
    for run in 0..RUNS {
        roots.push(nodes[run % 2].start(&workflow).await.instance);
    }
    until("all ask", || async { nodes[0].open_tasks().await.len() == RUNS }).await;
    // Each is answered by both nodes at once.
    let mut answers = Vec::new();
    for task in nodes[0].open_tasks().await {
        for node in &nodes {
            let (node, task) = (Arc::clone(node), task.clone());
            answers.push(tokio::spawn(async move { node.answer(&task, json("{}")).await }));
        }
    }
    let mut accepted = 0;
    for answer in answers {
        accepted += usize::from(answer.await.expect("no panic"));
    }
    assert_eq!(accepted, RUNS, "one answer for each to-do");
    until("all wait for the timer", || async {
        storage.count("SELECT count(*) FROM node_run WHERE node_id = 'wait'").await == RUNS as i64
    })
    .await;
    storage.clock.advance(Duration::from_secs(3600));
    until("all have ended", || async { storage.count("SELECT count(*) FROM root").await == 0 }).await;
    for root in roots {
        nodes[1].assert_settled(root).await;
        assert_eq!(nodes[1].status(root).await, "FINISHED");
    }
    let done = storage.sink.done();
    assert_eq!(done.len(), 2 * RUNS, "each effect was done once");
    assert_eq!(storage.sink.requests().len(), 2 * RUNS, "and asked for once");
    for node in &nodes {
        node.until_idle().await;
    }
}

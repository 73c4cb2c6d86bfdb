//! Storage that fails for a while: what is under way waits for it, and nothing is lost or done twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use model::InstanceId;
use testkit::process::{Process, Service};
use testkit::runtime::{Storage, until};
use testkit::sink::Reaction;

use crate::{json, on_both};

fn three_effects() -> Process {
    let service = Service::default;
    Process::new("p")
        .start("s")
        .service("one", service())
        .service("two", service())
        .service("three", service())
        .end("e")
        .path("s one two three e")
}

on_both! {
    async fn a_turn_that_the_storage_refuses_is_made_again_without_repeating_the_effect(storage: Storage) {
        storage.install_crash_point().await;
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Held(json("{}")));
        let root = node.run(&three_effects()).await.instance;
        until("the first call", || async { storage.sink.open() == 1 }).await;
        storage.crash_after(0).await;
        storage.sink.release(3);
        until("the call has ended", || async { storage.sink.open() == 0 }).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(node.journal(root).await.len(), 1);
        storage.mend().await;
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(storage.sink.requests().len(), 3, "each effect was asked for once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_break_all_the_time_lose_and_double_nothing() {
    let Some(storage) = Storage::postgres().await else { return };
    storage
        .sink
        .plan(|request| Reaction::Late(Duration::from_millis(20), json(&format!(r#"{{"key":"{}"}}"#, request.key))));
    let node = Arc::new(storage.open().await);
    let workflow = node.deploy("breaks", &three_effects()).await;

    let starting = {
        let (node, workflow) = (Arc::clone(&node), workflow.clone());
        tokio::spawn(async move {
            let mut acknowledged: Vec<InstanceId> = Vec::new();
            for _ in 0..60 {
                if let Ok(started) = node.runtime.start(node.start_of(&workflow)).await {
                    acknowledged.push(started.instance);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            acknowledged
        })
    };
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        storage
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muster' AND datname = current_database()")
            .await;
    }
    let acknowledged = starting.await.expect("no panic");
    assert!(!acknowledged.is_empty(), "some starts went through");

    // Those whose caller got an error may be there all the same, and then they end as well.
    until("all have ended", || async { storage.count("SELECT count(*) FROM root").await == 0 }).await;
    for root in &acknowledged {
        assert_eq!(node.status(*root).await, "FINISHED");
        node.assert_settled(*root).await;
    }
    let instances = storage.count("SELECT count(*) FROM instance WHERE status = 'FINISHED'").await;
    assert_eq!(storage.count("SELECT count(*) FROM instance").await, instances);
    let done = storage.sink.done();
    let keys: BTreeSet<&str> = done.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys.len(), done.len(), "no key was done twice");
    assert_eq!(done.len() as i64, 3 * instances, "three effects for each");
    node.until_idle().await;
}

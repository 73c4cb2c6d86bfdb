//! The orderly stop: what is under way gets its time, and everything is given back.

use std::time::{Duration, Instant};

use testkit::process::{Process, Service};
use testkit::runtime::until;
use testkit::sink::Reaction;

use crate::{json, on_both};

fn two_effects() -> Process {
    Process::new("p")
        .start("s")
        .service("one", Service::default())
        .service("two", Service::default())
        .end("e")
        .path("s one two e")
}

on_both! {
    async fn an_effect_under_way_may_end_and_is_not_done_again(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Late(Duration::from_millis(300), json("{}")));
        let root = node.run(&two_effects()).await.instance;
        until("the first call", || async { storage.sink.open() == 1 }).await;
        node.stop(Duration::from_secs(30)).await;
        assert_eq!(storage.sink.done().len(), 1, "the first one ended, the second one was not begun");

        storage.sink.plan(|_| Reaction::Answer(json("{}")));
        let node = storage.open().await;
        assert_eq!(node.node(root, "one").await.status, "FINISHED", "its result is in the journal");
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(storage.sink.requests().len(), 2);
    }

    async fn an_effect_that_does_not_end_is_asked_for_again_by_the_next_process(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Hang);
        let root = node.run(&two_effects()).await.instance;
        until("the first call", || async { storage.sink.open() == 1 }).await;
        let begun = Instant::now();
        node.stop(Duration::from_millis(200)).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "it does not wait for ever: {:?}", begun.elapsed());
        assert_eq!(storage.sink.open(), 0, "the call was given up");
        assert_eq!(storage.count("SELECT count(*) FROM root WHERE owner_id IS NOT NULL").await, 0, "given back");
        assert_eq!(storage.count("SELECT count(*) FROM node").await, 0, "signed off");

        storage.sink.plan(|_| Reaction::Answer(json("{}")));
        let node = storage.open().await;
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        let requests = storage.sink.requests();
        assert_eq!(requests.len(), 3);
        assert_eq!(requests[0].key, requests[1].key);
    }

    async fn a_stopping_server_starts_nothing(storage: Storage) {
        let node = storage.open().await;
        let workflow = node.deploy("late", &two_effects()).await;
        let (runtime, start) = (node.runtime.clone(), node.start_of(&workflow));
        runtime.stop(Duration::ZERO).await;
        let refused = runtime.start(start).await;
        assert!(matches!(refused, Err(runtime::Error::Stopping)), "{refused:?}");
        assert_eq!(storage.count("SELECT count(*) FROM instance").await, 0);
    }
}

/// The grace may be longer than a lease lasts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lease_lasts_as_long_as_the_stop() {
    let Some(storage) = testkit::runtime::Storage::postgres().await else { return };
    let node = storage.open().await;
    storage.sink.plan(|_| Reaction::Held(json("{}")));
    let root = node.run(&two_effects()).await.instance;
    until("the first call", || async { storage.sink.open() == 1 }).await;
    let stop = tokio::spawn(node.stop(Duration::from_secs(60)));
    // As if the stop took long: the lease is about to end.
    storage
        .execute("UPDATE node SET expires_at = (extract(epoch FROM clock_timestamp()) * 1000000 + 4000000)::bigint")
        .await;
    let left = || async {
        let sql = "SELECT max(expires_at) - (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM node";
        storage.count(sql).await
    };
    until("the lease is renewed during the stop", || async { left().await > 8_000_000 }).await;
    storage.sink.release(1);
    stop.await.expect("stops");
    let node = storage.open_with(|settings| settings.idle = true).await;
    assert_eq!(node.node(root, "one").await.status, "FINISHED", "what ended during the stop is in the journal");
}

//! Waiting costs no memory.

use std::time::Duration;

use engine::Command;
use testkit::process::{Process, Service, User};
use testkit::runtime::until;

use crate::on_both;

on_both! {
    async fn a_thousand_instances_that_wait_are_not_in_memory(storage: Storage) {
        let node = storage.open().await;
        let process = Process::new("p")
            .start("s")
            .service("call", Service::default())
            .parallel("fork")
            .user("ask", User::default())
            .timer("wait", "P1D")
            .parallel("join")
            .end("e")
            .path("s call fork ask join e")
            .path("fork wait join");
        let workflow = node.deploy("waits", &process).await;
        const RUNS: i64 = 1000;
        let mut roots = Vec::new();
        for _ in 0..RUNS {
            roots.push(node.start(&workflow).await.instance);
        }
        until("all wait for a person", || async {
            storage.count("SELECT count(*) FROM task WHERE status = 'waiting'").await == RUNS
        })
        .await;
        node.until_idle().await;
        assert_eq!(storage.count("SELECT count(*) FROM root WHERE owner_id IS NOT NULL").await, 0, "nobody owns them");

        // All wake up at once, and sleep again.
        storage.clock.advance(Duration::from_secs(24 * 60 * 60));
        until("all timers have fired", || async {
            storage.count("SELECT count(*) FROM node_run WHERE node_id = 'wait' AND status = 'FINISHED'").await == RUNS
        })
        .await;
        node.until_idle().await;
        assert_eq!(storage.count("SELECT count(*) FROM instance WHERE status = 'RUNNING'").await, RUNS);
        for root in &roots {
            assert!(node.send(*root, &Command::Terminate { reason: "test".into() }).await);
        }
        until("all have ended", || async { storage.count("SELECT count(*) FROM root").await == 0 }).await;
        node.until_idle().await;
        assert_eq!(storage.count("SELECT count(*) FROM inbox").await, 0);
    }
}

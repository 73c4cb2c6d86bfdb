//! Timers: each fires once, whatever happens around its instant.

use std::time::Duration;

use model::InstanceId;
use testkit::process::Process;
use testkit::runtime::until;

use crate::on_both;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn waits(duration: &str) -> Process {
    Process::new("p").start("s").timer("wait", duration).set("after", "x", "1").end("e").path("s wait after e")
}

on_both! {
    async fn a_timer_fires_at_its_instant_and_once(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&waits("PT1H")).await.instance;
        assert_eq!(node.runtime.driven(), 0, "it waits in storage");
        node.advance(HOUR - Duration::from_micros(1), &[root]);
        node.until_idle().await;
        assert_eq!(node.node(root, "wait").await.status, "RUNNING", "not a moment early");
        // Without a hint: the poll finds it.
        node.advance(Duration::from_micros(1), &[]);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "after").await.status, "FINISHED");
    }

    async fn a_timer_that_falls_due_while_the_server_is_down_fires_once_after_the_start(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&waits("PT1H")).await.instance;
        node.stop(Duration::ZERO).await;
        storage.clock.advance(10 * HOUR);
        let node = storage.open().await;
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        node.stop(Duration::ZERO).await;
        let node = storage.open().await;
        storage.clock.advance(10 * HOUR);
        node.until_idle().await;
        assert_eq!(node.journal(root).await.len(), 2, "one turn to the timer, one behind it");
    }

    async fn a_timer_whose_instant_has_passed_holds_nothing_up(storage: Storage) {
        let node = storage.open().await;
        assert!(node.run(&waits("PT0S")).await.ended);
        let past = Process::new("p").start("s").timer_at("wait", "2020-01-01T00:00:00Z").end("e").path("s wait e");
        assert!(node.run(&past).await.ended);
    }

    async fn timers_of_one_run_fire_in_their_order(storage: Storage) {
        let node = storage.open().await;
        let process = Process::new("p")
            .start("s")
            .parallel("fork")
            .timer("late", "PT3H")
            .timer("early", "PT1H")
            .timer("middle", "PT2H")
            .parallel("join")
            .end("e")
            .path("s fork late join e")
            .path("fork early join")
            .path("fork middle join");
        let root = node.run(&process).await.instance;
        node.advance(HOUR, &[root]);
        until("the first has fired", || async { node.node(root, "early").await.status == "FINISHED" }).await;
        assert_eq!(node.node(root, "middle").await.status, "RUNNING");
        // Two at once.
        node.advance(5 * HOUR, &[root]);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
    }

    async fn hundreds_of_timers_that_fall_due_together_all_fire(storage: Storage) {
        let node = storage.open().await;
        let workflow = node.deploy("timer", &waits("PT1H")).await;
        const RUNS: i64 = 300;
        let mut roots: Vec<InstanceId> = Vec::new();
        for _ in 0..RUNS {
            roots.push(node.start(&workflow).await.instance);
        }
        storage.clock.advance(2 * HOUR);
        until("all have ended", || async {
            storage.count("SELECT count(*) FROM instance WHERE status = 'FINISHED'").await == RUNS
        })
        .await;
        for root in roots {
            node.assert_settled(root).await;
            assert_eq!(node.journal(root).await.len(), 2);
        }
        node.until_idle().await;
    }

    async fn a_termination_disarms_a_timer(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&waits("PT1H")).await.instance;
        assert!(node.send(root, &engine::Command::Terminate { reason: "test".into() }).await);
        node.until_status(root, "TERMINATED").await;
        node.assert_settled(root).await;
        node.advance(2 * HOUR, &[root]);
        node.until_idle().await;
        assert_eq!(node.journal(root).await.len(), 2, "nothing follows the end");
    }
}

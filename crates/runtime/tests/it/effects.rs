//! Effects: carried out after the commit, at least once, under a key that tells repetitions apart from new work.

use std::time::{Duration, Instant};

use bpmn::executable::Retry;
use engine::Command;
use model::{Clock as _, InstanceId, Value};
use plugin::ActionError;
use testkit::process::{Process, Service};
use testkit::runtime::{Node, until};
use testkit::sink::Reaction;

use crate::{json, on_both};

/// A process with one effect, which may be tried so often.
fn one_effect(attempts: u32) -> Process {
    let service = Service {
        input: json(r#"{"value":"${data_object.severity}"}"#),
        output: vec![("result".into(), "output".into())],
        retry: Retry { max_attempts: attempts, ..Retry::default() },
        ..Service::default()
    };
    Process::new("p").start("s").service("call", service).end("e").path("s call e")
}

fn busy() -> ActionError {
    ActionError::transient("Test.Busy", "come back later")
}

async fn due(node: &Node, root: InstanceId) -> Duration {
    until("a retry is scheduled", || async {
        node.root(root).await.is_some_and(|row| row.owner_id.is_none() && row.due_at.is_some())
    })
    .await;
    let due = node.root(root).await.and_then(|row| row.due_at).expect("scheduled");
    Duration::from_micros(u64::try_from(due.0 - node.storage.clock.now().0).expect("later"))
}

on_both! {
    async fn an_effect_runs_after_the_commit_that_asks_for_it(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Held(json(r#"{"done":1}"#)));
        let root = node.run(&one_effect(1)).await.instance;

        until("the call is there", || async { storage.sink.open() == 1 }).await;
        assert_eq!(node.journal(root).await.len(), 1, "the turn that asks for it is committed");
        let call = node.node(root, "call").await;
        assert_eq!((call.status.as_str(), call.attempt, call.input.as_str()), ("RUNNING", 1, r#"{"value":3}"#));
        assert_eq!(node.runtime.driven(), 1);
        storage.sink.release(1);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "call").await.output, r#"{"done":1}"#);
        assert_eq!(storage.sink.requests().len(), 1);
        node.until_idle().await;
    }

    async fn a_failure_that_may_pass_is_repeated_with_the_same_key_after_a_growing_pause(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|request| match request.before {
            0 | 1 => Reaction::Fail(busy()),
            _ => Reaction::Answer(json("{}")),
        });
        let root = node.run(&one_effect(3)).await.instance;

        let first = due(&node, root).await;
        assert!((Duration::from_millis(800)..=Duration::from_secs(1)).contains(&first), "{first:?}");
        let call = node.node(root, "call").await;
        assert_eq!((call.status.as_str(), call.error.as_str()), ("RUNNING", "Test.Busy: come back later"));
        assert_eq!(node.status(root).await, "RUNNING");
        assert_eq!(node.runtime.driven(), 0, "it waits in storage");
        node.advance(first, &[root]);
        until("the second attempt", || async { storage.sink.requests().len() == 2 }).await;
        let second = due(&node, root).await;
        assert!((Duration::from_millis(1600)..=Duration::from_secs(2)).contains(&second), "{second:?}");
        node.advance(second, &[]);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;

        let requests = storage.sink.requests();
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| request.key == requests[0].key), "{requests:?}");
        let call = node.node(root, "call").await;
        assert_eq!((call.attempt, call.error.as_str()), (3, ""), "an error that was overcome is not shown");
    }

    async fn after_the_last_attempt_the_node_has_a_fault(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Fail(busy()));
        let root = node.run(&one_effect(2)).await.instance;
        node.advance(due(&node, root).await, &[root]);
        node.until_status(root, "FAILED").await;
        let call = node.node(root, "call").await;
        assert_eq!((call.status.as_str(), call.attempt), ("FAILED", 2));
        assert_eq!(storage.sink.requests().len(), 2);
        node.until_idle().await;
    }

    async fn a_failure_that_will_not_pass_is_not_repeated(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Fail(ActionError::permanent("Test.No", "never\0")));
        let root = node.run(&one_effect(5)).await.instance;
        node.until_status(root, "FAILED").await;
        assert_eq!(storage.sink.requests().len(), 1);
        // A character that a database cannot hold must not keep the turn from being written.
        assert_eq!(node.node(root, "call").await.error, "Test.No: never\u{fffd}");
    }

    async fn a_manual_retry_keeps_the_key_unless_the_input_changes(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|request| match request.before {
            0 if !request.key.ends_with("-1") => Reaction::Fail(ActionError::permanent("Test.No", "no")),
            1 => Reaction::Fail(ActionError::permanent("Test.No", "no")),
            _ => Reaction::Answer(request.input.clone()),
        });
        let root = node.run(&one_effect(1)).await.instance;
        node.until_status(root, "FAILED").await;

        assert!(node.send(root, &Command::Retry { node: None, input: None }).await);
        until("the second call", || async { storage.sink.requests().len() == 2 }).await;
        node.until_status(root, "FAILED").await;
        until("the inbox is empty", || async { storage.count("SELECT count(*) FROM inbox").await == 0 }).await;

        let input = Some(json(r#"{"value":"corrected"}"#));
        assert!(node.send(root, &Command::Retry { node: Some("call".into()), input }).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        let requests = storage.sink.requests();
        assert_eq!(requests.len(), 3);
        assert_eq!(requests[0].key, requests[1].key, "the same work again");
        assert_ne!(requests[0].key, requests[2].key, "other work");
        assert_eq!(requests[2].input, json(r#"{"value":"corrected"}"#));
        assert_eq!(node.node(root, "call").await.output, r#"{"value":"corrected"}"#);
        assert!(!node.send(root, &Command::Retry { node: None, input: None }).await, "an ended run takes no command");
    }

    async fn a_result_that_comes_after_the_end_changes_nothing(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Hang);
        let root = node.run(&one_effect(1)).await.instance;
        until("the call is under way", || async { storage.sink.open() == 1 }).await;
        assert!(node.send(root, &Command::Terminate { reason: "enough".into() }).await);
        node.until_status(root, "TERMINATED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "call").await.status, "TERMINATED");
        until("the call is given up", || async { storage.sink.open() == 0 }).await;
        node.until_idle().await;
    }

    async fn a_call_of_an_ended_branch_is_given_up_and_the_rest_goes_on(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|request| match request.input.get("value").as_str() {
            Some("slow") => Reaction::Hang,
            _ => Reaction::Held(json("{}")),
        });
        let service = |value: &str| Service { input: Value::object([("value", value.into())]), ..Service::default() };
        // A terminate end event ends the sub-process with the slow call in it.
        let process = Process::new("p")
            .start("s")
            .sub("sub", |p| {
                p.start("in")
                    .parallel("fork")
                    .service("slow", service("slow"))
                    .service("fast", service("fast"))
                    .end("never")
                    .terminate("stop")
                    .path("in fork slow never")
                    .path("fork fast stop")
            })
            .service("after", service("after"))
            .end("e")
            .path("s sub after e");
        let root = node.run(&process).await.instance;
        until("both calls are under way", || async { storage.sink.open() == 2 }).await;
        storage.sink.release(1);
        until("the call behind", || async { storage.sink.requests().len() == 3 }).await;
        let begun = Instant::now();
        until("the slow call is given up", || async { storage.sink.open() == 1 }).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "long before its time is up");
        storage.sink.release(1);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "slow").await.status, "TERMINATED");
    }

    async fn a_defect_in_a_component_fails_its_node_and_nothing_else(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Panic);
        let root = node.run(&one_effect(3)).await.instance;
        node.until_status(root, "FAILED").await;
        let call = node.node(root, "call").await;
        assert!(call.error.starts_with("Effect.Defect: "), "{}", call.error);
        storage.sink.plan(|_| Reaction::Answer(json("{}")));
        assert!(node.send(root, &Command::Retry { node: None, input: None }).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
    }
}

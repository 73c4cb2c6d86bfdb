//! Starting: the first turn is made and committed before the caller is answered.

use std::time::{Duration, Instant};

use testkit::process::{Process, Service};
use testkit::runtime::until;

use crate::{json, on_both};

on_both! {
    async fn an_instance_that_needs_nothing_ends_in_its_first_turn(storage: Storage) {
        let node = storage.open().await;
        let echo = Service {
            action: "echo".into(),
            input: json(r#"{"value":"${vars.doubled}"}"#),
            output: vec![("echoed".into(), "output.value".into())],
            ..Service::default()
        };
        let process = Process::new("p")
            .start("start")
            .set("double", "doubled", "data_object.severity * 2")
            .service("echo", echo)
            .exclusive("which")
            .pass("small")
            .end("end")
            .path("start double echo which")
            .flow_if("which", "small", "vars.echoed < 3")
            .flow_else("which", "end")
            .flow("small", "end");
        let started = node.run(&process).await;

        assert!(started.ended);
        let root = started.instance;
        assert_eq!(node.journal(root).await.len(), 1, "one turn");
        node.assert_settled(root).await;
        let instance = node.instance(root).await;
        assert_eq!((instance.status.as_str(), instance.end_time), ("FINISHED", Some(instance.start_time)));
        let nodes = node.nodes(root, root).await;
        let seen: Vec<(&str, &str, &str, &str, &str)> = nodes
            .iter()
            .map(|n| (&*n.node_id, &*n.node_type, &*n.status, &*n.input, &*n.output))
            .collect();
        assert_eq!(
            seen,
            [
                ("start", "startEvent", "FINISHED", "", ""),
                ("double", "scriptTask", "FINISHED", "", "6"),
                ("echo", "serviceTask", "FINISHED", r#"{"value":6}"#, r#"{"value":6}"#),
                ("which", "exclusiveGateway", "FINISHED", "", ""),
                ("end", "endEvent", "FINISHED", "", ""),
            ]
        );
        assert_eq!(node.runtime.driven(), 0, "nothing stays in memory");
    }

    async fn a_process_that_fails_at_once_waits_for_a_person(storage: Storage) {
        let node = storage.open().await;
        let unknown = Service { action: "fly".into(), ..Service::default() };
        let process = Process::new("p").start("s").service("task", unknown).end("e").path("s task e");
        let started = node.run(&process).await;

        assert!(!started.ended);
        assert_eq!(node.status(started.instance).await, "FAILED");
        let task = node.node(started.instance, "task").await;
        assert_eq!((task.status.as_str(), task.end_time), ("FAILED", None));
        assert!(task.error.starts_with("Action.NotFound: "), "{}", task.error);
        assert_eq!(node.runtime.driven(), 0, "nothing stays in memory");
        let row = node.root(started.instance).await.expect("it has not ended");
        assert_eq!((row.owner_id, row.due_at), (None, None), "nobody owns it and nothing is due");
    }

    async fn a_run_whose_caller_has_gone_away_goes_on(storage: Storage) {
        let node = storage.open().await;
        let process = Process::new("p").start("s").service("call", Service::default()).end("e").path("s call e");
        let workflow = node.deploy("left alone", &process).await;
        node.runtime.definition(storage.tenant, workflow.version).await.expect("compiles");
        let (start, begun) = (node.start_of(&workflow), Instant::now());
        let root = start.run.id;
        // The caller gives up at its first look.
        assert!(tokio::time::timeout(Duration::ZERO, node.runtime.start(start)).await.is_err());
        until("it has ended", || async { storage.count("SELECT count(*) FROM instance WHERE end_time > 0").await == 1 })
            .await;
        node.assert_settled(root).await;
        assert!(begun.elapsed() < Duration::from_secs(8), "nobody had to find it: {:?}", begun.elapsed());
    }

    async fn a_version_that_is_not_there_starts_nothing(storage: Storage) {
        let node = storage.open().await;
        let process = Process::new("p").start("s").end("e").path("s e");
        let mut workflow = node.deploy("gone", &process).await;
        workflow.version = model::VersionId(uuid::Uuid::nil());
        let refused = node.runtime.start(node.start_of(&workflow)).await;
        assert!(matches!(refused, Err(runtime::Error::Definition { .. })), "{refused:?}");
        assert_eq!(storage.count("SELECT count(*) FROM instance").await, 0);
        assert_eq!(storage.count("SELECT count(*) FROM journal").await, 0);
    }
}

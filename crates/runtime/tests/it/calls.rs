//! Call activities: the child's runs belong to the caller's root and change with it.

use engine::Command;
use plugin::ActionError;
use testkit::process::{Call, Process, Service, User};
use testkit::runtime::until;
use testkit::sink::Reaction;

use crate::{json, on_both};

fn caller(workflow: &str) -> Process {
    let call = Call {
        input: Some(json(r#"{"asked":"${data_object.severity}"}"#)),
        output: vec![("answer".into(), "output.answer".into())],
        ..Call::to(workflow)
    };
    Process::new("parent").start("s").call("call", call).end("e").path("s call e")
}

on_both! {
    async fn caller_and_child_change_in_one_commit(storage: Storage) {
        let node = storage.open().await;
        let user = User { output: vec![("answer".into(), "output.word".into())], ..User::default() };
        let child = Process::new("child").start("cs").user("ask", user).end("ce").path("cs ask ce");
        let child = node.deploy("child", &child).await;
        let root = node.run(&caller("child")).await.instance;

        let runs = node.runs(root).await;
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[1].workflow_id, runs[1].version_id), (child.id, child.version));
        assert_eq!((runs[1].root_id, runs[1].workflow_name.as_str()), (root, "child"));
        assert_eq!(runs[1].caller_no, Some(node.node(root, "call").await.no));
        assert_eq!((runs[0].status.as_str(), runs[1].status.as_str()), ("RUNNING", "RUNNING"));
        let task = node.open_tasks().await.remove(0);
        assert_eq!((task.action_instance_id, task.root_id), (Some(runs[1].id), Some(root)));
        assert_eq!(node.journal(root).await.len(), 1, "the child began in the caller's first turn");

        assert!(node.answer(&task, json(r#"{"word":"yes"}"#)).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.journal(root).await.len(), 2, "child and caller ended in one turn");
        let runs = node.runs(root).await;
        assert_eq!(runs[0].end_time, runs[1].end_time);
        let nodes = node.nodes(root, runs[1].id).await;
        let nodes: Vec<&str> = nodes.iter().map(|run| run.node_id.as_str()).collect();
        assert_eq!(nodes, ["cs", "ask", "ce"]);
        let output = json(&node.node(root, "call").await.output);
        assert_eq!(output.get("answer"), &json(r#""yes""#));
    }

    async fn a_call_that_asks_for_nothing_ends_in_the_callers_first_turn(storage: Storage) {
        let node = storage.open().await;
        let child = Process::new("child").start("cs").set("c", "answer", "vars.asked + 1").end("ce").path("cs c ce");
        node.deploy("child", &child).await;
        let started = node.run(&caller("child")).await;
        assert!(started.ended);
        assert_eq!(node.journal(started.instance).await.len(), 1);
        node.assert_settled(started.instance).await;
        assert_eq!(json(&node.node(started.instance, "call").await.output).get("answer"), &json("4"));
    }

    async fn a_childs_fault_shows_in_both_runs_and_is_retried_from_the_caller(storage: Storage) {
        let node = storage.open().await;
        storage.sink.plan(|_| Reaction::Fail(ActionError::permanent("Test.No", "no")));
        let child = Process::new("child").start("cs").service("c", Service::default()).end("ce").path("cs c ce");
        node.deploy("child", &child).await;
        let root = node.run(&caller("child")).await.instance;
        node.until_status(root, "FAILED").await;
        let runs = node.runs(root).await;
        assert_eq!(runs[1].status, "FAILED");
        storage.sink.plan(|_| Reaction::Answer(json("{}")));
        assert!(node.send(root, &Command::Retry { node: None, input: None }).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
    }

    async fn a_childs_error_is_caught_at_the_caller(storage: Storage) {
        let node = storage.open().await;
        let child = Process::new("child").start("cs").error_end("ce", "E1").path("cs ce");
        node.deploy("child", &child).await;
        let process = caller("child").boundary("caught", "call", Some("E1")).end("e2").path("caught e2");
        let started = node.run(&process).await;
        node.until_status(started.instance, "FINISHED").await;
        node.assert_settled(started.instance).await;
        assert_eq!(node.node(started.instance, "caught").await.status, "FINISHED");
        assert_eq!(node.runs(started.instance).await[1].status, "TERMINATED");
    }

    async fn a_call_of_what_cannot_run_is_a_fault_of_the_call(storage: Storage) {
        let node = storage.open().await;
        let child = Process::new("child").start("cs").end("ce").path("cs ce");
        let broken = node.deploy("broken", &child).await;
        let taskflow = "UPDATE definition SET taskflow = 'bm90IGEgcHJvY2Vzcw==' WHERE workflow_id IN \
                        (SELECT id FROM workflow WHERE name = 'broken')";
        storage.execute(taskflow).await;
        for (workflow, code) in [("missing", "Call.NotFound: "), (&*broken.name, "Call.NotUsable: ")] {
            let root = node.run(&caller(workflow)).await.instance;
            node.until_status(root, "FAILED").await;
            let call = node.node(root, "call").await;
            assert!(call.error.starts_with(code), "{}", call.error);
            assert_eq!(node.root(root).await.expect("it waits for a person").problem, "");
        }
    }

    async fn termination_ends_the_children_with_their_to_dos(storage: Storage) {
        let node = storage.open().await;
        let child = Process::new("child").start("cs").user("ask", User::default()).end("ce").path("cs ask ce");
        node.deploy("child", &child).await;
        node.deploy("middle", &caller("child")).await;
        let root = node.run(&caller("middle")).await.instance;
        assert_eq!(node.runs(root).await.len(), 3);
        assert!(node.send(root, &Command::Terminate { reason: "test".into() }).await);
        node.until_status(root, "TERMINATED").await;
        node.assert_settled(root).await;
        until("the to-do is closed", || async { node.open_tasks().await.is_empty() }).await;
        assert!(node.runs(root).await.iter().all(|run| run.status == "TERMINATED"));
    }
}

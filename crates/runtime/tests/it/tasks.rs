//! User tasks: to-dos open and close in the same transaction as what they mean for the run.

use std::time::Duration;

use bpmn::executable::{DueHandle, HandleParameter};
use engine::Command;
use engine::command::Answer;
use testkit::process::{Process, User};
use testkit::runtime::until;

use crate::{json, on_both};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn asks(due_handle: DueHandle) -> Process {
    let verdict = HandleParameter {
        key: "verdict".into(),
        name: "Verdict".into(),
        required: true,
        default: Some("overdue".into()),
    };
    let user = User {
        description: "Severity ${data_object.severity}".into(),
        due: Some("P2D".into()),
        due_handle,
        view: json(r#"{"severity":"${data_object.severity}"}"#),
        parameters: vec![verdict],
        output: vec![("verdict".into(), "output.verdict".into())],
    };
    Process::new("p").start("s").user("ask", user).end("e").path("s ask e")
}

on_both! {
    async fn an_answer_closes_the_to_do_and_lets_the_run_go_on(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&asks(DueHandle::Continue)).await.instance;
        let tasks = node.open_tasks().await;
        assert_eq!(tasks.len(), 1);
        let task = &tasks[0];
        assert_eq!(task.business_type, "WORKFLOWNODEAPPROVE");
        assert_eq!((task.definition_key.as_str(), task.action_instance_id), ("ask", Some(root)));
        assert_eq!(task.description, "Severity 3");
        assert_eq!(task.view_parameters, r#"{"severity":3}"#);
        assert_eq!(task.due_date, task.create_time.plus(2 * DAY));
        assert_eq!(node.runtime.driven(), 0, "it waits in storage");
        assert_eq!(node.status(root).await, "RUNNING");

        assert!(node.answer(task, json(r#"{"verdict":"harmless"}"#)).await);
        let closed = node.task(task.id).await;
        assert_eq!((closed.status.as_str(), closed.approver.as_str()), ("finished", "tester"));
        assert!(!node.answer(task, json(r#"{"verdict":"malicious"}"#)).await, "a second answer is refused");
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "ask").await.output, r#"{"verdict":"harmless"}"#);
        assert_eq!(node.task(task.id).await.handle_parameters, r#"{"verdict":"harmless"}"#);
    }

    async fn data_with_a_character_that_texts_cannot_hold_is_shown_without_it(storage: Storage) {
        let node = storage.open().await;
        let workflow = node.deploy("hostile", &asks(DueHandle::Continue)).await;
        let mut start = node.start_of(&workflow);
        start.context = json(r#"{"data_object":{"severity":"a\u0000b"}}"#);
        start.run.dataobject_id = "a\0b".into();
        let root = node.runtime.start(start).await.expect("starts").instance;
        let task = node.open_tasks().await.remove(0);
        assert_eq!(task.description, "Severity a\u{fffd}b");
        assert_eq!(task.view_parameters, r#"{"severity":"a\u0000b"}"#, "JSON can hold it");
        assert_eq!(node.instance(root).await.dataobject_id, "a\u{fffd}b");
        assert!(node.answer(&task, json("{}")).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
    }

    async fn an_answer_can_end_the_run(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&asks(DueHandle::Continue)).await.instance;
        let task = node.open_tasks().await.remove(0);
        assert!(node.try_answer(&task, Answer::Terminate).await.expect("the storage answers"));
        node.until_status(root, "TERMINATED").await;
        node.assert_settled(root).await;
        assert_eq!(node.task(task.id).await.status, "finished");
    }

    async fn at_its_due_date_a_to_do_goes_on_with_its_defaults(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&asks(DueHandle::Continue)).await.instance;
        let task = node.open_tasks().await.remove(0);
        node.advance(2 * DAY - Duration::from_micros(1), &[root]);
        node.until_idle().await;
        assert_eq!(node.task(task.id).await.status, "waiting", "not a moment early");
        node.advance(Duration::from_micros(1), &[]);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "ask").await.output, r#"{"verdict":"overdue"}"#);
        let closed = node.task(task.id).await;
        assert_eq!((closed.status.as_str(), closed.note.as_str()), ("finished", "closed at its due date"));
        assert_eq!((closed.modifier_name.as_str(), closed.approver.as_str()), ("system", ""));
        assert!(!node.answer(&task, json("{}")).await, "an answer after the due date is refused");
    }

    async fn at_its_due_date_a_to_do_can_interrupt_the_run(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&asks(DueHandle::Interrupt)).await.instance;
        node.advance(3 * DAY, &[root]);
        node.until_status(root, "TERMINATED").await;
        node.assert_settled(root).await;
        assert_eq!(node.closed_tasks().await.len(), 1);
    }

    async fn a_termination_closes_the_open_to_do(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&asks(DueHandle::Continue)).await.instance;
        let task = node.open_tasks().await.remove(0);
        assert!(node.send(root, &Command::Terminate { reason: "test".into() }).await);
        node.until_status(root, "TERMINATED").await;
        node.assert_settled(root).await;
        assert_eq!(node.task(task.id).await.status, "canceled");
        assert!(!node.answer(&task, json("{}")).await);
    }

    async fn an_answer_and_a_due_date_at_once_have_one_winner(storage: Storage) {
        let node = storage.open().await;
        let workflow = node.deploy("race", &asks(DueHandle::Continue)).await;
        const RUNS: usize = 30;
        for _ in 0..RUNS {
            let root = node.start(&workflow).await.instance;
            let task = node.open_tasks().await.remove(0);
            // Both at once: whichever commits first holds, and the other one is refused or does nothing.
            node.advance(2 * DAY, &[root]);
            let won = node.answer(&task, json(r#"{"verdict":"answered"}"#)).await;
            node.until_status(root, "FINISHED").await;
            node.assert_settled(root).await;
            let verdict = node.node(root, "ask").await.output;
            let closed = node.task(task.id).await;
            if won {
                assert_eq!(verdict, r#"{"verdict":"answered"}"#, "the caller was told that the answer counts");
                assert_eq!(closed.approver, "tester");
            } else {
                assert_eq!(verdict, r#"{"verdict":"overdue"}"#, "the caller was told that it came too late");
                assert_eq!(closed.note, "closed at its due date");
            }
        }
    }

    async fn an_answer_that_was_accepted_before_the_due_date_wins_after_a_restart(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&asks(DueHandle::Interrupt)).await.instance;
        let task = node.open_tasks().await.remove(0);
        node.stop(Duration::ZERO).await;
        // Accepted by a node that does not drive anything; by the time another one does, the due date has passed.
        let front = storage.open_with(|settings| settings.idle = true).await;
        assert!(front.answer(&task, json(r#"{"verdict":"in time"}"#)).await);
        storage.clock.advance(5 * DAY);
        front.stop(Duration::ZERO).await;
        let node = storage.open().await;
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "ask").await.output, r#"{"verdict":"in time"}"#);
    }

    async fn many_to_dos_of_one_run_are_answered_at_once(storage: Storage) {
        let node = storage.open().await;
        const BRANCHES: usize = 40;
        let mut process = Process::new("p").start("s").parallel("fork").parallel("join").end("e");
        process = process.flow("s", "fork").flow("join", "e");
        for branch in 0..BRANCHES {
            let ask = format!("ask{branch}");
            process = process.user(&ask, User::default()).path(&format!("fork {ask} join"));
        }
        let root = node.run(&process).await.instance;
        let tasks = node.open_tasks().await;
        assert_eq!(tasks.len(), BRANCHES);
        let node = std::sync::Arc::new(node);
        let answers: Vec<_> = tasks
            .into_iter()
            .map(|task| {
                let node = std::sync::Arc::clone(&node);
                tokio::spawn(async move { node.answer(&task, json("{}")).await })
            })
            .collect();
        for answer in answers {
            assert!(answer.await.expect("no panic"));
        }
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        until("nothing is in memory", || async { node.runtime.driven() == 0 }).await;
    }
}

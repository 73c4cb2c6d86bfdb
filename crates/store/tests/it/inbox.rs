use model::{InstanceId, Timestamp};
use store::root;
use store::turn::{Next, TurnOutcome};

use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::Run;

async fn push(node: &Node, root: InstanceId, command: &str, key: Option<&str>) -> bool {
    let (command, key) = (command.to_owned(), key.map(str::to_owned));
    node.write(move |tx| Box::pin(async move { root::push_inbox(tx, root, &command, key.as_deref()).await })).await
}

async fn inbox(store: &Store, root: InstanceId) -> Vec<(i64, String)> {
    let rows = root::list_inbox(&mut store.read().await, root, 0).await.expect("reads");
    rows.into_iter().map(|row| (row.seq, row.command)).collect()
}

on_both! {
    async fn commands_wait_in_the_order_they_came_and_wake_their_root(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        node.turn(run.turn(Next::Waits { due_at: None })).await;
        for command in ["one", "two", "three"] {
            assert!(push(&node, run.root, command, None).await);
        }
        assert_eq!(node.woken(), [run.root; 3]);
        let expected = [(1, "one"), (2, "two"), (3, "three")].map(|(seq, text)| (seq, text.to_owned()));
        assert_eq!(inbox(&store, run.root).await, expected);
        let mut conn = store.read().await;
        assert_eq!(root::list_inbox(&mut conn, run.root, 2).await.expect("reads").len(), 1);
        let found = root::get_root(&mut conn, run.root).await.expect("reads").expect("is there");
        assert_eq!((found.inbox_seq, found.due_at), (3, Some(Timestamp(0))));
    }

    async fn a_root_that_is_unknown_or_has_ended_takes_no_command(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        node.turn(run.turn(Next::Ended)).await;
        assert!(!push(&node, run.root, "late", None).await);
        assert!(!push(&node, InstanceId(uuid()), "lost", None).await);
        assert_eq!(store.count("inbox").await, 0);
    }

    async fn a_command_with_a_known_key_is_put_in_once(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        node.turn(run.turn(Next::Waits { due_at: None })).await;
        assert!(push(&node, run.root, "fire", Some("timer 7")).await);
        assert!(!push(&node, run.root, "fire again", Some("timer 7")).await);
        assert!(push(&node, run.root, "other", Some("timer 8")).await);
        assert!(push(&node, run.root, "plain", None).await);
        assert!(push(&node, run.root, "plain", None).await);
        let expected = [(1, "fire"), (2, "other"), (3, "plain"), (4, "plain")];
        assert_eq!(inbox(&store, run.root).await, expected.map(|(seq, text)| (seq, text.to_owned())));
        let found = root::get_root(&mut store.read().await, run.root).await.expect("reads").expect("is there");
        // A place without a command would keep the root due for ever and every strict turn from standing.
        assert_eq!(found.inbox_seq, 4);
    }

    async fn the_end_of_a_root_empties_its_inbox(store: Store) {
        let node = store.node().await;
        let (mut ended, mut other) = (Run::new(tenant()), Run::new(tenant()));
        for run in [&mut ended, &mut other] {
            node.turn(run.turn(Next::Owned { due_at: None })).await;
            push(&node, run.root, "taken in", None).await;
            push(&node, run.root, "too late", None).await;
        }
        let mut turn = ended.turn(Next::Ended);
        turn.inbox_done = 1;
        assert_eq!(node.turn(turn).await, TurnOutcome::Committed);
        assert_eq!(inbox(&store, ended.root).await, []);
        assert_eq!(inbox(&store, other.root).await.len(), 2);
    }

    async fn commands_of_many_callers_get_places_of_their_own(store: Store) {
        let node = store.node().await;
        let mut runs: Vec<Run> = (0..3).map(|_| Run::new(tenant())).collect();
        for run in &mut runs {
            node.turn(run.turn(Next::Owned { due_at: None })).await;
        }
        // Each caller goes through the roots in another order, and turns move them at the same time.
        let mut callers = Vec::new();
        for caller in 0..12_usize {
            let writer = node.writer.clone();
            let roots: Vec<InstanceId> = (0..3).map(|step| runs[(caller + step) % 3].root).collect();
            callers.push(tokio::spawn(async move {
                for root in roots.into_iter().cycle().take(15) {
                    let pushed: Result<bool, store::Error> = writer
                        .write(move |tx| Box::pin(async move { root::push_inbox(tx, root, "{}", None).await }))
                        .await;
                    assert!(pushed.expect("no caller waits for another in a circle"));
                }
            }));
        }
        for _ in 0..10 {
            for run in &mut runs {
                assert_eq!(node.turn(run.turn(Next::Owned { due_at: None })).await, TurnOutcome::Committed);
            }
        }
        for caller in callers {
            caller.await.expect("no panic");
        }
        for run in &runs {
            let places: Vec<i64> = inbox(&store, run.root).await.into_iter().map(|(seq, _)| seq).collect();
            assert_eq!(places, (1..=60).collect::<Vec<i64>>());
        }
    }

    async fn an_answer_and_a_turn_that_closes_the_task_do_not_wait_for_each_other(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        for round in 0..20 {
            let mut run = Run::new(tenant);
            let task = store::task::TaskRow { root_id: Some(run.root), ..crate::rows::task(tenant, "Ask") };
            let mut first = run.turn(Next::Owned { due_at: None });
            first.opened = vec![task.clone()];
            node.turn(first).await;
            let (id, root) = (task.id, run.root);
            let answer = store::task::TaskAnswer {
                user: model::UserId(uuid()),
                user_name: "anna".to_owned(),
                review_comments: String::new(),
                handle_parameters: String::new(),
                at: crate::rows::NOON,
            };
            let answering = node.writer.write::<bool, store::Error, _>(move |tx| {
                Box::pin(async move {
                    let first = store::task::finish(tx, tenant, id, &answer).await?;
                    if first {
                        root::push_inbox(tx, root, "answered", None).await?;
                    }
                    Ok(first)
                })
            });
            let mut closing = run.turn(Next::Owned { due_at: None });
            closing.closed = vec![store::task::TaskClose {
                id,
                status: "canceled",
                note: "a timer fired",
                at: crate::rows::NOON,
            }];
            closing.inbox_strict = true;
            let (answered, closed) = tokio::join!(answering, node.writer.commit_turn(closing));
            let answered = answered.expect("the answer is not refused by a lock");
            let closed = closed.expect("the turn is not refused by a lock") == TurnOutcome::Committed;
            assert!(answered != closed, "round {round}: answered {answered}, closed {closed}");
        }
    }
}

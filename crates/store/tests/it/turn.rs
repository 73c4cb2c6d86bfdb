use futures::future::join_all;
use model::{InstanceId, NodeId, Timestamp};
use store::instance;
use store::root;
use store::task::{self, TaskClose, TaskRow};
use store::turn::{self, Next, TurnOutcome};
use store::{Conn, Error};

use crate::fixture::{tenant, uuid};
use crate::on_both;
use crate::rows::{self, NOON, Run, act, after_noon};

const WAITS: Next = Next::Waits { due_at: None };
const OWNED: Next = Next::Owned { due_at: None };

async fn due_at(conn: &mut Conn, id: InstanceId) -> Option<Timestamp> {
    root::get_root(conn, id).await.expect("reads").expect("the root is there").due_at
}

on_both! {
    async fn a_run_that_ends_in_its_first_turn_has_no_root(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        let mut turn = run.turn(Next::Ended);
        turn.snapshot = Some("never needed".to_owned());
        assert_eq!(node.turn(turn).await, TurnOutcome::Committed);
        let mut conn = store.read().await;
        assert_eq!(root::get_root(&mut conn, run.root).await.expect("reads"), None);
        assert_eq!(root::get_snapshot(&mut conn, run.root).await.expect("reads"), None);
        assert_eq!(root::list_journal(&mut conn, run.root, 0).await.expect("reads").len(), 1);
        assert!(instance::get(&mut conn, run.tenant, run.root).await.expect("reads").is_some());
    }

    async fn a_waiting_root_belongs_to_nobody_and_an_owned_one_to_its_node(store: Store) {
        let node = store.node().await;
        let mut conn = store.read().await;
        for (next, owner, due) in [
            (WAITS, None, None),
            (Next::Waits { due_at: Some(after_noon(60)) }, None, Some(after_noon(60))),
            (OWNED, Some(node.id), None),
            (Next::Owned { due_at: Some(after_noon(5)) }, Some(node.id), Some(after_noon(5))),
        ] {
            let mut run = Run::new(tenant());
            let mut turn = run.turn(next);
            turn.level = 3;
            node.turn(turn).await;
            let found = root::get_root(&mut conn, run.root).await.expect("reads").expect("is there");
            assert_eq!((found.owner_id, found.due_at), (owner, due), "{next:?}");
            assert_eq!((found.seq, found.inbox_seq, found.level, found.problem.as_str()), (1, 0, 3, ""));
            assert_eq!(found.hash, run.hash);
            assert_eq!((found.project_id, found.workspace_id), (run.tenant.project, run.tenant.workspace));
        }
    }

    async fn a_root_goes_on_turn_by_turn_to_its_end(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        node.turn(run.turn(OWNED)).await;
        for _ in 0..5 {
            let mut turn = run.turn(OWNED);
            turn.nodes = vec![rows::node_run(run.root, 1, "RUNNING"), rows::node_run(run.root, run.seq, "FINISHED")];
            turn.snapshot = Some(format!("state {}", run.seq));
            assert_eq!(node.turn(turn).await, TurnOutcome::Committed);
        }
        let mut conn = store.read().await;
        let snapshot = root::get_snapshot(&mut conn, run.root).await.expect("reads").expect("is there");
        assert_eq!((snapshot.seq, snapshot.body.as_str()), (6, "state 6"));
        let later: Vec<i64> =
            root::list_journal(&mut conn, run.root, 4).await.expect("reads").iter().map(|turn| turn.seq).collect();
        assert_eq!(later, [5, 6]);

        assert_eq!(node.turn(run.turn(Next::Ended)).await, TurnOutcome::Committed);
        assert_eq!(root::get_root(&mut conn, run.root).await.expect("reads"), None);
        assert_eq!(root::get_snapshot(&mut conn, run.root).await.expect("reads"), None);
        // The journal stays, and every turn vouches for the one before.
        let journal = root::list_journal(&mut conn, run.root, 0).await.expect("reads");
        let mut prev = turn::FIRST.to_vec();
        for (place, row) in journal.iter().enumerate() {
            assert_eq!(row.seq, i64::try_from(place).expect("few") + 1);
            assert_eq!(row.prev_hash, prev);
            assert_eq!(row.hash, turn::chain(&prev, run.root, row.seq, row.at, &row.body));
            prev.clone_from(&row.hash);
        }
        assert_eq!(journal.len(), 7);
    }

    async fn a_superseded_turn_writes_nothing_while_others_of_its_group_stand(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let mut runs: Vec<Run> = (0..4).map(|_| Run::new(tenant)).collect();
        for run in &mut runs {
            node.turn(run.turn(OWNED)).await;
        }
        let [good, stale, foreign, strict] = &mut runs[..] else { unreachable!("four") };
        // The stale root has moved on; the foreign one belongs to another node; the strict one got a command.
        node.turn(stale.clone().turn(OWNED)).await;
        let (foreign_id, strict_id) = (foreign.root, strict.root);
        let free = foreign.turn(WAITS);
        node.turn(free).await;
        node.write(move |tx| {
            Box::pin(async move {
                assert!(root::claim_one(tx, NodeId(uuid()), foreign_id, 1).await?.is_some());
                assert!(root::push_inbox(tx, strict_id, "{}", None).await?);
                Ok(())
            })
        })
        .await;
        node.woken();

        let everything = |run: &mut Run, next| {
            let mut turn = run.turn(next);
            let child = rows::instance(tenant, InstanceId(uuid()));
            turn.created = vec![store::instance::InstanceRow { root_id: run.root, ..child }];
            turn.changed = vec![store::instance::InstanceChange {
                id: run.root,
                status: "FINISHED",
                end_time: Some(NOON),
                at: after_noon(8),
                playbook_id: None,
            }];
            turn.nodes = vec![rows::node_run(run.root, 1, "FINISHED"), rows::node_run(run.root, 2, "RUNNING")];
            turn.opened = vec![TaskRow { root_id: Some(run.root), ..rows::task(tenant, "Ask") }];
            turn.snapshot = Some("state".to_owned());
            turn.audit = vec![act("task.create", &run.root.to_string())];
            turn
        };
        let mut strict_turn = everything(strict, Next::Ended);
        strict_turn.inbox_strict = true;
        let turns = [everything(good, OWNED), everything(stale, OWNED), everything(foreign, Next::Ended), strict_turn];
        let hold = node.hold().await;
        let (outcomes, ()) =
            tokio::join!(join_all(turns.into_iter().map(|turn| node.writer.commit_turn(turn))), hold.open());
        let outcomes: Vec<TurnOutcome> = outcomes.into_iter().map(|outcome| outcome.expect("writes")).collect();
        use TurnOutcome::{Committed, Superseded};
        assert_eq!(outcomes, [Committed, Superseded, Superseded, Superseded]);

        let mut conn = store.read().await;
        for (number, run) in runs.iter().enumerate() {
            let stands = number == 0;
            assert_eq!(instance::list_of_root(&mut conn, run.root).await.expect("reads").len(), if stands { 2 } else { 1 });
            assert_eq!(instance::list_open_nodes(&mut conn, run.root).await.expect("reads")[0].no, if stands { 2 } else { 1 });
            assert_eq!(root::get_snapshot(&mut conn, run.root).await.expect("reads").is_some(), stands);
            let status = instance::get(&mut conn, tenant, run.root).await.expect("reads").expect("is there").status;
            assert_eq!(status, if stands { "FINISHED" } else { "RUNNING" });
            assert!(root::get_root(&mut conn, run.root).await.expect("reads").is_some());
        }
        assert_eq!(root::list_journal(&mut conn, runs[1].root, 0).await.expect("reads").len(), 2);
        assert_eq!(store.count("task").await, 1);
        assert_eq!(store.count("audit").await, 1);
        assert_eq!(root::list_inbox(&mut conn, strict_id, 0).await.expect("reads").len(), 1);
    }

    async fn turns_of_one_root_in_one_group_stand_in_order(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        let turns = [run.turn(OWNED), run.turn(OWNED), run.turn(Next::Ended)];
        let hold = node.hold().await;
        let (outcomes, ()) =
            tokio::join!(join_all(turns.into_iter().map(|turn| node.writer.commit_turn(turn))), hold.open());
        // However many of them share a group: none is lost, and none stands without the one before.
        let stood = outcomes.iter().filter(|outcome| matches!(outcome, Ok(TurnOutcome::Committed))).count();
        assert!(matches!(outcomes[0], Ok(TurnOutcome::Committed)), "{outcomes:?}");
        let journal = root::list_journal(&mut store.read().await, run.root, 0).await.expect("reads");
        assert_eq!(journal.len(), stood);
        assert!(journal.iter().zip(1..).all(|(row, seq)| row.seq == seq), "{journal:?}");
    }

    async fn a_turn_that_the_database_refuses_does_not_fail_its_group(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let mut runs: Vec<Run> = (0..12).map(|_| Run::new(tenant)).collect();
        node.turn(runs[5].clone().turn(OWNED)).await;
        // Its first turn a second time, and with another body: not the one that is in the journal.
        let turns: Vec<_> = runs
            .iter_mut()
            .map(|run| {
                let mut turn = run.turn(OWNED);
                turn.snapshot = Some("state".to_owned());
                turn.audit = vec![act("instance.create", "one")];
                turn
            })
            .collect();
        let hold = node.hold().await;
        let (outcomes, ()) =
            tokio::join!(join_all(turns.into_iter().map(|turn| node.writer.commit_turn(turn))), hold.open());
        for (number, outcome) in outcomes.iter().enumerate() {
            if number == 5 {
                assert!(matches!(outcome, Err(Error::Unique(_))), "{outcome:?}");
            } else {
                assert!(matches!(outcome, Ok(TurnOutcome::Committed)), "{number}: {outcome:?}");
            }
        }
        assert_eq!(store.count("journal").await, 12);
        assert_eq!(store.count("snapshot").await, 11);
        assert_eq!(crate::audit::verified(&store).await.len(), 11);
    }

    async fn a_turn_opens_and_closes_tasks_but_not_answered_ones(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let mut run = Run::new(tenant);
        let tasks = [rows::task(tenant, "left"), rows::task(tenant, "closed"), rows::task(tenant, "answered")];
        let mut turn = run.turn(OWNED);
        turn.opened = tasks.to_vec();
        node.turn(turn).await;
        let answered = tasks[2].id;
        let answer = task::TaskAnswer {
            user: model::UserId(uuid()),
            user_name: "anna".to_owned(),
            review_comments: String::new(),
            handle_parameters: "{}".to_owned(),
            at: NOON,
        };
        node.write(move |tx| Box::pin(async move { task::finish(tx, tenant, answered, &answer).await })).await;
        let mut turn = run.turn(OWNED);
        turn.closed = tasks[1..]
            .iter()
            .map(|task| TaskClose { id: task.id, status: "canceled", note: "a timer fired", at: after_noon(2) })
            .collect();
        node.turn(turn).await;
        let mut conn = store.read().await;
        let mut found = Vec::new();
        for task in &tasks {
            let row = task::get(&mut conn, tenant, task.id).await.expect("reads").expect("is there");
            found.push((row.status, row.note, row.modifier_name));
        }
        let expected = [("waiting", "", ""), ("canceled", "a timer fired", "system"), ("finished", "", "anna")]
            .map(|(status, note, name)| (status.to_owned(), note.to_owned(), name.to_owned()));
        assert_eq!(found, expected);
    }

    async fn a_command_that_comes_in_during_a_turn_keeps_the_root_due(store: Store) {
        let node = store.node().await;
        let mut run = Run::new(tenant());
        let id = run.root;
        node.turn(run.turn(OWNED)).await;
        let push = || {
            node.write(move |tx| Box::pin(async move { root::push_inbox(tx, id, "{}", None).await }))
        };
        let mut conn = store.read().await;
        assert_eq!(due_at(&mut conn, id).await, None);
        push().await;
        assert_eq!(due_at(&mut conn, id).await, Some(Timestamp(0)));

        // The runtime has taken the first command in; the second comes before the commit.
        let mut turn = run.turn(Next::Owned { due_at: Some(after_noon(60)) });
        turn.inbox_done = 1;
        push().await;
        node.turn(turn).await;
        assert_eq!(due_at(&mut conn, id).await, Some(Timestamp(0)));
        let waiting: Vec<i64> = root::list_inbox(&mut conn, id, 0).await.expect("reads").iter().map(|row| row.seq).collect();
        assert_eq!(waiting, [2]);

        // With everything taken in, the timer decides.
        let mut turn = run.turn(Next::Waits { due_at: Some(after_noon(60)) });
        turn.inbox_done = 2;
        turn.inbox_strict = true;
        assert_eq!(node.turn(turn).await, TurnOutcome::Committed);
        assert_eq!(due_at(&mut conn, id).await, Some(after_noon(60)));
        assert!(root::list_inbox(&mut conn, id, 0).await.expect("reads").is_empty());
    }
}

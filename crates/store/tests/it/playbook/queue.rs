use futures::future::join_all;
use model::{ObjectId, PlaybookVersionId, Tenant};
use store::playbook::instance::{self, PlaybookInstanceQuery, PlaybookInstanceRow};
use store::playbook::log::{self, LogQuery, LogSort};
use store::playbook::work::{self, Backlog};
use store::playbook::{self, action, approval, monitor, run, schedule, trigger, version};
use store::{Error, Order, PageRequest};

use super::{admit, by_event, by_hand, create, encode, end, enqueue, enqueue_some, get, nodes};
use crate::fixture::{tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

on_both! {
    async fn what_is_queued_comes_back_as_it_was_given(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        let mut new = by_event(&playbook, ObjectId(uuid()));
        new.runs.push(run::PlaybookRunRow { run_id: model::InstanceId(uuid()), position: 1, ..new.runs[0].clone() });
        new.row.cause_id = Some(model::PlaybookInstanceId(uuid()));
        new.row.depth = 3;
        enqueue(&node, std::slice::from_ref(&new)).await;
        assert_eq!(get(&store, tenant, new.row.id).await, new.row);
        let mut conn = store.read().await;
        let runs = run::list(&mut conn, tenant, new.row.id).await.expect("lists");
        assert_eq!(runs.iter().map(|run| run.run_id).collect::<Vec<_>>(), [new.runs[0].run_id, new.runs[1].run_id]);
        assert_eq!((runs[0].status.as_ref(), runs[0].workflow_id), (None, new.runs[0].workflow_id));
        let origin = run::get_origin(&mut conn, tenant, new.runs[1].run_id).await.expect("reads").expect("belongs");
        assert_eq!((origin.playbook_instance_id, origin.playbook_id, origin.depth), (new.row.id, playbook.id, 3));
        let admitted = admit(&node, NOON, 10).await;
        assert_eq!((admitted[0].id, admitted[0].tenant(), &admitted[0].context), (new.row.id, tenant, &new.context));
    }

    async fn an_event_or_a_tick_sets_a_version_off_once(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        let object = ObjectId(uuid());
        let first = by_event(&playbook, object);
        let (twin, late) = (by_event(&playbook, object), by_event(&playbook, object));
        assert_eq!(enqueue(&node, &[first.clone(), twin]).await, [first.row.id].into());
        assert_eq!(enqueue(&node, &[late]).await, [].into());

        // Another state of the object, another object under the same id, and another version are something else.
        let changes: [fn(&mut PlaybookInstanceRow); 4] = [
            |row| row.dataobject_version = Some(2),
            |row| row.dataobject_time = Some(after_noon(1)),
            |row| row.version_id = PlaybookVersionId(uuid()),
            |row| row.dataobject_id = Some(ObjectId(uuid())),
        ];
        let others = changes.map(|change| {
            let mut other = by_event(&playbook, object);
            change(&mut other.row);
            other
        });
        assert_eq!(enqueue(&node, &others).await.len(), 4);

        let ticks = [NOON, after_noon(60), NOON].map(|tick| {
            let mut new = by_hand(&playbook);
            (new.row.trigger_type, new.row.tick, new.row.dataobject_id) = ("TIMER".to_owned(), Some(tick), None);
            new
        });
        assert_eq!(enqueue(&node, &ticks).await, [ticks[0].row.id, ticks[1].row.id].into());

        // People may start it as often as they like.
        let mut again = by_hand(&playbook);
        again.row.dataobject_id = Some(object);
        let mut once_more = by_hand(&playbook);
        once_more.row.dataobject_id = Some(object);
        assert_eq!(enqueue(&node, &[again, once_more]).await.len(), 2);
        for table in ["playbook_instance", "playbook_work", "playbook_run"] {
            assert_eq!(store.count(table).await, 9, "{table}");
        }
    }

    async fn an_event_that_is_queued_by_many_at_once_sets_a_version_off_once(store: Store) {
        let nodes = nodes(&store).await;
        let playbook = create(&nodes[0], tenant(), "Isolate", |_| {}).await;
        let object = ObjectId(uuid());
        let dialect = store.db.dialect();
        let writers = (0..12).map(|number| {
            let encoded = encode(dialect, &[by_event(&playbook, object)]);
            nodes[number % nodes.len()].writer.write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(instance::insert_all(tx, &encoded).await?.len()) })
            })
        });
        let new: usize = join_all(writers).await.into_iter().map(|new| new.expect("queues")).sum();
        assert_eq!(new, 1);
        for table in ["playbook_instance", "playbook_work", "playbook_run"] {
            assert_eq!(store.count(table).await, 1, "{table}");
        }
    }

    async fn another_tenant_sees_nothing(store: Store) {
        let node = store.node().await;
        let own = tenant();
        let playbook = create(&node, own, "Isolate", |_| {}).await;
        let [id] = enqueue_some(&node, &playbook, 1).await[..] else { unreachable!("one") };
        let run = run::list(&mut store.read().await, own, id).await.expect("lists")[0].run_id;
        let next = schedule::ScheduleRow {
            playbook_id: playbook.id,
            workspace_id: own.workspace,
            project_id: own.project,
            version_id: playbook.version_id.expect("active"),
            next_at: Some(NOON),
        };
        node.write(move |tx| Box::pin(async move { schedule::set(tx, &next).await })).await;
        let version_id = playbook.version_id.expect("active");
        let (playbook, other) = (playbook.id, tenant());
        for (tenant, sees) in [
            (own, true),
            (other, false),
            (Tenant { workspace: own.workspace, ..other }, false),
            (Tenant { project: own.project, ..other }, false),
        ] {
            let mut conn = store.read().await;
            let conn = &mut conn;
            let query = PlaybookInstanceQuery::default();
            let seen = [
                playbook::get(conn, tenant, playbook).await.expect("reads").is_some(),
                playbook::get_by_name(conn, tenant, "Isolate").await.expect("reads").is_some(),
                playbook::list(conn, tenant, &playbook::PlaybookQuery::default(), ALL).await.expect("lists").total > 0,
                playbook::count(conn, tenant).await.expect("counts").enabled > 0,
                version::get(conn, tenant, version_id).await.expect("reads").is_some(),
                action::list(conn, tenant, version_id, ALL).await.expect("lists").total > 0,
                instance::get(conn, tenant, id).await.expect("reads").is_some(),
                instance::list(conn, tenant, &query, ALL).await.expect("lists").total > 0,
                run::list(conn, tenant, id).await.expect("lists").len() == 1,
                run::get_origin(conn, tenant, run).await.expect("reads").is_some(),
                log::list(conn, tenant, &LogQuery::default(), LogSort::Creation, Order::Descending, ALL)
                    .await
                    .expect("lists")
                    .total
                    > 0,
                monitor::look(conn, tenant, playbook, monitor::Versions::All, None, None).await.expect("looks").counts.total
                    > 0,
                schedule::get(conn, tenant, playbook).await.expect("reads").is_some(),
                !trigger::load(conn, tenant).await.expect("loads").playbooks.is_empty(),
                work::count(conn, tenant, playbook).await.expect("counts").queued > 0,
            ];
            assert_eq!(seen, [sees; 15], "{tenant:?}");
            assert_eq!(approval::list(conn, tenant, None, None, 10).await.expect("lists"), []);
        }
        let foreign = Tenant { project: own.project, ..other };
        node.write(move |tx| {
            Box::pin(async move {
                assert_eq!(work::lock(tx, foreign, id).await?, None);
                assert!(!work::end(tx, foreign, id, "TERMINATED", "", NOON).await?);
                assert_eq!(work::cancel_queued(tx, foreign, playbook, "", NOON).await?, 0);
                run::refuse(tx, foreign, run, "no").await?;
                schedule::clear(tx, foreign, playbook).await?;
                playbook::pause(tx, foreign, playbook, "no", NOON).await?;
                playbook::delete(tx, foreign, playbook, NOON).await
            })
        })
        .await;
        let mut conn = store.read().await;
        let kept = playbook::get(&mut conn, own, playbook).await.expect("reads").expect("is there");
        assert_eq!(kept.paused_at, None);
        assert_eq!(run::list(&mut conn, own, id).await.expect("lists")[0].problem, "");
        assert!(schedule::get(&mut conn, own, playbook).await.expect("reads").is_some());
        assert_eq!(work::count(&mut conn, own, playbook).await.expect("counts").queued, 1);
    }

    async fn an_instance_runs_is_held_retried_and_ends(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        let [id] = enqueue_some(&node, &playbook, 1).await[..] else { unreachable!("one") };
        let backlog = async || {
            let Backlog { queued, active, held } =
                work::count(&mut store.read().await, tenant, playbook.id).await.expect("counts");
            (queued, active, held)
        };
        let hold = || node.write(move |tx| Box::pin(async move { work::hold(tx, tenant, id, "Block failed").await }));
        let resume =
            |retries| node.write(move |tx| Box::pin(async move { work::resume(tx, tenant, id, "RETRYING", retries).await }));
        assert_eq!(backlog().await, (1, 0, 0));
        assert!(!hold().await, "it does not run yet");
        assert!(!resume(1).await);
        admit(&node, after_noon(5), 1).await;
        assert_eq!(backlog().await, (0, 1, 0));
        assert!(!resume(1).await, "it has not failed");
        assert!(hold().await);
        assert_eq!(backlog().await, (0, 0, 1));
        let row = get(&store, tenant, id).await;
        assert_eq!((row.status.as_str(), row.problem.as_str(), row.end_time), ("FAILED", "Block failed", None));
        assert!(resume(1).await);
        let row = get(&store, tenant, id).await;
        assert_eq!((row.status.as_str(), row.problem.as_str(), row.retry_count), ("RETRYING", "", 1));
        assert_eq!((row.start_time, backlog().await), (Some(after_noon(5)), (0, 1, 0)));
        assert!(hold().await);
        assert!(resume(0).await);
        assert_eq!(get(&store, tenant, id).await.retry_count, 1);
        assert!(end(&node, tenant, id, "FINISHED").await);
        assert!(!end(&node, tenant, id, "TERMINATED").await);
        let row = get(&store, tenant, id).await;
        assert_eq!((row.status.as_str(), row.end_time), ("FINISHED", Some(after_noon(1))));
        assert_eq!(backlog().await, (0, 0, 0));
    }

    async fn what_is_queued_ends_with_its_playbook_and_what_runs_goes_on(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (playbook, other) =
            (create(&node, tenant, "Isolate", |_| {}).await, create(&node, tenant, "Block", |_| {}).await);
        let running = enqueue_some(&node, &playbook, 1).await[0];
        admit(&node, NOON, 1).await;
        let queued = enqueue_some(&node, &playbook, 3).await;
        let kept = enqueue_some(&node, &other, 1).await[0];
        let id = playbook.id;
        node.write(move |tx| Box::pin(async move { playbook::delete(tx, tenant, id, after_noon(9)).await })).await;
        for id in queued {
            let row = get(&store, tenant, id).await;
            assert_eq!((row.status.as_str(), row.end_time), ("TERMINATED", Some(after_noon(9))));
            assert_eq!((row.problem.as_str(), row.start_time), ("the playbook was deleted", None));
        }
        for id in [running, kept] {
            assert_eq!(get(&store, tenant, id).await.status, "RUNNING");
        }
        for (table, left) in
            [("playbook", 1), ("playbook_version", 1), ("playbook_action", 2), ("playbook_work", 2), ("playbook_instance", 5)]
        {
            assert_eq!(store.count(table).await, left, "{table}");
        }
        assert!(end(&node, tenant, running, "FINISHED").await);
    }
}

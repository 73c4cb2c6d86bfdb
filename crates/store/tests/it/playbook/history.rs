use model::{ObjectId, PlaybookInstanceId, Tenant};
use store::instance::InstanceRow;
use store::playbook::instance::{self, NewInstance, PlaybookInstanceQuery};
use store::playbook::log::{self, LogQuery, LogSort};
use store::playbook::monitor::{self, RunTime, Versions};
use store::playbook::{run, trigger, version};
use store::turn::Next;
use store::{Order, Page, PageRequest, workspace};

use super::{admit, by_event, by_hand, create, end, enqueue, enqueue_some};
use crate::fixture::{tenant, uuid};
use crate::on_both;
use crate::rows::{self, NOON, Run, after_noon};
use crate::workspace::{room, tenant_of};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

on_both! {
    async fn instances_are_found_by_what_they_are(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (isolate, block) =
            (create(&node, tenant, "Isolate", |_| {}).await, create(&node, tenant, "Block", |_| {}).await);
        let object = ObjectId(uuid());
        let mut instances = [by_event(&isolate, object), by_hand(&block), by_hand(&isolate)];
        instances[1].row.create_time = after_noon(10);
        instances[1].row.dataclass_name = "Incident".to_owned();
        instances[1].row.dataobject_name = "Phishing".to_owned();
        instances[2].row.create_time = after_noon(20);
        let ids = instances.clone().map(|new| new.row.id);
        enqueue(&node, &instances).await;
        assert!(end(&node, tenant, ids[2], "FINISHED").await);
        let none = PlaybookInstanceQuery::default;
        let some = |text: &str| Some(text.to_owned());
        for (query, expected) in [
            (none(), &[2, 1, 0][..]),
            (PlaybookInstanceQuery { status: some("RUNNING"), ..none() }, &[1, 0]),
            (PlaybookInstanceQuery { name: some("isolate"), ..none() }, &[2, 0]),
            (PlaybookInstanceQuery { playbook_id: Some(block.id), ..none() }, &[1]),
            (PlaybookInstanceQuery { playbook_name: some("LOC"), ..none() }, &[1]),
            (PlaybookInstanceQuery { dataclass_name: some("Alert"), ..none() }, &[2, 0]),
            (PlaybookInstanceQuery { dataobject_id: Some(object), ..none() }, &[0]),
            (PlaybookInstanceQuery { dataobject_name: some("phish"), ..none() }, &[1]),
            (PlaybookInstanceQuery { trigger_type: some("EVENT"), ..none() }, &[0]),
            (PlaybookInstanceQuery { from: Some(after_noon(10)), to: Some(after_noon(19)), ..none() }, &[1]),
            (PlaybookInstanceQuery { from: Some(NOON), to: Some(after_noon(1)), by_end: true, ..none() }, &[2]),
        ] {
            let found = instance::list(&mut store.read().await, tenant, &query, ALL).await.expect("lists");
            let found: Vec<PlaybookInstanceId> = found.rows.into_iter().map(|row| row.id).collect();
            assert_eq!(found, expected.iter().map(|place| ids[*place]).collect::<Vec<_>>(), "{query:?}");
        }
    }

    async fn the_log_tells_what_ran_and_what_could_not(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        let mut new = by_event(&playbook, ObjectId(uuid()));
        let mut runs = [Run::new(tenant), Run::new(tenant), Run::new(tenant), Run::new(tenant)];
        let row = new.runs.remove(0);
        for (position, run) in (0..).zip(&runs) {
            new.runs.push(run::PlaybookRunRow { run_id: run.root, position, ..row.clone() });
        }
        let id = new.row.id;
        enqueue(&node, &[new]).await;
        admit(&node, NOON, 1).await;
        // One fails, one ends, one cannot be started, one is not started.
        let statuses = [("FAILED", None, 10), ("FINISHED", Some(after_noon(30)), 20)];
        for (run, (status, end_time, start)) in runs.iter_mut().zip(statuses) {
            let mut turn = run.turn(Next::Owned { due_at: None });
            turn.created = vec![InstanceRow {
                status: status.to_owned(),
                start_time: after_noon(start),
                end_time,
                workflow_name: format!("workflow {start}"),
                ..rows::instance(tenant, run.root)
            }];
            turn.nodes[0].status = status.to_owned();
            turn.nodes[0].error = "Http.Refused: no".to_owned();
            node.turn(turn).await;
        }
        let refused = runs[2].root;
        node.write(move |tx| {
            Box::pin(async move { run::refuse(tx, tenant, refused, "the workflow is disabled").await })
        })
        .await;
        let [failed, finished, refused, _] = runs.map(|run| run.root.0);
        let list = async |query: LogQuery, sort, order, page| -> Page<log::LogRow> {
            log::list(&mut store.read().await, tenant, &query, sort, order, page).await.expect("lists")
        };
        let all = list(LogQuery::default(), LogSort::Start, Order::Descending, ALL).await;
        assert_eq!(all.total, 4);
        let told: Vec<_> = all
            .rows
            .iter()
            .map(|row| (row.instance_id, row.instance_type.as_str(), row.action_name.as_str(), row.status.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (finished, "AOP_WORKFLOW", "workflow 20", "FINISHED"),
                (failed, "AOP_WORKFLOW", "workflow 10", "FAILED"),
                (refused, "AOP_WORKFLOW", "Isolate", "FAILED"),
                (id.0, "PLAYBOOK", "Isolate", "RUNNING"),
            ]
        );
        let told: Vec<_> =
            all.rows.iter().map(|row| (row.log_level.as_str(), row.error_msg.as_str(), row.parent_instance_id)).collect();
        assert_eq!(
            told,
            [
                ("INFO", "", Some(id.0)),
                ("ERROR", "Http.Refused: no", Some(id.0)),
                ("ERROR", "the workflow is disabled", Some(id.0)),
                ("INFO", "", None),
            ]
        );
        assert!(all.rows.iter().all(|row| row.trigger_type == "EVENT"));
        assert_eq!((all.rows[0].start_time, all.rows[0].end_time), (after_noon(20), Some(after_noon(30))));
        assert_eq!((all.rows[3].action_id, all.rows[3].start_time), (playbook.id.0, NOON));

        let some = |text: &str| Some(text.to_owned());
        let none = LogQuery::default;
        for (query, expected) in [
            (LogQuery { instance_type: some("PLAYBOOK"), ..none() }, &[id.0][..]),
            (LogQuery { action_id: Some(playbook.id.0), ..none() }, &[id.0]),
            (LogQuery { action_name: some("WORKFLOW"), ..none() }, &[finished, failed]),
            (LogQuery { instance_id: Some(refused), ..none() }, &[refused]),
            (LogQuery { parent_instance_id: Some(id.0), ..none() }, &[finished, failed, refused]),
            (LogQuery { log_level: some("ERROR"), ..none() }, &[failed, refused]),
            (LogQuery { error_msg: some("refused"), ..none() }, &[failed]),
            (LogQuery { from: Some(after_noon(10)), ..none() }, &[finished, failed]),
            (LogQuery { to: Some(after_noon(30)), ..none() }, &[finished]),
            (LogQuery { status: some("RUNNING"), ..none() }, &[id.0]),
            (LogQuery { trigger_type: some("TIMER"), ..none() }, &[]),
        ] {
            let found = list(query.clone(), LogSort::Start, Order::Descending, ALL).await;
            assert_eq!(found.rows.iter().map(|row| row.instance_id).collect::<Vec<_>>(), expected, "{query:?}");
            assert_eq!(found.total, expected.len() as i64, "{query:?}");
        }
        let by_end = list(none(), LogSort::End, Order::Ascending, ALL).await;
        assert_eq!(by_end.rows[0].instance_id, finished);
        let page = PageRequest { offset: 1, limit: 2 };
        let some_of_them = list(none(), LogSort::Creation, Order::Ascending, page).await;
        let mut ids = [id.0, failed, finished, refused];
        ids.sort();
        assert_eq!(some_of_them.rows.iter().map(|row| row.instance_id).collect::<Vec<_>>(), ids[1..3]);
        assert_eq!(some_of_them.total, 4);
    }

    async fn a_monitor_counts_and_times_the_instances_of_a_span(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        let gone = model::PlaybookVersionId(uuid());
        let make = |second: i64, trigger: &str| {
            let mut new = by_hand(&playbook);
            new.row.create_time = after_noon(second);
            new.row.trigger_type = trigger.to_owned();
            new
        };
        let mut instances =
            [make(0, "EVENT"), make(10, "TIMER"), make(20, "EVENT"), make(30, "MANUAL"), make(40, "EVENT"), make(50, "EVENT")];
        instances[2].row.retry_count = 2;
        instances[3].row.version_id = gone;
        let ids = instances.clone().map(|new: NewInstance| new.row.id);
        enqueue(&node, &instances).await;
        // Ran for 1, 5 and 3 seconds; one never ran; one runs; one is queued.
        for (place, start, stop, status) in [
            (0, Some(100), 101, "FINISHED"),
            (1, Some(100), 105, "FAILED"),
            (2, Some(100), 103, "FINISHED"),
            (3, None, 200, "TERMINATED"),
        ] {
            let id = ids[place];
            if let Some(start) = start {
                assert_eq!(admit(&node, after_noon(start), 1).await[0].id, id);
            }
            node.write(move |tx| {
                Box::pin(async move { store::playbook::work::end(tx, tenant, id, status, "", after_noon(stop)).await })
            })
            .await;
        }
        admit(&node, after_noon(100), 1).await;
        let look = async |versions, from: Option<i64>, to: Option<i64>| {
            let (from, to) = (from.map(after_noon), to.map(after_noon));
            monitor::look(&mut store.read().await, tenant, playbook.id, versions, from, to).await.expect("looks")
        };
        let all = look(Versions::All, None, None).await;
        let counts = &all.counts;
        assert_eq!((counts.total, counts.running, counts.finished), (6, 2, 2));
        assert_eq!((counts.failed, counts.terminated), (1, 1));
        assert_eq!((counts.runs, counts.timer_runs, counts.event_runs), (8, 1, 6));
        assert_eq!((counts.timed, counts.duration), (3, 9_000_000));
        let time = |place: usize, duration| Some(RunTime { id: ids[place], name: "Isolate 1".to_owned(), duration });
        assert_eq!((all.shortest, all.longest), (time(0, 1_000_000), time(1, 5_000_000)));
        let part = look(Versions::All, Some(20), Some(40)).await;
        assert_eq!((part.counts.total, part.counts.runs), (3, 5));
        assert_eq!((part.shortest, part.longest), (time(2, 3_000_000), time(2, 3_000_000)));
        assert_eq!(look(Versions::Valid, None, None).await.counts.total, 5);
        assert_eq!(look(Versions::Deleted, None, None).await.counts.total, 1);
        let used = playbook.version_id.expect("active");
        node.write(move |tx| Box::pin(async move { version::delete(tx, tenant, used).await })).await;
        assert_eq!(look(Versions::Deleted, None, None).await.counts.total, 6);
        let nothing = look(Versions::Valid, None, None).await;
        assert_eq!((nothing.counts.total, nothing.counts.runs, nothing.counts.duration), (0, 0, 0));
        assert_eq!((nothing.shortest, nothing.longest), (None, None));
    }

    async fn old_instances_are_purged_in_batches(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |_| {}).await;
        let ids = enqueue_some(&node, &playbook, 6).await;
        for (id, second) in ids.iter().copied().zip([3, 1, 2, 4]) {
            node.write(move |tx| {
                Box::pin(async move {
                    store::playbook::work::end(tx, tenant, id, "FINISHED", "", after_noon(second)).await
                })
            })
            .await;
        }
        let purge = |limit| {
            node.write(move |tx| Box::pin(async move { instance::purge(tx, after_noon(4), limit).await }))
        };
        assert_eq!(purge(2).await, 2);
        let left = async || {
            let query = PlaybookInstanceQuery::default();
            let found = instance::list(&mut store.read().await, tenant, &query, ALL).await.expect("lists");
            let mut left: Vec<PlaybookInstanceId> = found.rows.into_iter().map(|row| row.id).collect();
            left.sort();
            left
        };
        assert_eq!(left().await, [ids[0], ids[3], ids[4], ids[5]], "the oldest go first");
        assert_eq!((purge(2).await, purge(2).await), (1, 0));
        assert_eq!(left().await, ids[3..]);
        assert_eq!(store.count("playbook_run").await, 3);
        assert_eq!(store.count("playbook_work").await, 2);
    }

    async fn a_deleted_workspace_takes_its_playbooks_along(store: Store) {
        let node = store.node().await;
        let rooms = [room(&node).await, room(&node).await];
        for room in &rooms {
            let tenant = tenant_of(room);
            let playbook = create(&node, tenant, "Isolate", |row| row.concurrency = 9).await;
            enqueue_some(&node, &playbook, 3).await;
            admit(&node, NOON, 2).await;
            let next = store::playbook::schedule::ScheduleRow {
                playbook_id: playbook.id,
                workspace_id: tenant.workspace,
                project_id: tenant.project,
                version_id: playbook.version_id.expect("active"),
                next_at: Some(NOON),
            };
            let approval = store::playbook::approval::ApprovalRow {
                workspace_id: tenant.workspace,
                id: uuid(),
                project_id: tenant.project,
                resource_type: "PLAYBOOK".to_owned(),
                resource_id: playbook.id.0,
                version_id: uuid(),
                result: "PASS".to_owned(),
                content: String::new(),
                user_id: model::UserId(uuid()),
                user_name: "approver".to_owned(),
                time: NOON,
            };
            let (source, letter) =
                (crate::ingest::source(tenant, "siem"), crate::ingest::letter(tenant, model::SourceId(uuid()), NOON));
            node.write(move |tx| {
                Box::pin(async move {
                    trigger::bump_epoch(tx, tenant).await?;
                    store::playbook::schedule::set(tx, &next).await?;
                    store::playbook::approval::insert(tx, &approval).await?;
                    store::ingest::source::insert(tx, &source).await?;
                    store::ingest::dead_letter::insert_all(tx, &[letter]).await
                })
            })
            .await;
        }
        let doomed = tenant_of(&rooms[0]);
        assert!(node.write(move |tx| Box::pin(async move { workspace::delete(tx, doomed, NOON).await })).await);
        for (table, left) in [
            ("playbook", 1),
            ("playbook_version", 1),
            ("playbook_action", 2),
            ("playbook_work", 3),
            ("playbook_meter", 1),
            ("approval", 1),
            ("schedule", 1),
            ("trigger_epoch", 1),
            ("ingest_source", 1),
        ] {
            assert_eq!(store.count(table).await, left, "{table}");
        }
        // An event that was on its way.
        node.write(move |tx| Box::pin(async move { trigger::hold_epoch(tx, doomed).await })).await;
        let mut rounds = 0;
        while !purge(&node, doomed).await {
            rounds += 1;
        }
        assert_eq!(rounds, 1);
        for (table, left) in
            [("playbook_instance", 3), ("playbook_run", 3), ("playbook_work", 3), ("trigger_epoch", 1), ("dead_letter", 1)]
        {
            assert_eq!(store.count(table).await, left, "{table}");
        }
    }
}

async fn purge(node: &crate::fixture::Node, tenant: Tenant) -> bool {
    node.write(move |tx| Box::pin(async move { workspace::purge_runs(tx, tenant.workspace, 2).await })).await
}

use model::{DataClassId, InstanceId, Tenant, WorkflowId};
use store::instance::{self, InstanceChange, InstanceQuery, InstanceRow};
use store::turn::Next;
use store::{Order, PageRequest};

use crate::fixture::{Node, tenant, uuid};
use crate::on_both;
use crate::rows::{self, Run, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

async fn start(node: &Node, tenant: Tenant, change: impl FnOnce(&mut InstanceRow)) -> InstanceRow {
    let mut run = Run::new(tenant);
    let mut turn = run.turn(Next::Waits { due_at: None });
    change(&mut turn.created[0]);
    let row = turn.created[0].clone();
    node.turn(turn).await;
    row
}

on_both! {
    async fn a_run_is_read_back_with_its_nodes_and_children(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let mut run = Run::new(tenant);
        let child = InstanceId(uuid());
        let mut turn = run.turn(Next::Waits { due_at: None });
        turn.created.push(InstanceRow {
            root_id: run.root,
            element_no: 7,
            caller_no: Some(3),
            dataclass_id: None,
            playbook_id: Some(uuid()),
            ..rows::instance(tenant, child)
        });
        turn.nodes.push(rows::node_run(run.root, 2, "FINISHED"));
        let mut of_child = rows::node_run(run.root, 3, "RUNNING");
        of_child.instance_id = child;
        turn.nodes.push(of_child);
        let expected = (turn.created.clone(), turn.nodes.clone());
        node.turn(turn).await;

        let mut conn = store.read().await;
        assert_eq!(instance::list_of_root(&mut conn, run.root).await.expect("lists"), expected.0);
        assert_eq!(instance::get(&mut conn, tenant, child).await.expect("reads").as_ref(), Some(&expected.0[1]));
        let nodes = instance::list_nodes(&mut conn, run.root, run.root).await.expect("lists");
        assert_eq!(nodes, expected.1[..2]);
        assert_eq!(instance::list_nodes(&mut conn, run.root, child).await.expect("lists"), expected.1[2..]);
        let open: Vec<i64> = instance::list_open_nodes(&mut conn, run.root).await.expect("lists").iter().map(|n| n.no).collect();
        assert_eq!(open, [1, 3]);
        for stranger in [crate::fixture::tenant(), Tenant { project: crate::fixture::tenant().project, ..tenant }] {
            assert_eq!(instance::get(&mut conn, stranger, child).await.expect("reads"), None);
        }
    }

    async fn lists_are_narrowed_ordered_and_paged(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (workflow, class, playbook) = (WorkflowId(uuid()), DataClassId(uuid()), uuid());
        let first = start(&node, tenant, |row| {
            row.name = "first".to_owned();
            row.workflow_id = workflow;
            row.update_time = after_noon(9);
        })
        .await;
        start(&node, tenant, |row| {
            row.name = "second".to_owned();
            row.start_time = after_noon(5);
            row.dataclass_id = Some(class);
            row.dataobject_id = "alert-2".to_owned();
            row.status = "FAILED".to_owned();
        })
        .await;
        start(&node, tenant, |row| {
            row.name = "third".to_owned();
            row.start_time = after_noon(10);
            row.playbook_id = Some(playbook);
            row.defense_id = "line-1".to_owned();
            row.trigger_type = "EVENT".to_owned();
        })
        .await;
        start(&node, crate::fixture::tenant(), |row| row.workflow_id = workflow).await;
        let everything = InstanceQuery::default();
        let cases: [(InstanceQuery, &[&str]); 13] = [
            (everything.clone(), &["first", "second", "third"]),
            (InstanceQuery { id: Some(first.id), ..everything.clone() }, &["first"]),
            (InstanceQuery { workflow_id: Some(workflow), ..everything.clone() }, &["first"]),
            (InstanceQuery { dataclass_id: Some(class), ..everything.clone() }, &["second"]),
            (InstanceQuery { dataobject_id: Some("alert-2".to_owned()), ..everything.clone() }, &["second"]),
            (InstanceQuery { playbook_id: Some(playbook), ..everything.clone() }, &["third"]),
            (InstanceQuery { defense_id: Some("line-1".to_owned()), ..everything.clone() }, &["third"]),
            (InstanceQuery { name: Some("IR".to_owned()), ..everything.clone() }, &["first", "third"]),
            (InstanceQuery { status: Some("FAILED".to_owned()), ..everything.clone() }, &["second"]),
            (InstanceQuery { trigger_type: Some("EVENT".to_owned()), ..everything.clone() }, &["third"]),
            (InstanceQuery { from: Some(after_noon(5)), ..everything.clone() }, &["second", "third"]),
            (InstanceQuery { to: Some(after_noon(5)), ..everything.clone() }, &["first", "second"]),
            (InstanceQuery { from: Some(after_noon(6)), to: Some(after_noon(9)), ..everything.clone() }, &[]),
        ];
        let mut conn = store.read().await;
        for (query, expected) in cases {
            let page = instance::list(&mut conn, tenant, &query, Order::Ascending, ALL).await.expect("lists");
            let names: Vec<&str> = page.rows.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names, expected, "{query:?}");
            assert_eq!(usize::try_from(page.total).expect("not negative"), expected.len(), "{query:?}");
        }
        let by_update = InstanceQuery { by_update: true, ..everything };
        let last = PageRequest { offset: 2, limit: 5 };
        let page = instance::list(&mut conn, tenant, &by_update, Order::Ascending, last).await.expect("lists");
        assert_eq!((page.rows.len(), page.rows[0].name.as_str(), page.total), (1, "first", 3));
    }

    async fn a_run_is_marked_only_from_the_states_that_the_move_starts_from(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = start(&node, tenant, |row| row.status = "FAILED".to_owned()).await;
        let mark = |tenant: Tenant, from: [&'static str; 2], to: &'static str, retries| {
            let (node, id) = (&node, row.id);
            async move {
                node.write(move |tx| {
                    Box::pin(async move { instance::mark(tx, tenant, id, from, to, retries, after_noon(1)).await })
                })
                .await
            }
        };
        assert!(!mark(tenant, ["RUNNING", "RUNNING"], "TERMINATING", 0).await);
        assert!(!mark(crate::fixture::tenant(), ["FAILED", "RUNNING"], "TERMINATING", 0).await);
        assert!(mark(tenant, ["FAILED", "RUNNING"], "RETRYING", 1).await);
        assert!(!mark(tenant, ["FAILED", "RUNNING"], "RETRYING", 1).await);
        let found = instance::get(&mut store.read().await, tenant, row.id).await.expect("reads").expect("is there");
        assert_eq!((found.status.as_str(), found.retry_count, found.update_time), ("RETRYING", 1, after_noon(1)));
    }

    async fn unfinished_runs_of_a_workspace_are_counted_by_root(store: Store) {
        let node = store.node().await;
        let ours = tenant();
        let mut run = Run::new(ours);
        node.turn(run.turn(Next::Owned { due_at: None })).await;
        start(&node, ours, |_| {}).await;
        start(&node, tenant(), |_| {}).await;
        node.turn(Run::new(ours).turn(Next::Ended)).await;
        assert_eq!(instance::count_unfinished(&mut store.read().await, ours).await.expect("counts"), 2);
        let mut end = run.turn(Next::Ended);
        end.changed = vec![InstanceChange {
            id: run.root,
            status: "FINISHED",
            end_time: Some(after_noon(4)),
            at: after_noon(4),
            playbook_id: None,
        }];
        node.turn(end).await;
        let mut conn = store.read().await;
        assert_eq!(instance::count_unfinished(&mut conn, ours).await.expect("counts"), 1);
        let found = instance::get(&mut conn, ours, run.root).await.expect("reads").expect("is there");
        assert_eq!((found.status.as_str(), found.end_time), ("FINISHED", Some(after_noon(4))));
        assert_eq!(found.update_time, after_noon(4));
    }
}

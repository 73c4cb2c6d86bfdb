use futures::future::join_all;
use model::{PlaybookId, PlaybookVersionId, Tenant, Timestamp};
use store::Error;
use store::playbook::instance;
use store::playbook::schedule::{self, ScheduleRow};
use store::playbook::work;

use super::{by_hand, create, encode, nodes};
use crate::fixture::{Node, Open, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

fn row(tenant: Tenant, next_at: Option<Timestamp>) -> ScheduleRow {
    ScheduleRow {
        playbook_id: PlaybookId(uuid()),
        workspace_id: tenant.workspace,
        project_id: tenant.project,
        version_id: PlaybookVersionId(uuid()),
        next_at,
    }
}

async fn set(node: &Node, row: &ScheduleRow) {
    let row = row.clone();
    node.write(move |tx| Box::pin(async move { schedule::set(tx, &row).await })).await;
}

async fn claim(node: &Node, second: i64, limit: i64) -> Vec<ScheduleRow> {
    node.write(move |tx| Box::pin(async move { schedule::claim_due(tx, after_noon(second), limit).await })).await
}

on_both! {
    async fn ticks_are_due_in_their_order(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        assert_eq!(schedule::next(&mut store.read().await).await.expect("reads"), None);
        let mut late = row(tenant, Some(after_noon(20)));
        let (early, never) = (row(tenant, Some(after_noon(10))), row(tenant, None));
        for row in [&late, &early, &never] {
            set(&node, row).await;
        }
        assert_eq!(schedule::next(&mut store.read().await).await.expect("reads"), Some(after_noon(10)));
        assert!(!work::pending(&mut store.read().await, after_noon(9)).await.expect("looks").tick);
        assert!(work::pending(&mut store.read().await, after_noon(10)).await.expect("looks").tick);
        let due = async |second, limit| {
            claim(&node, second, limit).await.into_iter().map(|row| row.playbook_id).collect::<Vec<_>>()
        };
        assert_eq!(due(9, 10).await, []);
        assert_eq!(due(10, 10).await, [early.playbook_id]);
        assert_eq!(due(20, 10).await, [early.playbook_id, late.playbook_id]);
        assert_eq!(due(20, 1).await, [early.playbook_id]);
        (late.version_id, late.next_at) = (PlaybookVersionId(uuid()), None);
        set(&node, &late).await;
        assert_eq!(due(20, 10).await, [early.playbook_id]);
        assert_eq!(schedule::get(&mut store.read().await, tenant, late.playbook_id).await.expect("reads"), Some(late));
        let id = early.playbook_id;
        node.write(move |tx| Box::pin(async move { schedule::clear(tx, tenant, id).await })).await;
        assert_eq!(due(20, 10).await, []);
        assert_eq!(schedule::get(&mut store.read().await, tenant, id).await.expect("reads"), None);
    }

    async fn a_tick_is_taken_once_by_many(store: Store) {
        let nodes = nodes(&store).await;
        let tenant = tenant();
        let playbook = create(&nodes[0], tenant, "Digest", |_| {}).await;
        let first = ScheduleRow {
            playbook_id: playbook.id,
            version_id: playbook.version_id.expect("active"),
            ..row(tenant, Some(NOON))
        };
        set(&nodes[0], &first).await;
        let dialect = store.db.dialect();
        let takers = (0..12).map(|number| {
            let mut new = by_hand(&playbook);
            new.row.trigger_type = "TIMER".to_owned();
            nodes[number % nodes.len()].writer.write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let mut taken = 0;
                    for mut row in schedule::claim_due(tx, after_noon(30), 10).await? {
                        new.row.tick = row.next_at;
                        taken += instance::insert_all(tx, &encode(dialect, std::slice::from_ref(&new))).await?.len();
                        row.next_at = Some(after_noon(60));
                        schedule::set(tx, &row).await?;
                    }
                    Ok(taken)
                })
            })
        });
        let taken: usize = join_all(takers).await.into_iter().map(|taken| taken.expect("takes")).sum();
        assert_eq!((taken, store.count("playbook_instance").await), (1, 1));
        let left = schedule::get(&mut store.read().await, tenant, playbook.id).await.expect("reads").expect("is there");
        assert_eq!(left.next_at, Some(after_noon(60)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tick_that_another_node_is_taking_is_passed_over() {
    let Some(store) = Store::postgres().await else { return };
    let nodes = nodes(&store).await;
    let tenant = tenant();
    let (first, second) = (row(tenant, Some(NOON)), row(tenant, Some(after_noon(1))));
    set(&nodes[0], &first).await;
    set(&nodes[0], &second).await;
    let (taken, open) =
        Open::begin(&nodes[0], |tx| Box::pin(async move { schedule::claim_due(tx, after_noon(5), 1).await })).await;
    assert_eq!(taken, [first]);
    assert_eq!(claim(&nodes[1], 5, 10).await, [second]);
    open.commit().await;
}

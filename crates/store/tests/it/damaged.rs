use store::filter::PageRequest;
use store::turn::Next;
use store::{damaged, instance, root};

use crate::fixture::{Node, tenant};
use crate::on_both;
use crate::rows::{NOON, Run, after_noon};

const PAGE: PageRequest = PageRequest { offset: 0, limit: 10 };

/// A run that waits and was put aside.
async fn put_aside(node: &Node) -> Run {
    let mut run = Run::new(tenant());
    node.turn(run.turn(Next::Waits { due_at: None })).await;
    let id = run.root;
    node.write(move |tx| Box::pin(async move { damaged::put_aside(tx, id, "turn 1 cannot be read").await })).await;
    run
}

on_both! {
    async fn a_damaged_root_is_listed_and_can_be_claimed_again_once_released(store: Store) {
        let node = store.node().await;
        let (run, other) = (put_aside(&node).await, put_aside(&node).await);
        let mut conn = store.read().await;
        let listed = damaged::list(&mut conn, run.tenant, PAGE).await.expect("lists");
        let rows: Vec<_> = listed.rows.iter().map(|row| (row.id, row.seq, row.problem.as_str())).collect();
        assert_eq!((listed.total, rows), (1, vec![(run.root, 1, "turn 1 cannot be read")]));
        assert!(damaged::problem(&mut conn, run.tenant, run.root).await.expect("reads").is_some());
        assert_eq!(damaged::problem(&mut conn, other.tenant, run.root).await.expect("reads"), None);

        let (id, owner, stranger) = (run.root, run.tenant, other.tenant);
        let release =
            |tenant| node.write(move |tx| Box::pin(async move { damaged::release(tx, tenant, id, NOON).await }));
        assert!(!release(stranger).await);
        assert!(release(owner).await);
        assert!(!release(owner).await, "it is not damaged any more");
        let by = node.id;
        let claimed = node
            .write(move |tx| Box::pin(async move { root::claim_due(tx, by, NOON, 9, 10).await }))
            .await;
        assert_eq!(claimed.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    }

    async fn a_damaged_root_that_is_ended_leaves_its_runs_terminated_and_its_journal(store: Store) {
        let node = store.node().await;
        let run = put_aside(&node).await;
        let (id, owner) = (run.root, run.tenant);
        let end = || node.write(move |tx| {
            Box::pin(async move { damaged::end(tx, owner, id, "ended", after_noon(5)).await })
        });
        assert!(end().await);
        assert!(!end().await);
        let mut conn = store.read().await;
        assert_eq!(root::get_root(&mut conn, id).await.expect("reads"), None);
        for row in instance::list_of_root(&mut conn, id).await.expect("reads") {
            assert_eq!((row.status.as_str(), row.end_time), ("TERMINATED", Some(after_noon(5))));
        }
        assert_eq!(root::list_journal(&mut conn, id, 0).await.expect("reads").len(), 1);
    }
}

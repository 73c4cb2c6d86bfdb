//! Changes of runs, each made once.

use futures::future::join_all;
use model::Tenant;
use store::Error;
use store::object::effect::{self, RecordEffectRow};

use crate::fixture::{Node, tenant, uuid};
use crate::on_both;
use crate::rows::after_noon;

fn change(tenant: Tenant, key: &str, second: i64) -> RecordEffectRow {
    RecordEffectRow {
        workspace_id: tenant.workspace,
        key: key.to_owned(),
        project_id: tenant.project,
        object_id: uuid(),
        is_new: true,
        at: after_noon(second),
    }
}

async fn claim(node: &Node, row: &RecordEffectRow) -> Option<RecordEffectRow> {
    let row = row.clone();
    node.write(move |tx| Box::pin(async move { effect::claim(tx, &row).await })).await
}

on_both! {
    async fn the_second_of_two_equal_changes_learns_what_the_first_has_come_to(store: Store) {
        let node = store.node().await;
        let (own, other) = (tenant(), tenant());
        let first = change(own, "run/1/0", 0);
        assert_eq!(claim(&node, &first).await, None);
        assert_eq!(claim(&node, &change(own, "run/1/0", 5)).await, Some(first));
        assert_eq!(claim(&node, &change(own, "run/1/1", 5)).await, None, "another change");
        assert_eq!(claim(&node, &change(other, "run/1/0", 5)).await, None, "another workspace");
    }

    async fn of_many_at_once_one_makes_the_change(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let writers = (0..12).map(|second| {
            let row = change(tenant, "run/1/0", second);
            node.writer.write::<_, Error, _>(move |tx| Box::pin(async move { effect::claim(tx, &row).await }))
        });
        let before: Vec<_> = join_all(writers).await.into_iter().map(|claimed| claimed.expect("claims")).collect();
        assert_eq!(before.iter().filter(|before| before.is_none()).count(), 1);
        let seen: std::collections::HashSet<_> = before.iter().flatten().map(|before| before.object_id).collect();
        assert_eq!(seen.len(), 1, "all others see the one that was made");
    }

    async fn a_change_that_fails_is_as_if_it_had_not_begun(store: Store) {
        let node = store.node().await;
        let row = change(tenant(), "run/1/0", 0);
        let failing = row.clone();
        let failed: Result<(), Error> = node
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    assert_eq!(effect::claim(tx, &failing).await?, None);
                    Err(Error::Corrupt("the change failed".into()))
                })
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(claim(&node, &row).await, None, "it can be made now");
    }

    async fn old_changes_are_forgotten_in_batches(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        for (key, second) in [("a", 0), ("b", 1), ("c", 2), ("d", 9)] {
            claim(&node, &change(tenant, key, second)).await;
        }
        let purge = |limit| node.write(move |tx| Box::pin(async move { effect::purge(tx, after_noon(9), limit).await }));
        assert_eq!(purge(2).await, 2);
        assert_eq!(purge(2).await, 1);
        assert_eq!(purge(2).await, 0);
        assert!(claim(&node, &change(tenant, "d", 10)).await.is_some(), "not old enough");
        assert!(claim(&node, &change(tenant, "a", 10)).await.is_none(), "forgotten");
    }
}

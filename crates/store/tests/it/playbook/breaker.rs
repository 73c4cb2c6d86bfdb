use futures::future::join_all;
use model::{PlaybookId, Tenant};
use store::Error;
use store::playbook::meter;

use super::{create, nodes};
use crate::fixture::{Node, tenant};
use crate::on_both;
use crate::rows::{NOON, after_noon};

async fn fail(node: &Node, tenant: Tenant, playbook: PlaybookId, second: i64) -> bool {
    node.write(move |tx| Box::pin(async move { meter::count_failure(tx, tenant, playbook, after_noon(second)).await }))
        .await
}

on_both! {
    async fn failures_that_lie_close_together_trip_the_breaker(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |row| {
            (row.breaker_failures, row.breaker_seconds) = (3, 60);
        })
        .await;
        // However they lie: 50, 100 and 109 are within a minute, and neither 0, 50 and 60 nor any before.
        let mut trips = Vec::new();
        for second in [0, 50, 60, 130, 180, 189, 190, 191, 192] {
            if fail(&node, tenant, playbook.id, second).await {
                trips.push(second);
            }
        }
        // Counted anew after each.
        assert_eq!(trips, [189, 192]);
    }

    async fn a_playbook_without_a_breaker_never_trips(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let playbook = create(&node, tenant, "Isolate", |row| row.breaker_seconds = 60).await;
        for _ in 0..5 {
            assert!(!fail(&node, tenant, playbook.id, 0).await);
        }
        assert!(!fail(&node, tenant, PlaybookId(crate::fixture::uuid()), 0).await);
    }

    async fn failures_at_once_are_all_counted(store: Store) {
        let nodes = nodes(&store).await;
        let tenant = tenant();
        let playbook = create(&nodes[0], tenant, "Isolate", |row| {
            (row.breaker_failures, row.breaker_seconds) = (4, 60);
        })
        .await;
        let id = playbook.id;
        let failures = (0..12).map(|number| {
            nodes[number % nodes.len()].writer.write::<_, Error, _>(move |tx| {
                Box::pin(async move { meter::count_failure(tx, tenant, id, NOON).await })
            })
        });
        let trips = join_all(failures).await.into_iter().filter(|trips| *trips.as_ref().expect("counts")).count();
        assert_eq!(trips, 3);
    }
}

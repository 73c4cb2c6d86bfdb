//! Group commit of writes. On PostgreSQL each write commits by itself; callers must not notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use store::turn::{Next, TurnOutcome};
use store::{Error, Writer, workflow};

use crate::fixture::tenant;
use crate::on_both;
use crate::rows::{self, Run, act};

/// An error of a caller's own.
#[derive(Debug)]
enum Refused {
    Rule,
    Store(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

on_both! {
    async fn a_write_that_fails_undoes_itself_alone(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let taken = rows::workflow(tenant, "taken");
        let written = taken.clone();
        node.write(move |tx| Box::pin(async move { workflow::insert(tx, &written).await })).await;

        let hold = node.hold().await;
        let writes = join_all((0..20).map(|number| {
            let row = rows::workflow(tenant, &format!("workflow {number}"));
            let twin = rows::workflow(tenant, "taken");
            node.writer.write(move |tx| {
                Box::pin(async move {
                    workflow::insert(tx, &row).await?;
                    tx.audit(act("workflow.create", &row.name));
                    tx.wake(model::InstanceId(row.id.0));
                    match number % 4 {
                        // A rule of the service says no after the row was written.
                        1 => Err(Refused::Rule),
                        // A constraint does.
                        2 => workflow::insert(tx, &twin).await.map_err(Refused::from),
                        _ => Ok(()),
                    }
                })
            })
        }));
        let (outcomes, ()) = tokio::join!(writes, hold.open());
        for (number, outcome) in outcomes.iter().enumerate() {
            match number % 4 {
                1 => assert!(matches!(outcome, Err(Refused::Rule)), "{number}: {outcome:?}"),
                2 => {
                    let Err(Refused::Store(error)) = outcome else { panic!("{number}: {outcome:?}") };
                    assert!(error.is_unique("workflow", "name"), "{number}: {error:?}");
                }
                _ => assert!(outcome.is_ok(), "{number}: {outcome:?}"),
            }
        }
        assert_eq!(store.count("workflow").await, 11);
        // What failed is not on record and wakes nobody.
        assert_eq!(store.count("audit").await, 10);
        assert_eq!(node.woken().len(), 10);
    }

    async fn a_write_may_read_what_it_has_written_and_others_may_not_yet(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = rows::workflow(tenant, "Isolate host");
        let (id, db) = (row.id, store.db.clone());
        let seen = node
            .write(move |tx| {
                Box::pin(async move {
                    workflow::insert(tx, &row).await?;
                    let inside = workflow::get(tx, tenant, row.id).await?.is_some();
                    let outside = workflow::get(&mut db.read().await?, tenant, row.id).await?.is_some();
                    Ok((inside, outside))
                })
            })
            .await;
        assert_eq!(seen, (true, false));
        assert!(workflow::get(&mut store.read().await, tenant, id).await.expect("reads").is_some());
    }

    async fn a_root_is_woken_after_the_commit_and_not_before(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = rows::workflow(tenant, "Isolate host");
        let (id, db) = (row.id, store.db.clone());
        // The wake-up itself looks whether the row is there.
        let (sender, mut found) = tokio::sync::mpsc::unbounded_channel();
        let handle = tokio::runtime::Handle::current();
        let wake: store::writer::Wake = Arc::new(move |_: &[model::InstanceId]| {
            let (db, sender) = (db.clone(), sender.clone());
            handle.spawn(async move {
                let mut conn = db.read().await.expect("a connection");
                let row = workflow::get(&mut conn, tenant, id).await.expect("reads");
                sender.send(row.is_some()).expect("the test waits");
            });
        });
        struct Ids;
        impl model::IdSource for Ids {
            fn next(&self) -> uuid::Uuid {
                crate::fixture::uuid()
            }
        }
        let writer = Writer::start(&store.db, &node.lease, &Ids, &wake);
        let early = Arc::new(AtomicBool::new(false));
        let called = Arc::clone(&early);
        let written: Result<(), Error> = writer
            .write(move |tx| {
                Box::pin(async move {
                    tx.wake(model::InstanceId(row.id.0));
                    called.store(true, Ordering::Release);
                    workflow::insert(tx, &row).await
                })
            })
            .await;
        written.expect("writes");
        assert!(early.load(Ordering::Acquire));
        assert_eq!(found.recv().await, Some(true));
    }

    async fn a_panicking_write_fails_and_the_lane_lives_on(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        for round in 0..3 {
            let lost = rows::workflow(tenant, &format!("lost {round}"));
            let outcome: Result<(), Error> = node
                .writer
                .write(move |tx| {
                    Box::pin(async move {
                        workflow::insert(tx, &lost).await?;
                        panic!("a bug in a use-case");
                    })
                })
                .await;
            assert!(outcome.is_err());
            let kept = rows::workflow(tenant, &format!("kept {round}"));
            node.write(move |tx| Box::pin(async move { workflow::insert(tx, &kept).await })).await;
        }
        assert_eq!(store.count("workflow").await, 3);
    }

    async fn a_caller_that_goes_away_takes_nothing_along(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let hold = node.hold().await;
        for number in 0..10 {
            let row = rows::workflow(tenant, &format!("workflow {number}"));
            let writing = node.writer.write::<(), Error, _>(move |tx| {
                Box::pin(async move { workflow::insert(tx, &row).await })
            });
            // Queued, then dropped, as when a client hangs up.
            assert!(futures::FutureExt::now_or_never(writing).is_none());
        }
        hold.open().await;
        let last = rows::workflow(tenant, "last");
        node.write(move |tx| Box::pin(async move { workflow::insert(tx, &last).await })).await;
        // Lanes of their own may still be at it.
        drop(node);
        store.db.close().await;
        assert_eq!(store.count("workflow").await, 11);
    }

    async fn turns_and_writes_go_through_the_same_group(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let hold = node.hold().await;
        let turns = join_all((0..10).map(|_| node.writer.commit_turn(Run::new(tenant).turn(Next::Ended))));
        let writes = join_all((0..10).map(|number| {
            let row = rows::workflow(tenant, &format!("workflow {number}"));
            node.writer.write::<(), Error, _>(move |tx| Box::pin(async move { workflow::insert(tx, &row).await }))
        }));
        let (turns, writes, ()) = tokio::join!(turns, writes, hold.open());
        assert!(turns.iter().all(|turn| matches!(turn, Ok(TurnOutcome::Committed))), "{turns:?}");
        assert!(writes.iter().all(Result::is_ok), "{writes:?}");
        assert_eq!(store.count("journal").await, 10);
        assert_eq!(store.count("workflow").await, 10);
    }

    async fn a_writer_that_was_dropped_finishes_what_is_queued(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let writes = join_all((0..50).map(|number| {
            let row = rows::workflow(tenant, &format!("workflow {number}"));
            let writer = node.writer.clone();
            async move {
                writer
                    .write::<(), Error, _>(move |tx| Box::pin(async move { workflow::insert(tx, &row).await }))
                    .await
            }
        }))
        .await;
        drop(node);
        assert!(writes.iter().all(Result::is_ok));
        // Hangs if a lane kept its connection.
        store.db.close().await;
        assert!(store.db.read().await.is_err());
        assert_eq!(store.count("workflow").await, 50);
    }
}

use futures::FutureExt as _;
use model::{InstanceId, PlaybookInstanceId, Tenant};
use store::damaged;
use store::instance::{InstanceChange, InstanceRow};
use store::playbook::run::{self, News, Standing};
use store::playbook::work;
use store::turn::{Next, TurnOutcome};

use super::{admit, by_hand, create, end, enqueue, nodes};
use crate::fixture::{Node, Open, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{self, NOON, Run};

const OWNED: Next = Next::Owned { due_at: None };

/// An admitted instance with two runs that have not started.
async fn admitted(node: &Node, tenant: Tenant) -> (PlaybookInstanceId, [Run; 2]) {
    let playbook = create(node, tenant, "Isolate", |_| {}).await;
    let mut new = by_hand(&playbook);
    let runs = [Run::new(tenant), Run::new(tenant)];
    let row = new.runs.remove(0);
    for (position, run) in (0..).zip(&runs) {
        new.runs.push(run::PlaybookRunRow { run_id: run.root, position, ..row.clone() });
    }
    let id = new.row.id;
    enqueue(node, &[new]).await;
    assert_eq!(admit(node, NOON, 10).await.len(), 1);
    (id, runs)
}

/// A turn after which the run has a status.
async fn turn(node: &Node, run: &mut Run, status: &'static str, by_playbook: bool) {
    let playbook_id = by_playbook.then(uuid);
    let mut turn = run.turn(OWNED);
    match turn.created.pop() {
        Some(row) => {
            turn.created.push(InstanceRow { status: status.to_owned(), playbook_id, ..row });
        }
        None => turn.changed = vec![InstanceChange { id: run.root, status, end_time: None, at: NOON, playbook_id }],
    }
    assert_eq!(node.turn(turn).await, TurnOutcome::Committed);
}

async fn news(store: &Store) -> Vec<News> {
    run::list_news(&mut store.read().await, 10).await.expect("lists")
}

async fn take(node: &Node, news: News) -> Option<Standing> {
    node.write(move |tx| Box::pin(async move { run::take_news(tx, news).await })).await
}

fn has_rung(node: &Node) -> bool {
    node.writer.playbooks().notified().now_or_never().is_some()
}

fn statuses(standing: &Standing) -> Vec<Option<&str>> {
    standing.runs.iter().map(|run| run.status.as_deref()).collect()
}

on_both! {
    async fn a_turn_tells_the_playbook_of_its_run(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (id, [mut first, mut second]) = admitted(&node, tenant).await;
        assert_eq!(news(&store).await, []);
        turn(&node, &mut first, "RUNNING", true).await;
        assert_eq!(news(&store).await, [], "who starts it knows");
        assert!(has_rung(&node), "since the instance was queued");
        turn(&node, &mut first, "FAILED", true).await;
        let own = News { tenant, instance: id };
        assert_eq!(news(&store).await, [own]);
        assert!(work::pending(&mut store.read().await, NOON).await.expect("looks").news);
        assert!(has_rung(&node));
        turn(&node, &mut second, "FINISHED", true).await;
        assert_eq!(news(&store).await, [own]);
        let standing = take(&node, own).await.expect("has not ended");
        assert_eq!((standing.work.id, standing.work.state.as_str()), (id, "active"));
        assert_eq!(statuses(&standing), [Some("FAILED"), Some("FINISHED")]);
        assert_eq!(news(&store).await, []);
        turn(&node, &mut first, "FINISHED", true).await;
        assert_eq!(statuses(&take(&node, news(&store).await[0]).await.expect("has not ended")), [Some("FINISHED"); 2]);
    }

    async fn other_runs_are_no_news(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (_, [mut run, _]) = admitted(&node, tenant).await;
        turn(&node, &mut run, "RUNNING", true).await;
        // A run that the playbook's has called.
        let mut with_child = run.turn(OWNED);
        let child = InstanceId(uuid());
        with_child.created =
            vec![InstanceRow { root_id: run.root, playbook_id: Some(uuid()), ..rows::instance(tenant, child) }];
        with_child.changed = vec![InstanceChange {
            id: child,
            status: "FINISHED",
            end_time: Some(NOON),
            at: NOON,
            playbook_id: Some(uuid()),
        }];
        node.turn(with_child).await;
        // A run of somebody else, and one that says that it is a playbook's.
        for by_playbook in [false, true] {
            let mut other = Run::new(tenant);
            turn(&node, &mut other, "RUNNING", by_playbook).await;
            turn(&node, &mut other, "FAILED", by_playbook).await;
        }
        assert_eq!(news(&store).await, []);
    }

    async fn a_run_that_could_not_be_started_or_was_damaged_is_news(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (id, [first, mut second]) = admitted(&node, tenant).await;
        let (refused, root) = (first.root, second.root);
        node.write(move |tx| {
            Box::pin(async move { run::refuse(tx, tenant, refused, "the workflow is disabled").await })
        })
        .await;
        let own = News { tenant, instance: id };
        let standing = take(&node, own).await.expect("has not ended");
        assert_eq!((standing.runs[0].problem.as_str(), &standing.runs[0].status), ("the workflow is disabled", &None));
        turn(&node, &mut second, "RUNNING", true).await;
        node.write(move |tx| Box::pin(async move { damaged::put_aside(tx, root, "cannot be read").await })).await;
        assert!(node.write(move |tx| Box::pin(async move { damaged::end(tx, tenant, root, "", NOON).await })).await);
        assert_eq!(news(&store).await, [own]);
        let standing = take(&node, own).await.expect("has not ended");
        assert_eq!(statuses(&standing), [None, Some("TERMINATED")]);
    }

    async fn news_of_an_ended_instance_is_dropped(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (id, [mut run, _]) = admitted(&node, tenant).await;
        turn(&node, &mut run, "RUNNING", true).await;
        turn(&node, &mut run, "FAILED", true).await;
        assert!(end(&node, tenant, id, "TERMINATED").await);
        let own = news(&store).await[0];
        assert_eq!(take(&node, own).await, None);
        assert_eq!(news(&store).await, []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_that_comes_while_news_is_taken_in_stays() {
    let Some(store) = Store::postgres().await else { return };
    let nodes = nodes(&store).await;
    let tenant = tenant();
    let (id, [mut first, mut second]) = admitted(&nodes[0], tenant).await;
    for run in [&mut first, &mut second] {
        turn(&nodes[0], run, "RUNNING", true).await;
    }
    turn(&nodes[0], &mut first, "FAILED", true).await;
    let own = News { tenant, instance: id };
    let (standing, open) =
        Open::begin(&nodes[0], move |tx| Box::pin(async move { run::take_news(tx, own).await })).await;
    assert_eq!(statuses(&standing.expect("has not ended")), [Some("FAILED"), Some("RUNNING")]);
    // The other run's turn does not wait, and nobody else takes it in meanwhile.
    turn(&nodes[0], &mut second, "FINISHED", true).await;
    assert_eq!(take(&nodes[1], own).await, None);
    open.commit().await;
    assert_eq!(news(&store).await, [own]);
    let standing = take(&nodes[1], own).await.expect("has not ended");
    assert_eq!(statuses(&standing), [Some("FAILED"), Some("FINISHED")]);
    // A turn of the very run whose news is being taken in waits for that, and is news afterwards.
    turn(&nodes[0], &mut first, "RUNNING", true).await;
    let (_, open) = Open::begin(&nodes[1], move |tx| Box::pin(async move { run::take_news(tx, own).await })).await;
    tokio::join!(turn(&nodes[0], &mut first, "FINISHED", true), async {
        store.until_blocked().await;
        open.commit().await;
    });
    let standing = take(&nodes[1], own).await.expect("has not ended");
    assert_eq!(statuses(&standing), [Some("FINISHED"), Some("FINISHED")]);
    assert!(!work::pending(&mut store.read().await, NOON).await.expect("looks").news);
}

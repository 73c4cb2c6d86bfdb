use model::{PlaybookVersionId, Tenant};
use store::Error;
use store::playbook::{self, action, trigger, version};

use super::{action as action_row, create, nodes, row, version as version_row};
use crate::fixture::{Node, Open, Store, tenant, uuid};
use crate::on_both;
use crate::rows::NOON;

async fn bump(node: &Node, tenant: Tenant) {
    node.write(move |tx| Box::pin(async move { trigger::bump_epoch(tx, tenant).await })).await;
}

async fn hold(node: &Node, tenant: Tenant) -> i64 {
    node.write(move |tx| Box::pin(async move { trigger::hold_epoch(tx, tenant).await })).await
}

async fn epoch(store: &Store, tenant: Tenant) -> i64 {
    trigger::epoch(&mut store.read().await, tenant).await.expect("reads")
}

on_both! {
    async fn an_epoch_counts_the_changes_of_its_workspace(store: Store) {
        let node = store.node().await;
        let (own, other) = (tenant(), tenant());
        assert_eq!((epoch(&store, own).await, hold(&node, own).await, epoch(&store, own).await), (0, 0, 0));
        bump(&node, own).await;
        bump(&node, own).await;
        bump(&node, other).await;
        assert_eq!((epoch(&store, own).await, hold(&node, own).await), (2, 2));
        assert_eq!((epoch(&store, other).await, hold(&node, other).await), (1, 1));
    }

    async fn enabled_playbooks_are_loaded_with_the_version_in_use(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        bump(&node, tenant).await;
        assert_eq!(trigger::load(&mut store.read().await, tenant).await.expect("loads").playbooks, []);
        let first = create(&node, tenant, "first", |_| {}).await;
        let paused = create(&node, tenant, "paused", |row| row.paused_at = Some(NOON)).await;
        let urgent = create(&node, tenant, "urgent", |row| row.priority = 9).await;
        create(&node, tenant, "off", |row| row.enabled = false).await;
        // One with an older version and without actions.
        let bare = row(tenant, "bare");
        let written = bare.clone();
        node.write(move |tx| {
            Box::pin(async move {
                let mut old = version_row(&written);
                let used = version_row(&written);
                old.id = PlaybookVersionId(uuid());
                playbook::insert(tx, &written).await?;
                version::insert(tx, &old).await?;
                version::insert(tx, &used).await?;
                action::insert_all(tx, &[action_row(&old, "old", 1)]).await
            })
        })
        .await;
        let loaded = trigger::load(&mut store.read().await, tenant).await.expect("loads");
        assert_eq!(loaded.epoch, 1);
        let names: Vec<&str> = loaded.playbooks.iter().map(|it| it.row.name.as_str()).collect();
        assert_eq!(names, ["urgent", "first", "paused", "bare"]);
        let found = &loaded.playbooks[1];
        let expected = version_row(&first);
        assert_eq!((found.row.playbook_id, found.row.version_id), (first.id, expected.id));
        assert_eq!((found.row.version.as_str(), found.row.trigger_type.as_str()), ("V1", "EVENT"));
        assert_eq!((found.row.dataclass_id, &found.row.rule), (expected.dataclass_id, &expected.rule));
        assert_eq!(
            (found.row.dataobject_create, found.row.dataobject_update, found.row.dataobject_delete),
            (true, false, true)
        );
        assert_eq!((found.row.creator_id, found.row.paused_at), (first.creator_id, None));
        assert_eq!(found.actions.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["first", "second"]);
        assert!(found.actions.iter().all(|it| it.version_id == expected.id && it.playbook_id == first.id));
        assert_eq!(loaded.playbooks[2].row.paused_at, paused.paused_at);
        assert_eq!(loaded.playbooks[0].row.priority, urgent.priority);
        assert_eq!(loaded.playbooks[3].actions, []);
    }
}

/// Whoever comes second waits for the first: who bumps the one workspace's epoch while it is held, and who holds the
/// other's while it is being bumped.
async fn take_turns(store: &Store, held: Tenant, bumped: Tenant, before: i64) {
    let nodes = nodes(store).await;
    let (found, open) =
        Open::begin(&nodes[0], move |tx| Box::pin(async move { trigger::hold_epoch(tx, held).await })).await;
    assert_eq!(found, before);
    let writer = nodes[1].writer.clone();
    let bumping = tokio::spawn(async move {
        let done: Result<(), Error> =
            writer.write(move |tx| Box::pin(async move { trigger::bump_epoch(tx, held).await })).await;
        done.expect("bumps");
    });
    store.until_blocked().await;
    assert!(!bumping.is_finished());
    assert_eq!(epoch(store, held).await, before);
    open.commit().await;
    bumping.await.expect("no panic");
    assert_eq!(epoch(store, held).await, before + 1);

    let ((), open) =
        Open::begin(&nodes[0], move |tx| Box::pin(async move { trigger::bump_epoch(tx, bumped).await })).await;
    let writer = nodes[1].writer.clone();
    let holding = tokio::spawn(async move {
        let found: Result<i64, Error> =
            writer.write(move |tx| Box::pin(async move { trigger::hold_epoch(tx, bumped).await })).await;
        found.expect("holds")
    });
    store.until_blocked().await;
    assert!(!holding.is_finished());
    open.commit().await;
    assert_eq!(holding.await.expect("no panic"), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_an_epoch_and_who_bumps_it_take_turns() {
    let Some(store) = Store::postgres().await else { return };
    let node = store.node().await;
    let (held, bumped) = (tenant(), tenant());
    bump(&node, held).await;
    bump(&node, bumped).await;
    take_turns(&store, held, bumped, 1).await;
    // Those who hold it do not wait for each other.
    let (found, open) =
        Open::begin(&node, move |tx| Box::pin(async move { trigger::hold_epoch(tx, held).await })).await;
    assert_eq!((found, hold(&node, held).await), (2, 2));
    open.commit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_they_do_when_there_has_been_no_epoch() {
    let Some(store) = Store::postgres().await else { return };
    take_turns(&store, tenant(), tenant(), 0).await;
}

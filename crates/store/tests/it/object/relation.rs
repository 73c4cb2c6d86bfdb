use futures::future::join_all;
use model::{DataClassId, ObjectId, Tenant, UserId};
use store::object::relation::{self, RelationRow};
use store::object::{self, Object, ObjectRef};
use store::{Error, Tx};

use super::{alert, class, insert};
use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::NOON;

async fn objects(node: &Node, tenant: Tenant, class: DataClassId, count: usize) -> Vec<ObjectRef> {
    let objects: Vec<Object> = (0..count).map(|_| alert(tenant, class, NOON, Vec::new())).collect();
    insert(node, &objects).await;
    objects.iter().map(|object| ObjectRef { id: object.row.id, dataclass_id: class }).collect()
}

async fn relate(tx: &mut Tx, tenant: Tenant, one: &ObjectRef, other: &ObjectRef) -> Result<(), Error> {
    let kept = object::keep_all(tx, tenant, &[one.id, other.id]).await?;
    assert_eq!(kept.len(), 2);
    relation::insert_all(tx, tenant, &[(one.clone(), other.clone())], UserId(uuid()), NOON).await
}

async fn relate_now(node: &Node, tenant: Tenant, one: &ObjectRef, other: &ObjectRef) {
    let (one, other) = (one.clone(), other.clone());
    node.write(move |tx| Box::pin(async move { relate(tx, tenant, &one, &other).await })).await;
}

async fn related(store: &Store, tenant: Tenant, object: ObjectId) -> Vec<ObjectId> {
    let rows = relation::list(&mut store.read().await, tenant, &[object], 100).await.expect("lists");
    rows.into_iter().map(|row| row.related_id).collect()
}

on_both! {
    async fn a_relation_is_seen_from_both_sides(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (alerts, incidents) = (class(&node, tenant).await, class(&node, tenant).await);
        let [first, second] = objects(&node, tenant, alerts, 2).await.try_into().expect("two");
        let [incident] = objects(&node, tenant, incidents, 1).await.try_into().expect("one");
        relate_now(&node, tenant, &first, &incident).await;
        relate_now(&node, tenant, &incident, &second).await;
        // Again, from either side, and to itself: nothing new.
        relate_now(&node, tenant, &incident, &first).await;
        let itself = first.clone();
        node.write(move |tx| {
            Box::pin(async move { relation::insert_all(tx, tenant, &[(itself.clone(), itself)], UserId(uuid()), NOON).await })
        })
        .await;
        assert_eq!(related(&store, tenant, first.id).await, [incident.id]);
        assert_eq!(related(&store, tenant, incident.id).await, [first.id, second.id]);
        let mut conn = store.read().await;
        let some = relation::list(&mut conn, tenant, &[second.id, first.id], 100).await.expect("lists");
        let seen = |row: &RelationRow| (row.object_id, row.dataclass_id, row.related_id, row.related_dataclass_id);
        assert_eq!(
            some.iter().map(seen).collect::<Vec<_>>(),
            [(first.id, alerts, incident.id, incidents), (second.id, alerts, incident.id, incidents)]
        );
        assert_eq!(relation::list(&mut conn, tenant, &[incident.id], 1).await.expect("lists").len(), 1);
        let foreign = Tenant { project: crate::fixture::tenant().project, ..tenant };
        assert_eq!(relation::list(&mut conn, foreign, &[incident.id], 100).await.expect("lists"), []);

        let (gone, from) = ([second.id, first.id, ObjectId(uuid())], incident.clone());
        let ended = node
            .write(move |tx| Box::pin(async move { relation::delete_all(tx, tenant, from, alerts, &gone).await }))
            .await;
        assert_eq!(ended.len(), 2);
        assert_eq!(store.count("object_relation").await, 0);
    }

    async fn the_relations_of_a_deleted_object_end(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let alerts = class(&node, tenant).await;
        let [one, two, three] = objects(&node, tenant, alerts, 3).await.try_into().expect("three");
        for (from, to) in [(&one, &two), (&two, &three), (&one, &three)] {
            relate_now(&node, tenant, from, to).await;
        }
        let gone = one.id;
        node.write(move |tx| Box::pin(async move { object::delete_all(tx, tenant, &[gone], NOON).await })).await;
        assert_eq!(related(&store, tenant, one.id).await, []);
        assert_eq!(related(&store, tenant, two.id).await, [three.id]);
        assert_eq!(store.count("object_relation").await, 2);
    }

    async fn relating_and_deleting_at_once_leaves_no_relation_to_nothing(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let alerts = class(&node, tenant).await;
        let all = objects(&node, tenant, alerts, 24).await;
        let pairs = (0..24).map(|place| {
            let (one, other) = (all[place].clone(), all[(place + 1) % 24].clone());
            node.writer.write::<bool, Error, _>(move |tx| {
                Box::pin(async move {
                    let kept = object::keep_all(tx, tenant, &[one.id, other.id]).await?;
                    if kept.len() < 2 {
                        return Ok(false);
                    }
                    relation::insert_all(tx, tenant, &[(one, other)], UserId(uuid()), NOON).await?;
                    Ok(true)
                })
            })
        });
        let deletions = all.iter().step_by(2).map(|object| {
            let id = object.id;
            node.writer.write::<bool, Error, _>(move |tx| {
                Box::pin(async move { Ok(object::delete_all(tx, tenant, &[id], NOON).await?.len() == 1) })
            })
        });
        let (related, deleted) = tokio::join!(join_all(pairs), join_all(deletions));
        for outcome in related.into_iter().chain(deleted) {
            outcome.expect("nobody waits for each other in a circle");
        }
        // Every pair had one that is gone.
        assert_eq!(store.count("object_relation").await, 0);
    }
}

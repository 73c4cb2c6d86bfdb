use futures::future::join_all;
use model::{ObjectId, Tenant};
use store::object::search::{self, Search, TermFilter};
use store::object::term::{TermMatch, TermValue};
use store::object::{self, Encoded, Object};
use store::{Error, workspace};

use super::search::everything;
use super::{alert, class, insert, number, text};
use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};
use crate::workspace::{room, tenant_of};

/// How many objects of a class have this text in this field.
async fn found(store: &Store, tenant: Tenant, class: model::DataClassId, field: &str, value: &str) -> i64 {
    let is = TermMatch::OneOf(vec![TermValue::Text(value.to_owned())]);
    let search = Search { filter: TermFilter::Field { key: field.to_owned(), is }, ..everything(class) };
    search::open(&mut store.read().await, tenant, search).await.expect("searches").total()
}

/// How many objects a class has.
async fn total(store: &Store, tenant: Tenant, class: model::DataClassId) -> i64 {
    let found = search::open(&mut store.read().await, tenant, everything(class)).await.expect("searches");
    let listed = found.page(&mut store.read().await, store::PageRequest { offset: 0, limit: 100 }).await;
    assert_eq!(listed.expect("reads").len() as i64, found.total());
    found.total()
}

async fn update(node: &Node, tenant: Tenant, objects: Vec<Object>) -> Vec<ObjectId> {
    let written = node.write(move |tx| Box::pin(async move { object::update_all(tx, tenant, &objects).await })).await;
    let mut written: Vec<ObjectId> = written.into_iter().collect();
    written.sort();
    written
}

on_both! {
    async fn objects_come_back_as_they_were_given(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let class = class(&node, tenant).await;
        let bodies = [
            r#"{"a":123456789012345678901234567890.10,"b":"\u0000","c":[{"d":null}],"e":"🛡"}"#.to_owned(),
            format!(r#"{{"long":"{}"}}"#, "x".repeat(12 << 20)),
            "{}".to_owned(),
        ];
        let objects: Vec<Object> = bodies
            .into_iter()
            .map(|body| {
                let mut object = alert(tenant, class, NOON, vec![text("a", "\0🛡"), text("a", "\0🛡"), number("n", 0.1)]);
                object.row.body = body;
                object
            })
            .collect();
        assert_eq!(insert(&node, &objects).await.len(), 3);
        let mut conn = store.read().await;
        for Object { row, .. } in &objects {
            let found = object::get(&mut conn, tenant, row.id).await.expect("reads").expect("is there");
            assert!(found == *row, "{}", row.id);
        }
        let ids: Vec<ObjectId> = objects.iter().rev().map(|object| object.row.id).chain([ObjectId(uuid())]).collect();
        let all = object::get_all(&mut conn, tenant, &ids).await.expect("reads");
        assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[2], ids[1], ids[0]]);
        assert_eq!(found(&store, tenant, class, "a", "\0🛡").await, 3);
        for foreign in [
            Tenant { project: crate::fixture::tenant().project, ..tenant },
            Tenant { workspace: crate::fixture::tenant().workspace, ..tenant },
        ] {
            assert_eq!(object::get(&mut conn, foreign, ids[0]).await.expect("reads"), None);
            assert_eq!(found(&store, foreign, class, "a", "\0🛡").await, 0);
        }
    }

    async fn a_taken_id_leaves_its_object_out(store: Store) {
        let node = store.node().await;
        let (tenant, other) = (tenant(), tenant());
        let (own_class, other_class) = (class(&node, tenant).await, class(&node, other).await);
        let first = alert(tenant, own_class, NOON, vec![text("severity", "High")]);
        insert(&node, std::slice::from_ref(&first)).await;
        let mut again = alert(tenant, own_class, NOON, vec![text("severity", "Low")]);
        again.row.id = first.row.id;
        let new = alert(tenant, own_class, NOON, vec![text("severity", "High")]);
        let mut twin = alert(tenant, own_class, NOON, vec![text("severity", "Low")]);
        twin.row.id = new.row.id;
        let added = insert(&node, &[again, new.clone(), twin]).await;
        assert_eq!(added.into_iter().collect::<Vec<_>>(), [new.row.id]);
        assert_eq!(object::get(&mut store.read().await, tenant, first.row.id).await.expect("reads"), Some(first.row.clone()));
        assert_eq!(found(&store, tenant, own_class, "severity", "High").await, 2);
        assert_eq!(found(&store, tenant, own_class, "severity", "Low").await, 0);

        // Another tenant may use the same id, and neither notices.
        let mut same = alert(other, other_class, NOON, vec![text("severity", "Low")]);
        same.row.id = first.row.id;
        assert_eq!(insert(&node, std::slice::from_ref(&same)).await.len(), 1);
        let id = first.row.id;
        node.write(move |tx| Box::pin(async move { object::delete_all(tx, other, &[id], NOON).await })).await;
        assert_eq!(found(&store, other, other_class, "severity", "Low").await, 0);
        assert_eq!(found(&store, tenant, own_class, "severity", "High").await, 2);
    }

    async fn a_new_state_must_follow_the_stored_one(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let class = class(&node, tenant).await;
        let objects: Vec<Object> = (0..3)
            .map(|_| alert(tenant, class, NOON, vec![text("severity", "Low"), text("ip", "10.0.0.1"), text("ip", "10.0.0.2")]))
            .collect();
        insert(&node, &objects).await;
        let next: Vec<Object> = objects
            .iter()
            .map(|object| {
                let mut next = object.clone();
                next.row.version = 2;
                next.row.update_time = after_noon(5);
                next.row.occur_time = after_noon(-5);
                next.row.body = "{}".to_owned();
                next.terms = vec![text("severity", "High"), text("ip", "10.0.0.2"), text("ip", "10.0.0.3")];
                next
            })
            .collect();
        let mut late = next[2].clone();
        late.row.version = 3;
        let written = update(&node, tenant, vec![next[1].clone(), late, next[0].clone()]).await;
        assert_eq!(written, [next[0].row.id, next[1].row.id]);
        assert_eq!(update(&node, tenant, vec![next[0].clone()]).await, []);
        let mut conn = store.read().await;
        for (place, expected) in [(0, &next[0]), (1, &next[1]), (2, &objects[2])] {
            let found = object::get(&mut conn, tenant, objects[place].row.id).await.expect("reads");
            assert_eq!(found.as_ref(), Some(&expected.row), "{place}");
        }
        for (field, value, expected) in [
            ("severity", "Low", 1),
            ("severity", "High", 2),
            ("ip", "10.0.0.1", 1),
            ("ip", "10.0.0.2", 3),
            ("ip", "10.0.0.3", 2),
        ] {
            assert_eq!(found(&store, tenant, class, field, value).await, expected, "{field} {value}");
        }
        let foreign = Tenant { project: crate::fixture::tenant().project, ..tenant };
        assert_eq!(update(&node, foreign, vec![next[2].clone()]).await, []);
    }

    async fn changes_at_the_same_time_do_not_lose_a_field(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let class = class(&node, tenant).await;
        let objects: Vec<Object> = (0..4).map(|_| alert(tenant, class, NOON, Vec::new())).collect();
        insert(&node, &objects).await;
        let ids: Vec<ObjectId> = objects.iter().map(|object| object.row.id).collect();
        let writers = (0..40).map(|number: usize| {
            // Each names the objects in another order.
            let mut ids = ids.clone();
            ids.rotate_left(number % 4);
            node.writer.write::<(), Error, _>(move |tx| {
                Box::pin(async move {
                    let mut changed = Vec::new();
                    for mut row in object::lock_all(tx, tenant, &ids).await? {
                        row.version += 1;
                        row.body = row.body.replace('}', &format!(r#","field{number}":1}}"#));
                        changed.push(Object { row, terms: vec![text("writer", &number.to_string())] });
                    }
                    let written = object::update_all(tx, tenant, &changed).await?;
                    assert_eq!(written.len(), ids.len());
                    Ok(())
                })
            })
        });
        for written in join_all(writers).await {
            written.expect("writes");
        }
        for row in object::get_all(&mut store.read().await, tenant, &ids).await.expect("reads") {
            assert_eq!(row.version, 41);
            for number in 0..40 {
                assert!(row.body.contains(&format!(r#""field{number}":1"#)), "{}", row.body);
            }
        }
        assert_eq!(store.count("object_term").await, 4);
    }

    async fn a_deleted_object_leaves_nothing(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let class = class(&node, tenant).await;
        let objects: Vec<Object> =
            (0..5).map(|count| alert(tenant, class, NOON, vec![number("number", f64::from(count)), text("severity", "Low")])).collect();
        insert(&node, &objects).await;
        let ids: Vec<ObjectId> = objects.iter().map(|object| object.row.id).collect();
        let gone = [ids[3], ObjectId(uuid()), ids[1]];
        let deleted = node.write(move |tx| Box::pin(async move { object::delete_all(tx, tenant, &gone, NOON).await })).await;
        assert_eq!(deleted, [ids[1], ids[3]]);
        assert_eq!((store.count("data_object").await, store.count("object_term").await), (3, 6));
        assert_eq!(found(&store, tenant, class, "severity", "Low").await, 3);
        let foreign = Tenant { project: crate::fixture::tenant().project, ..tenant };
        let kept = ids.clone();
        let deleted =
            node.write(move |tx| Box::pin(async move { object::delete_all(tx, foreign, &kept, NOON).await })).await;
        assert_eq!(deleted, []);
        assert_eq!(store.count("data_object").await, 3);
    }

    async fn old_objects_are_purged_in_batches(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (old_class, kept_class) = (class(&node, tenant).await, class(&node, tenant).await);
        let mut objects: Vec<Object> =
            (0..6).map(|age| alert(tenant, old_class, after_noon(-age), vec![text("severity", "Low")])).collect();
        objects.push(alert(tenant, kept_class, after_noon(-99), Vec::new()));
        // An old one that has changed lately.
        objects[5].row.update_time = NOON;
        insert(&node, &objects).await;
        let purge = async |limit| {
            node.write(move |tx| {
                Box::pin(async move { object::purge(tx, tenant, old_class, after_noon(-1), limit, NOON).await })
            })
            .await
        };
        assert_eq!(purge(2).await, 2);
        assert_eq!(purge(2).await, 1);
        assert_eq!(purge(2).await, 0);
        assert_eq!(found(&store, tenant, old_class, "severity", "Low").await, 3);
        assert_eq!(store.count("data_object").await, 4);
    }

    async fn the_total_of_a_class_follows_objects_that_come_and_go(store: Store) {
        let (one, other) = (store.node().await, store.node().await);
        let tenant = tenant();
        let (own, foreign) = (class(&one, tenant).await, class(&one, tenant).await);
        let check = async |expected: (i64, i64)| {
            assert_eq!((total(&store, tenant, own).await, total(&store, tenant, foreign).await), expected);
        };
        check((0, 0)).await;
        let make = |class, count| (0..count).map(|age| alert(tenant, class, after_noon(-age), Vec::new())).collect::<Vec<_>>();
        let (mine, theirs) = (make(own, 7), make(foreign, 3));
        insert(&one, &[&mine[..4], &theirs].concat()).await;
        insert(&other, &mine).await;
        check((7, 3)).await;
        let ids: Vec<ObjectId> = mine.iter().map(|object| object.row.id).collect();
        // Of two deletions of one object, one counts; that of a version which has moved on does not.
        let gone = [ids[0], ids[1], theirs[0].row.id];
        join_all([&one, &other].map(|node| {
            node.write(move |tx| Box::pin(async move { object::delete_all(tx, tenant, &gone, NOON).await }))
        }))
        .await;
        check((5, 2)).await;
        let moved = [(ids[2], 7), (ids[3], 1)].into_iter().collect();
        one.write(move |tx| Box::pin(async move { object::delete_versions(tx, tenant, &moved, NOON).await })).await;
        check((4, 2)).await;
        other.write(move |tx| Box::pin(async move { object::purge(tx, tenant, own, after_noon(-4), 99, NOON).await })).await;
        check((2, 2)).await;
    }

    async fn a_text_with_a_null_character_is_refused_before_the_writer_sees_it(store: Store) {
        let tenant = tenant();
        let mut object = alert(tenant, model::DataClassId(uuid()), NOON, Vec::new());
        object.row.body = "\"\0\"".to_owned();
        assert!(matches!(Encoded::new(store.db.dialect(), object), Err(Error::NulInText)));
    }

    async fn the_objects_of_a_deleted_workspace_are_purged_with_its_runs(store: Store) {
        let node = store.node().await;
        let (doomed, kept) = (room(&node).await, room(&node).await);
        let (doomed, kept) = (tenant_of(&doomed), tenant_of(&kept));
        for tenant in [doomed, kept] {
            let class = class(&node, tenant).await;
            let objects: Vec<Object> =
                (0..5).map(|_| alert(tenant, class, NOON, vec![text("severity", "Low")])).collect();
            insert(&node, &objects).await;
        }
        node.write(move |tx| Box::pin(async move { workspace::delete(tx, doomed, NOON).await })).await;
        let purge = async || {
            node.write(move |tx| Box::pin(async move { workspace::purge_runs(tx, doomed.workspace, 2).await })).await
        };
        assert!(!purge().await && !purge().await, "five are more than two batches of two");
        assert!(purge().await);
        assert_eq!((store.count("data_object").await, store.count("object_term").await), (5, 5));
    }
}

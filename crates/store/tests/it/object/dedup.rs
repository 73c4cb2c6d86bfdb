use futures::future::join_all;
use model::{DataClassId, ObjectId, Tenant};
use store::Error;
use store::object;
use store::object::dedup::{self, Arrival, Standing};

use super::{alert, class, insert};
use crate::fixture::{Node, tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

const MINUTE: i64 = 60_000_000;

fn arrival(key: u8, second: i64) -> Arrival {
    Arrival {
        object: ObjectId(uuid()),
        type_code: "DDoS".to_owned(),
        key: vec![key; 32],
        at: after_noon(second),
        window: MINUTE,
    }
}

async fn count(node: &Node, tenant: Tenant, class: DataClassId, arrivals: &[Arrival]) -> Vec<Standing> {
    let arrivals = arrivals.to_vec();
    node.write(move |tx| Box::pin(async move { dedup::count_all(tx, tenant, class, &arrivals).await })).await
}

on_both! {
    async fn an_object_stands_for_what_arrives_in_its_window(store: Store) {
        let node = store.node().await;
        let (tenant, class) = (tenant(), DataClassId(uuid()));
        let arrivals = [arrival(2, 0), arrival(1, 1), arrival(2, 2), arrival(2, 62)];
        let standing = count(&node, tenant, class, &arrivals).await;
        let expected = [(0, 1, 0, 0), (1, 1, 1, 1), (0, 2, 0, 2), (0, 3, 0, 62)].map(|(of, count, first, last)| Standing {
            object: arrivals[of].object,
            count,
            first_seen: after_noon(first),
            last_seen: after_noon(last),
        });
        assert_eq!(standing, expected);
        // A late one counts and moves nothing; one after the window is new.
        let later = [arrival(2, 30), arrival(2, 123)];
        let standing = count(&node, tenant, class, &later).await;
        assert_eq!((standing[0].object, standing[0].count), (arrivals[0].object, 4));
        assert_eq!((standing[0].first_seen, standing[0].last_seen), (NOON, after_noon(62)));
        assert_eq!((standing[1].object, standing[1].count), (later[1].object, 1));
        assert_eq!(standing[1].first_seen, after_noon(123));
        // Another type, class or workspace is another key.
        let other = [Arrival { type_code: "Malware".to_owned(), ..arrival(2, 124) }];
        assert_eq!(count(&node, tenant, class, &other).await[0].count, 1);
        let other = [arrival(2, 124)];
        assert_eq!(count(&node, tenant, DataClassId(uuid()), &other).await[0].count, 1);
        assert_eq!(count(&node, crate::fixture::tenant(), class, &other).await[0].count, 1);
    }

    async fn of_many_at_once_one_is_new(store: Store) {
        let node = store.node().await;
        let (tenant, class) = (tenant(), DataClassId(uuid()));
        let writers = (0..12).map(|number| {
            // In each order.
            let mut arrivals = vec![arrival(1, 0), arrival(2, 0), arrival(3, 0)];
            arrivals.rotate_left(number % 3);
            node.writer.write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let standing = dedup::count_all(tx, tenant, class, &arrivals).await?;
                    Ok(arrivals.iter().zip(&standing).filter(|(own, it)| own.object == it.object).count())
                })
            })
        });
        let new: usize = join_all(writers).await.into_iter().map(|new| new.expect("counts")).sum();
        assert_eq!(new, 3);
        let last = count(&node, tenant, class, &[arrival(1, 0)]).await;
        assert_eq!(last[0].count, 13);
    }

    async fn a_deleted_object_and_an_old_key_stand_for_nothing(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let alerts = class(&node, tenant).await;
        let object = alert(tenant, alerts, NOON, Vec::new());
        insert(&node, std::slice::from_ref(&object)).await;
        let id = object.row.id;
        count(&node, tenant, alerts, &[Arrival { object: id, ..arrival(1, 0) }, arrival(2, 50), arrival(3, 51)]).await;
        node.write(move |tx| Box::pin(async move { object::delete_all(tx, tenant, &[id], NOON).await })).await;
        let again = [arrival(1, 1)];
        let standing = count(&node, tenant, alerts, &again).await;
        assert_eq!((standing[0].object, standing[0].count), (again[0].object, 1));
        let purge = |limit| node.write(move |tx| Box::pin(async move { dedup::purge(tx, after_noon(51), limit).await }));
        assert_eq!((purge(1).await, purge(5).await, purge(5).await), (1, 1, 0));
        assert_eq!(store.count("object_dedup").await, 1);
    }
}

use model::{NoteId, ObjectId, Tenant, UserId};
use store::object::note::{self, NoteQuery, NoteRow};
use store::{Order, PageRequest};

use super::{alert, class, insert};
use crate::fixture::{tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

fn row(tenant: Tenant, object: Option<ObjectId>, minute: i64) -> NoteRow {
    NoteRow {
        workspace_id: tenant.workspace,
        id: NoteId(uuid()),
        project_id: tenant.project,
        object_id: object,
        kind: "comment".to_owned(),
        note_type: "text".to_owned(),
        content: "Seen before: 隔离".to_owned(),
        user_id: UserId(uuid()),
        user_name: "operator".to_owned(),
        create_time: after_noon(60 * minute),
        update_time: after_noon(-60 * minute),
    }
}

on_both! {
    async fn notes_are_listed_and_deleted(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let alerts = class(&node, tenant).await;
        let alert = alert(tenant, alerts, NOON, Vec::new());
        insert(&node, std::slice::from_ref(&alert)).await;
        let about = Some(alert.row.id);
        let notes = [row(tenant, about, 0), row(tenant, None, 1), row(tenant, about, 2), row(tenant, about, 3)];
        for note in notes.clone() {
            node.write(move |tx| Box::pin(async move { note::insert(tx, &note).await })).await;
        }
        let list = async |query: NoteQuery, order| {
            let found = note::list(&mut store.read().await, tenant, &query, order, ALL).await.expect("lists");
            assert_eq!(found.total, found.rows.len() as i64);
            found.rows.iter().map(|row| notes.iter().position(|note| note == row).expect("a note")).collect::<Vec<_>>()
        };
        let none = NoteQuery::default;
        for (query, order, expected) in [
            (none(), Order::Ascending, vec![0, 1, 2, 3]),
            (NoteQuery { object_id: about, ..none() }, Order::Descending, vec![3, 2, 0]),
            (NoteQuery { object_id: about, by_update: true, ..none() }, Order::Ascending, vec![3, 2, 0]),
            (NoteQuery { from: Some(after_noon(60)), to: Some(after_noon(120)), ..none() }, Order::Ascending, vec![1, 2]),
            (NoteQuery { object_id: Some(ObjectId(uuid())), ..none() }, Order::Ascending, vec![]),
        ] {
            assert_eq!(list(query.clone(), order).await, expected, "{query:?}");
        }

        let gone = [notes[1].id, NoteId(uuid()), notes[3].id];
        let foreign = Tenant { project: crate::fixture::tenant().project, ..tenant };
        let deleted = node.write(move |tx| Box::pin(async move { note::delete_all(tx, foreign, &gone).await })).await;
        assert_eq!(deleted, []);
        let mut deleted = node.write(move |tx| Box::pin(async move { note::delete_all(tx, tenant, &gone).await })).await;
        deleted.sort();
        assert_eq!(deleted, [notes[1].id, notes[3].id]);
        assert_eq!(list(none(), Order::Ascending).await, [0, 2]);

        let gone = alert.row.id;
        node.write(move |tx| Box::pin(async move { store::object::delete_all(tx, tenant, &[gone], NOON).await })).await;
        assert!(list(none(), Order::Ascending).await.is_empty());
    }
}

use model::{AttachmentId, ObjectId, TaskId, Tenant, Timestamp, UserId};
use store::object;
use store::object::attachment::{self, Arrived, AttachmentRow};

use super::{alert, class, insert};
use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

fn row(tenant: Tenant, object: Option<ObjectId>, remove_at: Timestamp) -> AttachmentRow {
    let id = AttachmentId(uuid());
    AttachmentRow {
        workspace_id: tenant.workspace,
        id,
        project_id: tenant.project,
        object_id: object,
        task_id: None,
        file_type: "user_task".to_owned(),
        file_name: "../../etc/passwd".to_owned(),
        content_type: String::new(),
        size: 0,
        checksum: Vec::new(),
        storage: "folder".to_owned(),
        storage_key: id.to_string(),
        creator_id: UserId(uuid()),
        creator_name: "operator".to_owned(),
        create_time: NOON,
        update_time: NOON,
        remove_at: Some(remove_at),
    }
}

async fn begin(node: &Node, row: &AttachmentRow) {
    let row = row.clone();
    node.write(move |tx| Box::pin(async move { attachment::insert(tx, &row).await })).await;
}

async fn finish(node: &Node, tenant: Tenant, id: AttachmentId, at: Timestamp) -> bool {
    let arrived = Arrived { content_type: "text/plain".to_owned(), size: 7, checksum: vec![0xff; 32], at };
    node.write(move |tx| Box::pin(async move { attachment::finish(tx, tenant, id, &arrived).await })).await
}

async fn removable(store: &Store, now: Timestamp) -> Vec<AttachmentId> {
    let rows = attachment::list_removable(&mut store.read().await, now, 10).await.expect("lists");
    rows.into_iter().map(|row| row.id).collect()
}

on_both! {
    async fn an_attachment_is_there_when_its_bytes_are(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let upload = row(tenant, None, after_noon(60));
        begin(&node, &upload).await;
        let get = async || attachment::get(&mut store.read().await, tenant, upload.id).await.expect("reads");
        assert_eq!(get().await, None);
        assert_eq!(removable(&store, after_noon(59)).await, []);
        assert!(finish(&node, tenant, upload.id, after_noon(10)).await);
        let found = get().await.expect("is in use");
        assert_eq!((found.size, found.content_type.as_str(), found.checksum), (7, "text/plain", vec![0xff; 32]));
        assert_eq!((found.update_time, found.remove_at), (after_noon(10), None));
        assert!(!finish(&node, tenant, upload.id, after_noon(11)).await, "it has been finished");

        let id = upload.id;
        let foreign = Tenant { project: crate::fixture::tenant().project, ..tenant };
        for (tenant, expected) in [(foreign, false), (tenant, true), (tenant, false)] {
            let deleted = node
                .write(move |tx| Box::pin(async move { attachment::delete(tx, tenant, id, after_noon(20)).await }))
                .await;
            assert_eq!(deleted, expected);
        }
        assert_eq!(get().await, None);
        assert_eq!(removable(&store, after_noon(20)).await, [id]);
        let workspace = tenant.workspace;
        node.write(move |tx| Box::pin(async move { attachment::forget(tx, workspace, id).await })).await;
        assert_eq!(store.count("attachment").await, 0);
    }

    async fn an_upload_that_was_given_up_cannot_be_finished(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let upload = row(tenant, None, after_noon(60));
        begin(&node, &upload).await;
        // While its bytes may be removed at any moment.
        assert_eq!(removable(&store, after_noon(60)).await, [upload.id]);
        assert!(!finish(&node, tenant, upload.id, after_noon(60)).await);
        assert_eq!(attachment::get(&mut store.read().await, tenant, upload.id).await.expect("reads"), None);
    }

    async fn an_attachment_is_given_to_one_to_do(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let alerts = class(&node, tenant).await;
        let object = alert(tenant, alerts, NOON, Vec::new());
        insert(&node, std::slice::from_ref(&object)).await;
        let [free, other, of_object, under_way] =
            [None, None, Some(object.row.id), None].map(|object| row(tenant, object, after_noon(60)));
        for upload in [&free, &other, &of_object, &under_way] {
            begin(&node, upload).await;
        }
        for upload in [&free, &other, &of_object] {
            assert!(finish(&node, tenant, upload.id, NOON).await);
        }
        let foreign = Tenant { project: crate::fixture::tenant().project, ..tenant };
        let (task, second) = (TaskId(uuid()), TaskId(uuid()));
        let give = async |tenant, id, task| {
            let at = after_noon(5);
            node.write(move |tx| Box::pin(async move { attachment::give_to_task(tx, tenant, id, task, at).await })).await
        };
        for (tenant, id, task, expected) in [
            (foreign, free.id, task, false),
            (tenant, AttachmentId(uuid()), task, false),
            (tenant, of_object.id, task, false),
            (tenant, under_way.id, task, false),
            (tenant, free.id, task, true),
            (tenant, free.id, second, false),
            (tenant, other.id, task, true),
        ] {
            assert_eq!(give(tenant, id, task).await, expected, "{id}");
        }
        let list = async |tenant, task| {
            attachment::list_of_task(&mut store.read().await, tenant, task).await.expect("lists")
        };
        assert_eq!(list(tenant, task).await, [free.id, other.id]);
        assert_eq!((list(tenant, second).await, list(foreign, task).await), (vec![], vec![]));
        let found = attachment::get(&mut store.read().await, tenant, free.id).await.expect("reads").expect("in use");
        assert_eq!((found.task_id, found.update_time), (Some(task), after_noon(5)));
        let id = free.id;
        node.write(move |tx| Box::pin(async move { attachment::delete(tx, tenant, id, NOON).await })).await;
        assert_eq!(list(tenant, task).await, [other.id]);
    }

    async fn the_attachments_of_a_deleted_object_may_be_removed(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let alerts = class(&node, tenant).await;
        let objects = [alert(tenant, alerts, NOON, Vec::new()), alert(tenant, alerts, NOON, Vec::new())];
        insert(&node, &objects).await;
        let ids = objects.map(|object| object.row.id);
        let mut uploads = Vec::new();
        for id in ids {
            let upload = row(tenant, Some(id), after_noon(60));
            begin(&node, &upload).await;
            assert!(finish(&node, tenant, upload.id, NOON).await);
            uploads.push(upload.id);
        }
        let list = async |object| {
            let rows = attachment::list(&mut store.read().await, tenant, object).await.expect("lists");
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(list(ids[0]).await, uploads[..1]);
        node.write(move |tx| Box::pin(async move { object::delete_all(tx, tenant, &ids[..1], after_noon(5)).await })).await;
        assert_eq!(list(ids[0]).await, []);
        assert_eq!(list(ids[1]).await, uploads[1..]);
        assert_eq!(removable(&store, after_noon(4)).await, []);
        assert_eq!(removable(&store, after_noon(5)).await, uploads[..1]);
    }
}

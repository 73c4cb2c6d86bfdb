use model::{InstanceId, TaskId, Tenant, UserId};
use store::task::{self, TaskAnswer, TaskQuery, TaskRow};
use store::{Order, PageRequest};

use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{self, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

async fn add(node: &Node, row: &TaskRow) {
    let row = row.clone();
    node.write(move |tx| Box::pin(async move { task::insert(tx, &row).await })).await;
}

fn answer(name: &str) -> TaskAnswer {
    TaskAnswer {
        user: UserId(uuid()),
        user_name: name.to_owned(),
        review_comments: "looks right".to_owned(),
        handle_parameters: r#"{"decision":"CONTINUE"}"#.to_owned(),
        at: after_noon(30),
    }
}

async fn finish(node: &Node, tenant: Tenant, id: TaskId, answer: TaskAnswer) -> bool {
    node.write(move |tx| Box::pin(async move { task::finish(tx, tenant, id, &answer).await })).await
}

on_both! {
    async fn a_task_is_read_back_as_it_was_written(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = TaskRow {
            action_instance_id: Some(InstanceId(uuid())),
            root_id: Some(InstanceId(uuid())),
            element_no: Some(i64::MAX),
            hash: Some(vec![0, 1, 255]),
            ..rows::task(tenant, "Ask the owner")
        };
        add(&node, &row).await;
        let mut conn = store.read().await;
        assert_eq!(task::get(&mut conn, tenant, row.id).await.expect("reads"), Some(row.clone()));
        assert_eq!(task::get(&mut conn, crate::fixture::tenant(), row.id).await.expect("reads"), None);
    }

    async fn the_second_of_two_answers_is_refused(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = rows::task(tenant, "Ask the owner");
        add(&node, &row).await;
        assert!(!finish(&node, crate::fixture::tenant(), row.id, answer("stranger")).await);
        let (a, b) = tokio::join!(
            finish(&node, tenant, row.id, answer("anna")),
            finish(&node, tenant, row.id, answer("bert"))
        );
        assert!(a != b, "one of two answers counts, not {a} and {b}");
        let found = task::get(&mut store.read().await, tenant, row.id).await.expect("reads").expect("is there");
        assert_eq!((found.status.as_str(), found.approver.as_str()), ("finished", if a { "anna" } else { "bert" }));
        assert_eq!(found.handle_parameters, r#"{"decision":"CONTINUE"}"#);
        assert_eq!(found.update_time, after_noon(30));
        assert!(!finish(&node, tenant, row.id, answer("carl")).await);
    }

    async fn the_review_of_a_version_is_found_and_cancelled(store: Store) {
        for kind in ["WORKFLOWPUBLISH", "PLAYBOOKPUBLISH"] {
            check_review(&store, kind).await;
        }
    }

    async fn lists_are_narrowed_ordered_and_paged(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        for (number, name) in ["one", "two", "three", "four"].iter().enumerate() {
            let number = i64::try_from(number).expect("few");
            let row = TaskRow {
                create_time: after_noon(number),
                update_time: after_noon(-number),
                status: ["waiting", "canceled", "finished", "waiting"][usize::try_from(number).expect("few")].to_owned(),
                handlers: ["[]", "[]", "[]", r#"["anna","role \"x\""]"#][usize::try_from(number).expect("few")].to_owned(),
                note: format!("Note {number}"),
                ..rows::task(tenant, name)
            };
            add(&node, &row).await;
        }
        add(&node, &rows::task(crate::fixture::tenant(), "one of another tenant")).await;
        let waiting = TaskQuery::default();
        let handled = TaskQuery { handled: true, ..TaskQuery::default() };
        let handlers = |names: &[&str]| TaskQuery {
            handlers: names.iter().map(|name| (*name).to_owned()).collect(),
            ..TaskQuery::default()
        };
        let cases: [(TaskQuery, &[&str]); 11] = [
            (waiting.clone(), &["one", "four"]),
            (handled.clone(), &["two", "three"]),
            (TaskQuery { name: Some("O".to_owned()), ..waiting.clone() }, &["one", "four"]),
            (TaskQuery { name: Some("EE".to_owned()), ..handled.clone() }, &["three"]),
            (TaskQuery { note: Some("note 3".to_owned()), ..waiting.clone() }, &["four"]),
            (TaskQuery { from: Some(after_noon(1)), ..waiting.clone() }, &["four"]),
            (TaskQuery { to: Some(after_noon(0)), ..waiting.clone() }, &["one"]),
            (TaskQuery { business_type: Some("WORKFLOWPUBLISH".to_owned()), ..waiting.clone() }, &[]),
            (TaskQuery { creator_name: Some("SYS".to_owned()), ..handled.clone() }, &["two", "three"]),
            (handlers(&["anna"]), &["one", "four"]),
            (handlers(&["ann"]), &["one"]),
        ];
        for (query, expected) in cases {
            let mut conn = store.read().await;
            let page = task::list(&mut conn, tenant, &query, Order::Ascending, ALL).await.expect("lists");
            let names: Vec<&str> = page.rows.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names, expected, "{query:?}");
            assert_eq!(usize::try_from(page.total).expect("not negative"), expected.len(), "{query:?}");
        }
        let mut conn = store.read().await;
        let one = PageRequest { offset: 1, limit: 1 };
        let by_update = TaskQuery { by_update: true, ..waiting };
        let page = task::list(&mut conn, tenant, &by_update, Order::Ascending, one).await.expect("lists");
        assert_eq!((page.rows[0].name.as_str(), page.rows.len(), page.total), ("one", 1, 2));
    }

    async fn comments_are_listed_oldest_first_and_deleted_once(store: Store) {
        let node = store.node().await;
        let on = rows::task(tenant(), "Ask the owner").id;
        let comments = ["first", "second"].map(|text| rows::comment(on, text));
        let written = comments.clone();
        node.write(move |tx| {
            Box::pin(async move {
                for comment in written.iter().rev() {
                    task::insert_comment(tx, comment).await?;
                }
                task::insert_comment(tx, &rows::comment(TaskId(uuid()), "elsewhere")).await
            })
        })
        .await;
        let mut conn = store.read().await;
        assert_eq!(task::list_comments(&mut conn, on).await.expect("lists"), comments);
        let id = comments[0].id;
        assert_eq!(task::get_comment(&mut conn, on, id).await.expect("reads").as_ref(), Some(&comments[0]));
        let mut delete = Vec::new();
        for _ in 0..2 {
            delete.push(node.write(move |tx| Box::pin(async move { task::delete_comment(tx, on, id).await })).await);
        }
        assert_eq!(delete, [true, false]);
        assert_eq!(task::list_comments(&mut conn, on).await.expect("lists"), comments[1..]);
    }
}

/// Checks that of the to-dos about a version the review alone is found and cancelled.
async fn check_review(store: &Store, kind: &str) {
    let node = store.node().await;
    let tenant = tenant();
    let review = TaskRow { business_type: kind.to_owned(), ..rows::task(tenant, "Review") };
    let pause = TaskRow { action_version_id: review.action_version_id, ..rows::task(tenant, "Pause") };
    add(&node, &pause).await;
    add(&node, &review).await;
    let version = review.action_version_id;
    let mut conn = store.read().await;
    let found = task::get_waiting_review(&mut conn, tenant, version).await.expect("reads");
    assert_eq!(found.as_ref(), Some(&review));
    let stranger = Tenant { project: crate::fixture::tenant().project, ..tenant };
    assert_eq!(task::get_waiting_review(&mut conn, stranger, version).await.expect("reads"), None);
    node.write(move |tx| {
        Box::pin(async move { task::cancel_review(tx, tenant, version, "edited", after_noon(1)).await })
    })
    .await;
    assert_eq!(task::get_waiting_review(&mut conn, tenant, version).await.expect("reads"), None);
    let status = task::get(&mut conn, tenant, pause.id).await.expect("reads").expect("is there").status;
    assert_eq!(status, "waiting");
    let cancelled = task::get(&mut conn, tenant, review.id).await.expect("reads").expect("is there");
    assert_eq!((cancelled.status.as_str(), cancelled.note.as_str()), ("canceled", "edited"));
}

use model::{Tenant, WorkflowId};
use store::definition::{self, DefinitionRow};
use store::workflow::{self, WorkflowQuery, WorkflowRow};
use store::{Error, Order, PageRequest, version};

use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{self, NOON, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

async fn add(node: &Node, row: &WorkflowRow) {
    let row = row.clone();
    node.write(move |tx| Box::pin(async move { workflow::insert(tx, &row).await })).await;
}

/// Names in the order of the list, and the total.
async fn names(
    store: &Store,
    tenant: Tenant,
    query: &WorkflowQuery,
    order: Order,
    page: PageRequest,
) -> (Vec<String>, i64) {
    let mut conn = store.read().await;
    let page = workflow::list(&mut conn, tenant, query, order, page).await.expect("lists");
    (page.rows.into_iter().map(|row| row.name).collect(), page.total)
}

on_both! {
    async fn a_workflow_is_read_back_as_it_was_written(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let mut row = rows::workflow(tenant, "Isolate host");
        row.owner_id = Some(row.creator_id);
        row.version_id = Some(model::VersionId(uuid()));
        row.enabled = true;
        add(&node, &row).await;
        let mut conn = store.read().await;
        assert_eq!(workflow::get(&mut conn, tenant, row.id).await.expect("reads"), Some(row.clone()));
        assert_eq!(workflow::get_by_name(&mut conn, tenant, "Isolate host").await.expect("reads"), Some(row));
        assert_eq!(workflow::get_by_name(&mut conn, tenant, "isolate host").await.expect("reads"), None);
    }

    async fn an_update_changes_what_may_change_and_nothing_else(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = rows::workflow(tenant, "before");
        let other = rows::workflow(tenant, "other");
        add(&node, &row).await;
        add(&node, &other).await;
        let changed = WorkflowRow {
            name: "after".to_owned(),
            description: String::new(),
            modifier_id: Some(row.creator_id),
            modifier_name: "operator".to_owned(),
            update_time: after_noon(1),
            edit_role: "Approver".to_owned(),
            enabled: true,
            version_id: Some(model::VersionId(uuid())),
            version: "V2".to_owned(),
            last_version: 2,
            ..row.clone()
        };
        // Of these, an update must take no notice.
        let written = WorkflowRow { create_time: after_noon(9), creator_name: "thief".to_owned(), ..changed.clone() };
        node.write(move |tx| Box::pin(async move { workflow::update(tx, &written).await })).await;
        let mut conn = store.read().await;
        assert_eq!(workflow::get(&mut conn, tenant, row.id).await.expect("reads"), Some(changed));
        assert_eq!(workflow::get(&mut conn, tenant, other.id).await.expect("reads"), Some(other));
    }

    async fn a_taken_name_is_told_by_its_constraint_and_leaves_nothing(store: Store) {
        let node = store.node().await;
        let (ours, theirs) = (tenant(), tenant());
        add(&node, &rows::workflow(ours, "Isolate host")).await;
        let twin = rows::workflow(ours, "Isolate host");
        let refused: Result<(), Error> =
            node.writer.write(move |tx| Box::pin(async move { workflow::insert(tx, &twin).await })).await;
        let error = refused.expect_err("the name is taken");
        assert!(error.is_unique("workflow", "name"), "{error:?}");
        assert!(!error.is_unique("connection", "name"), "{error:?}");
        assert!(!error.is_unique("workflow", "description"), "{error:?}");
        // Another workspace has names of its own.
        add(&node, &rows::workflow(theirs, "Isolate host")).await;
        assert_eq!(store.count("workflow").await, 2);

        let renamed = rows::workflow(ours, "Block address");
        add(&node, &renamed).await;
        let renamed = WorkflowRow { name: "Isolate host".to_owned(), ..renamed };
        let refused: Result<(), Error> =
            node.writer.write(move |tx| Box::pin(async move { workflow::update(tx, &renamed).await })).await;
        assert!(refused.is_err_and(|error| error.is_unique("workflow", "name")));
    }

    async fn lists_are_narrowed_ordered_and_paged(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        for (number, name) in ["Alpha block", "Beta isolate", "Gamma BLOCK", "Delta 100%_off"].iter().enumerate() {
            let number = i64::try_from(number).expect("few");
            let row = WorkflowRow {
                enabled: number % 2 == 0,
                aop_type: if number < 2 { "SURVEY" } else { "EASE" }.to_owned(),
                update_time: after_noon(-number),
                description: format!("number {number}"),
                ..rows::workflow(tenant, name)
            };
            add(&node, &row).await;
        }
        let everything = WorkflowQuery::default();
        let list = |query: WorkflowQuery, order, page| {
            let store = &store;
            async move { names(store, tenant, &query, order, page).await }
        };
        let all = ["Alpha block", "Beta isolate", "Gamma BLOCK", "Delta 100%_off"].map(str::to_owned);
        let reversed: Vec<String> = all.iter().rev().cloned().collect();
        assert_eq!(list(everything.clone(), Order::Ascending, ALL).await, (all.to_vec(), 4));
        assert_eq!(list(everything.clone(), Order::Descending, ALL).await, (reversed.clone(), 4));
        let by_update = WorkflowQuery { by_update: true, ..everything.clone() };
        assert_eq!(list(by_update, Order::Ascending, ALL).await, (reversed, 4));

        let page = |offset, limit| PageRequest { offset, limit };
        assert_eq!(list(everything.clone(), Order::Ascending, page(1, 2)).await, (all[1..3].to_vec(), 4));
        assert_eq!(list(everything.clone(), Order::Ascending, page(3, 2)).await, (all[3..].to_vec(), 4));
        assert_eq!(list(everything.clone(), Order::Ascending, page(4, 2)).await, (Vec::new(), 4));
        assert_eq!(list(everything.clone(), Order::Ascending, page(10_000, 100)).await, (Vec::new(), 4));
        assert_eq!(list(everything.clone(), Order::Ascending, page(0, 0)).await, (Vec::new(), 4));

        let named = |name: &str| WorkflowQuery { name: Some(name.to_owned()), ..WorkflowQuery::default() };
        let cases: [(WorkflowQuery, &[&str]); 10] = [
            (named("block"), &["Alpha block", "Gamma BLOCK"]),
            (named("BLOCK"), &["Alpha block", "Gamma BLOCK"]),
            (named(""), &["Alpha block", "Beta isolate", "Gamma BLOCK", "Delta 100%_off"]),
            (named("100%_"), &["Delta 100%_off"]),
            (named("%"), &["Delta 100%_off"]),
            (named("' OR 1=1 --"), &[]),
            (WorkflowQuery { enabled: Some(true), ..everything.clone() }, &["Alpha block", "Gamma BLOCK"]),
            (WorkflowQuery { aop_type: Some("SURVEY".to_owned()), ..everything.clone() }, &["Alpha block", "Beta isolate"]),
            (WorkflowQuery { description: Some("number 3".to_owned()), ..everything.clone() }, &["Delta 100%_off"]),
            (
                WorkflowQuery { enabled: Some(false), aop_type: Some("EASE".to_owned()), ..named("delta") },
                &["Delta 100%_off"],
            ),
        ];
        for (query, expected) in cases {
            let found = list(query.clone(), Order::Ascending, ALL).await;
            let total = i64::try_from(expected.len()).expect("few");
            assert_eq!(found, (expected.iter().map(|name| (*name).to_owned()).collect(), total), "{query:?}");
        }
    }

    async fn case_is_ignored_for_ascii_letters_only(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        add(&node, &rows::workflow(tenant, "Überprüfen")).await;
        let find = |text: &str| {
            let query = WorkflowQuery { name: Some(text.to_owned()), ..WorkflowQuery::default() };
            let store = &store;
            async move { names(store, tenant, &query, Order::Ascending, ALL).await.1 }
        };
        assert_eq!(find("ÜBERPR").await, 1);
        assert_eq!(find("PRüFEN").await, 1);
        assert_eq!(find("überpr").await, 0);
        assert_eq!(find("PRÜFEN").await, 0);
    }

    async fn another_tenant_sees_and_changes_nothing(store: Store) {
        let node = store.node().await;
        let ours = tenant();
        let row = rows::workflow(ours, "Isolate host");
        add(&node, &row).await;
        let draft = rows::version(&row, 1, "pending_submit");
        let written = draft.clone();
        node.write(move |tx| Box::pin(async move { version::insert(tx, &written).await })).await;
        let other_workspace = Tenant { workspace: tenant().workspace, ..ours };
        let other_project = Tenant { project: tenant().project, ..ours };
        for stranger in [other_workspace, other_project, tenant()] {
            let mut conn = store.read().await;
            assert_eq!(workflow::get(&mut conn, stranger, row.id).await.expect("reads"), None);
            assert_eq!(workflow::get_by_name(&mut conn, stranger, &row.name).await.expect("reads"), None);
            assert_eq!(version::get(&mut conn, stranger, draft.id).await.expect("reads"), None);
            assert_eq!(version::list(&mut conn, stranger, row.id, None).await.expect("reads"), Vec::new());
            let found = names(&store, stranger, &WorkflowQuery::default(), Order::Ascending, ALL).await;
            assert_eq!(found, (Vec::new(), 0));
            let id = row.id;
            let locked = node.write(move |tx| Box::pin(async move { workflow::lock(tx, stranger, id).await })).await;
            assert_eq!(locked, None);
            let (id, draft) = (row.id, draft.id);
            node.write(move |tx| {
                Box::pin(async move {
                    version::delete(tx, stranger, draft).await?;
                    workflow::delete(tx, stranger, id, NOON).await
                })
            })
            .await;
        }
        let mut conn = store.read().await;
        assert_eq!(workflow::get(&mut conn, ours, row.id).await.expect("reads"), Some(row));
        assert_eq!(version::get(&mut conn, ours, draft.id).await.expect("reads"), Some(draft));
    }

    async fn deleting_takes_versions_along_and_cancels_reviews(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = rows::workflow(tenant, "Isolate host");
        let kept = rows::workflow(tenant, "Block address");
        let review = |workflow: WorkflowId| store::task::TaskRow {
            business_type: "WORKFLOWPUBLISH".to_owned(),
            action_id: workflow.0,
            ..rows::task(tenant, "Review")
        };
        let pause = store::task::TaskRow { action_id: row.id.0, ..rows::task(tenant, "Pause") };
        let (open, others) = (review(row.id), review(kept.id));
        let definition = DefinitionRow {
            version_id: model::VersionId(uuid()),
            project_id: tenant.project,
            workspace_id: tenant.workspace,
            workflow_id: row.id,
            taskflow: String::new(),
            taskflow_type: "JSON".to_owned(),
            taskconfig: "{}".to_owned(),
            pins: "{}".to_owned(),
            uses: "{}".to_owned(),
            hash: vec![1, 2, 3],
            approved_at: NOON,
        };
        let everything = (row.clone(), kept.clone(), open.clone(), others.clone(), pause.clone(), definition.clone());
        node.write(move |tx| {
            Box::pin(async move {
                let (row, kept, open, others, pause, definition) = everything;
                workflow::insert(tx, &row).await?;
                workflow::insert(tx, &kept).await?;
                version::insert(tx, &rows::version(&row, 1, "activated")).await?;
                version::insert(tx, &rows::version(&kept, 1, "activated")).await?;
                for task in [&open, &others, &pause] {
                    store::task::insert(tx, task).await?;
                }
                definition::put(tx, &definition).await
            })
        })
        .await;
        let id = row.id;
        node.write(move |tx| Box::pin(async move { workflow::delete(tx, tenant, id, after_noon(5)).await })).await;

        let mut conn = store.read().await;
        assert_eq!(workflow::get(&mut conn, tenant, row.id).await.expect("reads"), None);
        assert_eq!(version::list(&mut conn, tenant, row.id, None).await.expect("reads"), Vec::new());
        assert_eq!(version::list(&mut conn, tenant, kept.id, None).await.expect("reads").len(), 1);
        let mut status = std::collections::BTreeMap::new();
        for task in [open.id, others.id, pause.id] {
            let row = store::task::get(&mut conn, tenant, task).await.expect("reads").expect("is there");
            status.insert(task, row.status);
        }
        assert_eq!(status[&open.id], "canceled");
        assert_eq!(status[&others.id], "waiting");
        assert_eq!(status[&pause.id], "waiting");
        let found = definition::get(&mut conn, tenant, definition.version_id).await.expect("reads");
        assert_eq!(found, Some(definition));
    }
}

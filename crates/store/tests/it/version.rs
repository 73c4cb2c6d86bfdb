use store::definition::{self, DefinitionRow};
use store::version::{self, VersionRow};
use store::workflow;

use crate::fixture::{tenant, uuid};
use crate::on_both;
use crate::rows::{self, NOON, after_noon};

on_both! {
    async fn versions_are_listed_newest_first_and_by_status(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let owner = rows::workflow(tenant, "Isolate host");
        let versions =
            [(1, "activated"), (2, "rejected"), (10, "pending_submit"), (3, "rejected")].map(|(n, s)| rows::version(&owner, n, s));
        let written = versions.clone();
        node.write(move |tx| {
            Box::pin(async move {
                for version in &written {
                    version::insert(tx, version).await?;
                }
                Ok(())
            })
        })
        .await;
        let mut conn = store.read().await;
        let numbers = |rows: Vec<VersionRow>| rows.into_iter().map(|row| row.number).collect::<Vec<_>>();
        let all = version::list(&mut conn, tenant, owner.id, None).await.expect("lists");
        assert_eq!(all[0].label(), "V10");
        assert_eq!(numbers(all), [10, 3, 2, 1]);
        let rejected = version::list(&mut conn, tenant, owner.id, Some("rejected")).await.expect("lists");
        assert_eq!(numbers(rejected), [3, 2]);
        assert_eq!(version::get(&mut conn, tenant, versions[2].id).await.expect("reads").as_ref(), Some(&versions[2]));
    }

    async fn a_version_changes_and_goes(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = rows::version(&rows::workflow(tenant, "Isolate host"), 1, "pending_submit");
        let changed = VersionRow {
            name: "renamed".to_owned(),
            description: "what is new".to_owned(),
            modifier_id: Some(row.creator_id),
            modifier_name: "operator".to_owned(),
            update_time: after_noon(3),
            status: "pending_approval".to_owned(),
            taskconfig: r#"{"node_info":{}}"#.to_owned(),
            taskflow: "e30=".to_owned(),
            hash: Some(vec![0, 255, 7]),
            ..row.clone()
        };
        let (first, second) = (row.clone(), changed.clone());
        node.write(move |tx| Box::pin(async move {
            version::insert(tx, &first).await?;
            version::update(tx, &second).await
        }))
        .await;
        let mut conn = store.read().await;
        assert_eq!(version::get(&mut conn, tenant, row.id).await.expect("reads"), Some(changed));
        let id = row.id;
        node.write(move |tx| Box::pin(async move { version::delete(tx, tenant, id).await })).await;
        assert_eq!(version::get(&mut conn, tenant, row.id).await.expect("reads"), None);
    }

    async fn a_version_approved_again_replaces_its_definition(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let owner = workflow::WorkflowRow { enabled: true, ..rows::workflow(tenant, "Isolate host") };
        let version = rows::version(&owner, 1, "activated");
        let owner = workflow::WorkflowRow { version_id: Some(version.id), ..owner };
        let first = DefinitionRow {
            version_id: version.id,
            project_id: tenant.project,
            workspace_id: tenant.workspace,
            workflow_id: owner.id,
            taskflow: "Zmlyc3Q=".to_owned(),
            taskflow_type: "JSON".to_owned(),
            taskconfig: "{}".to_owned(),
            pins: "{}".to_owned(),
            uses: "{}".to_owned(),
            hash: vec![1; 32],
            approved_at: NOON,
        };
        let second =
            DefinitionRow { taskflow: "c2Vjb25k".to_owned(), hash: vec![2; 32], approved_at: after_noon(9), ..first.clone() };
        let written = (owner.clone(), first, second.clone());
        node.write(move |tx| Box::pin(async move {
            workflow::insert(tx, &written.0).await?;
            definition::put(tx, &written.1).await?;
            definition::put(tx, &written.2).await
        }))
        .await;
        let mut conn = store.read().await;
        assert_eq!(definition::get(&mut conn, tenant, version.id).await.expect("reads"), Some(second.clone()));
        assert_eq!(definition::get(&mut conn, crate::fixture::tenant(), version.id).await.expect("reads"), None);
        assert_eq!(definition::get(&mut conn, tenant, model::VersionId(uuid())).await.expect("reads"), None);
        let enabled = workflow::list_enabled_definitions(&mut conn, tenant).await.expect("lists");
        assert_eq!(enabled, [("Isolate host".to_owned(), second)]);
    }
}

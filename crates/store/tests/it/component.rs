use model::{ComponentId, TemplateId, Tenant};
use store::PageRequest;
use store::component::{self as rows, TemplateRow};

use crate::fixture::{tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

pub(crate) fn row(tenant: Tenant, name: &str) -> TemplateRow {
    TemplateRow {
        workspace_id: tenant.workspace,
        id: TemplateId(uuid()),
        project_id: tenant.project,
        component_id: ComponentId(uuid()),
        name: name.to_owned(),
        task_config: r#"{"action_id":"封禁"}"#.to_owned(),
        create_time: NOON,
        update_time: NOON,
    }
}

on_both! {
    async fn templates_are_kept_changed_and_removed(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (one, two) = (row(tenant, "Block address"), row(tenant, "Release address"));
        for row in [one.clone(), two.clone()] {
            node.write(move |tx| Box::pin(async move { rows::insert_template(tx, &row).await })).await;
        }
        let list = async |name: Option<&'static str>, page| {
            rows::list_templates(&mut store.read().await, tenant, name, page).await.expect("lists")
        };
        assert_eq!(list(None, ALL).await.rows, [two.clone(), one.clone()]);
        assert_eq!(list(Some("BLOCK"), ALL).await.rows, std::slice::from_ref(&one));
        assert_eq!(list(Some("%"), ALL).await.total, 0);
        let second = list(Some("address"), PageRequest { offset: 1, limit: 1 }).await;
        assert_eq!((second.total, second.rows), (2, vec![one.clone()]));

        let changed = TemplateRow {
            name: "Block".to_owned(),
            task_config: "{}".to_owned(),
            component_id: two.component_id,
            create_time: after_noon(60),
            update_time: after_noon(60),
            ..one.clone()
        };
        let (written, expected) = (changed.clone(), TemplateRow { create_time: NOON, ..changed.clone() });
        let now = node.write(move |tx| Box::pin(async move { rows::update_template(tx, &written).await })).await;
        assert_eq!(now, Some(expected.clone()));
        let get = async |tenant| rows::get_template(&mut store.read().await, tenant, one.id).await.expect("reads");
        assert_eq!(get(tenant).await, Some(expected.clone()));

        let foreign = Tenant { project: crate::fixture::tenant().project, ..tenant };
        assert_eq!(get(foreign).await, None);
        let theirs = TemplateRow { project_id: foreign.project, ..changed };
        let (id, delete) = (one.id, async |tenant, id| {
            node.write(move |tx| Box::pin(async move { rows::delete_template(tx, tenant, id).await })).await
        });
        let unchanged = node.write(move |tx| Box::pin(async move { rows::update_template(tx, &theirs).await })).await;
        assert_eq!((unchanged, delete(foreign, id).await, get(tenant).await), (None, false, Some(expected)));
        assert_eq!((delete(tenant, id).await, delete(tenant, id).await), (true, false));
        assert_eq!(list(None, ALL).await.rows, [two]);
    }
}

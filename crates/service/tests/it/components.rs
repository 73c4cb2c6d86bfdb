//! Components and their actions.

use model::{ActionId, ComponentId};
use uuid::Uuid;

use crate::installation::{Installation, admin, caller, project, refusal};

#[tokio::test]
async fn the_built_in_components_are_listed() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let (page, _) = made.service.list_components(&ctx, None, None).expect("lists");
    let names: Vec<&str> = page.rows.iter().map(|component| component.name).collect();
    assert_eq!(names, ["SecMasterUtilities", "SecMasterBiz", "SecMaster", "HTTP"]);
    for component in &page.rows {
        assert_eq!(made.service.get_component(&ctx, component.id).expect("there").name, component.name);
    }
}

#[tokio::test]
async fn pages_are_cut_from_the_list() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let list = |offset, limit| {
        let (page, _) = made.service.list_components(&ctx, Some(offset), Some(limit)).expect("lists");
        (page.rows.iter().map(|component| component.name).collect::<Vec<_>>(), page.total)
    };
    assert_eq!(list(0, 1), (vec!["SecMasterUtilities"], 4));
    assert_eq!(list(2, 200), (vec!["SecMaster", "HTTP"], 4));
    assert_eq!(list(4, 1000), (vec![], 4));
    assert_eq!(list(10_000, 10), (vec![], 4));
    for (offset, limit) in [(-1, 10), (10_001, 10), (0, 0), (0, 1001)] {
        let (code, _) = refusal(made.service.list_components(&ctx, Some(offset), Some(limit)));
        assert_eq!(code, "SecMaster.20030001", "{offset} {limit}");
    }
}

#[tokio::test]
async fn actions_are_found_by_component_and_id() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let http = made.registry.component("HTTP").expect("built in").clone();
    let (_, page, _) = made.service.list_component_actions(&ctx, http.id, None, None, Some(true)).expect("lists");
    assert_eq!(page.rows.iter().map(|action| action.name).collect::<Vec<_>>(), ["request"]);
    let request = page.rows[0].id;
    let (component, action) = made.service.get_component_action(&ctx, http.id, request, Some(true)).expect("there");
    assert_eq!((component.name, action.name), ("HTTP", "request"));

    let (_, none, _) = made.service.list_component_actions(&ctx, http.id, None, None, Some(false)).expect("lists");
    assert_eq!(none.total, 0, "no action is disabled");
    let utilities = made.registry.component("SecMasterUtilities").expect("built in").id;
    for (component, action, enabled) in
        [(http.id, ActionId(Uuid::from_u128(1)), None), (utilities, request, None), (http.id, request, Some(false))]
    {
        let (code, _) = refusal(made.service.get_component_action(&ctx, component, action, enabled));
        assert_eq!(code, "SecMaster.20090202");
    }
}

#[tokio::test]
async fn an_unknown_component_is_refused() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let unknown = ComponentId(Uuid::from_u128(1));
    assert_eq!(refusal(made.service.get_component(&ctx, unknown)).0, "SecMaster.20090201");
    let listed = made.service.list_component_actions(&ctx, unknown, None, None, None);
    assert_eq!(refusal(listed).0, "SecMaster.20090201");
}

#[tokio::test]
async fn the_one_set_of_components_comes_with_the_server() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    for (is_built_in, expected) in [(None, 1), (Some(true), 1), (Some(false), 0)] {
        let (page, _) = made.service.list_alliances(&ctx, None, None, is_built_in).expect("lists");
        assert_eq!(page.total, expected, "{is_built_in:?}");
    }
}

#[tokio::test]
async fn components_need_a_permission() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    let ctx = made.enter(caller(project(), "nobody", &["secmaster:workflow:get"]), workspace.id).await;
    let http = made.registry.component("HTTP").expect("built in");
    assert_eq!(refusal(made.service.list_components(&ctx, None, None)).0, "SecMaster.20010002");
    assert_eq!(refusal(made.service.list_alliances(&ctx, None, None, None)).0, "SecMaster.20010002");
    assert_eq!(refusal(made.service.get_component(&ctx, http.id)).0, "SecMaster.20010002");
    let actions = made.service.list_component_actions(&ctx, http.id, None, None, None);
    assert_eq!(refusal(actions).0, "SecMaster.20010002");
    let action = made.service.get_component_action(&ctx, http.id, http.actions[0].id, None);
    assert_eq!(refusal(action).0, "SecMaster.20010002");
}

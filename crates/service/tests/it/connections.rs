//! Connections.

use std::time::Duration;

use model::{ConnectionId, VersionId};
use runtime::clock::V7Ids;
use runtime::connection::SEALED_AS;
use runtime::vault::Aad;
use service::connection::{Connection, ConnectionInput, ListConnections, MASK};
use service::workflow::CreateWorkflow;
use service::{Ctx, Error};
use store::definition::DefinitionRow;
use uuid::Uuid;

use crate::installation::{Installation, START, admin, caller, project, refusal, stranger};

const INVALID: &str = "SecMaster.20030001";
const NOT_FOUND: &str = "SecMaster.20041002";
const IN_USE: &str = "SecMaster.20091002";

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A connection of HTTP with a secret.
fn http(made: &Installation, name: &str) -> ConnectionInput {
    let http = made.registry.component("HTTP").expect("built in");
    ConnectionInput {
        name: some(name),
        description: None,
        component_id: Some(http.id.to_string()),
        component_version_id: Some(http.version_id.to_string()),
        config: some(r#"{"auth_type":"bearer","token":"hunter2"}"#),
    }
}

async fn create(made: &Installation, ctx: &Ctx, name: &str) -> Connection {
    made.service.create_connection(ctx, http(made, name)).await.expect("created")
}

/// What the vault gives back of a stored configuration.
fn opened(made: &Installation, ctx: &Ctx, connection: &Connection) -> String {
    let aad = Aad::of_tenant(ctx.tenant, SEALED_AS, &connection.row.id.to_string());
    let secret = made.vault.open(&aad, &connection.row.config).expect("opens");
    String::from_utf8(secret.expose().to_vec()).expect("text")
}

#[tokio::test]
async fn a_connection_is_created_with_its_configuration_sealed() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let created = create(&made, &ctx, "siem").await;
    let row = &created.row;
    assert_eq!((row.name.as_str(), row.component_name.as_str()), ("siem", "HTTP"));
    assert_eq!((row.kind.as_str(), row.status.as_str(), row.enabled), ("action_target", "SUCCESS", true));
    assert_eq!((row.creator_name.as_str(), row.modifier_id, row.description.as_str()), ("admin", None, ""));
    assert_eq!((row.create_time, row.update_time, created.can_be_deleted), (START, START, true));
    assert!(!String::from_utf8_lossy(&row.config).contains("hunter2"), "it is not in the open");
    assert_eq!(opened(&made, &ctx, &created), r#"{"auth_type":"bearer","token":"hunter2"}"#);
    assert_eq!(made.service.get_connection(&ctx, row.id).await.expect("stored"), created);
    let acts = made.acts(ctx.tenant).await;
    let (action, object, detail) = acts.last().expect("an act");
    assert_eq!((action.as_str(), object), ("connection.create", &row.id.to_string()));
    assert!(!detail.contains("hunter2"));
}

#[tokio::test]
async fn what_terraform_sends_is_accepted() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let input = ConnectionInput { config: some(r#"{"connection_type":"other"}"#), ..http(&made, "tf") };
    made.service.create_connection(&ctx, input).await.expect("created");
}

#[tokio::test]
async fn every_wrong_field_is_named_and_no_value_is_repeated() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let utilities = made.registry.component("SecMasterUtilities").expect("built in").version_id.to_string();
    let base = || http(&made, "x");
    let cases: Vec<(ConnectionInput, &str)> = vec![
        (ConnectionInput { name: None, ..base() }, "name is required"),
        (ConnectionInput { name: some(""), ..base() }, "name must have 1 to 64 characters"),
        (ConnectionInput { name: Some("é".repeat(65)), ..base() }, "name must have 1 to 64 characters"),
        (ConnectionInput { name: some("a\0"), ..base() }, "name must not contain control characters"),
        (ConnectionInput { description: Some("x".repeat(1025)), ..base() }, "description must have at most 1024"),
        (ConnectionInput { component_id: None, ..base() }, "component_id is required"),
        (ConnectionInput { component_id: some("x"), ..base() }, "component_id must be a UUID"),
        (
            ConnectionInput { component_id: Some(Uuid::from_u128(1).to_string()), ..base() },
            "component_id must be an existing component",
        ),
        (ConnectionInput { component_version_id: None, ..base() }, "component_version_id is required"),
        (ConnectionInput { component_version_id: Some(utilities), ..base() }, "component_version_id must be "),
        (ConnectionInput { config: None, ..base() }, "config is required for the component 'HTTP'"),
        (ConnectionInput { config: some(""), ..base() }, "config must be a JSON object"),
        (ConnectionInput { config: some(MASK), ..base() }, "config must be a JSON object"),
        (ConnectionInput { config: some("[\"hunter2\"]"), ..base() }, "config must be a JSON object"),
        (ConnectionInput { config: some("{\"token\":hunter2}"), ..base() }, "config must be a JSON object"),
        (
            ConnectionInput { config: some(r#"{"tokken":"hunter2"}"#), ..base() },
            "config: 'tokken' is not a setting of 'HTTP'",
        ),
        (
            ConnectionInput { config: some("{\"a\\u0000b\":\"hunter2\"}"), ..base() },
            "config: 'a\u{fffd}b' is not a setting of 'HTTP'",
        ),
        (
            ConnectionInput { config: some(r#"{"token":["hunter2"]}"#), ..base() },
            "config: 'token' must be a text, a number or a truth value",
        ),
        (
            ConnectionInput { config: some(r#"{"token":"******"}"#), ..base() },
            "config: 'token' must be the value itself",
        ),
        (
            ConnectionInput { config: Some(format!(r#"{{"token":"{}"}}"#, "h".repeat(65_536))), ..base() },
            "config must have at most 65536 bytes",
        ),
        (ConnectionInput { config: Some("[".repeat(60_000)), ..base() }, "config must be a JSON object"),
    ];
    for (input, expected) in cases {
        let (code, message) = refusal(made.service.create_connection(&ctx, input).await);
        assert_eq!(code, INVALID, "{expected}");
        assert!(message.contains(expected), "{message} should say: {expected}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    assert_eq!(made.service.list_connections(&ctx, ListConnections::default()).await.expect("lists").total, 0);
}

#[tokio::test]
async fn names_are_unique_in_a_workspace() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let second = made.workspace(&admin(), "second").await;
    let elsewhere = made.enter(admin(), second.id).await;
    for name in ["siem", "😀", &"x".repeat(64)] {
        create(&made, &ctx, name).await;
        create(&made, &elsewhere, name).await;
    }
    let (code, message) = refusal(made.service.create_connection(&ctx, http(&made, "siem")).await);
    assert_eq!(code, "SecMaster.20091001");
    assert!(message.contains("'siem'"), "{message}");
    let other = create(&made, &ctx, "other").await;
    let renamed = made.service.update_connection(&ctx, other.row.id, http(&made, "siem")).await;
    assert_eq!(refusal(renamed).0, "SecMaster.20091001");
}

#[tokio::test]
async fn a_change_keeps_the_configuration_unless_it_brings_another() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let created = create(&made, &ctx, "siem").await;
    let id = created.row.id;
    made.pass(Duration::from_secs(1));
    for config in [None, some(MASK)] {
        let input = ConnectionInput { config, description: some("kept"), ..http(&made, "siem 2") };
        let changed = made.service.update_connection(&ctx, id, input).await.expect("changed");
        assert_eq!((changed.row.name.as_str(), changed.row.description.as_str()), ("siem 2", "kept"));
        assert_eq!(opened(&made, &ctx, &changed), r#"{"auth_type":"bearer","token":"hunter2"}"#);
        assert_eq!((changed.row.modifier_name.as_str(), changed.row.create_time), ("admin", START));
        assert!(changed.row.update_time > START);
    }
    let input = ConnectionInput { config: some(r#"{"token":"new"}"#), description: None, ..http(&made, "siem 2") };
    let changed = made.service.update_connection(&ctx, id, input).await.expect("changed");
    assert_eq!(opened(&made, &ctx, &changed), r#"{"token":"new"}"#);
    assert_eq!(changed.row.description, "kept", "left out stays");
    let input = ConnectionInput { description: some(""), ..http(&made, "siem 2") };
    assert_eq!(made.service.update_connection(&ctx, id, input).await.expect("changed").row.description, "");
}

#[tokio::test]
async fn another_component_needs_another_configuration() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let id = create(&made, &ctx, "siem").await.row.id;
    let utilities = made.registry.component("SecMasterUtilities").expect("built in");
    let moved = |config: Option<&str>| ConnectionInput {
        component_id: Some(utilities.id.to_string()),
        component_version_id: Some(utilities.version_id.to_string()),
        config: config.map(str::to_owned),
        ..http(&made, "siem")
    };
    for config in [None, Some(MASK)] {
        let (code, message) = refusal(made.service.update_connection(&ctx, id, moved(config)).await);
        assert_eq!((code, message.contains("config is required")), (INVALID, true), "{message}");
    }
    let changed = made.service.update_connection(&ctx, id, moved(Some("{}"))).await.expect("changed");
    assert_eq!(
        (changed.row.component_name.as_str(), opened(&made, &ctx, &changed).as_str()),
        ("SecMasterUtilities", "{}")
    );
}

#[tokio::test]
async fn wrong_changes_are_refused_and_leave_everything() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let created = create(&made, &ctx, "siem").await;
    for (input, expected) in [
        (ConnectionInput::default(), "name is required"),
        (ConnectionInput { component_id: None, ..http(&made, "x") }, "component_id is required"),
        (ConnectionInput { component_version_id: None, ..http(&made, "x") }, "component_version_id is required"),
        (ConnectionInput { config: some("{"), ..http(&made, "x") }, "config must be a JSON object"),
        (ConnectionInput { config: some(r#"{"x":1}"#), ..http(&made, "x") }, "config: 'x' is not a setting"),
    ] {
        let (code, message) = refusal(made.service.update_connection(&ctx, created.row.id, input).await);
        assert_eq!((code, message.contains(expected)), (INVALID, true), "{message} should say: {expected}");
    }
    assert_eq!(made.service.get_connection(&ctx, created.row.id).await.expect("there"), created);
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let first = create(&made, &ctx, "Alpha").await;
    made.pass(Duration::from_secs(60));
    let editor = made.enter(caller(project(), "editor", &["secmaster:*:*"]), ctx.tenant.workspace).await;
    let utilities = made.registry.component("SecMasterUtilities").expect("built in");
    let input = ConnectionInput {
        name: some("beta"),
        description: some("For the night shift"),
        component_id: Some(utilities.id.to_string()),
        component_version_id: Some(utilities.version_id.to_string()),
        config: some("{}"),
    };
    made.service.create_connection(&editor, input).await.expect("created");
    made.pass(Duration::from_secs(60));
    made.service.update_connection(&editor, first.row.id, http(&made, "Alpha")).await.expect("changed");

    let none = ListConnections::default;
    let cases: Vec<(ListConnections, &[&str])> = vec![
        (none(), &["beta", "Alpha"]),
        (ListConnections { name: some("ALPHA"), ..none() }, &["Alpha"]),
        (ListConnections { name: some("_lpha"), ..none() }, &[]),
        (ListConnections { component_name: some("utilities"), ..none() }, &["beta"]),
        (ListConnections { creator_name: some("admin"), ..none() }, &["Alpha"]),
        (ListConnections { creator_name: some("adm"), ..none() }, &[]),
        (ListConnections { modifier_name: some("editor"), ..none() }, &["Alpha"]),
        (ListConnections { description: some("night"), ..none() }, &["beta"]),
        (ListConnections { create_start_time: some("2023-11-14T22:14:00Z"), ..none() }, &["beta"]),
        (ListConnections { create_end_time: some("2023-11-15T06:14:00.000Z+0800"), ..none() }, &["Alpha"]),
        (ListConnections { update_start_time: some("2023-11-14T22:15:00Z"), ..none() }, &["Alpha"]),
        (ListConnections { update_end_time: some("2023-11-14T22:15:00Z"), ..none() }, &["beta"]),
        (ListConnections { is_defense_type: Some(true), ..none() }, &[]),
        (ListConnections { is_defense_type: Some(false), ..none() }, &["beta", "Alpha"]),
        (ListConnections { limit: Some(1), ..none() }, &["beta"]),
        (ListConnections { offset: Some(1), limit: Some(200), ..none() }, &["Alpha"]),
        (ListConnections { offset: Some(10_000), ..none() }, &[]),
    ];
    for (input, expected) in cases {
        let shown = format!("{input:?}");
        let page = made.service.list_connections(&ctx, input).await.expect("lists");
        let names: Vec<&str> = page.rows.iter().map(|connection| connection.row.name.as_str()).collect();
        assert_eq!(names, expected, "{shown}");
    }
    for (input, expected) in [
        (ListConnections { limit: Some(1001), ..none() }, "limit must be between 1 and 1000"),
        (ListConnections { offset: Some(-1), ..none() }, "offset must be between 0 and 10000"),
        (ListConnections { create_start_time: some("x"), ..none() }, "create_start_time must be a time"),
        (ListConnections { create_end_time: some("x"), ..none() }, "create_end_time must be a time"),
        (ListConnections { update_start_time: some("x"), ..none() }, "update_start_time must be a time"),
        (ListConnections { update_end_time: some("x"), ..none() }, "update_end_time must be a time"),
        (ListConnections { component_name: some("\0"), ..none() }, "component_name must not contain U+0000"),
    ] {
        let (code, message) = refusal(made.service.list_connections(&ctx, input).await);
        assert_eq!((code, message.contains(expected)), (INVALID, true), "{message} should say: {expected}");
    }
}

/// A workflow whose approved version refers to these connections.
async fn workflow(made: &Installation, ctx: &Ctx, name: &str, enabled: bool, connections: &[&str]) {
    let classes = made.service.list_dataclasses(ctx, Default::default()).await.expect("lists");
    let input = CreateWorkflow {
        name: some(name),
        engine_type: some("public_engine"),
        aop_type: some("NORMAL"),
        dataclass_id: Some(classes.rows[0].row.id.to_string()),
        ..CreateWorkflow::default()
    };
    let mut workflow = made.service.create_workflow(ctx, input).await.expect("created");
    let version = VersionId::new(&V7Ids);
    workflow.enabled = enabled;
    workflow.version_id = Some(version);
    let definition = DefinitionRow {
        version_id: version,
        project_id: ctx.tenant.project,
        workspace_id: ctx.tenant.workspace,
        workflow_id: workflow.id,
        taskflow: String::new(),
        taskflow_type: "JSON".into(),
        taskconfig: String::new(),
        pins: "{}".into(),
        uses: serde_json::json!({ "workflows": [], "connections": connections }).to_string(),
        hash: vec![0; 32],
        approved_at: START,
    };
    made.writer
        .write(move |tx| {
            Box::pin(async move {
                store::definition::put(tx, &definition).await?;
                store::workflow::update(tx, &workflow).await
            })
        })
        .await
        .expect("approved");
}

#[tokio::test]
async fn a_connection_in_use_can_neither_be_deleted_nor_renamed() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let by_name = create(&made, &ctx, "by name").await.row.id;
    let by_id = create(&made, &ctx, "by id").await.row.id;
    let disabled = create(&made, &ctx, "disabled").await.row.id;
    workflow(&made, &ctx, "block", true, &["by name", &by_id.to_string()]).await;
    workflow(&made, &ctx, "off", false, &["disabled"]).await;

    let page = made.service.list_connections(&ctx, ListConnections::default()).await.expect("lists");
    let free: Vec<ConnectionId> = page.rows.iter().filter(|c| c.can_be_deleted).map(|c| c.row.id).collect();
    assert_eq!(free, [disabled]);
    for id in [by_name, by_id] {
        assert!(!made.service.get_connection(&ctx, id).await.expect("there").can_be_deleted);
        let (code, message) = refusal(made.service.delete_connection(&ctx, id).await);
        assert_eq!((code, message.contains("'block'")), (IN_USE, true), "{message}");
        made.service.get_connection(&ctx, id).await.expect("still there");
    }
    assert_eq!(refusal(made.service.update_connection(&ctx, by_name, http(&made, "new")).await).0, IN_USE);
    made.service.update_connection(&ctx, by_name, http(&made, "by name")).await.expect("the name stays");
    let renamed = made.service.update_connection(&ctx, by_id, http(&made, "new")).await.expect("used by its id");
    assert!(!renamed.can_be_deleted);
    made.service.delete_connection(&ctx, disabled).await.expect("deleted");
}

#[tokio::test]
async fn a_deleted_connection_is_gone() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let id = create(&made, &ctx, "siem").await.row.id;
    made.service.delete_connection(&ctx, id).await.expect("deleted");
    assert_eq!(refusal(made.service.get_connection(&ctx, id).await).0, NOT_FOUND);
    assert_eq!(refusal(made.service.delete_connection(&ctx, id).await).0, NOT_FOUND);
    create(&made, &ctx, "siem").await;
    let acts: Vec<String> = made.acts(ctx.tenant).await.into_iter().map(|(action, ..)| action).collect();
    assert!(acts.contains(&"connection.delete".to_owned()), "{acts:?}");
}

#[tokio::test]
async fn unknown_and_foreign_connections_do_not_exist() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let theirs = made.workspace(&stranger(), "theirs").await;
    let there = made.enter(stranger(), theirs.id).await;
    let foreign = create(&made, &there, "siem").await;
    let second = made.workspace(&admin(), "second").await;
    let beside = create(&made, &made.enter(admin(), second.id).await, "siem").await.row.id;
    for id in [ConnectionId(Uuid::from_u128(1)), foreign.row.id, beside] {
        assert_eq!(refusal(made.service.get_connection(&ctx, id).await).0, NOT_FOUND);
        assert_eq!(refusal(made.service.update_connection(&ctx, id, http(&made, "x")).await).0, NOT_FOUND);
        assert_eq!(refusal(made.service.delete_connection(&ctx, id).await).0, NOT_FOUND);
    }
    assert_eq!(made.service.get_connection(&there, foreign.row.id).await.expect("untouched"), foreign);
}

#[tokio::test]
async fn each_use_case_has_a_permission_of_its_own() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let all = ["create", "list", "get", "update", "delete"];
    for verb in all {
        let id = create(&made, &ctx, verb).await.row.id;
        let others: Vec<String> =
            all.iter().filter(|other| **other != verb).map(|verb| format!("secmaster:connection:{verb}")).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let lacking = made.enter(caller(project(), "lacking", &others), ctx.tenant.workspace).await;
        assert_eq!(refusal(attempt(&made, &lacking, verb, id).await).0, "SecMaster.20010002", "{verb}");
        let allowed = caller(project(), "allowed", &[&format!("secmaster:connection:{verb}")]);
        let allowed = made.enter(allowed, ctx.tenant.workspace).await;
        attempt(&made, &allowed, verb, id).await.expect(verb);
    }
}

async fn attempt(made: &Installation, ctx: &Ctx, verb: &str, id: ConnectionId) -> Result<(), Error> {
    match verb {
        "create" => made.service.create_connection(ctx, http(made, "new")).await.map(drop),
        "list" => made.service.list_connections(ctx, ListConnections::default()).await.map(drop),
        "get" => made.service.get_connection(ctx, id).await.map(drop),
        "update" => made.service.update_connection(ctx, id, http(made, verb)).await.map(drop),
        _ => made.service.delete_connection(ctx, id).await,
    }
}

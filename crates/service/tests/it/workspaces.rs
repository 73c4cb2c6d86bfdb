//! Workspaces.

use std::time::Duration;

use model::{InstanceId, Tenant, Timestamp, VersionId, WorkflowId, WorkspaceId};
use runtime::clock::V7Ids;
use service::workspace::{CreateWorkspace, ListWorkspaces, UpdateWorkspace, Workspace};
use service::{Caller, Error};
use store::instance::InstanceRow;
use store::turn::{FIRST, Next, TurnCommit, chain};
use store::{PageRequest, dataclass, instance, root};
use uuid::Uuid;

use crate::installation::{ALL, Installation, START, admin, caller, other_project, project, refusal, stranger};

const INVALID: &str = "SecMaster.20030001";
const FORBIDDEN: &str = "SecMaster.20010002";
const NOT_FOUND: &str = "SecMaster.20011003";
const NOT_MINE: &str = "SecMaster.20010001";
const OTHER_PROJECT: &str = "SecMaster.20010003";

fn complete() -> CreateWorkspace {
    CreateWorkspace {
        region_id: Some("local-1".into()),
        name: Some("soc".into()),
        project_name: Some("local-1".into()),
        ..CreateWorkspace::default()
    }
}

fn tenant(workspace: &Workspace) -> Tenant {
    Tenant { project: workspace.project_id, workspace: workspace.id }
}

fn unknown() -> WorkspaceId {
    WorkspaceId(Uuid::from_u128(0xdead))
}

#[tokio::test]
async fn a_workspace_is_born_with_the_built_in_classes() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    let page = PageRequest { offset: 0, limit: 100 };
    let query = dataclass::DataClassQuery::default();
    let classes = dataclass::list(&mut made.read().await, tenant(&workspace), &query, page).await.expect("lists");
    let names: Vec<&str> = classes.rows.iter().map(|class| class.row.name.as_str()).collect();
    assert_eq!(names, ["Alert", "CommonContext", "Incident", "Indicator", "Resource", "Vulnerability"]);
    for class in classes.rows {
        assert_eq!(class.row.id.0.get_version_num(), 3, "{}", class.row.name);
        let fields =
            dataclass::list_fields(&mut made.read().await, tenant(&workspace), class.row.id, &Default::default(), page)
                .await
                .expect("lists");
        assert!(fields.total > 0, "{} has fields", class.row.name);
        assert_eq!(class.beside.number > 0, class.row.name != "CommonContext", "{} has types", class.row.name);
    }
}

#[tokio::test]
async fn what_was_not_given_is_empty() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    assert_eq!((workspace.create_time, workspace.update_time), (START, START));
    assert_eq!((workspace.creator_name.as_str(), workspace.domain_name.as_str()), ("admin", "acme"));
    assert_eq!((workspace.modifier_id, workspace.modifier_name.as_str()), (None, ""));
    assert_eq!((workspace.is_view, workspace.four_eyes, workspace.tags.as_str()), (false, false, "[]"));
    for text in [&workspace.description, &workspace.view_bind_id, &workspace.enterprise_project_id] {
        assert_eq!(text, "");
    }
    let stored = made.service.get_workspace(&admin(), project(), workspace.id).await.expect("stored");
    assert_eq!(stored, workspace);
}

#[tokio::test]
async fn what_was_given_is_kept() {
    let made = Installation::new().await;
    let shown = made.workspace(&admin(), "shown").await;
    let input = CreateWorkspace {
        description: Some("线上\nSOC".into()),
        enterprise_project_id: Some("0".into()),
        enterprise_project_name: Some("default".into()),
        view_bind_id: Some(shown.id.to_string()),
        is_view: Some(true),
        tags: vec![(Some("env".into()), Some("prod".into())), (Some("team".into()), None)],
        four_eyes: Some(true),
        ..complete()
    };
    let workspace = made.service.create_workspace(&admin(), project(), input).await.expect("created");
    assert_eq!(workspace.description, "线上\nSOC");
    assert_eq!((workspace.view_bind_id, workspace.view_bind_name), (shown.id.to_string(), "shown".into()));
    assert_eq!((workspace.is_view, workspace.four_eyes), (true, true));
    assert_eq!(workspace.tags, r#"[{"key":"env","value":"prod"},{"key":"team","value":""}]"#);
}

#[tokio::test]
async fn names_of_up_to_64_characters_of_any_script_are_accepted() {
    let made = Installation::new().await;
    for name in ["a".repeat(64), "😀".repeat(64), "安全".into(), "it's \"x\"; DROP TABLE workspace".into()] {
        assert_eq!(made.workspace(&admin(), &name).await.name, name);
    }
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let made = Installation::new().await;
    let some = |text: &str| Some(text.to_owned());
    let tag = |key: &str, value: &str| (some(key), some(value));
    let cases: Vec<(CreateWorkspace, &str)> = vec![
        (CreateWorkspace { name: None, ..complete() }, "name is required"),
        (CreateWorkspace { name: some(""), ..complete() }, "name must have 1 to 64 characters"),
        (CreateWorkspace { name: some("  "), ..complete() }, "name must have 1 to 64 characters"),
        (CreateWorkspace { name: Some("é".repeat(65)), ..complete() }, "name must have 1 to 64 characters"),
        (CreateWorkspace { name: some("a\0b"), ..complete() }, "name must not contain control characters"),
        (CreateWorkspace { name: some("a\nb"), ..complete() }, "name must not contain control characters"),
        (CreateWorkspace { region_id: None, ..complete() }, "region_id is required"),
        (CreateWorkspace { region_id: some(""), ..complete() }, "region_id must have 1 to 64 characters"),
        (CreateWorkspace { project_name: None, ..complete() }, "project_name is required"),
        (CreateWorkspace { project_name: some("\u{7}"), ..complete() }, "project_name must not contain control"),
        (
            CreateWorkspace { description: Some("x".repeat(1025)), ..complete() },
            "description must have at most 1024 characters",
        ),
        (CreateWorkspace { description: some("\0"), ..complete() }, "description must not contain U+0000"),
        (CreateWorkspace { view_bind_id: some("x"), ..complete() }, "view_bind_id must be a UUID"),
        (
            CreateWorkspace { view_bind_id: Some(unknown().to_string()), ..complete() },
            "view_bind_id must be a workspace of this project",
        ),
        (
            CreateWorkspace { enterprise_project_id: Some("x".repeat(256)), ..complete() },
            "enterprise_project_id must have 0 to 255 characters",
        ),
        (
            CreateWorkspace { enterprise_project_name: some("a\0"), ..complete() },
            "enterprise_project_name must not contain control characters",
        ),
        (
            CreateWorkspace { tags: (0..21).map(|n| tag(&n.to_string(), "")).collect(), ..complete() },
            "tags must have at most 20 entries",
        ),
        (CreateWorkspace { tags: vec![(None, some("x"))], ..complete() }, "tags[0].key is required"),
        (
            CreateWorkspace { tags: vec![tag("a", "1"), tag("a", "2")], ..complete() },
            "tags[1].key must differ from the keys before it",
        ),
        (CreateWorkspace { tags: vec![tag("a", "\0")], ..complete() }, "tags[0].value must not contain control"),
    ];
    for (input, expected) in cases {
        let (code, message) = refusal(made.service.create_workspace(&admin(), project(), input).await);
        assert_eq!(code, INVALID, "{expected}");
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let all = made.service.list_workspaces(&admin(), project(), ListWorkspaces::default()).await.expect("lists");
    assert_eq!(all.total, 0, "nothing was half created");
}

#[tokio::test]
async fn several_wrong_fields_are_told_at_once() {
    let made = Installation::new().await;
    let input = CreateWorkspace { name: Some("\0".into()), region_id: None, ..complete() };
    let (_, message) = refusal(made.service.create_workspace(&admin(), project(), input).await);
    assert!(message.contains("name must not") && message.contains("region_id is required"), "{message}");
}

#[tokio::test]
async fn names_are_unique_in_a_project_only() {
    let made = Installation::new().await;
    made.workspace(&admin(), "soc").await;
    made.workspace(&admin(), "SOC").await;
    made.workspace(&stranger(), "soc").await;
    let (code, message) = refusal(made.create_workspace(&admin(), "soc").await);
    assert_eq!(code, "SecMaster.20011004");
    assert!(message.starts_with("name: ") && message.contains("'soc'"), "{message}");
}

#[tokio::test]
async fn two_clients_that_take_a_name_at_once_get_one_workspace() {
    let made = Installation::new().await;
    let creator = admin();
    let (one, two) = tokio::join!(made.create_workspace(&creator, "soc"), made.create_workspace(&creator, "soc"));
    assert_eq!(one.is_ok() as u8 + two.is_ok() as u8, 1);
}

async fn names(made: &Installation, input: ListWorkspaces) -> Vec<String> {
    let page = made.service.list_workspaces(&admin(), project(), input).await.expect("lists");
    page.rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let made = Installation::new().await;
    let first = made.workspace(&admin(), "Alpha").await;
    made.pass(Duration::from_secs(60));
    let input = CreateWorkspace {
        name: Some("beta".into()),
        description: Some("The 100% view".into()),
        view_bind_id: Some(first.id.to_string()),
        is_view: Some(true),
        region_id: Some("local-2".into()),
        enterprise_project_id: Some("ep-1".into()),
        ..complete()
    };
    let second = made.service.create_workspace(&admin(), project(), input).await.expect("created");
    made.workspace(&stranger(), "gamma").await;

    let some = |text: &str| Some(text.to_owned());
    let none = ListWorkspaces::default;
    let cases: Vec<(ListWorkspaces, &[&str])> = vec![
        (none(), &["Alpha", "beta"]),
        (ListWorkspaces { name: some("ALP"), ..none() }, &["Alpha"]),
        (ListWorkspaces { name: some(""), ..none() }, &["Alpha", "beta"]),
        (ListWorkspaces { name: some("%"), ..none() }, &[]),
        (ListWorkspaces { description: some("100%"), ..none() }, &["beta"]),
        (ListWorkspaces { region_id: some("local-2"), ..none() }, &["beta"]),
        (ListWorkspaces { view_bind_id: Some(first.id.to_string()), ..none() }, &["beta"]),
        (ListWorkspaces { view_bind_name: some("alph"), ..none() }, &["beta"]),
        (ListWorkspaces { is_view: Some(true), ..none() }, &["beta"]),
        (ListWorkspaces { is_view: Some(false), ..none() }, &["Alpha"]),
        (ListWorkspaces { enterprise_project_id: some("ep-1"), ..none() }, &["beta"]),
        (ListWorkspaces { create_time_start: some("2023-11-15T06:13:21.000Z+0800"), ..none() }, &["beta"]),
        (ListWorkspaces { create_time_end: some("2023-11-14T22:13:20Z"), ..none() }, &["Alpha"]),
        (ListWorkspaces { ids: Some(format!("{}, {}", second.id, unknown())), ..none() }, &["beta"]),
        (ListWorkspaces { normal_project_id: Some(project().to_string()), ..none() }, &["Alpha", "beta"]),
        (ListWorkspaces { normal_project_id: Some(other_project().to_string()), ..none() }, &[]),
        (ListWorkspaces { limit: Some(1), ..none() }, &["Alpha"]),
        (ListWorkspaces { offset: Some(1), limit: Some(1), ..none() }, &["beta"]),
        (ListWorkspaces { offset: Some(10_000), limit: Some(1000), ..none() }, &[]),
        (ListWorkspaces { name: some("a"), is_view: Some(true), ..none() }, &["beta"]),
    ];
    for (input, expected) in cases {
        let shown = format!("{input:?}");
        assert_eq!(names(&made, input).await, expected, "{shown}");
    }
}

#[tokio::test]
async fn the_total_does_not_depend_on_the_page() {
    let made = Installation::new().await;
    for name in ["a", "b", "c"] {
        made.workspace(&admin(), name).await;
    }
    let input = ListWorkspaces { offset: Some(2), limit: Some(1), ..ListWorkspaces::default() };
    let page = made.service.list_workspaces(&admin(), project(), input).await.expect("lists");
    assert_eq!((page.rows.len(), page.total), (1, 3));
}

#[tokio::test]
async fn wrong_list_parameters_are_named() {
    let made = Installation::new().await;
    let some = |text: &str| Some(text.to_owned());
    let none = ListWorkspaces::default;
    for (input, expected) in [
        (ListWorkspaces { offset: Some(-1), ..none() }, "offset must be between 0 and 10000"),
        (ListWorkspaces { offset: Some(10_001), ..none() }, "offset must be between 0 and 10000"),
        (ListWorkspaces { limit: Some(0), ..none() }, "limit must be between 1 and 1000"),
        (ListWorkspaces { limit: Some(1001), ..none() }, "limit must be between 1 and 1000"),
        (ListWorkspaces { limit: Some(i64::MAX), ..none() }, "limit must be between 1 and 1000"),
        (ListWorkspaces { name: some("\0"), ..none() }, "name must not contain U+0000"),
        (ListWorkspaces { view_bind_id: some("x"), ..none() }, "view_bind_id must be a UUID"),
        (ListWorkspaces { normal_project_id: some("x"), ..none() }, "normal_project_id must be a UUID"),
        (ListWorkspaces { ids: some("x,y"), ..none() }, "ids must be at most 1000 UUIDs"),
        (ListWorkspaces { create_time_start: some("yesterday"), ..none() }, "create_time_start must be a time"),
        (ListWorkspaces { create_time_end: some("2024-04-32"), ..none() }, "create_time_end must be a time"),
    ] {
        let (code, message) = refusal(made.service.list_workspaces(&admin(), project(), input).await);
        assert_eq!(code, INVALID, "{expected}");
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let made = Installation::new().await;
    let input = CreateWorkspace { description: Some("first".into()), ..complete() };
    let before = made.service.create_workspace(&admin(), project(), input).await.expect("created");
    made.pass(Duration::from_secs(5));
    let change = UpdateWorkspace { name: Some("renamed".into()), ..UpdateWorkspace::default() };
    let editor = caller(project(), "editor", &[ALL]);
    let after = made.service.update_workspace(&editor, project(), before.id, change).await.expect("changed");
    assert_eq!((after.name.as_str(), after.description.as_str()), ("renamed", "first"));
    assert_eq!((after.creator_name.as_str(), after.modifier_name.as_str()), ("admin", "editor"));
    assert_eq!(after.modifier_id, Some(editor.principal.user));
    assert_eq!((after.create_time, after.update_time), (START, START.plus(Duration::from_secs(5))));
    let empty = UpdateWorkspace { description: Some(String::new()), ..change_of("renamed") };
    let after = made.service.update_workspace(&editor, project(), before.id, empty).await.expect("changed");
    assert_eq!(after.description, "");
}

fn change_of(name: &str) -> UpdateWorkspace {
    UpdateWorkspace { name: Some(name.into()), ..UpdateWorkspace::default() }
}

#[tokio::test]
async fn views_follow_the_name_of_what_they_show() {
    let made = Installation::new().await;
    let shown = made.workspace(&admin(), "shown").await;
    let view = made.workspace(&admin(), "view").await;
    let bind = UpdateWorkspace { view_bind_id: Some(shown.id.to_string()), ..change_of("view") };
    let bound = made.service.update_workspace(&admin(), project(), view.id, bind).await.expect("bound");
    assert_eq!(bound.view_bind_name, "shown");
    made.service.update_workspace(&admin(), project(), shown.id, change_of("new name")).await.expect("renamed");
    let follows = made.service.get_workspace(&admin(), project(), view.id).await.expect("there");
    assert_eq!(follows.view_bind_name, "new name");
    made.service.delete_workspace(&admin(), project(), shown.id, false).await.expect("deleted");
    let alone = made.service.get_workspace(&admin(), project(), view.id).await.expect("there");
    assert_eq!((alone.view_bind_id.as_str(), alone.view_bind_name.as_str()), ("", ""));
}

#[tokio::test]
async fn wrong_changes_are_refused() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    made.workspace(&admin(), "taken").await;
    for (change, expected) in [
        (UpdateWorkspace::default(), (INVALID, "name is required")),
        (change_of(""), (INVALID, "name must have")),
        (change_of(&"x".repeat(65)), (INVALID, "name must have 1 to 64")),
        (change_of("taken"), ("SecMaster.20011004", "'taken'")),
        (
            UpdateWorkspace { description: Some("x".repeat(1025)), ..change_of("soc") },
            (INVALID, "description must have at most 1024"),
        ),
        (
            UpdateWorkspace { view_bind_id: Some(unknown().to_string()), ..change_of("soc") },
            (INVALID, "view_bind_id must be a workspace"),
        ),
    ] {
        let (code, message) = refusal(made.service.update_workspace(&admin(), project(), workspace.id, change).await);
        assert_eq!(code, expected.0, "{message}");
        assert!(message.contains(expected.1), "{message} should say: {}", expected.1);
    }
    let stored = made.service.get_workspace(&admin(), project(), workspace.id).await.expect("there");
    assert_eq!(stored, workspace, "nothing was half changed");
}

#[tokio::test]
async fn unknown_and_foreign_workspaces_do_not_exist() {
    let made = Installation::new().await;
    let foreign = made.workspace(&stranger(), "theirs").await;
    for id in [unknown(), foreign.id] {
        let service = &made.service;
        let (caller, mine) = (admin(), project());
        assert_eq!(refusal(service.get_workspace(&caller, mine, id).await).0, NOT_FOUND);
        assert_eq!(refusal(service.update_workspace(&caller, mine, id, change_of("x")).await).0, NOT_FOUND);
        assert_eq!(refusal(service.delete_workspace(&caller, mine, id, true).await).0, NOT_FOUND);
        assert_eq!(refusal(service.enter(admin(), mine, id).await).0, NOT_MINE);
    }
    let theirs = made.service.get_workspace(&stranger(), other_project(), foreign.id).await.expect("untouched");
    assert_eq!(theirs, foreign);
}

#[tokio::test]
async fn the_project_must_be_that_of_the_credentials() {
    let made = Installation::new().await;
    let theirs = made.workspace(&stranger(), "theirs").await;
    let (service, there) = (&made.service, other_project());
    assert_eq!(refusal(service.create_workspace(&admin(), there, complete()).await).0, OTHER_PROJECT);
    assert_eq!(refusal(service.list_workspaces(&admin(), there, Default::default()).await).0, OTHER_PROJECT);
    assert_eq!(refusal(service.get_workspace(&admin(), there, theirs.id).await).0, OTHER_PROJECT);
    assert_eq!(refusal(service.update_workspace(&admin(), there, theirs.id, change_of("x")).await).0, OTHER_PROJECT);
    assert_eq!(refusal(service.delete_workspace(&admin(), there, theirs.id, true).await).0, OTHER_PROJECT);
    assert_eq!(refusal(service.enter(admin(), there, theirs.id).await).0, OTHER_PROJECT);
}

#[tokio::test]
async fn each_use_case_has_a_permission_of_its_own() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    let all = ["create", "list", "get", "update", "delete"];
    for (index, verb) in all.iter().enumerate() {
        let others: Vec<String> = all
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, verb)| format!("secmaster:workspace:{verb}"))
            .collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let lacking = caller(project(), "lacking", &others);
        assert_eq!(refusal(attempt(&made, &lacking, verb, workspace.id).await).0, FORBIDDEN, "{verb}");
        let permission = format!("secmaster:workspace:{verb}");
        let allowed = caller(project(), "allowed", &[&permission]);
        attempt(&made, &allowed, verb, workspace.id).await.expect(verb);
    }
}

async fn attempt(made: &Installation, caller: &Caller, verb: &str, id: WorkspaceId) -> Result<(), Error> {
    let (service, project) = (&made.service, project());
    match verb {
        "create" => service
            .create_workspace(caller, project, CreateWorkspace { name: Some("n".into()), ..complete() })
            .await
            .map(drop),
        "list" => service.list_workspaces(caller, project, ListWorkspaces::default()).await.map(drop),
        "get" => service.get_workspace(caller, project, id).await.map(drop),
        "update" => service.update_workspace(caller, project, id, change_of("soc")).await.map(drop),
        _ => service.delete_workspace(caller, project, id, false).await,
    }
}

#[tokio::test]
async fn a_deleted_workspace_is_gone_at_once() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    made.enter(admin(), workspace.id).await;
    made.service.delete_workspace(&admin(), project(), workspace.id, false).await.expect("deleted");
    assert_eq!(refusal(made.service.enter(admin(), project(), workspace.id).await).0, NOT_MINE);
    assert_eq!(refusal(made.service.get_workspace(&admin(), project(), workspace.id).await).0, NOT_FOUND);
    assert_eq!(refusal(made.service.delete_workspace(&admin(), project(), workspace.id, false).await).0, NOT_FOUND);
    let query = dataclass::DataClassQuery::default();
    let page = PageRequest { offset: 0, limit: 10 };
    let left = dataclass::list(&mut made.read().await, tenant(&workspace), &query, page).await.expect("lists");
    assert_eq!(left.total, 0);
    made.workspace(&admin(), "soc").await;
}

#[tokio::test]
async fn four_eyes_takes_effect_at_once() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    assert!(!made.enter(admin(), workspace.id).await.four_eyes);
    let change = UpdateWorkspace { four_eyes: Some(true), ..change_of("soc") };
    made.service.update_workspace(&admin(), project(), workspace.id, change).await.expect("changed");
    assert!(made.enter(admin(), workspace.id).await.four_eyes);
    let acts = made.acts(tenant(&workspace)).await;
    assert!(acts.iter().any(|(action, _, detail)| action == "workspace.update" && detail == r#"{"four_eyes":true}"#));
}

/// A run that waits, as a first turn leaves it.
async fn run(made: &Installation, tenant: Tenant) -> InstanceId {
    let id = InstanceId::new(&V7Ids);
    let instance = InstanceRow {
        workspace_id: tenant.workspace,
        id,
        project_id: tenant.project,
        root_id: id,
        element_no: 0,
        caller_no: None,
        workflow_id: WorkflowId::new(&V7Ids),
        version_id: VersionId::new(&V7Ids),
        name: "run".into(),
        workflow_name: "workflow".into(),
        workflow_version: "V1".into(),
        dataclass_id: None,
        dataclass_name: String::new(),
        dataobject_id: String::new(),
        playbook_id: None,
        playbook_name: String::new(),
        defense_id: String::new(),
        trigger_type: "MANUAL".into(),
        status: "RUNNING".into(),
        start_time: START,
        end_time: None,
        update_time: START,
        retry_count: 0,
        creator_id: admin().principal.user,
    };
    let turn = TurnCommit {
        root: id,
        tenant,
        seq: 1,
        at: START,
        body: "{}".into(),
        prev_hash: FIRST,
        hash: chain(&FIRST, id, 1, START, "{}"),
        inbox_done: 0,
        inbox_strict: false,
        next: Next::Waits { due_at: None },
        level: 1,
        created: vec![instance],
        changed: Vec::new(),
        nodes: Vec::new(),
        opened: Vec::new(),
        closed: Vec::new(),
        snapshot: None,
        audit: Vec::new(),
    };
    made.writer.commit_turn(turn).await.expect("commits");
    id
}

#[tokio::test]
async fn a_workspace_with_running_instances_is_deleted_only_by_force() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    let other = made.workspace(&admin(), "other").await;
    let (doomed, kept) = (run(&made, tenant(&workspace)).await, run(&made, tenant(&other)).await);

    let (code, message) = refusal(made.service.delete_workspace(&admin(), project(), workspace.id, false).await);
    assert_eq!(code, "SecMaster.20011005");
    assert!(message.starts_with("1 workflow instances"), "{message}");
    made.enter(admin(), workspace.id).await;

    made.service.delete_workspace(&admin(), project(), workspace.id, true).await.expect("deleted");
    let mut conn = made.read().await;
    assert_eq!(root::get_root(&mut conn, doomed).await.expect("reads"), None, "it is stopped");
    assert!(root::get_root(&mut conn, kept).await.expect("reads").is_some(), "others go on");
    drop(conn);

    made.pass(Duration::from_secs(10));
    made.service.purge_deleted_workspaces().await.expect("purges");
    let mut conn = made.read().await;
    assert_eq!(instance::get(&mut conn, tenant(&workspace), doomed).await.expect("reads"), None);
    assert!(root::list_journal(&mut conn, doomed, 0).await.expect("reads").is_empty());
    assert!(instance::get(&mut conn, tenant(&other), kept).await.expect("reads").is_some());
    assert_eq!(root::list_journal(&mut conn, kept, 0).await.expect("reads").len(), 1);
    drop(conn);
    made.service.purge_deleted_workspaces().await.expect("nothing is left to purge");
}

#[tokio::test]
async fn a_run_that_started_while_its_workspace_was_deleted_is_stopped() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    made.service.delete_workspace(&admin(), project(), workspace.id, false).await.expect("deleted");
    made.service.purge_deleted_workspaces().await.expect("too early: somebody may still be in it");
    let late = run(&made, tenant(&workspace)).await;
    made.pass(Duration::from_secs(10));
    made.service.purge_deleted_workspaces().await.expect("purges");
    let mut conn = made.read().await;
    assert_eq!(root::get_root(&mut conn, late).await.expect("reads"), None);
    assert_eq!(instance::get(&mut conn, tenant(&workspace), late).await.expect("reads"), None);
}

#[tokio::test]
async fn acts_are_on_record_even_when_the_workspace_is_gone() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    made.service.update_workspace(&admin(), project(), workspace.id, change_of("soc 2")).await.expect("changed");
    refusal(made.service.update_workspace(&admin(), project(), workspace.id, change_of("")).await);
    made.service.delete_workspace(&admin(), project(), workspace.id, false).await.expect("deleted");
    let acts = made.acts(tenant(&workspace)).await;
    let id = workspace.id.to_string();
    let expected = ["workspace.create", "workspace.update", "workspace.delete"];
    assert_eq!(acts.iter().map(|(action, ..)| action.as_str()).collect::<Vec<_>>(), expected);
    assert!(acts.iter().all(|(_, object, _)| *object == id));
    assert_eq!(acts[2].2, r#"{"name":"soc 2","stopped":0}"#);
}

#[tokio::test]
async fn times_are_those_of_the_clock() {
    let made = Installation::new().await;
    made.pass(Duration::from_millis(1500));
    let workspace = made.workspace(&admin(), "soc").await;
    assert_eq!(workspace.create_time, Timestamp(START.0 + 1_500_000));
}

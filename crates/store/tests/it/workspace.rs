//! Workspaces, with what is set up in them.

use model::{ComponentId, ConnectionId, DataClassId, DomainId, InstanceId, Tenant, Timestamp, UserId};
use store::component::insert_template;
use store::connection::{self, ConnectionQuery, ConnectionRow};
use store::dataclass::{self, DataClassQuery, DataClassRow, FieldQuery, FieldRow, TypeQuery, TypeRow};
use store::definition::{self, DefinitionRow};
use store::identity::project::{self, DomainRow, ProjectRow};
use store::turn::{Next, TurnOutcome};
use store::workspace::{self, WorkspaceQuery, WorkspaceRow};
use store::{Order, PageRequest, instance, root, workflow};

use crate::fixture::{Node, tenant, uuid};
use crate::on_both;
use crate::rows::{self, NOON, Run, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

fn row(tenant: Tenant, domain: DomainId, name: &str) -> WorkspaceRow {
    WorkspaceRow {
        project_id: tenant.project,
        id: tenant.workspace,
        name: name.to_owned(),
        description: "Night shift: 100%".to_owned(),
        region_id: "local-1".to_owned(),
        project_name: "local-1".to_owned(),
        domain_id: domain,
        domain_name: "acme".to_owned(),
        enterprise_project_id: "ep".to_owned(),
        enterprise_project_name: String::new(),
        is_view: false,
        view_bind_id: String::new(),
        view_bind_name: String::new(),
        tags: "[]".to_owned(),
        four_eyes: false,
        creator_id: UserId(uuid()),
        creator_name: "admin".to_owned(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
    }
}

/// A workspace in a project of its own.
pub(crate) async fn room(node: &Node) -> WorkspaceRow {
    let tenant = tenant();
    let domain = DomainRow { id: DomainId(uuid()), name: uuid().to_string(), create_time: NOON };
    let project = ProjectRow {
        id: tenant.project,
        domain_id: domain.id,
        name: "local-1".to_owned(),
        description: String::new(),
        enabled: true,
        create_time: NOON,
    };
    let row = row(tenant, domain.id, "soc");
    let written = row.clone();
    node.write(move |tx| {
        Box::pin(async move {
            project::insert_domain(tx, &domain).await?;
            project::insert(tx, &project).await?;
            workspace::insert(tx, &written).await
        })
    })
    .await;
    row
}

pub(crate) fn tenant_of(row: &WorkspaceRow) -> Tenant {
    Tenant { project: row.project_id, workspace: row.id }
}

fn class(tenant: Tenant, name: &str) -> DataClassRow {
    DataClassRow {
        workspace_id: tenant.workspace,
        id: DataClassId(uuid()),
        project_id: tenant.project,
        name: name.to_owned(),
        business_code: name.to_owned(),
        description: String::new(),
        is_built_in: true,
        parent_id: None,
        creator_id: UserId(uuid()),
        creator_name: "admin".to_owned(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
        settings: String::new(),
    }
}

fn field(class: &DataClassRow, key: &str, position: i64) -> FieldRow {
    FieldRow {
        workspace_id: class.workspace_id,
        dataclass_id: class.id,
        id: uuid(),
        project_id: class.project_id,
        position,
        field_key: key.to_owned(),
        name: key.to_owned(),
        description: String::new(),
        field_type: "String".to_owned(),
        category: "basic".to_owned(),
        mapping: position > 0,
        attributes: r#"{"display_type":"短文本"}"#.to_owned(),
        is_built_in: true,
        required: position == 0,
        searchable: true,
        creator_id: class.creator_id,
        creator_name: String::new(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
    }
}

fn kind(class: &DataClassRow, code: &str, sub_code: &str, at: Timestamp) -> TypeRow {
    TypeRow {
        workspace_id: class.workspace_id,
        dataclass_id: class.id,
        id: uuid(),
        project_id: class.project_id,
        position: 0,
        layout_id: String::new(),
        layout_name: String::new(),
        category: code.to_owned(),
        category_code: code.to_owned(),
        sub_category: sub_code.to_owned(),
        sub_category_code: sub_code.to_owned(),
        dataclass_business_code: class.business_code.clone(),
        description: String::new(),
        enabled: true,
        level: if sub_code.is_empty() { 1 } else { 2 },
        is_built_in: false,
        sla: 0,
        creator_id: class.creator_id,
        creator_name: String::new(),
        create_time: at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: at,
    }
}

fn connection_of(tenant: Tenant, name: &str) -> ConnectionRow {
    ConnectionRow {
        workspace_id: tenant.workspace,
        id: ConnectionId(uuid()),
        project_id: tenant.project,
        name: name.to_owned(),
        description: String::new(),
        component_id: ComponentId(uuid()),
        component_name: "HTTP".to_owned(),
        component_version_id: uuid().to_string(),
        kind: "action_target".to_owned(),
        status: "SUCCESS".to_owned(),
        config: vec![0, 255, 7],
        enabled: true,
        defense_type: String::new(),
        target_project_id: String::new(),
        target_project_name: String::new(),
        target_enterprise_id: String::new(),
        target_enterprise_name: String::new(),
        region_id: String::new(),
        region_name: String::new(),
        creator_id: UserId(uuid()),
        creator_name: "admin".to_owned(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
    }
}

async fn connect(node: &Node, row: &ConnectionRow) {
    let row = row.clone();
    node.write(move |tx| Box::pin(async move { connection::insert(tx, &row).await })).await;
}

on_both! {
    async fn a_workspace_is_read_back_and_found_by_every_condition(store: Store) {
        let node = store.node().await;
        let row = room(&node).await;
        let mut conn = store.read().await;
        assert_eq!(workspace::get(&mut conn, tenant_of(&row)).await.expect("reads"), Some(row.clone()));
        let names = workspace::get_project_names(&mut conn, row.project_id).await.expect("reads").expect("is there");
        assert_eq!((names.project_name.as_str(), names.domain_id), ("local-1", row.domain_id));
        let foreign = Tenant { project: tenant().project, workspace: row.id };
        assert_eq!(workspace::get(&mut conn, foreign).await.expect("reads"), None);

        let some = |text: &str| Some(text.to_owned());
        let none = WorkspaceQuery::default;
        for (query, expected) in [
            (none(), 1),
            (WorkspaceQuery { name: some("SO"), ..none() }, 1),
            (WorkspaceQuery { name: some("x"), ..none() }, 0),
            (WorkspaceQuery { description: some("100%"), ..none() }, 1),
            (WorkspaceQuery { region_id: some("local-2"), ..none() }, 0),
            (WorkspaceQuery { enterprise_project_id: some("ep"), ..none() }, 1),
            (WorkspaceQuery { is_view: Some(false), ..none() }, 1),
            (WorkspaceQuery { is_view: Some(true), ..none() }, 0),
            (WorkspaceQuery { view_bind_id: Some(row.id), ..none() }, 0),
            (WorkspaceQuery { ids: Some(vec![tenant().workspace, row.id]), ..none() }, 1),
            (WorkspaceQuery { ids: Some(Vec::new()), ..none() }, 0),
            (WorkspaceQuery { created_from: Some(NOON), created_to: Some(NOON), ..none() }, 1),
            (WorkspaceQuery { created_from: Some(after_noon(1)), ..none() }, 0),
        ] {
            let found = workspace::list(&mut conn, row.project_id, &query, ALL).await.expect("lists");
            assert_eq!((found.total, found.rows.len()), (expected, expected as usize), "{query:?}");
        }
    }

    async fn two_workspaces_of_a_project_cannot_share_a_name(store: Store) {
        let node = store.node().await;
        let first = room(&node).await;
        let mut second = row(tenant(), first.domain_id, "soc");
        second.project_id = first.project_id;
        let refused: Result<(), store::Error> =
            node.writer.write(move |tx| Box::pin(async move { workspace::insert(tx, &second).await })).await;
        assert!(refused.expect_err("taken").is_unique("workspace", "name"));
    }

    async fn classes_fields_and_types_are_listed(store: Store) {
        let node = store.node().await;
        let room = room(&node).await;
        let tenant = tenant_of(&room);
        let class = class(tenant, "Alert");
        let fields = [field(&class, "title", 0), field(&class, "severity", 1)];
        let types =
            [kind(&class, "Malware", "", NOON), kind(&class, "Malware", "Worm", NOON), kind(&class, "DDoS", "", after_noon(1))];
        let (written, own_fields, own_types) = (class.clone(), fields.clone(), types.clone());
        node.write(move |tx| {
            Box::pin(async move { dataclass::insert_all(tx, &[written], &own_fields, &own_types).await })
        })
        .await;
        let mut conn = store.read().await;
        let found = dataclass::list(&mut conn, tenant, &DataClassQuery::default(), ALL).await.expect("lists");
        assert_eq!((found.total, &found.rows[0].row, found.rows[0].beside.number), (1, &class, 3));
        assert_eq!((found.rows[0].beside.region_id.as_str(), found.rows[0].beside.domain_id), ("local-1", room.domain_id));
        assert_eq!(dataclass::get_by_name(&mut conn, tenant, "Alert").await.expect("reads"), Some(class.clone()));

        let query = FieldQuery::default();
        let found = dataclass::list_fields(&mut conn, tenant, class.id, &query, ALL).await.expect("lists");
        assert_eq!(found.rows, fields);
        let query = FieldQuery { mapping: Some(true), category: Some("basic".to_owned()), ..FieldQuery::default() };
        let found = dataclass::list_fields(&mut conn, tenant, class.id, &query, ALL).await.expect("lists");
        assert_eq!(found.rows, fields[1..]);

        let list = async |query: TypeQuery, order| {
            let mut conn = store.read().await;
            let found = dataclass::list_types(&mut conn, tenant, class.id, &query, order, ALL).await.expect("lists");
            found.rows.into_iter().map(|shown| (shown.row.id, shown.beside.number)).collect::<Vec<_>>()
        };
        let [malware, worm, ddos] = types.clone().map(|row| row.id);
        let newest = list(TypeQuery { level: Some(1), ..TypeQuery::default() }, Order::Descending).await;
        assert_eq!(newest, [(ddos, 0), (malware, 1)]);
        let ids = TypeQuery { ids: Some(vec![worm]), enabled: Some(true), ..TypeQuery::default() };
        assert_eq!(list(ids, Order::Ascending).await, [(worm, 0)]);

        let mut off = types[1].clone();
        off.enabled = false;
        let parent = types[0].clone();
        node.write(move |tx| Box::pin(async move { dataclass::update_type(tx, &off).await })).await;
        assert_eq!(list(TypeQuery { enabled: Some(false), ..TypeQuery::default() }, Order::Ascending).await.len(), 1);
        node.write(move |tx| Box::pin(async move { dataclass::delete_type(tx, &parent).await })).await;
        assert_eq!(list(TypeQuery::default(), Order::Ascending).await, [(ddos, 0)]);

        let again = types[2].clone();
        let refused: Result<(), store::Error> = node
            .writer
            .write(move |tx| {
                Box::pin(async move { dataclass::insert_type(tx, &TypeRow { id: uuid(), ..again }).await })
            })
            .await;
        assert!(refused.expect_err("taken").is_unique("data_class_type", "code"));
    }

    async fn a_connection_is_found_by_id_and_by_name(store: Store) {
        let node = store.node().await;
        let tenant = tenant_of(&room(&node).await);
        let first = connection_of(tenant, "siem");
        // Named like the id of the first: the id wins.
        let second = connection_of(tenant, &first.id.to_string());
        connect(&node, &first).await;
        connect(&node, &second).await;
        let mut conn = store.read().await;
        for (name, expected) in [("siem", Some(&first)), (second.name.as_str(), Some(&first)), ("nothing", None)] {
            let found = connection::find(&mut conn, tenant, name).await.expect("reads");
            assert_eq!(found.as_ref(), expected, "{name}");
        }
        assert_eq!(connection::list_names(&mut conn, tenant).await.expect("lists").len(), 2);
        for (defense, expected) in [(None, 2), (Some(false), 2), (Some(true), 0)] {
            let query = ConnectionQuery { is_defense_type: defense, ..ConnectionQuery::default() };
            let found = connection::list(&mut conn, tenant, &query, ALL).await.expect("lists");
            assert_eq!(found.total, expected, "{defense:?}");
        }
        let foreign = Tenant { workspace: tenant.workspace, project: crate::fixture::tenant().project };
        assert_eq!(connection::find(&mut conn, foreign, "siem").await.expect("reads"), None);
    }

    async fn only_enabled_workflows_use_what_they_refer_to(store: Store) {
        let node = store.node().await;
        let tenant = tenant_of(&room(&node).await);
        for (name, enabled) in [("on", true), ("off", false)] {
            let mut row = rows::workflow(tenant, name);
            let version = rows::version(&row, 1, "activated");
            row.enabled = enabled;
            row.version_id = Some(version.id);
            let definition = DefinitionRow {
                version_id: version.id,
                project_id: tenant.project,
                workspace_id: tenant.workspace,
                workflow_id: row.id,
                taskflow: String::new(),
                taskflow_type: "JSON".to_owned(),
                taskconfig: String::new(),
                pins: "{}".to_owned(),
                uses: format!(r#"{{"connections":["{name}"]}}"#),
                hash: vec![1],
                approved_at: NOON,
            };
            node.write(move |tx| {
                Box::pin(async move {
                    workflow::insert(tx, &row).await?;
                    definition::put(tx, &definition).await
                })
            })
            .await;
        }
        let uses = connection::list_uses(&mut store.read().await, tenant).await.expect("lists");
        assert_eq!(uses.len(), 1);
        assert_eq!((uses[0].name.as_str(), uses[0].uses.as_str()), ("on", r#"{"connections":["on"]}"#));
    }

    async fn a_deleted_workspace_takes_everything_along(store: Store) {
        let node = store.node().await;
        let (doomed, kept) = (room(&node).await, room(&node).await);
        let mut runs = Vec::new();
        for room in [&doomed, &kept] {
            let tenant = tenant_of(room);
            let class = class(tenant, "Alert");
            let (fields, types) = ([field(&class, "title", 0)], [kind(&class, "Malware", "", NOON)]);
            node.write(move |tx| Box::pin(async move { dataclass::insert_all(tx, &[class], &fields, &types).await })).await;
            connect(&node, &connection_of(tenant, "siem")).await;
            let row = crate::component::row(tenant, "block");
            node.write(move |tx| Box::pin(async move { insert_template(tx, &row).await })).await;
            let row = rows::workflow(tenant, "block");
            node.write(move |tx| Box::pin(async move { workflow::insert(tx, &row).await })).await;
            let mut run = Run::new(tenant);
            node.turn(run.turn(Next::Owned { due_at: None })).await;
            runs.push(run);
        }
        let tenant = tenant_of(&doomed);
        let deleted = node.write(move |tx| Box::pin(async move { workspace::delete(tx, tenant, NOON).await })).await;
        assert!(deleted);
        assert_eq!(node.turn(runs[0].turn(Next::Owned { due_at: None })).await, TurnOutcome::Superseded);
        assert_eq!(node.turn(runs[1].turn(Next::Owned { due_at: None })).await, TurnOutcome::Committed);
        for table in [
            "workspace",
            "data_class",
            "data_class_field",
            "data_class_type",
            "connection",
            "component_template",
            "workflow",
            "root",
        ] {
            assert_eq!(store.count(table).await, 1, "{table}");
        }

        let before = Timestamp(NOON.0 - 1);
        assert_eq!(workspace::list_deleted(&mut store.read().await, before).await.expect("lists"), []);
        assert_eq!(workspace::list_deleted(&mut store.read().await, NOON).await.expect("lists"), [doomed.id]);
        let purge = async |limit| {
            let id = doomed.id;
            node.write(move |tx| Box::pin(async move { workspace::purge_runs(tx, id, limit).await })).await
        };
        assert!(!purge(1).await, "there may be more");
        assert!(purge(1).await);
        assert_eq!(workspace::list_deleted(&mut store.read().await, NOON).await.expect("lists"), []);
        for table in ["instance", "root"] {
            assert_eq!(store.count(table).await, 1, "{table}");
        }
        let (gone, left): (InstanceId, InstanceId) = (runs[0].root, runs[1].root);
        let mut conn = store.read().await;
        assert!(root::list_journal(&mut conn, gone, 0).await.expect("reads").is_empty());
        assert_eq!(root::list_journal(&mut conn, left, 0).await.expect("reads").len(), 2);
        assert!(instance::get(&mut conn, tenant_of(&kept), left).await.expect("reads").is_some());
    }

    async fn views_follow_the_workspace_they_show(store: Store) {
        let node = store.node().await;
        let mut shown = room(&node).await;
        let mut view = row(tenant(), shown.domain_id, "view");
        view.project_id = shown.project_id;
        view.view_bind_id = shown.id.to_string();
        view.view_bind_name.clone_from(&shown.name);
        let (written, id) = (view.clone(), tenant_of(&view));
        node.write(move |tx| Box::pin(async move { workspace::insert(tx, &written).await })).await;
        shown.name = "renamed".to_owned();
        let (changed, gone) = (shown.clone(), tenant_of(&shown));
        node.write(move |tx| Box::pin(async move { workspace::update(tx, &changed).await })).await;
        let name = async || {
            let row = workspace::get(&mut store.read().await, id).await.expect("reads").expect("is there");
            (row.view_bind_id, row.view_bind_name)
        };
        assert_eq!(name().await, (shown.id.to_string(), "renamed".to_owned()));
        node.write(move |tx| Box::pin(async move { workspace::delete(tx, gone, NOON).await })).await;
        assert_eq!(name().await, (String::new(), String::new()));
    }
}
